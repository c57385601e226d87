"""Faults of the way: loss, delay, copies, overtaking, outages, brokers that restart, a stolen credential."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from em_engine.vocabulary import SECOND, Batch, Floats, Micros, ReportKind, Source, Times, blank_reports
from simulators.faults.fault import Hit

Share = Annotated[float, Ge(0), Le(1)]


def micros_of(span: timedelta) -> Micros:
    """A span in microseconds."""
    return span // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A share of the messages is never heard of."""

    share: Share


def lose(batch: Batch, terms: Loss, hit: Hit) -> Batch:
    """Without the lost ones."""
    is_lost = hit.rows(batch) & (hit.chance.random(len(batch)) < terms.share)
    return replace(batch, rows=batch.rows[~is_lost])


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A share of the messages arrives later, by up to `most`."""

    most: timedelta
    share: Share = 1.0


def delay(batch: Batch, terms: Delay, hit: Hit) -> Batch:
    """Each message late by its own span; a device's messages may overtake each other."""
    rows = batch.rows.copy()
    is_late = hit.rows(batch) & (hit.chance.random(len(rows)) < terms.share)
    rows["received_at"] += np.where(is_late, _spans(hit.chance.random(len(rows)) * _seconds(terms.most)), 0)
    return replace(batch, rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplication:
    """A share of the messages arrives twice, the second time within so long."""

    share: Share
    within: timedelta = timedelta(minutes=15)


def duplicate(batch: Batch, terms: Duplication, hit: Hit) -> Batch:
    """With the copies."""
    again = batch.rows[hit.rows(batch) & (hit.chance.random(len(batch)) < terms.share)]
    again["received_at"] += _spans(hit.chance.random(len(again)) * _seconds(terms.within))
    return replace(batch, rows=np.concatenate([batch.rows, again]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reordering:
    """A share of the messages is overtaken by those that follow within so long."""

    share: Share
    within: timedelta = timedelta(minutes=3)


def reorder(batch: Batch, terms: Reordering, hit: Hit) -> Batch:
    """With some messages behind younger ones."""
    return delay(batch, Delay(most=terms.within, share=terms.share), hit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Nothing gets through; afterwards everything that was kept comes in one burst, in its order."""

    burst: timedelta = timedelta(seconds=20)


def hold_back(batch: Batch, terms: Outage, hit: Hit) -> Batch:
    """What would have arrived in the outage arrives in a burst at its end."""
    rows = batch.rows.copy()
    held = np.flatnonzero(hit.rows(batch))
    rows["received_at"][held] = hit.scope.end + np.sort(
        _spans(hit.chance.random(len(held)) * _seconds(terms.burst))
    )
    return replace(batch, rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRestart:
    """The broker is away from `from` to `to`, and may have forgotten the last messages it took."""

    forgets: Annotated[int, Ge(0)] = 0


def restart_broker(batch: Batch, terms: BrokerRestart, hit: Hit) -> Batch:
    """Without what it forgot; the rest comes when it is back."""
    before = np.flatnonzero(batch.rows["received_at"] < hit.scope.start)
    kept = np.ones(len(batch), dtype=bool)
    kept[before[len(before) - min(len(before), terms.forgets) :]] = False
    return hold_back(replace(batch, rows=batch.rows[kept]), Outage(), hit)


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenCredential:
    """Somebody elsewhere speaks for a device of somebody else, with a count of their own."""

    speaks_for: str
    every: timedelta = timedelta(minutes=1)
    first_seq: Annotated[int, Ge(0)] = 1


def impersonate(batch: Batch, terms: StolenCredential, hit: Hit) -> Batch:
    """With false fixes from the middle of the fault's region, under the other device's name."""
    assert hit.scope.region is not None, "a stolen credential is used somewhere: `around`"
    devices = batch.devices if terms.speaks_for in batch.devices else (*batch.devices, terms.speaks_for)
    at = np.arange(hit.scope.start, hit.scope.end, micros_of(terms.every), dtype=np.int64)
    false = blank_reports(len(at))
    false["device"] = devices.index(terms.speaks_for)
    false["kind"], false["source"] = ReportKind.FIX, Source.GNSS
    false["lon"], false["lat"], false["accuracy_m"] = hit.scope.region.lon, hit.scope.region.lat, 5.0
    false["at"] = false["sent_at"] = at
    false["received_at"] = at + SECOND + _spans(hit.chance.random(len(at)))
    false["seq"] = terms.first_seq + np.arange(len(at))
    return replace(batch, devices=devices, rows=np.concatenate([batch.rows, false]))


def _seconds(span: timedelta) -> float:
    return span / timedelta(seconds=1)


def _spans(seconds: Floats) -> Times:
    return (seconds * SECOND).astype(np.int64)

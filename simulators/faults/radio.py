"""Faults of the air and the device: jamming, spoofing, a clock that jumps, firmware that garbles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Le
from numpy.random import Generator

from em_engine.vocabulary import BEFORE_ALL, SECOND, Batch, DeviceEvent, ReportKind, blank_reports
from simulators.faults.fault import Hit, moved
from simulators.faults.network import Share, micros_of

Bearing = Annotated[float, Ge(0), Le(360)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jamming:
    """No position can be had; a tag that notices says so, when it begins and when it ends."""

    is_noticed: bool = True


def jam(batch: Batch, terms: Jamming, hit: Hit) -> Batch:
    """Without the fixes; with the events of the devices that lose some."""
    is_jammed = hit.rows(batch, by="at") & (batch.rows["kind"] == ReportKind.FIX)
    tellers = np.unique(batch.rows["device"][is_jammed]) if terms.is_noticed else np.zeros(0, dtype=np.int32)
    told = blank_reports(2 * len(tellers))
    for place, device in enumerate(tellers):
        pair = told[2 * place : 2 * place + 2]
        pair["device"], pair["kind"] = device, ReportKind.EVENT
        pair["event"] = [DeviceEvent.JAMMING, DeviceEvent.JAMMING_ENDED]
        pair["at"] = [hit.scope.start + 3 * SECOND, hit.scope.end]
        pair["received_at"] = pair["at"] + SECOND
    return replace(batch, rows=np.concatenate([batch.rows[~is_jammed], told]))


@dataclass(frozen=True, slots=True, kw_only=True)
class DragOff:
    """A spoofer takes the receiver over where it is and leads it away, slowly."""

    bearing_deg: Bearing
    speed_mps: Annotated[float, Ge(0)]


def drag_off(batch: Batch, terms: DragOff, hit: Hit) -> Batch:
    """Positions pulled further off as time goes by."""
    rows = batch.rows.copy()
    is_hit = hit.rows(batch, by="at") & (rows["kind"] == ReportKind.FIX)
    off_m = (rows["at"][is_hit] - hit.scope.start) / SECOND * terms.speed_mps
    bearing = np.radians(terms.bearing_deg)
    moved(rows, is_hit, east_m=off_m * np.sin(bearing), north_m=off_m * np.cos(bearing))
    return replace(batch, rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A spoofer, or a reflection, puts the receiver somewhere else at once."""

    east_m: float = 0.0
    north_m: float = 0.0


def jump(batch: Batch, terms: Jump, hit: Hit) -> Batch:
    """Positions that far off."""
    rows = batch.rows.copy()
    is_hit = hit.rows(batch, by="at") & (rows["kind"] == ReportKind.FIX)
    moved(rows, is_hit, east_m=terms.east_m, north_m=terms.north_m)
    return replace(batch, rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJump:
    """The device's clock is wrong by so much, ahead or (`is_behind`) behind."""

    by: timedelta
    is_behind: bool = False


def jump_clock(batch: Batch, terms: ClockJump, hit: Hit) -> Batch:
    """What the device says of time, moved; when it arrives stays."""
    rows = batch.rows.copy()
    is_hit = hit.rows(batch, by="at")
    off = micros_of(terms.by) * (-1 if terms.is_behind else 1)
    rows["at"][is_hit] += off
    rows["sent_at"][is_hit & (rows["sent_at"] != BEFORE_ALL)] += off
    return replace(batch, rows=rows)


# Bytes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """The firmware of one device in so many garbles a share of its messages."""

    one_in: Annotated[int, Ge(1)] = 10
    share: Share = 1.0


def no_change(batch: Batch, _terms: object, _hit: Hit) -> Batch:
    """The reports are right; it is their bytes that are not."""
    return batch


def garbled_rows(batch: Batch, terms: Malformed, hit: Hit) -> Sequence[int]:
    """Which messages are garbled: those of the firmware's devices, a share of them."""
    has_it = hit.chance.permutation(len(batch.devices)) % terms.one_in == 0
    is_hit = hit.rows(batch) & has_it[batch.rows["device"]] & (hit.chance.random(len(batch)) < terms.share)
    return [int(row) for row in np.flatnonzero(is_hit)]


def garble(payload: bytes, chance: Generator) -> bytes:
    """The payload as a bad firmware sends it: unreadable in one of several ways."""
    return _WAYS[int(chance.integers(len(_WAYS)))](payload)


_WAYS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda payload: payload[: len(payload) // 2],
    lambda payload: payload.replace(b":", b"=", 1),
    lambda payload: payload.replace(b'at":"', b'at":"2O', 1),
    lambda payload: b"\xff\xfe" + payload,
    lambda payload: b"[" + payload,
    lambda _: b"",
)

"""What lies between a device and the engine: delay, cuts, loss, copies, and messages that overtake others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import SECOND, Floats, Micros, ReportKind, Rows, Times
from simulators.season.duties import DAY_S, Stretch

CUTS_A_DAY: Final = 0.25
LOST: Final = 5e-4
COPIED: Final = 5e-3
OVERTAKEN: Final = 5e-3
REGION_CUTS_A_DAY: Final = 0.05
HIT_BY_REGION: Final = 0.6
GARBLING: Final = 0.1
GARBLED: Final = 0.02
SAVING: Final = 0.25
UPLOAD_S: Final = 300.0


def region_cuts(chance: Generator, days: int) -> list[Stretch]:
    """When the network of a region is down: rarely, and for long."""
    count = int(chance.poisson(REGION_CUTS_A_DAY * days))
    starts_s = np.sort(chance.uniform(0.0, days * DAY_S, count))
    return [(float(one), float(one + chance.uniform(20, 90) * 60.0)) for one in starts_s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a device's messages travel: when region or surroundings let nothing through, how many are lost, and
    how often it uploads."""

    region: Sequence[Stretch] = ()
    shielded: Sequence[Stretch] = ()
    lost: float = LOST
    upload_s: float = 0.0  # at once


def line_of(
    chance: Generator, *, may_rest: bool, region: Sequence[Stretch], shielded: Sequence[Stretch]
) -> Line:
    """One firmware in ten garbles messages, which are set aside unread; one tag in four saves its battery."""
    lost = LOST + (GARBLED if chance.random() < GARBLING else 0.0)
    upload_s = UPLOAD_S if may_rest and chance.random() < SAVING else 0.0
    return Line(region=region, shielded=shielded, lost=lost, upload_s=upload_s)


def transmit(chance: Generator, rows: Rows, line: Line, *, days: int, start: Micros) -> Rows:
    """The reports as they arrive, in order of arrival."""
    rows = rows[chance.random(len(rows)) >= line.lost]
    if line.upload_s > 0.0:
        step = int(line.upload_s * SECOND)
        waits = np.where(rows["kind"] == ReportKind.EVENT, 0, -(rows["received_at"] - start) % step)
        rows["sent_at"] += waits
        rows["received_at"] += waits
    rows["received_at"] += _spans(chance.lognormal(0.0, 0.6, len(rows)) - 0.6)
    hit = [one for one in line.region if chance.random() < HIT_BY_REGION]
    for cut in [*_own_cuts(chance, days), *hit, *line.shielded]:
        _hold_back(chance, rows, start, cut)
    late = chance.random(len(rows)) < OVERTAKEN
    rows["received_at"][late] += _spans(chance.uniform(5.0, 180.0, int(late.sum())))
    copies = rows[chance.random(len(rows)) < COPIED].copy()
    copies["received_at"] += _spans(chance.uniform(1.0, 900.0, len(copies)))
    arrived = np.concatenate([rows, copies])
    arrived = arrived[arrived["received_at"] < start + days * DAY_S * SECOND]
    return arrived[np.argsort(arrived["received_at"], kind="stable")]


def _own_cuts(chance: Generator, days: int) -> list[Stretch]:
    count = int(chance.poisson(CUTS_A_DAY * days))
    starts_s = chance.uniform(0.0, days * DAY_S, count)
    lasts_s = np.minimum(300.0 * chance.lognormal(0.0, 1.2, count), 14_400.0)
    return [(float(one), float(one + length)) for one, length in zip(starts_s, lasts_s, strict=True)]


def _hold_back(chance: Generator, rows: Rows, start: Micros, cut: Stretch) -> None:
    """What would arrive in the cut is sent again after it and arrives in one burst, in its order."""
    begin, end = (start + int(edge * SECOND) for edge in cut)
    held = np.flatnonzero((rows["received_at"] >= begin) & (rows["received_at"] < end))
    burst = np.sort(chance.uniform(2.0, 30.0, len(held)))
    later = end + _spans(burst) - rows["received_at"][held]
    rows["received_at"][held] += later
    rows["sent_at"][held] += later


def _spans(seconds: Floats) -> Times:
    return (seconds * SECOND).astype(np.int64)

"""What a device reports over a season: fixes, heartbeats, events, in the order it made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import (
    SECOND,
    Booleans,
    DeviceEvent,
    Floats,
    Micros,
    ReportKind,
    Rows,
    Source,
    blank_reports,
)
from simulators.season.duties import DAY_S, Ground, Stretch
from simulators.season.life import Deed, Done
from simulators.season.receiver import EVERY_S, Readings, episodes, observe
from simulators.season.way import Path

HEARTBEAT_S: Final = 300.0
STILL_S: Final = 600.0
SLEEPS_OVER: Final = 5  # fixes of which it takes one
SLEEPERS: Final = 0.3
"""Share of tags that save their battery where nothing moves."""
TELLS: Final = {
    Deed.STRAP: (DeviceEvent.STRAP_OPEN, DeviceEvent.STRAP_CLOSED),
    Deed.CASE: (DeviceEvent.CASE_OPEN, DeviceEvent.CASE_CLOSED),
    Deed.JAMMED: (DeviceEvent.JAMMING, DeviceEvent.JAMMING_ENDED),
    Deed.SHIELDED: (DeviceEvent.SHIELDING, None),
}
"""What a tag says as something is done to it, and as it ends."""
BEACON_REACH_M: Final = 25.0
FLAPS_A_MINUTE: Final = 1e-3
QUIRKY: Final = 0.1
"""Share of tags with a firmware that has bad habits."""
STIRS: Final = 0.13
"""Share of heartbeats that tell of motion by night: 1.6 turns an hour in bed (Skarpsno et al., Nature and
Science of Sleep 9, 2017), a heartbeat every five minutes."""
POTTERS: Final = 0.3
"""The same by day, of one who stays where he is."""
FORGETS: Final = 0.03
"""Share of evenings on which nobody puts the tag on charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearing:
    """One device on one person for a season."""

    ground: Ground
    path: Path
    days: int
    home: Floats | None  # where its beacon stands
    off: Sequence[Stretch] = ()
    done: Sequence[Done] = ()
    may_rest: bool = True  # a distance ban's devices report every minute whatever happens

    def while_(self, deed: Deed) -> list[Stretch]:
        """When that was done to it."""
        return [span for what, span in self.done if what is deed]


def reports(chance: Generator, wearing: Wearing, *, start: Micros, level: tuple[Floats, Floats]) -> Rows:
    """Every report the device makes, in the order of its `seq`; `received_at` is when it would arrive at
    once."""
    at_s = chance.uniform(0.0, EVERY_S) + EVERY_S * np.arange(wearing.days * DAY_S // EVERY_S)
    at_s = np.minimum(at_s + chance.uniform(-2.0, 2.0, len(at_s)).clip(-at_s[0] + 0.1), wearing.days * DAY_S)
    is_home = _hears_beacon(chance, wearing, at_s)
    hushed = [*wearing.while_(Deed.JAMMED), *wearing.while_(Deed.SHIELDED)]
    is_off = is_home | _in_any(at_s, hushed) | _sleeps(chance, wearing, at_s)
    taken = observe(chance, wearing.path, at_s, is_off=is_off)
    charge_s, charge_pct = level
    beats_s = np.concatenate([at_s[:: int(HEARTBEAT_S // EVERY_S)] + 1.0, at_s[_changes(is_home)] + 1.5])
    parts = (
        _fixes(chance, wearing.ground, taken),
        _heartbeats(chance, wearing, np.unique(beats_s), _Gauge(at_s, is_home, charge_s, charge_pct)),
        _events(wearing.done),
    )
    rows = np.concatenate(parts)
    rows = rows[np.argsort(rows["at"], kind="stable")]
    dead = _spans_without(charge_s, charge_pct)
    rows = rows[~_in_any(rows["at"] / SECOND, [*wearing.off, *dead])]
    rows["at"] += start
    rows["sent_at"] = rows["received_at"] = rows["at"] + SECOND
    rows["seq"] = np.arange(1, len(rows) + 1)
    return rows


@dataclass(frozen=True, slots=True)
class _Gauge:
    """What a heartbeat can tell, as it changes."""

    at_s: Floats
    is_home: Booleans
    charge_s: Floats
    charge_pct: Floats


def _hears_beacon(chance: Generator, wearing: Wearing, at_s: Floats) -> Booleans:
    if wearing.home is None:
        return np.zeros(len(at_s), dtype=bool)
    away_m = np.hypot(*(wearing.path.where(at_s) - wearing.home).T)
    flap, _ = episodes(chance, len(at_s), rate=FLAPS_A_MINUTE, minutes=(1, 10))
    return np.asarray((away_m < BEACON_REACH_M) & np.isnan(flap))


def _changes(is_so: Booleans) -> Booleans:
    return np.diff(is_so, prepend=is_so[:1])


def _sleeps(chance: Generator, wearing: Wearing, at_s: Floats) -> Booleans:
    """Some tags take a fix every five minutes only, once they have lain still for ten."""
    if chance.random() >= SLEEPERS or not wearing.may_rest:
        return np.zeros(len(at_s), dtype=bool)
    moved_m = np.hypot(*(wearing.path.where(at_s) - wearing.path.where(at_s - STILL_S)).T)
    return np.asarray((moved_m < 1.0) & (np.arange(len(at_s)) % SLEEPS_OVER != 0))


def _fixes(chance: Generator, ground: Ground, taken: Readings) -> Rows:
    rows = blank_reports(len(taken.at_s))
    rows["kind"] = ReportKind.FIX
    rows["at"] = (taken.at_s * 1000.0).astype(np.int64) * 1000
    degrees = np.round(ground.to_degrees(taken.xy_m), 6)
    rows["lon"], rows["lat"] = degrees[:, 0], degrees[:, 1]
    rows["accuracy_m"], rows["speed_mps"] = np.round(taken.accuracy_m, 1), np.round(taken.speed_mps, 1)
    rows["source"] = taken.source
    is_satellite = taken.source == Source.GNSS
    rows["satellites"] = np.where(is_satellite, chance.integers(5, 15, len(rows)), -1)
    return _quirks(chance, rows) if chance.random() < QUIRKY else rows


def _quirks(chance: Generator, rows: Rows) -> Rows:
    """Bad habits: no accuracy, nowhere, the same place again, the same fix again."""
    count = len(rows)
    rows["accuracy_m"][chance.random(count) < 0.02] = np.nan  # 2147483647 on the wire
    frozen, which = episodes(chance, count, rate=1.0 / 4000.0, minutes=(5, 15))
    for number in np.unique(which[~np.isnan(frozen)]):
        span = which == number
        rows["lon"][span], rows["lat"][span] = rows["lon"][span][0], rows["lat"][span][0]
    nowhere = chance.random(count) < 0.005
    rows["lon"][nowhere] = rows["lat"][nowhere] = 0.0
    again = np.sort(np.concatenate([np.arange(count), np.flatnonzero(chance.random(count) < 0.005)]))
    return np.asarray(rows[again])


def _heartbeats(chance: Generator, wearing: Wearing, beats_s: Floats, gauge: _Gauge) -> Rows:
    rows = blank_reports(len(beats_s))
    rows["kind"] = ReportKind.HEARTBEAT
    rows["at"] = (beats_s * 1000.0).astype(np.int64) * 1000
    rows["battery_pct"] = np.round(np.interp(beats_s, gauge.charge_s, gauge.charge_pct))
    rising = np.interp(beats_s + 1.0, gauge.charge_s, gauge.charge_pct) > np.interp(
        beats_s, gauge.charge_s, gauge.charge_pct
    )
    rows["charging"] = rising
    rows["strap_closed"] = ~_in_any(beats_s, wearing.while_(Deed.STRAP))
    rows["case_closed"] = ~_in_any(beats_s, wearing.while_(Deed.CASE))
    if wearing.home is not None:
        nearest = np.clip(np.searchsorted(gauge.at_s, beats_s - 0.5, side="right") - 1, 0, None)
        rows["beacon_in_range"] = gauge.is_home[nearest]
    moved_m = np.hypot(*(wearing.path.where(beats_s) - wearing.path.where(beats_s - HEARTBEAT_S)).T)
    hour = beats_s % DAY_S / 3600.0
    is_day = (hour > 7.0) & (hour < 23.0)
    stirs = chance.random(len(beats_s)) < np.where(is_day, POTTERS, STIRS)
    rows["motion"] = (moved_m > 1.0) | stirs
    return rows


def _events(done: Sequence[Done]) -> Rows:
    told = [
        (edge, event)
        for deed, span in done
        for edge, event in zip(span, TELLS[deed], strict=True)
        if event is not None
    ]
    rows = blank_reports(len(told))
    rows["kind"] = ReportKind.EVENT
    rows["at"] = [int(edge * 1000.0) * 1000 for edge, _ in told]
    rows["event"] = [event for _, event in told]
    return rows


def charge(chance: Generator, days: int) -> tuple[Floats, Floats]:
    """Knots of the battery's level: two hours on charge in the evening, and a third to a half of it used by
    the next; forgotten, it is charged some time after it is low, or not before it is empty."""
    at_s, level_pct = [0.0], [85.0]
    use = chance.uniform(1.6, 2.6)  # per cent an hour
    for day in range(days):
        next_s = day * DAY_S + chance.uniform(19.5, 22.5) * 3600.0
        if chance.random() < FORGETS:
            low_s = at_s[-1] + 3600.0 * max(0.0, level_pct[-1] - 20.0) / use
            next_s = low_s + 3600.0 * chance.uniform(0.3, 12.0)
        if next_s <= at_s[-1] + 7200.0:
            continue
        _drain(at_s, level_pct, next_s, use)
        at_s.append(next_s + 7200.0)
        level_pct.append(97.0)
    _drain(at_s, level_pct, max(float(days * DAY_S), at_s[-1] + 1.0), use)
    return np.array(at_s), np.array(level_pct)


def _drain(at_s: list[float], level_pct: list[float], until_s: float, use: float) -> None:
    empty_s = at_s[-1] + 3600.0 * level_pct[-1] / use
    left_pct = level_pct[-1] - use * (until_s - at_s[-1]) / 3600.0
    if left_pct < 0.0:
        at_s.append(empty_s)
        level_pct.append(0.0)
    at_s.append(until_s)
    level_pct.append(max(0.0, left_pct))


def _spans_without(charge_s: Floats, charge_pct: Floats) -> list[Stretch]:
    """While empty, and until enough is charged to start again."""
    empty = np.flatnonzero((charge_pct[:-1] <= 0.0) & (charge_pct[1:] <= 0.0))
    return [(float(charge_s[one]), float(charge_s[one + 1]) + 180.0) for one in empty]


def _in_any(at_s: Floats, spans: Sequence[Stretch]) -> Booleans:
    found = np.zeros(len(at_s), dtype=bool)
    for start, end in spans:
        found |= (at_s >= start) & (at_s < end)
    return found

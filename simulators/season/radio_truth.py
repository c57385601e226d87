"""What was truly wrong with devices, and what could truly not be known: from what arrived and when, and from
what was done to the tag.

Silence is a matter of messages, not of places, so its truth is the plain reading of the law's page over the
arrivals: nothing is heard for longer than is allowed, nobody knows where somebody is.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from em_engine.vocabulary import SECOND, AlertType, Booleans, Floats, Micros, ReportKind, Rows, Tristate
from simulators.season.duties import DAY_S, Case, Duty, Stretch, windows
from simulators.season.life import Deed, Done
from simulators.season.spans import common, runs
from simulators.season.truth import Breach
from simulators.season.way import Path

STALE_S = 600.0
CLOSING_MPS = 20.0
VAGUE_M = 100.0
WALK_MPS = 1.0
TOGETHER_S = 10.0  # a fix and the heartbeat of one waking: a second apart, or some
AWAITED_S = 60.0
RAISES = {
    Deed.STRAP: AlertType.DEVICE_STRAP,
    Deed.CASE: AlertType.DEVICE_CASE,
    Deed.JAMMED: AlertType.DEVICE_JAMMING,
    Deed.SHIELDED: AlertType.DEVICE_SHIELDING,
}


class Arrivals:
    """The first copies of one device's reports, in order of arrival, in seconds of the season."""

    def __init__(self, rows: Rows, start: Micros) -> None:
        _, first = np.unique(rows["seq"], return_index=True)
        self.rows = rows[np.sort(first)]
        self.received_s: Floats = (self.rows["received_at"] - start) / SECOND
        self.at_s: Floats = (self.rows["at"] - start) / SECOND
        is_nowhere = (self.rows["lon"] == 0.0) & (self.rows["lat"] == 0.0)
        self.is_fix: Booleans = (self.rows["kind"] == ReportKind.FIX) & ~is_nowhere
        self.is_beat: Booleans = self.rows["kind"] == ReportKind.HEARTBEAT
        self.at_beacon: Booleans = self.is_beat & (self.rows["beacon_in_range"] == Tristate.YES)

    def newest_s(self, is_sign: Booleans) -> Floats:
        """(n,) after each arrival, how recent the newest sign is; the season's beginning before any."""
        return np.maximum.accumulate(np.where(is_sign, self.at_s, 0.0))

    def silences(
        self, newest_s: Floats, is_asked: Booleans, *, allowed_s: float, end_s: float
    ) -> list[Stretch]:
        """When the newest sign is older than allowed, where that is asked."""
        due_s = newest_s + allowed_s
        next_s = np.append(self.received_s[1:], end_s)
        open_s = np.maximum(due_s, self.received_s)
        which = np.flatnonzero(is_asked & (open_s < next_s))
        return joined([(float(open_s[one]), float(next_s[one])) for one in which])


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches that touch become one."""
    out: list[Stretch] = []
    for start, end in sorted(stretches):
        if out and start <= out[-1][1] + 1e-6:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def radio_breaches(
    case: Case,
    ways: tuple[Path, Path | None],
    arrived: tuple[Rows, Rows | None],
    *,
    start: Micros,
    done: Sequence[Done],
    clock: Sequence[Stretch] = (),
    charge: tuple[Floats, Floats],
) -> list[Breach]:
    """Every breach of what devices must do and of what must be known."""
    end_s = float(case.days * DAY_S)
    tag = Arrivals(arrived[0], start)
    told: list[tuple[Duty, AlertType, Stretch]] = []
    for duty in case.duties:
        if duty.kind == "device-health":
            told += [(duty, *one) for one in _health(duty, tag, done, charge, end_s)]
            told += [(duty, AlertType.DEVICE_CLOCK, one) for one in clock]
        if duty.kind == "curfew":
            told += [
                (duty, AlertType.CURFEW_UNCONFIRMED, one) for one in _unconfirmed(case, duty, tag, end_s)
            ]
        if duty.kind == "contact-ban" and arrived[1] is not None and ways[1] is not None:
            both = (tag, Arrivals(arrived[1], start))
            found = _unknown(duty, both, (ways[0], ways[1]), end_s)
            told += [(duty, AlertType.CONTACT_UNKNOWN, one) for one in found]
    return [
        Breach(case=case.id, condition=duty.id, type=type, from_s=since, to_s=until)
        for duty, type, (since, until) in told
        if since < end_s
    ]


def _health(
    duty: Duty, tag: Arrivals, done: Sequence[Done], charge: tuple[Floats, Floats], end_s: float
) -> Iterator[tuple[AlertType, Stretch]]:
    every = np.ones(len(tag.rows), dtype=bool)
    for one in tag.silences(tag.received_s, every, allowed_s=duty.heartbeat_s, end_s=end_s):
        yield AlertType.DEVICE_SILENT, one
    beacon = _held(tag.at_beacon, tag.is_beat)
    was_beacon = np.append(False, beacon[:-1])
    signs = tag.is_fix | tag.at_beacon | (tag.is_beat & was_beacon)
    for one in tag.silences(tag.newest_s(signs), ~beacon, allowed_s=duty.fix_s, end_s=end_s):
        yield AlertType.DEVICE_NO_FIX, one
    for deed, span in done:
        yield RAISES[deed], span
    levels = (
        (AlertType.DEVICE_BATTERY_LOW, duty.low_pct),
        (AlertType.DEVICE_BATTERY_CRITICAL, duty.critical_pct),
    )
    for type, level_pct in levels:
        for one in _below(charge, level_pct):
            yield type, one


def _held(value: Booleans, is_told: Booleans) -> Booleans:
    """(n,) what the newest telling row says, False before any."""
    last = np.maximum.accumulate(np.where(is_told, np.arange(len(value)), -1))
    return np.asarray((last >= 0) & value[last])


def _below(charge: tuple[Floats, Floats], level_pct: float) -> list[Stretch]:
    """From when the charge falls to the level (a gauge shows whole per cents) until it is 5 above it."""
    at_s = np.arange(0.0, charge[0][-1], 60.0)
    charge_pct = np.round(np.interp(at_s, *charge))
    state = np.where(charge_pct <= level_pct, 1, np.where(charge_pct >= level_pct + 5.0, 0, -1))
    is_low = _held(state == 1, state >= 0)
    return runs(at_s, is_low[:-1])


def _unconfirmed(case: Case, duty: Duty, tag: Arrivals, end_s: float) -> list[Stretch]:
    """When nobody knew for too long whether he is at home; a minute more is nothing that anybody acts on."""
    is_sharp = tag.is_fix & ~(tag.rows["accuracy_m"] > VAGUE_M)
    newest_s = tag.newest_s(is_sharp | tag.at_beacon)
    every = np.ones(len(newest_s), dtype=bool)
    bound = [(one + duty.late_s, other - duty.early_s) for one, other in windows(duty.weekly, case.days)]
    silences = common(tag.silences(newest_s, every, allowed_s=duty.confirm_s, end_s=end_s), bound)
    return [(since, until) for since, until in silences if until - since > AWAITED_S]


def _unknown(
    duty: Duty, both: tuple[Arrivals, Arrivals], ways: tuple[Path, Path], end_s: float
) -> list[Stretch]:
    """When one of the two has not been placed for so long that they may have come together since."""
    at_s = np.unique(np.concatenate([one.received_s for one in both]))
    known_s = np.minimum(*(_known(one, at_s) for one in both))
    apart_m = np.hypot(*(ways[0].where(known_s) - ways[1].where(known_s)).T)
    wait_s = np.maximum(STALE_S, (apart_m - duty.warn_m) / CLOSING_MPS)
    open_s = np.maximum(known_s + wait_s, at_s)
    next_s = np.append(at_s[1:], end_s)
    return joined([(float(a), float(b)) for a, b in zip(open_s, next_s, strict=True) if a < b])


def _known(one: Arrivals, at_s: Floats) -> Floats:
    """(m,) at these instants, from when the newest knowledge of a place is."""
    place = np.searchsorted(one.received_s, at_s, side="right") - 1
    return np.where(place >= 0, placed_s(one)[place], 0.0)


def placed_s(one: Arrivals) -> Floats:
    """(n,) after each arrival, from when the device's place is known: by whoever has all that has arrived
    before him, in the order in which the device said it, and not in the order in which the network brought
    it."""
    speed, motion = one.rows["speed_mps"], one.rows["motion"]
    tells = one.is_fix | (motion == Tristate.YES) | (motion == Tristate.NO)
    said: list[tuple[float, bool, bool]] = []
    known: list[_Place] = []
    newest_s: list[float] = []
    for at_s, is_fix, moves, is_told in zip(
        one.at_s.tolist(),
        one.is_fix.tolist(),
        ((one.is_fix & (speed >= WALK_MPS)) | (motion == Tristate.YES)).tolist(),
        tells.tolist(),
        strict=True,
    ):
        if is_told:
            first = bisect(said, (at_s, is_fix, moves))
            said.insert(first, (at_s, is_fix, moves))
            del known[first:]
            for word in said[first:]:
                known.append(_after(known[-1] if known else _Place(), *word))
        newest_s.append(known[-1].known_s if known else 0.0)
    return np.array(newest_s)


class _Place(NamedTuple):
    """What is known of where a device is."""

    known_s: float = 0.0  # it was there then
    fixed_s: float = 0.0  # by the fix of then
    walked: bool = False  # which told that it was on the way
    holds: bool = False  # nothing has told of moving since


def _after(place: _Place, at_s: float, is_fix: bool, moves: bool) -> _Place:
    """The same once its next word is read.

    A heartbeat tells of the time since the one before. If it moved, the fix of a second ago has seen that
    already; if it lay still, it is where it was, unless that is more than ten minutes ago.
    """
    if is_fix:
        return _Place(known_s=at_s, fixed_s=at_s, walked=moves, holds=True)
    if moves:
        was_seen = place.holds and not place.walked and at_s - place.fixed_s <= TOGETHER_S
        return place._replace(holds=was_seen)
    if place.holds and at_s <= place.known_s + STALE_S:
        return place._replace(known_s=at_s)
    return place

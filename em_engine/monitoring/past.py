"""The past of some cases, lived once more as if late fixes had come in time.

Cases know nothing of each other there, so the pasts of many are judged side by side, each with a beginning
and an end of its own. The state of the present is never touched but by `learn`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from em_engine.law.evidence import know_before
from em_engine.law.joined_watch import JoinedWatch
from em_engine.law.motion import learn
from em_engine.law.watch import Bond
from em_engine.monitoring.columns import Incidence, Rules, WatchColumns
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    Booleans,
    Change,
    Indices,
    Micros,
    ReportKind,
    Rows,
    Times,
    blank_reports,
)


class Judge(Protocol):
    """A heart, as far as the past needs one."""

    arrears: Any
    seats: Rows
    rules: Rules

    def __init__(self, rules: Rules) -> None: ...

    def relive(self, reports: Rows, begins: Times, ends: Times) -> tuple[Change, ...]:
        """See `Heart.relive`."""
        ...


class Past:
    """Some cases' past: what they remember and late fixes among it, in the order of time."""

    def __init__(self, rules: Rules, cases: Sequence[int], seats: Rows) -> None:
        """`cases` ascend; `seats` are the present's."""
        self._rules = rules
        self._cases = np.array(cases, dtype=np.intp)
        self._seats = np.flatnonzero(np.isin(rules.seat_case, self._cases))
        self._case_of = np.searchsorted(self._cases, rules.seat_case[self._seats])
        self._remembered = [_remembered(seats[seat], number) for number, seat in enumerate(self._seats)]

    def relive(
        self, nested: type[Judge], late: Sequence[tuple[Sequence[int], Rows]], seats: Rows
    ) -> list[tuple[list[Change], Micros]]:
        """What would have been told of each case had its late fixes come in time, and when its first fix was
        made. `late` has the seats and reports of each case. What they showed, the present learns."""
        reports = self._in_order_of_time(late)
        case, every = self._case_of[reports["device"]], np.arange(len(self._cases))
        begins, ends = np.searchsorted(case, every), np.searchsorted(case, every, side="right") - 1
        heart = nested(_rules_of(self._rules, self._cases, self._seats))
        heart.arrears.is_nested = True
        self._tell_what_was_known(heart, seats)
        changes = heart.relive(reports, reports["at"][begins], reports["at"][ends])
        self._learn(heart, seats, self._are_late(reports, late))
        told: dict[str, list[Change]] = {self._rules.orders[number].id: [] for number in self._cases}
        for change in changes:
            told[change.case].append(change)
        fixes = np.flatnonzero(reports["kind"] == ReportKind.FIX.value)
        first_at = reports["at"][fixes[np.searchsorted(case[fixes], every)]]
        return list(zip(told.values(), first_at.tolist(), strict=True))

    def _in_order_of_time(self, late: Sequence[tuple[Sequence[int], Rows]]) -> Rows:
        """The late fixes among those the seats remember: by case, each in the order of its own time."""
        parts = [rows for seat in self._remembered for rows in seat]
        for whose, rows in late:
            parts.append(rows.copy())
            parts[-1]["device"] = np.searchsorted(self._seats, whose)
        rows = np.concatenate(parts)
        case = self._case_of[rows["device"]]
        rows = rows[np.lexsort((rows["kind"], rows["device"], rows["at"], case))]
        key = rows[["at", "device", "kind"]]
        rows = rows[np.concatenate([[True], key[1:] != key[:-1]])]
        rows["received_at"] = rows["at"]
        rows["seq"] = -1
        return np.asarray(rows)

    def _tell_what_was_known(self, heart: Judge, seats: Rows) -> None:
        """What the fixes and heartbeats that are remembered do not show, since it was before them."""
        fix_at = know_before(heart.seats, seats[self._seats])
        first_at = np.full(len(self._cases), NEVER)
        np.minimum.at(first_at, self._case_of, fix_at)
        for columns, ours, rows in self._side_by_side(heart):
            case = np.array([bond.case for bond in columns.watch.bonds], dtype=np.intp)
            columns.watch.know_before(ours.watch, rows, first_at[case])

    def _are_late(self, reports: Rows, late: Sequence[tuple[Sequence[int], Rows]]) -> Booleans:
        """Which of the reports are the late fixes."""
        keys = {
            (seat, int(at))
            for whose, rows in late
            for seat, at in zip(np.searchsorted(self._seats, whose).tolist(), rows["at"], strict=True)
        }
        is_fix = reports["kind"] == ReportKind.FIX.value
        pairs = zip(reports["device"].tolist(), reports["at"].tolist(), strict=True)
        return np.asarray(is_fix & [pair in keys for pair in pairs])

    def _learn(self, heart: Judge, seats: Rows, are_late: Booleans) -> None:
        """What late fixes showed of the time between the others is known to the present from now on."""
        learn(seats, self._seats, heart.seats)
        for columns, ours, rows in self._side_by_side(heart):
            ours.watch.learn(columns.watch, rows)
            if isinstance(ours.watch, JoinedWatch) and isinstance(columns.watch, JoinedWatch):
                ours.watch.learn_late(columns.watch, rows, are_late)

    def _side_by_side(self, heart: Judge) -> Iterable[tuple[WatchColumns, WatchColumns, Indices]]:
        """The past's columns, the present's of the same kind, and which of its rows they are."""
        by_kind = {one.kind.name: one for one in self._rules.watches}
        for columns in heart.rules.watches:
            ours = by_kind[columns.kind.name]
            yield columns, ours, ours.by_case.of(self._cases)[1]


def _remembered(seat: Any, number: int) -> tuple[Rows, Rows]:
    """The fixes and the heartbeats that a seat remembers, as reports of device `number`."""
    taken, beats = (
        np.flatnonzero(seat["ring_at"] != BEFORE_ALL),
        np.flatnonzero(seat["beat_at"] != BEFORE_ALL),
    )
    fixes, heartbeats = blank_reports(len(taken)), blank_reports(len(beats))
    fixes["kind"], heartbeats["kind"] = ReportKind.FIX, ReportKind.HEARTBEAT
    fixes["device"] = heartbeats["device"] = number
    fixes["at"], heartbeats["at"] = seat["ring_at"][taken], seat["beat_at"][beats]
    fixes["lon"], fixes["lat"] = seat["ring_lonlat"][taken].T
    fixes["accuracy_m"] = seat["ring_radius_m"][taken]
    fixes["speed_mps"], fixes["source"] = seat["ring_speed_mps"][taken], seat["ring_source"][taken]
    heartbeats["motion"], heartbeats["beacon_in_range"] = (
        seat["beat_motion"][beats],
        seat["beat_beacon"][beats],
    )
    return fixes, heartbeats


# The rules of some cases --------------------------------------------------------------------------


def _rules_of(rules: Rules, cases: Indices, seats: Indices) -> Rules:
    """The rules of these cases as far as places go, in which nothing has happened yet; zones are shared."""
    seat_case = np.searchsorted(cases, rules.seat_case[seats])
    return replace(
        rules,
        orders=tuple(rules.orders[case] for case in cases),
        seats=tuple(rules.seats[seat] for seat in seats),
        seat_case=seat_case,
        device_numbers={},
        seats_by_device=Incidence((), 0),
        watches=tuple(_columns_of(one, cases, seats) for one in rules.watches if _is_about_places(one)),
    )


def _is_about_places(columns: WatchColumns) -> bool:
    """Of where people are: what a device is heard to say of itself is as it was. What joins cases only takes
    note of it."""
    return not columns.kind.is_per_device


def _columns_of(columns: WatchColumns, cases: Indices, seats: Indices) -> WatchColumns:
    rows = columns.by_case.of(cases)[1]
    number_of = {int(seat): number for number, seat in enumerate(seats)}
    place_of = {int(case): place for place, case in enumerate(cases)}
    bonds = [_moved(columns.watch.bonds[row], place_of, number_of) for row in rows]
    seated = ((seat, row) for row, one in enumerate(bonds) for seat in (*one.wearer_seats, *one.other_seats))
    return replace(
        columns,
        watch=columns.kind.watch(bonds, columns.watch.drawn),
        by_seat=Incidence(seated, len(seats)),
        by_case=Incidence(((bond.case, row) for row, bond in enumerate(bonds)), len(cases)),
    )


def _moved(bond: Bond, place_of: dict[int, int], number_of: dict[int, int]) -> Bond:
    return replace(
        bond,
        case=place_of[bond.case],
        wearer_seats=tuple(number_of[seat] for seat in bond.wearer_seats),
        other_seats=tuple(number_of[seat] for seat in bond.other_seats),
    )

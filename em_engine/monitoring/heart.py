"""The heart: reports and the clock in, alert changes out. Pure: no clock, no file, no socket, no randomness.

Reports are judged in rounds, in each of which a case has at most one report, so that a batch of one and a
batch of a hundred thousand are the same code and give the same changes. The law's README says what is
decided; this file says in which order.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from em_engine.law.evidence import (
    Sightings,
    blank_seats,
    trust,
)
from em_engine.law.frozen import are_frozen
from em_engine.law.retention import PROFILES, forget_places, forgettable, keeps
from em_engine.law.signs import take_events, take_heartbeats
from em_engine.monitoring.arrears import Arrears
from em_engine.monitoring.changes import Telling
from em_engine.monitoring.columns import Rules, WatchColumns
from em_engine.monitoring.intake import entries_of, own_order, sightings
from em_engine.monitoring.joining import Joining
from em_engine.monitoring.rounds import Part, Round, Turns, in_time, repeats, rounds
from em_engine.monitoring.sequence import Sequences
from em_engine.monitoring.step import Kept, Step, Tally
from em_engine.monitoring.waiting import Waiting
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    Batch,
    Booleans,
    Change,
    Indices,
    Micros,
    ReportKind,
    Rows,
    Times,
    blank_reports,
)


class Heart:
    """Judges every case of a rulebook. `step` is all there is; what it returns follows from its inputs
    alone."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.seats = blank_seats(len(rules.seats))
        self.sequences = Sequences()
        self.telling = Telling(rules)
        self.arrears = Arrears(rules, nested=Heart)
        self.waiting = Waiting(rules)
        self.began_at = BEFORE_ALL
        self._joining = Joining(rules, self.telling)
        self._profile = np.array([PROFILES[order.record] for order in rules.orders], dtype=np.int8)

    @property
    def next_wake(self) -> Micros:
        """When the heart next wants to be asked though nothing arrives; NEVER if not at all."""
        dues = [columns.watch.due.min(initial=NEVER) for columns in self.rules.watches]
        return int(min([*dues, self.arrears.next_due, self.sequences.patience.next_due]))

    def begin(self, at: Micros) -> None:
        """Monitoring begins: called by the first step, with the first instant it hears of."""
        if self.began_at == BEFORE_ALL:
            self.began_at = at
            for columns in self.rules.watches:
                columns.watch.begin(np.arange(len(columns.watch.bonds)), at)

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """We hear again after having been deaf: our own silence is held against nobody.

        Everybody's counts anew; where we were deaf only for a moment, since `since`, that moment does not.
        """
        for columns in self.rules.watches:
            columns.watch.resume(at, since)

    def excuse(self, devices: Collection[str], at: Micros) -> None:
        """These fell silent together with others: a silence that began by `at` is allowed twice as long."""
        for columns in self.rules.watches:
            bonds = columns.watch.bonds
            rows = [row for row, bond in enumerate(bonds) if bond.device in devices]
            if columns.kind.is_per_device and rows:
                columns.watch.excuse(np.array(rows), at)

    def remembers_too_much(self, at: Micros) -> bool:
        """Whether there is anything to `forget`."""
        return bool(forgettable(self.seats, self._profile[self.rules.seat_case], at).any())

    def forget(self, at: Micros) -> None:
        """Places that decide nothing any more, of orders that keep breaches only, are known no longer."""
        which = np.flatnonzero(forgettable(self.seats, self._profile[self.rules.seat_case], at))
        forget_places(self.seats, which)
        for columns in self.rules.watches:
            columns.watch.forget(columns.by_seat.of(which)[1], which)

    def step(self, batch: Batch | None, until: Micros) -> Step:
        """Judge the reports in their order of arrival, then let time pass to `until`.

        `until` is not before the last `received_at`. A step is the same however its inputs are cut into
        steps.
        """
        rows = blank_reports(0) if batch is None else batch.rows
        names = () if batch is None else batch.devices
        self.begin(int(rows["received_at"][0]) if len(rows) else until)
        sifted = self.sequences.sift(names, rows, until)
        entries, unknown = entries_of(names, rows, rules=self.rules, sifted=sifted)
        received_at = np.ascontiguousarray(rows["received_at"])  # searched often; a column would be copied
        entries = self.waiting.taking_turns(entries, sifted, received_at)
        tally = Tally(received_at=received_at, duplicates=int(sifted.is_duplicate.sum()))
        if len(entries.case):
            self._judge_all(entries, tally)
        self._judge_past(self.arrears.due_by(until), tally)
        self._let_go_before_timers(sorted(self.waiting.cases), until, tally)
        self._joining.meet(until)
        self._elapse(until)
        return tally.step(self.telling.take(), holes=sifted.holes, unknown=unknown)

    def relive(self, reports: Rows, begins: Times, ends: Times) -> tuple[Change, ...]:
        """Judge the past of every case, each from its own beginning to its own end: one row a case.

        The reports are in the order of their cases, and of time; their `device` is a seat.
        """
        for columns in self.rules.watches:
            for case, at in enumerate(begins):
                columns.watch.begin(columns.by_case.of(np.array([case]))[1], int(at))
        tally = Tally(received_at=reports["received_at"])
        seat = reports["device"].astype(np.intp)
        for one in rounds(in_time(reports, seat, self.rules.seat_case[seat])):
            self._judge(one, tally)
        for columns in self.rules.watches:
            cases, rows = columns.by_case.of(np.arange(len(ends)))
            for which in np.flatnonzero(columns.watch.are_due(rows, ends[cases])):
                for told in columns.watch.elapse(int(rows[which]), int(ends[cases[which]]), self.seats):
                    self._tell_by_clock(columns, told)
        return self.telling.take()

    def conclude(self) -> Step:
        """Nothing more will come: judge what still waits for its kin."""
        tally = Tally(received_at=np.zeros(0, dtype=np.int64))
        for case in sorted(self.waiting.cases):
            at = self.waiting.latest(case)
            self._let_go(case, tally, at, -1)
            self._joining.meet(at)
        self.arrears.judge_all(self.telling, self.seats)
        self._joining.conclude()
        return tally.step(self.telling.take())

    # One round ---------------------------------------------------------------------------------

    def _judge_all(self, entries: Round, tally: Tally) -> None:
        """In rounds, between which the late fixes are judged that have waited long enough."""
        if self.arrears.next_due == NEVER and not repeats(entries.case):
            self._judge(entries, tally)
            return
        turns = Turns(entries)
        while turns.are_left:
            waits = turns.waits(self.arrears.dues)
            if turns.are_many(waits):
                self._judge_past(turns.cases(waits), tally)
            else:
                self._judge(turns.round(without=waits), tally)

    def _judge(self, one: Round, tally: Tally) -> None:
        self._elapse_cases(one, tally, before=True)
        ready = one
        if one.part.any():
            self._let_wait(one.where(one.part == Part.LIFE.value), tally)
            ready = one.where(self._have_waited(one))
        if len(ready.case):
            self._take_in(ready, tally)
        self._elapse_cases(one, tally, before=False)

    def _take_in(self, one: Round, tally: Tally) -> None:
        is_news, in_order, is_fix = self._sort_out(one, tally)
        self._hear_life(one.where(is_news & (one.part != Part.CONTENT.value)))
        if not is_fix.all():
            self._hear(one.where(is_news & ~is_fix))
        if in_order.any():
            self._look(one.where(in_order), tally)
        self._joining.note(one.seat, one.arrival, one.reports["received_at"], self.seats)

    def _let_wait(self, one: Round, tally: Tally) -> None:
        """Reports that wait for what is missing before them: signs of life, if they are news at all."""
        *_, again = own_order(self.seats, one)
        tally.duplicates += int(np.count_nonzero(again))
        news = one.where(~again)
        self._hear_life(news)
        self.waiting.hold(news)

    def _have_waited(self, one: Round) -> Booleans:
        """Which are to be looked at: whole ones, and those that have waited until now."""
        ready = one.part == Part.WHOLE.value
        for place in np.flatnonzero(one.part == Part.CONTENT.value):
            case, seat, number = (int(column[place]) for column in (one.case, one.seat, one.number))
            ready[place] = self.waiting.release(case, seat, number)
        return np.asarray(ready)

    def _sort_out(self, one: Round, tally: Tally) -> tuple[Booleans, Booleans, Booleans]:
        """Which reports are news, which of them fixes in order, and which are fixes at all.

        Sets aside late fixes, counts duplicates.
        """
        is_fix, in_order, late, again = own_order(self.seats, one)
        in_order &= ~are_frozen(self.seats, one.seat, one.reports)
        for which in np.flatnonzero(late):
            self.arrears.hold(int(one.case[which]), int(one.seat[which]), one.reports[which])
        tally.duplicates += int(np.count_nonzero(again))
        tally.late += int(np.count_nonzero(late))
        return ~again, in_order, is_fix

    def _hear_life(self, one: Round) -> None:
        """Every report that is news is a sign of life."""
        for columns in self.rules.watches:
            if not columns.hears_life:
                continue
            places, rows = columns.by_seat.of(one.seat)
            received_at, sent_at = one.reports["received_at"][places], one.reports["sent_at"][places]
            told = columns.watch.heard(rows, one.seat[places], received_at, sent_at, self.seats)
            for which, answer in told:
                self._tell(columns, answer, one, int(places[which]))

    def _hear(self, one: Round) -> None:
        """Heartbeats side by side, events one by one."""
        is_event = one.reports["kind"] == ReportKind.EVENT.value
        beats = one.where(~is_event)
        beats = beats.where(take_heartbeats(self.seats, beats.seat, beats.reports))
        for columns in self.rules.watches:
            if not columns.hears_beats:
                continue
            places, rows = columns.by_seat.of(beats.seat)
            if len(rows):
                reports, seat = beats.reports.take(places), beats.seat[places]
                for which, told in columns.watch.hear_heartbeats(rows, seat, reports, self.seats):
                    self._tell(columns, told, beats, int(places[which]))
        if is_event.any():
            self._hear_events(one.where(is_event))

    def _hear_events(self, one: Round) -> None:
        take_events(self.seats, one.seat, one.reports)
        for columns in self.rules.watches:
            places, rows = columns.by_seat.of(one.seat)
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                for told in columns.watch.hear_event(
                    row, int(one.seat[place]), one.reports[place], self.seats
                ):
                    self._tell(columns, told, one, place)

    def _look(self, fixes: Round, tally: Tally) -> None:
        """Fixes in order: trust them or not, and let every condition they bear on look."""
        self._pass_edges(fixes)
        seen = sightings(fixes, self.rules.accuracy_default_m)
        trusted = trust(self.seats, seen)
        fixes, seen = fixes.where(trusted), seen.where(trusted)
        for columns in self.rules.watches:
            if not columns.looks:
                continue
            places, rows = columns.by_seat.of(fixes.seat)
            if len(rows):
                self._look_with(columns, rows, places, fixes, seen)
        self._joining.keep(fixes.case, fixes.arrival, partial(self._keep, fixes, seen, tally))

    def _look_with(
        self, columns: WatchColumns, rows: Indices, places: Indices, fixes: Round, seen: Sightings
    ) -> None:
        are_all = columns.by_seat.is_plain and len(places) == len(seen)
        theirs = seen if are_all else seen.take(places)
        told, in_arrears = columns.watch.look(rows, theirs, self.seats)
        for which, answer in told:
            self._tell(columns, answer, fixes, int(places[which]))
        for which in in_arrears:
            place = int(places[which])
            self.arrears.hold(int(fixes.case[place]), int(fixes.seat[place]), fixes.reports[place])
        for which in columns.watch.behind(rows, theirs, self.seats):
            place = int(places[which])
            case, seat = int(fixes.case[place]), int(fixes.seat[place])
            self.arrears.hold(case, seat, fixes.reports[place], is_of_pair=True)

    def _pass_edges(self, fixes: Round) -> None:
        """A device's clock may be ahead of ours: windows' edges it has reached are passed first."""
        ahead = np.flatnonzero(fixes.reports["at"] > fixes.reports["received_at"])
        for place in ahead:
            for columns in self._joining.others:
                for row in columns.by_seat.of(fixes.seat[[place]])[1]:
                    at = int(fixes.reports["at"][place])
                    for told in columns.watch.pass_edges(int(row), at, self.seats):
                        self._tell(columns, told, fixes, int(place))

    def _keep(self, fixes: Round, seen: Sightings, tally: Tally, in_breach: Booleans) -> None:
        kept = np.flatnonzero(keeps(self._profile[fixes.case], in_breach))
        if len(kept):
            tally.kept.append(
                Kept(
                    seat=seen.seat[kept],
                    fixed_at=seen.at[kept],
                    lonlat=seen.lonlat[kept],
                    radius_m=seen.radius_m[kept],
                    source=seen.source[kept],
                    is_in_breach=in_breach[kept],
                )
            )

    def _tell(self, columns: WatchColumns, told: Any, one: Round, place: int) -> None:
        if told.waits:
            at, bond = int(one.reports["received_at"][place]), columns.watch.bonds[told.row]
            self.arrears.hold_way(int(one.case[place]), self.telling.change(at, bond, told))
            return
        self.telling.by_report(
            columns.watch.bonds[told.row],
            told,
            received_at=int(one.reports["received_at"][place]),
            arrival=int(one.arrival[place]),
            seat=int(one.seat[place]),
        )

    # The clock ---------------------------------------------------------------------------------

    def _elapse_cases(self, one: Round, tally: Tally, *, before: bool) -> None:
        """What is due in these cases: before the report, by the clock; after it, by the report."""
        at = one.reports["received_at"]
        waiting = self.waiting.among(one.case)
        for nth, due in self._ringing(one.case[waiting], at[waiting]):
            place = int(waiting[nth])
            at_once = int(at[place]), int(one.arrival[place])
            self._let_go(int(one.case[place]), tally, *(tally.just_before(due) if before else at_once))
        latest = int(at.max(initial=BEFORE_ALL))
        for columns in self._joining.others:
            if columns.watch.is_quiet(latest):
                continue
            places, rows = columns.by_case.of(one.case)
            for which in np.flatnonzero(columns.watch.are_due(rows, at[places])):
                place = int(places[which])
                for told in columns.watch.elapse(int(rows[which]), int(at[place]), self.seats):
                    if before:
                        self._tell_by_clock(columns, told)
                    else:
                        self._tell(columns, told, one, place)

    def _judge_past(self, cases: Sequence[int], tally: Tally) -> None:
        """Late fixes of cases that have waited long enough, after what the clock had to say before that."""
        for case in cases:
            due = self.arrears.dues[case]
            self._let_go_before_timers([case] if case in self.waiting.cases else (), due, tally)
            for columns in self._joining.others:
                rows = columns.by_case.of(np.array([case]))[1]
                for row in rows[columns.watch.are_due(rows, due)]:
                    for told in columns.watch.elapse(int(row), due, self.seats):
                        self._tell_by_clock(columns, told)
        if cases:
            self.arrears.judge(cases, self.telling, self.seats)

    def _elapse(self, until: Micros) -> None:
        for columns in self.rules.watches:
            for row in columns.watch.due_by(until):
                for told in columns.watch.elapse(int(row), until, self.seats):
                    self._tell_by_clock(columns, told)

    def _let_go_before_timers(self, cases: Sequence[int], by: Micros, tally: Tally) -> None:
        """What waits in cases of which a timer rings by then is looked at just before."""
        for which, due in self._ringing(np.array(cases, dtype=np.intp), np.full(len(cases), by)):
            self._let_go(cases[which], tally, *tally.just_before(due))

    def _let_go(self, case: int, tally: Tally, at: Micros, arrival: int) -> None:
        """Nothing of the case waits any longer."""
        for one in rounds(self.waiting.release_all(case, at, arrival)):
            self._take_in(one, tally)

    def _ringing(self, cases: Indices, by: Times) -> Iterator[tuple[int, Micros]]:
        """The places of the cases of which a timer rings, each by its own time, and when the first does."""
        latest, first = by.max(initial=BEFORE_ALL), np.full(len(cases), NEVER)
        for columns in self._joining.others if len(cases) else ():
            if columns.watch.quiet_until <= latest:
                places, rows = columns.by_case.of(cases)
                due = columns.watch.are_due(rows, by[places]).nonzero()[0]
                np.minimum.at(first, places[due], columns.watch.due[rows[due]])
        for which in np.flatnonzero(first < NEVER):
            yield int(which), int(first[which])

    def _tell_by_clock(self, columns: WatchColumns, told: Any) -> None:
        kind = self.rules.watches.index(columns)
        self.telling.by_clock(columns.watch.bonds[told.row], kind, told)

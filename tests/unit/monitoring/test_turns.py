"""Whose turn it is in a large batch: cases that wait for their late fixes, and how long others wait."""

import numpy as np

from em_engine.monitoring.rounds import NARROW, Round, Turns, in_time
from em_engine.vocabulary import Indices, blank_reports

LONG, SHORT = 7, 3


def turns(long: int, short: int) -> Turns:
    """Two cases with so many reports, a second apart."""
    case: Indices = np.repeat([LONG, SHORT], [long, short])
    reports = blank_reports(len(case))
    reports["received_at"] = np.concatenate([np.arange(long), np.arange(short)])
    order = np.argsort(reports["received_at"], kind="stable")
    return Turns(in_time(reports[order], case[order], case[order]))


def cases_of(one: Round) -> list[int]:
    """Whose reports they are."""
    return sorted(one.case.tolist())


def test_who_waits_sits_out_while_the_others_have_most_of_what_is_left() -> None:
    it = turns(long=100, short=10)
    waits = it.waits({SHORT: 0})
    assert it.cases(waits) == [SHORT]
    assert not it.are_many(waits)
    assert cases_of(it.round(without=waits)) == [LONG]


def test_nobody_goes_on_without_those_who_hold_much_of_what_is_left() -> None:
    it, alone = turns(long=100, short=10), 0
    while not it.are_many(waits := it.waits({SHORT: 0})):
        it.round(without=waits)
        alone += 1
    assert 10 / (110 - alone) >= NARROW > 10 / (111 - alone)
    assert cases_of(it.round(without=it.waits({}))) == [SHORT, LONG]


def test_it_is_not_a_case_with_nothing_left_that_waits() -> None:
    it = turns(long=2, short=1)
    it.round(without=it.waits({}))
    assert it.cases(it.waits({SHORT: 0, LONG: 5})) == []
    it.round(without=it.waits({}))
    assert not it.are_left
    assert not it.are_many(it.waits({SHORT: 0, LONG: 0}))


def test_a_case_waits_from_the_report_that_comes_when_its_late_fixes_are_due() -> None:
    it = turns(long=5, short=5)
    due = {LONG: 2, SHORT: 100, 4: 0}
    for _ in range(2):
        assert it.cases(it.waits(due)) == []
        it.round(without=it.waits(due))
    assert it.cases(it.waits(due)) == [LONG]

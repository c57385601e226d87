"""The engine under faults far worse than life; and that the promises asked for can be broken at all."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from em_engine.alerts.queue import ENGINE
from em_engine.ingest.delivery import Delivery
from em_engine.law.breach import Phase
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from simulators.chaos.invariants import (
    broken,
    nothing_is_acknowledged_early,
    nothing_is_lost,
    nothing_is_told_twice,
    the_record_says_it_again,
    who_breaks_an_order_is_told_of,
)
from simulators.chaos.plan import plan_of
from simulators.chaos.run import Lived, live

SEEDS = (1, 8)
FORGETS = 8
"""A seed in which the engine dies while a breach is open."""


@pytest.fixture(scope="module")
def lives() -> dict[int, Lived]:
    return {seed: live(plan_of(seed)) for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken(lives: dict[int, Lived], seed: int) -> None:
    lived = lives[seed]
    assert broken(lived) == []
    assert lived.lives > 1, "a seed in which nobody dies proves little"
    assert lived.plan.garbled
    assert lived.history


def test_a_seed_lives_the_same_life_again(lives: dict[int, Lived]) -> None:
    again, before = live(plan_of(1)), lives[1]
    assert [(one.at, one.what, one.payload) for one in again.history] == [
        (one.at, one.what, one.payload) for one in before.history
    ]
    assert len(again.committed.entries) == len(before.committed.entries)


def test_what_is_not_committed_is_missed(lives: dict[int, Lived]) -> None:
    lived = lives[1]
    committed = replace(lived.committed, messages=set(list(lived.committed.messages)[1:]))
    assert "were never judged" in next(nothing_is_lost(_doctored(lived, committed=committed)))


def test_a_history_that_says_more_or_less_than_the_journal_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[1]
    told = [entry for entry in lived.history if entry.by == ENGINE]
    less = [entry for entry in lived.history if entry is not told[0]]
    assert any(
        "the journal says what" in text for text in the_record_says_it_again(_doctored(lived, history=less))
    )
    more = [*lived.history, replace(told[0], number=len(lived.history) + 1)]
    doctored = _doctored(lived, history=more)
    assert any("opened twice" in text for text in nothing_is_told_twice(doctored))
    assert any("the history says what" in text for text in the_record_says_it_again(doctored))


def test_an_accusation_of_who_kept_the_order_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[1]
    roles = dict.fromkeys(lived.plan.roles, "quiet")
    found = who_breaks_an_order_is_told_of(_doctored(lived, plan=replace(lived.plan, roles=roles)))
    assert any("is accused of" in text for text in found)


def test_a_breach_that_is_never_told_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[1]
    roles = dict.fromkeys(lived.plan.roles, "enters")
    found = who_breaks_an_order_is_told_of(_doctored(lived, plan=replace(lived.plan, roles=roles)))
    assert any("exclusion.entered was never told" in text for text in found)


class Hasty(LocalEngine):
    """Tells the broker first and commits afterwards."""

    async def _take(self, deliveries: Sequence[Delivery]) -> None:
        await self._transport.acknowledge(deliveries)
        await super()._take(deliveries)


class Forgetful(Judging):
    """Takes every breach for closed when it starts again."""

    def recover(self) -> None:
        super().recover()
        for columns in self.heart.rules.watches:
            columns.watch.slots["phase"] = Phase.CLEAR


def test_an_engine_that_acknowledges_before_it_commits_breaks_a_promise() -> None:
    lived = live(plan_of(1), engine=Hasty)
    assert any("acknowledged before" in text for text in nothing_is_acknowledged_early(lived))


def test_an_engine_that_forgets_its_state_when_it_restarts_breaks_a_promise() -> None:
    lived = live(plan_of(FORGETS), judging=Forgetful)
    assert any("the journal says what" in text for text in the_record_says_it_again(lived))


def _doctored(lived: Lived, **changed: Any) -> Lived:
    return replace(lived, **changed)

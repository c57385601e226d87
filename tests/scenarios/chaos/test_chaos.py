"""The engine under faults far worse than life; and that the promises asked for can be broken at all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from em_engine.alerts.queue import ENGINE
from em_engine.ingest.delivery import Delivery
from em_engine.law.breach import Phase
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.vocabulary import MINUTE
from simulators.chaos.invariants import (
    broken,
    nothing_is_acknowledged_early,
    nothing_is_lost,
    nothing_is_told_twice,
    the_night_cleans,
    the_record_says_it_again,
    what_operators_did_stands,
    who_breaks_an_order_is_told_of,
)
from simulators.chaos.lived import Lived
from simulators.chaos.people import SILENCE_ALLOWED, START
from simulators.chaos.plan import plan_of
from simulators.chaos.run import live
from simulators.chaos.silences import a_dark_region_is_told_of_once, our_own_absence_is_told_of

SEEDS = (90, 251)
"""Between them nearly every trouble there is: `test_the_seeds_have_every_trouble` says which."""
FORGETS = 251
"""A seed in which the engine dies while a breach is open."""


@pytest.fixture(scope="module")
def lives() -> dict[int, Lived]:
    return {seed: live(plan_of(seed)) for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken(lives: dict[int, Lived], seed: int) -> None:
    lived = lives[seed]
    assert broken(lived) == []
    assert lived.lives > 1, "a seed in which nobody dies proves little"
    assert lived.history


def test_the_seeds_have_every_trouble(lives: dict[int, Lived]) -> None:
    plans = [lived.plan for lived in lives.values()]
    troubles = (
        "garbled",
        "kills",
        "broker_away",
        "broker_forgets",
        "clock_wrong",
        "operators_act",
        "cleans_at",
    )
    assert [name for name in troubles if not any(getattr(plan, name) for plan in plans)] == []
    assert any(lived.forgotten for lived in lives.values()), "the broker had something to forget"
    assert any(lived.acted for lived in lives.values()), "somebody answered an alert"


def test_forty_plans_have_every_trouble_some_of_them_all_at_once() -> None:
    plans = [plan_of(seed) for seed in range(40)]
    for name in ("record_bad", "region_dark", "revised", "garbled", "kills", "broker_forgets", "clock_wrong"):
        share = sum(bool(getattr(plan, name)) for plan in plans) / len(plans)
        assert 0.0 < share < 1.0, f"{name} is in {share:.0%} of the plans"
    longest = max(end - start for plan in plans for start, end in plan.broker_away)
    assert longest > 2 * SILENCE_ALLOWED, "an absence of ours that must be told of every order"


def test_a_seed_lives_the_same_life_again(lives: dict[int, Lived]) -> None:
    again, before = live(plan_of(SEEDS[1])), lives[SEEDS[1]]
    assert [(one.at, one.what, one.payload) for one in again.history] == [
        (one.at, one.what, one.payload) for one in before.history
    ]
    assert len(again.committed.entries) == len(before.committed.entries)


def test_what_is_not_committed_is_missed(lives: dict[int, Lived]) -> None:
    lived = lives[SEEDS[0]]
    committed = replace(lived.committed, messages=set(list(lived.committed.messages)[1:]))
    assert "were never judged" in next(nothing_is_lost(_doctored(lived, committed=committed)))


def test_a_history_that_says_more_or_less_than_the_journal_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[SEEDS[0]]
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
    lived = lives[SEEDS[0]]
    roles = dict.fromkeys(lived.plan.roles, "quiet")
    found = who_breaks_an_order_is_told_of(_doctored(lived, plan=replace(lived.plan, roles=roles)))
    assert any("is accused of" in text for text in found)


def test_a_breach_that_is_never_told_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[SEEDS[0]]
    roles = dict.fromkeys(lived.plan.roles, "enters")
    found = who_breaks_an_order_is_told_of(_doctored(lived, plan=replace(lived.plan, roles=roles)))
    assert any("exclusion.entered was never told" in text for text in found)


def test_an_answer_that_is_lost_or_made_up_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[SEEDS[0]]
    promised = Counter({("no-such-alert", "acknowledged", "olsen"): 1})
    lost = what_operators_did_stands(_doctored(lived, acted=lived.acted + promised))
    assert any("told it is done, and it is not" in text for text in lost)
    made_up = what_operators_did_stands(_doctored(lived, acted=Counter(), may_have_acted=Counter()))
    assert any("did not do what the history says" in text for text in made_up)


def test_positions_that_outlive_the_night_or_are_gone_without_one_are_found_out(
    lives: dict[int, Lived],
) -> None:
    lived = next(one for one in lives.values() if one.plan.cleans_at is not None)
    assert lived.cleaned
    assert any("still kept" in text for text in the_night_cleans(_doctored(lived, old_positions=3)))
    assert any("nobody was to delete" in text for text in the_night_cleans(_doctored(lived, cleaned=False)))


def test_an_absence_or_a_dark_region_that_is_not_told_is_found_out(lives: dict[int, Lived]) -> None:
    lived = lives[SEEDS[0]]
    calm = dict.fromkeys(("kills", "record_bad", "clock_wrong", "broker_forgets", "broker_away"), ())
    span = (START + 5 * MINUTE, START + 18 * MINUTE)
    away = replace(lived.plan, **calm | {"broker_away": (span,)})
    told = list(our_own_absence_is_told_of(_doctored(lived, plan=away, history=[])))
    assert any("outage.group was told of 0 cases" in text for text in told)
    assert any("monitoring.gap was told of 0 cases" in text for text in told)
    dark = replace(lived.plan, **calm | {"region_dark": span})
    assert list(a_dark_region_is_told_of_once(_doctored(lived, plan=dark, history=[])))


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
    lived = live(plan_of(SEEDS[1]), engine=Hasty)
    assert any("acknowledged before" in text for text in nothing_is_acknowledged_early(lived))


def test_an_engine_that_forgets_its_state_when_it_restarts_breaks_a_promise() -> None:
    lived = live(plan_of(FORGETS), judging=Forgetful)
    assert any("the journal says what" in text for text in the_record_says_it_again(lived))


def _doctored(lived: Lived, **changed: Any) -> Lived:
    return replace(lived, **changed)

"""Numbers that no world comes near enough to, from both sides: what `tests/properties/mutants.py` left."""

from dataclasses import replace
from datetime import timedelta
from statistics import NormalDist

import pytest

from em_engine.law.certainty import Certainty
from em_engine.rulebook.models import Condition
from tests.timeline import Timeline, at_level, curfew, exclusion, inclusion

BAN_EDGE_M = 1_700.0
"""East of home, where the ban zone begins; it is 300 m deep."""


def doubtful(*times: str, depth_m: float = 37.5, accuracy_m: float = 30.0) -> Timeline:
    """Outside at noon, and then that deep in the zone at each of these times."""
    walk = Timeline(at_level(exclusion(), Certainty.CONVINCING))
    walk.at("12:00:00").fix(east_m=1_400)
    for time in times:
        walk.at(time).fix(east_m=BAN_EDGE_M + depth_m, accuracy_m=accuracy_m)
    return walk


@pytest.mark.parametrize(("then", "opens"), [("12:01:12.1", True), ("12:01:11.3", False)])
def test_errors_share_their_cause_for_thirty_seconds(then: str, opens: bool) -> None:
    """Log odds 3.47 each, of 4.6 needed: the second counts for 0.323 of them after 11.7 s."""
    assert doubtful("12:01:00", then).types == ["exclusion.entered"] * opens


@pytest.mark.parametrize(("step_m", "opens"), [(0.04, True), (-0.04, False)])
def test_one_fix_in_a_thousand_is_wrong_beyond_any_model(step_m: float, opens: bool) -> None:
    """The margin at which p = 0.001 + 0.998 Phi(z) is 0.99; of 0.0011 it would be 0.26 m more."""
    needed_m = NormalDist().inv_cdf((0.99 - 0.001) / 0.998) * 100.0 / 1.515
    walk = doubtful("12:01:00", depth_m=needed_m + step_m, accuracy_m=100.0)
    assert walk.types == ["exclusion.entered"] * opens


@pytest.mark.parametrize(("then", "opens"), [("12:11:00", True), ("12:11:00.001", False)])
def test_a_suspicion_is_forgotten_after_ten_minutes(then: str, opens: bool) -> None:
    assert doubtful("12:01:00", then).types == ["exclusion.entered"] * opens


def confirming(minutes: int) -> Condition:
    night = curfew("19:00", "07:00")
    return replace(night, terms=replace(night.terms, confirm_every=timedelta(minutes=minutes)))


@pytest.mark.parametrize(("accuracy_m", "unconfirmed"), [(100.0, "19:15:00"), (100.5, "19:10:00")])
def test_a_fix_of_a_hundred_metres_tells_that_he_is_home(accuracy_m: float, unconfirmed: str) -> None:
    night = Timeline(confirming(10))
    night.at("19:00:00").fix()
    night.at("19:05:00").fix(accuracy_m=accuracy_m)
    night.at("19:20:00")
    assert [(one.type, one.opened) for one in night.breaches] == [("curfew.unconfirmed", unconfirmed)]


@pytest.mark.parametrize("received", ["12:00:00", "11:59:59"], ids=["at the start", "a clock ahead of ours"])
def test_a_fix_of_the_very_start_of_a_window_is_judged_in_it(received: str) -> None:
    day = Timeline(inclusion("daily 12:00-14:00"))
    day.at("11:59:00").fix()
    day.at(received).fix(metres_from_home=1_000, measured="12:00:00")
    assert [(one.type, one.opened) for one in day.breaches] == [("inclusion.left", "12:00:00")]


@pytest.mark.parametrize(("measured", "types"), [("12:00:00", ["inclusion.left"]), ("11:59:59.999", [])])
def test_a_fix_before_the_start_of_a_window_opens_nothing_of_itself(measured: str, types: list[str]) -> None:
    day = Timeline(inclusion("daily 12:00-14:00"))
    day.at("11:59:00").fix()
    day.at("12:00:02").fix(metres_from_home=1_000, measured=measured)
    assert day.types == types

"""How far back the past goes that late fixes may bring up."""

import pytest

from tests.timeline import Timeline, curfew, exclusion


@pytest.mark.parametrize(
    ("second", "told"), [("00", ["exclusion.entered"]), ("01", [])], ids=["31 days", "a second more"]
)
def test_a_late_fix_of_more_than_a_month_ago_is_not_judged(second: str, told: list[str]):
    """One fix deep in the zone on 20 November at 12:02, which nothing contradicts."""
    day = Timeline(exclusion(), day="2026-12-21")
    day.at("12:00").fix()
    day.at("12:01").fix()
    day.at(f"12:02:{second}").fix(east_m=2_000.0, measured="2026-11-20T12:02")
    assert day.late_types == told


def test_a_clock_that_was_reset_brings_up_nothing():
    """A fix of 1970 under a nightly curfew: half a century of windows is not lived again."""
    day = Timeline(curfew("00:00", "24:00"))
    day.at("12:00").fix()
    day.at("12:01").fix()
    for second in ("00", "50"):
        day.at(f"12:02:{second}").fix(east_m=2_000.0, measured=f"1970-01-02T00:00:{second}")
    assert day.late_types == []

"""Where somebody was between two of his fixes, as the other was fixed."""

import pytest

from em_engine.vocabulary import ChangeKind, Source
from tests.timeline import PHONE, TAG, Timeline, contact_ban

ALERT_M = 300.0


def passing(
    *, apart_m: float = 260.0, then: str = "12:01:05", her_radius_m: float = 20.0, **fix: float
) -> Timeline:
    """He walks past her, north to south, a fix a minute; she is fixed once, half way between two of his."""
    walk = Timeline(contact_ban(ALERT_M, warn_m=600))
    walk.at("12:00:05").fix(north_m=60, **fix)
    walk.at("12:00:35").fix(east_m=apart_m, device=PHONE, accuracy_m=her_radius_m, source=Source.WIFI)
    walk.at(then).fix(north_m=-60, **fix)
    return walk


def alerts(walk: Timeline) -> list[tuple[str, str]]:
    return [(one.opened, one.detected) for one in walk.breaches if one.type == "contact.alert"]


def test_a_meeting_between_two_fixes_is_told_with_the_second() -> None:
    """At his own fixes the other's place has had 30 s to move: 260 m and 45 m more are beyond 300 m."""
    walk = passing()
    assert alerts(walk) == [("12:00:35", "12:01:05")]
    told = next(
        one for one in walk.changes if one.type == "contact.alert" and one.change is ChangeKind.OPENED
    )
    assert told.evidence["separation_m"] == pytest.approx(260.0, abs=1.0)
    assert told.evidence["together_at"] == "2026-11-20T11:00:35.000Z"
    assert told.evidence["fix"]["fixed_at"] == "2026-11-20T11:01:05.000Z"


def test_by_either_side_s_fixes_and_her_place_stays_out_of_it() -> None:
    walk = Timeline(contact_ban(ALERT_M, warn_m=600))
    walk.at("12:00:05").fix(east_m=260, north_m=60, device=PHONE)
    walk.at("12:00:35").fix(accuracy_m=20, source=Source.WIFI)
    walk.at("12:01:05").fix(east_m=260, north_m=-60, device=PHONE)
    assert alerts(walk) == [("12:00:35", "12:01:05")]
    told = next(one for one in walk.changes if one.type == "contact.alert")
    assert told.evidence["fix"]["fixed_at"] == "2026-11-20T11:00:35.000Z"
    assert told.device == TAG


@pytest.mark.parametrize(
    ("apart_m", "told"),
    # Radii of 5 and 20 m, and 2/3 * 1/4 of the 120 m he went: 28.7 m together.
    [(270.0, True), (272.5, False)],
)
def test_by_so_much_as_the_way_and_both_radii_leave(apart_m: float, told: bool) -> None:
    assert bool(alerts(passing(apart_m=apart_m))) is told


@pytest.mark.parametrize(("then", "told"), [("12:02:35", True), ("12:02:36", False)])
def test_not_between_fixes_that_are_far_apart(then: str, told: bool) -> None:
    assert bool(alerts(passing(apart_m=240.0, then=then))) is told

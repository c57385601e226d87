"""What shows a breach and what does not, on fixes made by hand."""

import numpy as np
import pytest

from em_engine.vocabulary import AlertType, ReportKind, Rows, blank_reports
from simulators.season.duties import DAY_S, Case, Duty, Ground
from simulators.season.evidence import Evidence
from simulators.season.truth import Breach
from simulators.season.way import Doing, Path
from simulators.season.world import Season, instant_of

GROUND = Ground(lon=10.7, lat=59.9)
BAN = Duty(id="keep-apart", kind="contact-ban", alert_m=300.0)
FROM_S, TO_S = 1_000.0, 1_300.0
GOOD_M, CELL_M = 10.0, 1_000.0

Fix = tuple[float, float, float]
"""When it was taken, how many metres east, and its error circle."""
ALERT, WARNING = AlertType.CONTACT_ALERT, AlertType.CONTACT_WARNING


def sent(device: int, *fixes: Fix) -> Rows:
    """What a device sent, in the order in which it arrived at the end of the day."""
    rows = blank_reports(len(fixes))
    rows["device"], rows["kind"] = device, ReportKind.FIX
    rows["at"] = [instant_of(at_s) for at_s, _, _ in fixes]
    rows["received_at"] = instant_of(DAY_S)
    rows["accuracy_m"] = [accuracy_m for _, _, accuracy_m in fixes]
    east_m = np.array([(east_m, 0.0) for _, east_m, _ in fixes]).reshape(-1, 2)
    rows["lon"], rows["lat"] = GROUND.to_degrees(east_m).T
    return rows


def shows(tag: list[Fix], phone: list[Fix], type: AlertType = ALERT) -> bool:
    """Whether these fixes show the breach; in truth both stand at one place all day."""
    case = Case(
        id="S-1", number=1, programme="contact-ban", ground=GROUND, town=0, duties=(BAN,), places={},
        has_beacon=False, breaks_rules=True, days=1,
    )  # fmt: skip
    stays = Path(
        at_s=np.array([0.0, DAY_S]), xy_m=np.zeros((2, 2)), doing=np.full(2, Doing.LINGERING, dtype=np.int8)
    )
    breach = Breach(case="S-1", condition=BAN.id, type=type, from_s=FROM_S, to_s=TO_S)
    season = Season(
        days=1,
        cases=(case,),
        ways={"S-1": (stays, stays)},
        devices=(case.tag, case.phone),
        rows=np.concatenate([sent(0, *tag), sent(1, *phone)]),
        breaches=(breach,),
    )
    return Evidence(season).shows(breach)


def either_way(one: list[Fix], other: list[Fix], type: AlertType = ALERT) -> bool:
    """The same, whichever of the two wears the tag."""
    assert shows(one, other, type) == shows(other, one, type)
    return shows(one, other, type)


def every_minute(east_m: float, accuracy_m: float) -> list[Fix]:
    """Before, during and after the breach."""
    return [(at_s, east_m, accuracy_m) for at_s in np.arange(FROM_S - 290.0, TO_S + 290.0, 60.0)]


def test_two_who_stand_together_are_seen_by_both_their_fixes() -> None:
    assert either_way(every_minute(0.0, GOOD_M), every_minute(50.0, GOOD_M))


def test_nobody_sees_a_contact_with_whoever_is_silent() -> None:
    assert not either_way(every_minute(0.0, GOOD_M), [])
    assert not shows([], [])
    long_ago = [(FROM_S - 600.0, 0.0, GOOD_M), (TO_S + 600.0, 0.0, GOOD_M)]
    assert not either_way(every_minute(0.0, GOOD_M), long_ago)


def test_nobody_sees_a_contact_with_whoever_is_somewhere_in_a_cell() -> None:
    assert not either_way(every_minute(0.0, GOOD_M), every_minute(0.0, CELL_M))
    one_good = sorted([*every_minute(0.0, CELL_M), (FROM_S + 100.5, 0.0, GOOD_M)])
    assert either_way([(FROM_S + 100.0, 0.0, GOOD_M)], one_good)


@pytest.mark.parametrize(("apart_s", "is_shown"), [(0.0, True), (60.0, True), (61.0, False)])
def test_two_fixes_show_a_contact_within_a_minute_of_each_other(apart_s: float, is_shown: bool) -> None:
    for later_s in (apart_s, -apart_s):
        other = [(FROM_S + 100.0 + later_s, 0.0, GOOD_M)]
        assert either_way([(FROM_S + 100.0, 0.0, GOOD_M)], other) is is_shown


@pytest.mark.parametrize(
    ("one_s", "other_s", "is_shown"),
    [
        (FROM_S, FROM_S - 50.0, True),
        (TO_S - 1.0, TO_S + 50.0, True),
        (FROM_S - 1.0, FROM_S - 2.0, False),
        (TO_S, TO_S + 1.0, False),
    ],
)
def test_one_of_the_two_is_taken_while_the_breach_lasts(one_s: float, other_s: float, is_shown: bool) -> None:
    assert either_way([(one_s, 0.0, GOOD_M)], [(other_s, 0.0, GOOD_M)]) is is_shown


@pytest.mark.parametrize("type", [ALERT, WARNING])
def test_both_error_circles_fit_within_the_ring_told_of(type: AlertType) -> None:
    ring_m = {ALERT: BAN.alert_m, WARNING: BAN.warn_m}[type]
    within_m = ring_m - np.hypot(30.0, 40.0)  # 50 m are doubtful
    for east_m, is_shown in ((within_m - 0.1, True), (within_m + 0.1, False)):
        assert either_way(every_minute(0.0, 30.0), every_minute(east_m, 40.0), type) is is_shown


def test_a_fix_that_does_not_tell_its_circle_has_one_of_fifteen_metres() -> None:
    within_m = BAN.alert_m - np.hypot(15.0, 20.0)
    for east_m, is_shown in ((within_m - 0.1, True), (within_m + 0.1, False)):
        assert either_way(every_minute(0.0, np.nan), every_minute(east_m, 20.0)) is is_shown


@pytest.mark.parametrize(
    ("taken_s", "nearer_s", "farther_s"),
    [(FROM_S, FROM_S - 10.0, FROM_S - 50.0), (TO_S - 1.0, TO_S + 10.0, TO_S + 50.0)],
)
def test_the_fix_nearest_in_time_tells_where_the_other_was(
    taken_s: float, nearer_s: float, farther_s: float
) -> None:
    here = [(taken_s, 0.0, GOOD_M)]
    assert either_way(here, [(nearer_s, 0.0, GOOD_M), (farther_s, 5_000.0, GOOD_M)])
    assert not either_way(here, [(nearer_s, 5_000.0, GOOD_M), (farther_s, 0.0, GOOD_M)])


@pytest.mark.parametrize(
    ("taken_s", "near_s", "far_s"),
    [(FROM_S, FROM_S - 10.0, FROM_S + 80.0), (TO_S - 1.0, TO_S + 10.0, TO_S - 81.0)],
)
def test_the_nearest_may_be_before_or_after(taken_s: float, near_s: float, far_s: float) -> None:
    assert either_way([(taken_s, 0.0, GOOD_M)], [(near_s, 0.0, GOOD_M), (far_s, 0.0, GOOD_M)])


def test_fixes_count_by_when_they_were_taken_in_whatever_order_they_came() -> None:
    late = [(TO_S + 200.0, 5_000.0, GOOD_M), (FROM_S + 10.0, 0.0, GOOD_M), (FROM_S - 90.0, 9_000.0, GOOD_M)]
    assert either_way(late, [(FROM_S + 12.0, 0.0, GOOD_M), (FROM_S - 200.0, 0.0, GOOD_M)])

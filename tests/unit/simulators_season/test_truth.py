"""The truth against a slow second reading: the way looked at every tenth of a second."""

import numpy as np
import pytest
from shapely import Point, Polygon, box

from em_engine.vocabulary import AlertType
from simulators.season.days import live, live_protected
from simulators.season.duties import DAY_S, Case, Duty, Ground, Weekly
from simulators.season.people import case_of
from simulators.season.truth import breaches_of, together, within
from simulators.season.way import Doing, Path

HOME = box(-50, -50, 50, 50)
EVENING = Weekly(days=tuple(range(7)), start_s=20 * 3600, end_s=6 * 3600)


def way(*knots: tuple[float, float, float]) -> Path:
    """Knots of second, east, north."""
    columns = np.array(knots, dtype=np.float64)
    doing = np.full(len(columns), Doing.ON_FOOT, dtype=np.int8)
    return Path(at_s=columns[:, 0], xy_m=columns[:, 1:], doing=doing)


def case(*duties: Duty, days: int = 2) -> Case:
    return Case(
        id="S-1",
        number=1,
        programme="remand",
        ground=Ground(lon=10.7, lat=59.9),
        town=0,
        duties=duties,
        places={},
        has_beacon=False,
        breaks_rules=True,
        days=days,
    )


def told(duty: Duty, path: Path, protected: Path | None = None) -> list[tuple[AlertType, float, float]]:
    found = breaches_of(case(duty), path, protected, end_s=2.0 * DAY_S)
    return [(one.type, one.from_s, one.to_s) for one in found]


def test_a_straight_way_meets_the_outline_exactly() -> None:
    assert within(way((0, -100, 0), (200, 100, 0)), HOME) == [(50.0, 150.0)]


def test_who_stays_in_an_area_is_in_it_throughout() -> None:
    assert within(way((0, 0, 0), (1000, 0, 0), (1100, 0, 0)), HOME) == [(0.0, 1100.0)]


def test_a_corner_cut_between_two_knots_is_found() -> None:
    [found] = within(way((0, -70, 20), (100, -30, 60)), HOME)
    assert found == pytest.approx((50.0, 75.0))


@pytest.mark.parametrize("number", range(8))
def test_times_in_a_zone_are_those_of_a_close_look(number: int) -> None:
    path = live(case_of(5, number, 1), 5, None if case_of(5, number, 1).duty("contact-ban") is None
                else live_protected(case_of(5, number, 1), 5)).diary.path(DAY_S)  # fmt: skip
    area = Point(path.xy_m[len(path.xy_m) // 2]).buffer(300.0)
    at_s = np.arange(0.0, DAY_S, 0.5)
    xy_m = path.where(at_s)
    assert isinstance(area, Polygon)
    slow_s = 0.5 * np.count_nonzero(np.hypot(*(xy_m - np.array(area.centroid.coords[0])).T) < 299.9)
    fast_s = sum(min(end, DAY_S) - min(start, DAY_S) for start, end in within(path, area))
    assert fast_s == pytest.approx(slow_s, abs=5.0)
    assert fast_s > 0.0


def test_two_who_pass_are_together_for_the_time_the_roots_say() -> None:
    one, other = way((0, -1000, 0), (1000, 1000, 0)), way((0, 0, 30), (1000, 0, 30))
    [(start, end)] = together(one, other, 50.0)
    assert (start, end) == pytest.approx((480.0, 520.0))


def test_two_who_never_come_near_are_never_together() -> None:
    assert together(way((0, 0, 0), (10, 0, 0)), way((0, 99, 0), (10, 99, 0)), 50.0) == []


NIGHTS = Duty(id="n", kind="curfew", zone=HOME, weekly=(EVENING,), late_s=600, early_s=300)
H = 3600.0


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            way((0, 0, 0), (19 * H, 0, 0), (19 * H + 1, 500, 0), (20.5 * H, 500, 0), (20.5 * H + 1, 0, 0),
                (60 * H, 0, 0)),
            [(AlertType.CURFEW_LATE, 20 * H + 600, 20.5 * H)],
            id="late",
        ),
        pytest.param(
            way((0, 0, 0), (22 * H, 0, 0), (22 * H + 1, 500, 0), (22.5 * H, 500, 0), (22.5 * H + 1, 0, 0),
                (60 * H, 0, 0)),
            [(AlertType.CURFEW_LEFT, 22 * H, 22.5 * H)],
            id="left",
        ),
        pytest.param(
            way((0, 0, 0), (29.5 * H, 0, 0), (29.5 * H + 1, 500, 0), (31 * H, 500, 0), (31 * H + 1, 0, 0),
                (60 * H, 0, 0)),
            [(AlertType.CURFEW_EARLY, 29.5 * H, 30 * H - 300)],
            id="early",
        ),
        pytest.param(
            way((0, 0, 0), (19 * H, 0, 0), (19 * H + 1, 500, 0), (20 * H + 500, 500, 0),
                (20 * H + 501, 0, 0), (60 * H, 0, 0)),
            [],
            id="within the grace",
        ),
    ],
)  # fmt: skip
def test_curfews_are_read_as_the_law_s_page_has_them(path, expected) -> None:  # type: ignore[no-untyped-def]
    found = told(NIGHTS, path)
    assert [one[0] for one in found] == [one[0] for one in expected]
    assert [time for one in found for time in one[1:]] == pytest.approx(
        [time for one in expected for time in one[1:]], abs=1.0
    )


def test_an_appointment_cut_short_is_missed_when_it_ends() -> None:
    window = Weekly(days=(0,), start_s=36_000, end_s=38_700)
    office = Duty(id="o", kind="attendance", zone=HOME, weekly=(window,), minimum_s=600)
    kept = way((0, 900, 0), (36_000, 900, 0), (36_001, 0, 0), (36_700, 0, 0), (36_701, 900, 0), (2e5, 900, 0))
    short = way(
        (0, 900, 0), (36_000, 900, 0), (36_001, 0, 0), (36_500, 0, 0), (36_501, 900, 0), (2e5, 900, 0)
    )
    assert told(office, kept) == []
    assert told(office, short) == [(AlertType.ATTENDANCE_MISSED, 38_700.0, 38_700.0)]

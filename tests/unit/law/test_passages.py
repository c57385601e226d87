"""Where a straight way between two fixes runs through a zone."""

from typing import Any

import pytest
import shapely
import shapely.geometry

from em_engine.law.geodesy import Zones, prepare_zone
from tests.reference import ground
from tests.unit.law.test_geodesy import ecef

BOX = shapely.box(10.70, 59.90, 10.71, 59.91)


def passage(
    geometry: Any, start: tuple[float, float], end: tuple[float, float], radius_m: float | None = None
) -> Any:
    zones = Zones([prepare_zone("zone", geometry, radius_m)])
    return zones.passage(0, ecef(*start)[0], ecef(*end)[0])


def test_a_way_through_the_zone_says_where_it_enters_and_leaves_and_how_deep_it_runs() -> None:
    first, last, deepest_m = passage(BOX, (10.69, 59.905), (10.72, 59.905))
    assert (first, last) == pytest.approx((1 / 3, 2 / 3), abs=1e-4)
    assert deepest_m == pytest.approx(ground.depth_m(BOX, 10.705, 59.905), abs=0.05)


def test_a_way_beside_the_zone_has_no_passage() -> None:
    assert passage(BOX, (10.69, 59.92), (10.72, 59.92)) is None


def test_standing_still_is_no_passage() -> None:
    assert passage(BOX, (10.705, 59.905), (10.705, 59.905)) is None


def test_a_way_that_clips_a_corner_is_shallow() -> None:
    first, last, deepest_m = passage(BOX, (10.699, 59.901), (10.7015, 59.8995))
    assert 0.0 < first < last < 1.0
    assert deepest_m == pytest.approx(20.0, abs=1.0)


def test_of_two_parts_the_first_entry_and_the_last_exit_count() -> None:
    two = shapely.MultiPolygon([BOX, shapely.box(10.72, 59.90, 10.73, 59.91)])
    first, last, _ = passage(two, (10.69, 59.905), (10.74, 59.905))
    assert (first, last) == pytest.approx((0.2, 0.8), abs=1e-4)


def test_a_way_through_a_circle_is_as_long_as_its_chord() -> None:
    start, end = (ground.GEOD.fwd(10.75, 59.91, azimuth, 1_000.0)[:2] for azimuth in (270, 90))
    first, last, deepest_m = passage(shapely.Point(10.75, 59.91), start, end, 250.0)
    assert (first, last) == pytest.approx((0.375, 0.625), abs=2e-4)
    assert deepest_m == pytest.approx(250.0, abs=0.5)

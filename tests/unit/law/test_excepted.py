"""A way through a forbidden area: where it binds, how near its edge is, and what a way along it proves."""

from typing import Any

import numpy as np
import pytest
import shapely

from em_engine.law.excepted import NOWHERE_M, ZonesWithExceptions
from em_engine.law.geodesy import Zones, prepare_zone, to_ecef
from em_engine.law.geofence import ExclusionTerms, ExclusionWatch
from em_engine.law.schedule import Schedule
from em_engine.law.watch import Bond
from em_engine.vocabulary import Floats

LON, LAT = 10.75, 59.91
METRE = 1 / 111_195
EAST = METRE / np.cos(np.radians(LAT))


def east(*metres: tuple[float, float]) -> list[tuple[float, float]]:
    return [(LON + x * EAST, LAT + y * METRE) for x, y in metres]


SQUARE = shapely.Polygon(east((-1_000, -1_000), (1_000, -1_000), (1_000, 1_000), (-1_000, 1_000)))
ROAD = shapely.LineString(east((-3_000, 0), (0, 0), (0, 3_000)))
ZONES = Zones(
    [
        prepare_zone("square", SQUARE),
        prepare_zone("road", ROAD, 50.0),
        prepare_zone("clinic", shapely.Point(*east((500, -500))[0]), 80.0),
    ]
)


def bond(*excepted: int, buffer_m: float = 0.0) -> Bond:
    terms = ExclusionTerms(zone="square", buffer_m=buffer_m)  # type: ignore[arg-type]
    return Bond(case=0, condition="c", terms=terms, schedule=Schedule(), zone=0, excepted=excepted)


def at(x: float, y: float) -> Floats:
    ((lon, lat),) = east((x, y))
    return to_ecef(np.array([lon]), np.array([lat]))


def margins(watch: ExclusionWatch, row: int, x: float, y: float) -> Floats:
    rows = np.array([row])
    return watch.margins_m(rows, watch.zones.depth_m(watch.zone[rows], at(x, y)))[0]


def near(ring_m: float, entered_m: float) -> Any:
    """The metres of this test are those of a sphere."""
    return pytest.approx([ring_m, entered_m], abs=2.0)


def test_inside_an_exception_nothing_binds_and_its_edge_is_the_nearest() -> None:
    watch = ExclusionWatch([bond(1, 2, buffer_m=300), bond(buffer_m=300)], ZONES)
    assert margins(watch, 0, -500, 0) == near(50, 50)
    assert margins(watch, 0, -500, 40) == near(10, 10)
    assert margins(watch, 0, -500, 60) == near(-10, -10)
    assert margins(watch, 0, 500, -500) == near(80, 80)
    assert margins(watch, 0, 700, 700) == near(-600, -300)
    assert margins(watch, 0, -1_200, 0) == near(50, 200)  # in the ring, on the road
    assert margins(watch, 0, -1_200, 500) == near(-100, 200)
    assert margins(watch, 1, -500, 0) == near(
        -800, -500
    )  # another order of the same zone, without exceptions


def test_what_binds_is_the_zone_without_its_exceptions() -> None:
    random = np.random.default_rng(5)
    watch = ExclusionWatch([bond(1, 2)], ZONES)
    metres = random.uniform(-1_500, 1_500, size=(2_000, 2))
    ecef = to_ecef(LON + metres[:, 0] * EAST, LAT + metres[:, 1] * METRE)
    margins_m = watch.margins_m(
        np.zeros(2_000, int), watch.zones.depth_m(watch.zone[np.zeros(2_000, int)], ecef)
    )
    local = shapely.Polygon([(-1_000, -1_000), (1_000, -1_000), (1_000, 1_000), (-1_000, 1_000)])
    road = shapely.LineString([(-3_000, 0), (0, 0), (0, 3_000)]).buffer(50, quad_segs=64)
    forbidden = local - road - shapely.Point(500, -500).buffer(80, quad_segs=64)
    expected = shapely.contains_xy(forbidden, metres[:, 0], metres[:, 1])
    is_clear = np.abs(margins_m[:, 1]) > 5.0  # the drawing in metres bends a little
    assert is_clear.sum() > 1_800
    assert ((margins_m[:, 1] < 0) == expected)[is_clear].all()


def test_a_margin_is_never_more_than_the_way_to_the_other_side() -> None:
    """So it may be the metres one may move before geometry must be asked again."""
    random = np.random.default_rng(6)
    watch = ExclusionWatch([bond(1, 2, buffer_m=200)], ZONES)
    here = random.uniform(-1_500, 1_500, size=(500, 2))
    there = here + random.uniform(-60, 60, size=(500, 2))

    def found(metres: Floats) -> Floats:
        rows = np.zeros(len(metres), int)
        ecef = to_ecef(LON + metres[:, 0] * EAST, LAT + metres[:, 1] * METRE)
        return watch.margins_m(rows, watch.zones.depth_m(watch.zone[rows], ecef))

    moved_m = np.hypot(*(there - here).T)[:, None]
    assert (np.abs(found(here) - found(there)) <= moved_m * 1.01 + 0.1).all()


def test_a_way_that_touches_an_exception_is_no_crossing() -> None:
    zones = ZonesWithExceptions(ZONES, [bond(1)])
    number = zones.number(bond(1))
    along, beside = (at(-1_500, 0)[0], at(0, 1_500)[0]), (at(-1_500, -500)[0], at(1_500, -500)[0])
    assert zones.passage(number, *along) is None
    assert zones.passage(0, *along) is not None
    assert zones.passage(number, *beside) is not None


def test_zones_without_exceptions_are_as_they_were() -> None:
    zones = ZonesWithExceptions(ZONES, [bond(1, 2)])
    ecef = np.concatenate([at(0, 0), at(2_000, 0)])
    for number in range(3):
        rows = np.array([number, number])
        assert (zones.depth_m(rows, ecef)[:, 0] == ZONES.depth_m(rows, ecef)).all()
        assert (zones.depth_m(rows, ecef)[:, 1] == NOWHERE_M).all()
    assert len(zones) == 4
    assert zones.names == ("square", "road", "clinic", "square")

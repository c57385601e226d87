"""Distances, ECEF, planes and ways through zones, against the geodesic and PROJ."""

import math
from itertools import pairwise

import pyproj
import pytest

from em_engine.law.geodesy import Plane, apart_m, to_degrees
from tests.reference import ground
from tests.unit.law.test_geodesy import PLACES, ecef


@pytest.mark.parametrize("place", PLACES)
def test_apart_is_the_geodesic_to_a_millimetre_within_thirty_kilometres(place: str) -> None:
    lon, lat = PLACES[place]
    for reach_m in (0.0, 0.5, 100.0, 999.0, 1_001.0, 5_000.0, 30_000.0):
        for azimuth in (0.0, 45.0, 90.0, 200.0):
            there = ground.GEOD.fwd(lon, lat, azimuth, reach_m)[:2]
            found = float(apart_m(ecef(lon, lat), ecef(*there))[0])
            assert found == pytest.approx(reach_m, abs=0.001)


def test_apart_holds_within_half_a_percent_round_the_world() -> None:
    for (lon, lat), (other_lon, other_lat) in pairwise(PLACES.values()):
        found = float(apart_m(ecef(lon, lat), ecef(other_lon, other_lat))[0])
        assert found == pytest.approx(ground.apart_m(lon, lat, other_lon, other_lat), rel=0.005)
    antipodes = float(apart_m(ecef(0.0, 0.0), ecef(180.0, 0.0))[0])
    assert antipodes == pytest.approx(math.pi * 6_371_008.8, rel=0.005)


@pytest.mark.parametrize("place", PLACES)
def test_degrees_go_to_ecef_and_back(place: str) -> None:
    lon, lat = to_degrees(ecef(*PLACES[place]))
    assert (lon[0], lat[0]) == pytest.approx(PLACES[place], abs=1e-10)


def test_ecef_is_that_of_proj() -> None:
    to_proj = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4978", always_xy=True)
    for lon, lat in PLACES.values():
        assert ecef(lon, lat)[0] == pytest.approx(to_proj.transform(lon, lat, 0.0), abs=1e-6)


def test_a_plane_has_its_origin_where_it_touches() -> None:
    for lon, lat in PLACES.values():
        assert Plane.touching(lon, lat).project(ecef(lon, lat)) == pytest.approx(0.0, abs=1e-9)

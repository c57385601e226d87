"""Depth in zones against brute force on the ellipsoid: everywhere on Earth, small and large."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.geometry

from em_engine.law.geodesy import Zones, prepare_zone, to_ecef
from tests.reference import ground

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
NEAR_M = 0.01
"""A centimetre is what "accurate to centimetres" is held to, near the boundary."""
FAR_SHARE = 2e-5
"""Away from the boundary nothing hangs on centimetres: a share of the distance to it."""

PLACES = {
    "lindesnes": (7.05, 57.98),
    "oslo": (10.75, 59.91),
    "nordkapp": (25.78, 71.17),
    "vardo": (31.1, 70.37),
    "longyearbyen": (15.63, 78.22),
    "northernmost-svalbard": (20.5, 80.7),
    "equator": (0.1, 0.05),
    "quito": (-78.5, -0.2),
    "cape-town": (18.4, -33.9),
    "ushuaia": (-68.3, -54.8),
    "antimeridian": (179.9999, -17.0),
    "alert": (-62.3, 82.5),
    "a-kilometre-from-the-pole": (44.0, 89.99),
}


def ecef(lon: float, lat: float) -> Any:
    return to_ecef(np.array([lon]), np.array([lat]))


def depth_m(geometry: Any, lon: float, lat: float, *, radius_m: float | None = None) -> float:
    zones = Zones([prepare_zone("zone", geometry, radius_m)])
    return float(zones.depth_m(np.array([0]), ecef(lon, lat))[0])


def star(lon: float, lat: float, *, size_m: float, corners: int, seed: int) -> Any:
    """A star-shaped polygon round the place; longitudes run on past 180 rather than jump."""
    random = np.random.default_rng(seed)
    azimuths = np.linspace(0.0, 360.0, corners, endpoint=False)
    radii = size_m * random.uniform(0.5, 1.0, corners)
    lons, lats, _ = ground.GEOD.fwd(np.full(corners, lon), np.full(corners, lat), azimuths, radii)
    lons = lon + (np.asarray(lons) - lon + 180.0) % 360.0 - 180.0
    return shapely.Polygon(np.column_stack([lons, lats]))


def places_beside(geometry: Any, *, away_m: float, count: int, seed: int) -> list[tuple[float, float]]:
    """Positions `away_m` from random places on the edges, in random directions."""
    random = np.random.default_rng(seed)
    edges = ground.edges_of(geometry)
    found = []
    for edge in edges[random.integers(len(edges), size=count)]:
        share = random.uniform()
        lon, lat = edge[:2] + (edge[2:] - edge[:2]) * share
        found.append(ground.GEOD.fwd(lon, lat, random.uniform(0, 360), away_m)[:2])
    return found


def assert_depths_match(
    geometry: Any, *, away_m: float, count: int = 2, seed: int = 1, far_share: float = FAR_SHARE
) -> None:
    zones = Zones([prepare_zone("zone", geometry)])
    for lon, lat in places_beside(geometry, away_m=away_m, count=count, seed=seed):
        expected = ground.depth_m(geometry, lon, lat)
        found = float(zones.depth_m(np.array([0]), ecef(lon, lat))[0])
        assert found == pytest.approx(expected, abs=NEAR_M + far_share * away_m), (lon, lat)


@pytest.mark.parametrize("away_m", [0.0, 1.0, 50.0, 1_000.0, 10_000.0])
@pytest.mark.parametrize("size_m", [30.0, 3_000.0, 200_000.0])
@pytest.mark.parametrize("place", [name for name in PLACES if "pole" not in name])
def test_depth_is_that_of_brute_force_from_a_flat_to_a_county(
    place: str, size_m: float, away_m: float
) -> None:
    for corners in (5, 20):
        zone = star(*PLACES[place], size_m=size_m, corners=corners, seed=corners)
        assert zone.is_valid
        assert_depths_match(zone, away_m=away_m)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("radius_m", [30.0, 500.0, 20_000.0, 200_000.0])
def test_a_circle_is_where_it_was_drawn_and_as_wide_as_the_geodesic(place: str, radius_m: float) -> None:
    lon, lat = PLACES[place]
    zones = Zones([prepare_zone("zone", shapely.Point(lon, lat), radius_m)])
    for azimuth in range(0, 360, 30):
        for reach_m in (0.0, radius_m / 3, radius_m, radius_m + 1.0, 3.0 * radius_m):
            there = ground.GEOD.fwd(lon, lat, azimuth, reach_m)[:2]
            found = float(zones.depth_m(np.array([0]), ecef(*there))[0])
            # Past 30 km apart_m promises 0.3 % of what it would be on a sphere.
            allowed_m = 0.002 if reach_m <= 30_000.0 else 5e-3 * reach_m
            assert found == pytest.approx(radius_m - reach_m, abs=allowed_m)


def test_every_point_zone_of_a_rulebook_keeps_its_own_place() -> None:
    zones = Zones([prepare_zone(name, shapely.Point(place), 100.0) for name, place in PLACES.items()])
    lons, lats = np.array(list(PLACES.values())).T
    assert len(zones) == len(PLACES)
    assert zones.names == tuple(PLACES)
    assert zones.depth_m(np.arange(len(PLACES)), to_ecef(lons, lats)) == pytest.approx(100.0, abs=1e-6)


@pytest.mark.parametrize("half_degrees", [0.1, 0.5, 1.0, 3.0])
def test_an_edge_that_bends_both_ways_across_the_equator_is_followed(half_degrees: float) -> None:
    half = half_degrees
    triangle = shapely.Polygon([(-half, -half), (half, -half), (half, half)])
    for share in (0.1, 0.25, 0.4, 0.5, 0.7, 0.9):
        on_the_edge = -half + 2 * half * share
        assert depth_m(triangle, on_the_edge, on_the_edge) == pytest.approx(0.0, abs=NEAR_M)


@pytest.mark.parametrize("seed", range(6))
def test_large_polygons_with_long_edges_hold_their_edges_in_the_tropics(seed: int) -> None:
    lon, lat = np.random.default_rng(seed).uniform([-180, -12], [180, 12])
    assert_depths_match(star(lon, lat, size_m=400_000.0, corners=4, seed=seed), away_m=0.0, count=12)


@pytest.mark.parametrize(
    ("area", "lon", "lat", "parallel"),
    [
        (shapely.box(-180, 85, 180, 90), 0.0, 90.0, 85.0),
        (shapely.box(-180, 85, 180, 90), 180.0, 89.0, 85.0),
        (shapely.box(-180, 85, 180, 90), -180.0, 86.0, 85.0),
        (shapely.box(-180, 85, 180, 90), 37.0, 85.001, 85.0),
        (shapely.box(-180, 85, 180, 90), -120.0, 84.999, 85.0),
        (shapely.box(-180, 80, 180, 85), 180.0, 80.01, 80.0),
        (shapely.box(-180, 80, 180, 85), -180.0, 84.99, 85.0),
        (shapely.box(-180, 80, 180, 85), 12.0, 85.01, 85.0),
        (shapely.box(-180, -90, 180, -60), 180.0, -60.01, -60.0),
        (shapely.box(-180, -90, 180, -60), 0.0, -59.99, -60.0),
    ],
    ids=lambda value: str(value.bounds) if hasattr(value, "bounds") else str(value),
)
def test_round_the_pole_only_the_parallels_are_boundary(
    area: Any, lon: float, lat: float, parallel: float
) -> None:
    expected_m = ground.apart_m(lon, lat, lon, parallel) * (
        1 if area.intersects(shapely.Point(lon, lat)) else -1
    )
    assert depth_m(area, lon, lat) == pytest.approx(expected_m, rel=0.01, abs=NEAR_M)


def test_a_polygon_round_the_pole_without_straight_parallels() -> None:
    lons = np.linspace(-180.0, 180.0, 25)
    lats = 86.0 + np.sin(np.radians(3 * lons))
    lats[-1] = lats[0]
    ring = [*zip(lons, lats, strict=True), (180.0, 90.0), (-180.0, 90.0)]
    area = shapely.Polygon(ring)
    assert depth_m(area, 0.0, 90.0) == pytest.approx(ground.depth_m(area, 0.0, 90.0), rel=0.01)
    assert depth_m(area, 180.0, 87.0) > 50_000.0
    assert_depths_match(area, away_m=100.0, count=12, far_share=1e-4)


FIJI_AS_ONE = [(179.98, -17.0), (180.03, -17.01), (180.02, -16.97), (179.99, -16.98)]


def written_from(degrees: float) -> Any:
    """The same quadrilateral across the antimeridian with its longitudes counted from elsewhere."""
    return shapely.transform(shapely.Polygon(FIJI_AS_ONE), lambda xy: xy + np.array([degrees, 0.0]))


def cut_at_180() -> Any:
    whole = shapely.Polygon(FIJI_AS_ONE)
    east = shapely.intersection(whole, shapely.box(170, -20, 180, -10))
    west = shapely.intersection(whole, shapely.box(180, -20, 190, -10))
    return shapely.MultiPolygon([east, shapely.transform(west, lambda xy: xy - np.array([360.0, 0.0]))])


@pytest.mark.parametrize(
    "area", [written_from(0), written_from(-360), cut_at_180()], ids=["past", "before", "cut"]
)
@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (180, -17),
        (-180, -16.99),
        (-179.98, -17.0),
        (-179.97, -17.01),
        (-179.96, -17),
        (179.985, -17),
        (179.9, -17),
    ],
)
def test_the_antimeridian_is_no_boundary_however_the_zone_is_written(
    area: Any, lon: float, lat: float
) -> None:
    expected_m = ground.depth_m(written_from(0), lon, lat)
    assert depth_m(area, lon, lat) == pytest.approx(expected_m, abs=NEAR_M + FAR_SHARE * abs(expected_m))


def test_parts_cut_at_180_with_corners_of_their_own_are_one_zone() -> None:
    east = shapely.Polygon([(179.9, -17), (180, -17), (180, -16.8), (179.9, -16.8)])
    west = shapely.Polygon([(-180, -16.95), (-179.9, -16.95), (-179.9, -16.7), (-180, -16.7)])
    taveuni = shapely.MultiPolygon([east, west])
    outline = shapely.union(east, shapely.transform(west, lambda xy: xy + np.array([360.0, 0.0])))
    for lon, lat in [
        (180, -16.9),
        (180, -16.82),
        (179.99, -16.9),
        (-179.99, -16.9),
        (180, -16.75),
        (180, -16.97),
    ]:
        expected_m = ground.depth_m(outline, lon, lat)
        assert depth_m(taveuni, lon, lat) == pytest.approx(
            expected_m, abs=2 * NEAR_M + FAR_SHARE * abs(expected_m)
        )


def test_a_zone_that_ends_at_180_ends_there() -> None:
    area = shapely.box(179.98, -17.0, 180.0, -16.98)
    assert depth_m(area, -180.0, -16.99) == pytest.approx(0.0, abs=NEAR_M)
    assert depth_m(area, 179.999, -16.99) == pytest.approx(106.49, abs=0.01)
    assert depth_m(area, -179.999, -16.99) == pytest.approx(-106.49, abs=0.01)


def test_a_hole_is_outside_and_its_edge_is_boundary() -> None:
    outer, hole = (
        star(10.75, 59.91, size_m=900, corners=9, seed=3),
        star(10.75, 59.91, size_m=200, corners=7, seed=4),
    )
    area = shapely.Polygon(outer.exterior, [hole.exterior])
    assert depth_m(area, 10.75, 59.91) < -90.0
    for away_m in (0.0, 5.0, 80.0, 400.0):
        assert_depths_match(area, away_m=away_m, count=10)


def test_of_several_parts_the_nearest_decides() -> None:
    parts = [star(10.75 + 0.05 * k, 59.91, size_m=700, corners=8, seed=k) for k in range(4)]
    for away_m in (0.0, 5.0, 300.0, 3_000.0):
        assert_depths_match(shapely.MultiPolygon(parts), away_m=away_m, count=10)


def test_ten_thousand_corners() -> None:
    assert_depths_match(star(10.75, 59.91, size_m=30_000, corners=10_000, seed=5), away_m=20.0, count=2)


@pytest.mark.parametrize("place", ["oslo", "longyearbyen", "antimeridian", "equator"])
def test_a_line_with_a_radius_is_everything_that_near_to_it(place: str) -> None:
    lon, lat = PLACES[place]
    route = shapely.LineString([(lon, lat), (lon + 0.02, lat + 0.004), (lon + 0.03, lat - 0.01)])
    zones = Zones([prepare_zone("route", route, 150.0)])
    for away_m in (0.0, 40.0, 150.0, 151.0, 2_000.0):
        for there in places_beside(route, away_m=away_m, count=6, seed=int(away_m)):
            expected_m = ground.depth_m(route, *there, radius_m=150.0)
            found = float(zones.depth_m(np.array([0]), ecef(*there))[0])
            assert found == pytest.approx(expected_m, abs=NEAR_M + FAR_SHARE * away_m)


def test_a_row_is_judged_in_its_own_zone_whatever_stands_beside_it() -> None:
    drawn = [star(*PLACES[name], size_m=400.0, corners=6, seed=9) for name in ("oslo", "quito")]
    circle, route = shapely.Point(10.75, 59.91), shapely.LineString([(10.75, 59.91), (10.76, 59.92)])
    zones = Zones(
        [
            prepare_zone("a", drawn[0]),
            prepare_zone("b", circle, 200.0),
            prepare_zone("c", drawn[1]),
            prepare_zone("d", route, 50.0),
        ]
    )
    rows, places = (
        np.array([3, 0, 2, 1, 1, 0]),
        [(10.755, 59.913)] * 2 + [(-78.5, -0.2)] + [(10.751, 59.911)] * 3,
    )
    lons, lats = np.array(places).T
    together = zones.depth_m(rows, to_ecef(lons, lats))
    alone = [float(zones.depth_m(rows[[k]], ecef(*places[k]))[0]) for k in range(len(rows))]
    assert together.tolist() == alone
    assert zones.depth_m(np.array([], dtype=np.intp), np.empty((0, 3))).shape == (0,)


@pytest.mark.shared_data
@pytest.mark.parametrize("away_m", [0.0, 10.0, 1_000.0, 10_000.0])
def test_a_whole_country_is_one_zone(away_m: float) -> None:
    source = SHARED / "polygons" / "countries_edge_cases.geojson"
    if not source.exists():
        pytest.skip(f"needs the shared data set ({source.name})")
    features = json.loads(source.read_text())["features"]
    norway = next(f for f in features if f["properties"]["name"] == "Norway")
    # The plane is the country's own, some 1,500 km wide: a hundred thousandth of the distance becomes ten.
    area = shapely.geometry.shape(norway["geometry"])
    assert_depths_match(area, away_m=away_m, count=8, seed=int(away_m), far_share=2e-4)


def jts_cases() -> list[Any]:
    """Point-in-area cases of the JTS suite, with its answers; no rulebook holds an empty part."""
    cases = []
    for name in ("general_TestRelatePA.xml", "general_TestPreparedPolygonPredicate.xml"):
        source = SHARED / "polygons" / "jts" / name
        if not source.exists():
            return [pytest.param(None, None, {}, marks=pytest.mark.skip("needs the shared data set (jts)"))]
        for case in ET.parse(source).getroot().iter("case"):
            shapes = [shapely.from_wkt(str(case.findtext(side)).strip()) for side in ("a", "b")]
            area, points = sorted(shapes, key=lambda shape: -shapely.get_dimensions(shape))
            is_asked = shapely.get_dimensions(area) == 2 and shapely.get_dimensions(points) == 0
            if not is_asked or any(part.is_empty for part in shapely.get_parts([area])):
                continue
            answers = {
                str(op.get("name")): str(op.text).strip() == "true"
                for op in case.iter("op")
                if op.get("arg3") is None
            }
            cases.append(pytest.param(area, points, answers, id=" ".join(str(case.findtext("desc")).split())))
    return cases


@pytest.mark.shared_data
@pytest.mark.parametrize(("area", "points", "answers"), jts_cases())
def test_the_answers_of_jts_hold_for_depth(area: Any, points: Any, answers: dict[str, bool]) -> None:
    def in_oslo(xy: Any) -> Any:
        return xy * 1e-5 + [10.75, 59.91]

    placed = shapely.transform(area, in_oslo)
    coordinates = shapely.get_coordinates(shapely.transform(points, in_oslo))
    depths = np.array([depth_m(placed, lon, lat) for lon, lat in coordinates])
    is_touching, is_inside = np.abs(depths) < NEAR_M, depths >= NEAR_M
    assert bool((is_touching | is_inside).any()) == answers["intersects"]
    if "touches" in answers:
        assert bool(is_touching.any() and not is_inside.any()) == answers["touches"]
    covers = answers.get("covers", False) or answers.get("coveredBy", False)
    assert bool((is_touching | is_inside).all()) == covers

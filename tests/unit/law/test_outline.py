"""The nearest edge and the side of it, held against shapely's own answers; plain zones prepared together."""

import numpy as np
import pytest
import shapely

from em_engine.law import geodesy
from em_engine.law.geodesy import Plane, prepare_zone, prepare_zones
from em_engine.law.outline import Outlines


def drawn(random: np.random.Generator, number: int) -> shapely.Geometry:
    """A star of a few or many corners; some with a hole, some in two parts, some only a line."""
    corners = int(random.integers(3, 150))
    turns = np.sort(random.uniform(0.0, 2.0 * np.pi, corners))
    reach = random.uniform(50.0, 1000.0) * random.uniform(0.3, 1.2, corners)
    if number % 5 == 4:
        return shapely.LineString(random.uniform(-500.0, 500.0, (corners, 2)))
    star = shapely.Polygon(np.column_stack([reach * np.cos(turns), reach * np.sin(turns)])).buffer(0)
    if number % 3 == 0:
        star = star.difference(shapely.Point(0.0, 0.0).buffer(30.0))
    return star.union(shapely.box(2000.0, 2000.0, 2500.0, 2300.0)) if number % 4 == 0 else star


@pytest.fixture(scope="module")
def shapes() -> list[shapely.Geometry]:
    random = np.random.default_rng(17)
    return [*(drawn(random, number) for number in range(60)), shapely.Point(0.0, 0.0)]


@pytest.fixture(scope="module")
def asked() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(18)
    spread = random.choice([30.0, 600.0, 4000.0], (6000, 1))
    return random.integers(0, 60, 6000), random.normal(0.0, 1.0, (6000, 2)) * spread


def test_distance_and_side_are_shapely_s(shapes, asked) -> None:
    which, planar = asked
    away_m, is_inside = Outlines(shapes).away_m(which, planar)
    of = np.array(shapes, dtype=object)[which]
    is_area = shapely.get_dimensions(of) == 2
    points = shapely.points(planar)
    edges = np.where(is_area, shapely.boundary(of), of)
    assert np.abs(away_m - shapely.distance(edges, points)).max() < 1e-9
    assert (is_inside == shapely.intersects(of, points))[is_area].all()


def test_a_row_alone_is_answered_as_among_others(shapes, asked) -> None:
    which, planar = asked
    outlines = Outlines(shapes)
    together = outlines.away_m(which, planar)
    for row in range(0, len(which), 60):
        alone = outlines.away_m(which[row : row + 1], planar[row : row + 1])
        assert (alone[0][0], alone[1][0]) == (together[0][row], together[1][row])


def test_no_edge_runs_further_beside_its_straight_one_than_is_said() -> None:
    random, tried = np.random.default_rng(19), 0
    for _ in range(400):
        lon, lat, size = (
            random.uniform(-170.0, 170.0),
            random.uniform(-88.0, 88.0),
            10 ** random.uniform(-5, 0),
        )
        corners = random.uniform(-size, size, (int(random.integers(2, 9)), 2)) + np.array([lon, lat])
        most_m = geodesy._bends_m_max(corners, np.zeros(1, dtype=np.intp))[0]
        if most_m < 0.05:
            plane = Plane.touching(*geodesy._middle(shapely.LineString(corners)))
            beside_m = [
                geodesy._sideways_m(plane, corners, share).max() for share in np.linspace(0.1, 0.9, 9)
            ]
            assert max(beside_m) <= most_m + 1e-6
            tried += 1
    assert tried > 100


def test_zones_prepared_together_are_those_prepared_alone() -> None:
    random, places = np.random.default_rng(20), {}
    for number in range(80):
        lon, lat = random.uniform(-180.0, 180.0), random.uniform(-85.0, 85.0)
        middle = shapely.Point(lon, lat)
        size = 10 ** random.uniform(-4.0, 0.5)  # from a garden to a county; some edges bend, some pass 180°
        line = shapely.LineString([(lon, lat), (lon + size / 9, lat + size / 9)])
        geometry = (
            middle,
            middle.buffer(size),
            middle.buffer(size).difference(middle.buffer(size / 2)),
            line,
        )
        places[f"zone-{number}"] = (geometry[number % 4], 30.0 if number % 4 in (0, 3) else None)
    for name, zone in prepare_zones(places).items():
        alone = prepare_zone(name, *places[name])
        assert (zone.name, zone.radius_m, zone.is_point) == (alone.name, alone.radius_m, alone.is_point)
        assert np.array_equal(zone.plane.origin, alone.plane.origin)
        assert np.array_equal(zone.plane.axes, alone.plane.axes)
        assert shapely.equals_identical(zone.shape, alone.shape)

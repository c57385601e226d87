"""The grid finds whoever is within reach, and nobody else, as all move about."""

import numpy as np
import pytest

from em_engine.law.geodesy import to_ecef
from em_engine.law.neighbours import Neighbourhood

MEMBERS = 300
REACH_M = np.array([60.0, 400.0])


def places(random: np.random.Generator, count: int, *, lat: float, lon: float, spread_m: float) -> np.ndarray:
    north, east = random.normal(0.0, spread_m, (2, count)) / 111_000.0
    degrees_lon = (lon + east / max(np.cos(np.radians(lat)), 1e-3) + 180.0) % 360.0 - 180.0
    return to_ecef(degrees_lon, np.clip(lat + north, -90.0, 90.0))


def one_by_one(
    group: np.ndarray, here: np.ndarray, ecef: np.ndarray, members: np.ndarray
) -> set[tuple[int, int]]:
    found = set()
    for place, member in enumerate(members):
        apart_m = np.linalg.norm(ecef - here[place], axis=1)
        near = (group == group[member]) & (apart_m <= REACH_M[group[member]])
        found |= {(place, int(other)) for other in np.flatnonzero(near) if other != member}
    return found


@pytest.mark.parametrize(
    ("lat", "lon"), [(59.9, 10.75), (0.0, 0.0), (-17.0, 180.0), (89.9999, 20.0)], ids=str
)
def test_who_is_near_is_who_is_near_one_by_one(lat: float, lon: float) -> None:
    random = np.random.default_rng(1)
    group = random.integers(0, 2, MEMBERS)
    hood, ecef = Neighbourhood(group, REACH_M), np.zeros((MEMBERS, 3))
    found = 0
    for step in range(60):
        # At first all come, then some: enough of them for the two tables to be made one more than once.
        members = np.sort(random.choice(MEMBERS, MEMBERS if step == 0 else 40, replace=False))
        spread_m = 500.0 if step % 7 else 3_000.0
        here = places(random, len(members), lat=lat, lon=lon, spread_m=spread_m)
        asked = set(zip(*(column.tolist() for column in hood.near(members, here)), strict=True))
        assert asked == one_by_one(group, here, ecef, members)
        found += len(asked)
        hood.move(members, here)
        ecef[members] = here
    assert found > 1_000


def test_of_whom_nothing_is_known_nobody_is_near() -> None:
    hood = Neighbourhood(np.zeros(3, dtype=np.intp), np.array([50.0]))
    here = to_ecef(np.array([10.75]), np.array([59.9]))
    places_of, others = hood.near(np.array([0]), here)
    assert not len(places_of)
    assert not len(others)


def test_the_edge_of_the_reach_is_within_it() -> None:
    hood = Neighbourhood(np.zeros(3, dtype=np.intp), np.array([50.0]))
    middle = np.array([6.0e6, 100.0, -250.0])
    hood.move(np.array([1, 2]), middle + np.array([[50.0, 0.0, 0.0], [0.0, -50.001, 0.0]]))
    assert hood.near(np.array([0]), middle[None])[1].tolist() == [1]


def test_who_has_come_back_is_found_once() -> None:
    hood = Neighbourhood(np.zeros(2, dtype=np.intp), np.array([50.0]))
    here, there = np.array([[6.0e6, 0.0, 0.0]]), np.array([[6.0e6, 5_000.0, 0.0]])
    for ecef in (here, there, here):
        hood.move(np.array([1]), ecef)
    assert hood.near(np.array([0]), here)[1].tolist() == [1]


def test_nobody_at_all_is_no_neighbourhood() -> None:
    hood = Neighbourhood(np.zeros(0, dtype=np.intp), np.zeros(0))
    assert not len(hood.near(np.zeros(0, dtype=np.intp), np.zeros((0, 3)))[0])

"""People go where a town lets them: on streets round the fjord, by train, by ferry."""

from itertools import pairwise

import numpy as np
import pytest
from shapely import LineString

from em_engine.vocabulary import Floats
from simulators.season.breaking import in_the_evening
from simulators.season.days import live, live_protected
from simulators.season.diary import Diary
from simulators.season.duties import DAY_S
from simulators.season.life import Life
from simulators.season.people import case_of
from simulators.season.town import HALF_M, Town, town_of
from simulators.season.travel import SPEED_MPS, Way, trip
from simulators.season.truth import breaches_of
from simulators.season.way import Doing

TOWNS = (0, 4, 7)


def legs(number: int, start: Floats, end: Floats, doing: Doing | None = None) -> list[Way]:
    return trip(np.random.default_rng(3), town_of(number), (start, end), doing=doing)


def corners(town: Town, count: int = 12) -> Floats:
    chosen = np.random.default_rng(5).integers(len(town.streets.nodes), size=count)
    return np.asarray(town.streets.nodes[chosen])


@pytest.mark.parametrize("number", TOWNS)
def test_streets_cross_the_fjord_on_the_bridge_alone(number: int) -> None:
    town = town_of(number)
    water = town.fjord.buffer(-1.0)
    pairs = [
        (one, other)
        for one, neighbours in enumerate(town.streets.neighbours)
        for other, _ in neighbours
        if one < other
    ]
    lines = [LineString(town.streets.nodes[[one, other]]) for one, other in pairs]
    wet = [line for line in lines if line.intersects(water)]
    assert len(wet) == 1
    assert wet[0].length > 600.0


@pytest.mark.parametrize("number", TOWNS)
@pytest.mark.parametrize("doing", [Doing.ON_FOOT, Doing.BY_BUS, Doing.BY_TRAIN, Doing.BY_FERRY])
def test_a_trip_has_no_gap_and_no_leg_faster_than_its_vehicle(number: int, doing: Doing) -> None:
    start, end = corners(town_of(number), 2)
    made = legs(number, start, end, doing)
    assert np.array_equal(made[0].xy_m[0], start)
    assert np.array_equal(made[-1].xy_m[-1], end)
    for one, following in pairwise(made):
        assert np.hypot(*(one.xy_m[-1] - following.xy_m[0])) < 1.0
    for leg in (leg for leg in made if leg.doing in SPEED_MPS):
        speed_mps = np.hypot(*np.diff(leg.xy_m, axis=0).T) / np.maximum(np.diff(leg.after_s), 1e-9)
        assert speed_mps.max() < 1.8 * SPEED_MPS[leg.doing]
    assert {leg.doing for leg in made} >= {doing}


@pytest.mark.parametrize("number", TOWNS)
def test_a_ferry_goes_from_shore_to_shore(number: int) -> None:
    town = town_of(number)
    assert all(town.is_land(quay) for quay in town.quays)
    assert LineString(town.quays).intersects(town.fjord)


def test_a_bus_stands_at_its_stops_and_a_train_at_its_stations() -> None:
    town = town_of(0)
    for doing, start, end in (
        (Doing.BY_BUS, *corners(town, 2)),
        (Doing.BY_TRAIN, town.stations[2], town.stations[6]),
    ):
        [ride] = [leg for leg in legs(0, start, end, doing) if leg.doing is doing]
        stands = np.hypot(*np.diff(ride.xy_m, axis=0).T) == 0.0
        assert np.diff(ride.after_s)[stands].max() > 10.0
    assert np.count_nonzero(np.diff(ride.after_s)[stands] > 10.0) == 3


def test_what_is_shunned_is_gone_round() -> None:
    town = town_of(0)
    start, end = town.nearest(np.array([-2000.0, 3000.0])), town.nearest(np.array([2000.0, 3000.0]))
    straight = LineString(town.along_streets(start, end))
    area = straight.interpolate(0.5, normalized=True).buffer(400.0)
    assert straight.intersects(area)
    assert not LineString(town.along_streets(start, end, shunned=[town.closed([area])])).intersects(area)


def test_towns_are_as_wide_as_what_is_forbidden_to_leave() -> None:
    assert np.abs(town_of(0).streets.nodes).max() > HALF_M - 500.0


def test_who_keeps_orders_breaks_none_that_he_can_help() -> None:
    cases = [one for one in (case_of(2, number, 3) for number in range(24)) if not one.breaks_rules]
    assert len(cases) > 8
    broken = []
    for case in cases:
        protected = live_protected(case, 2) if case.duty("contact-ban") else None
        path = live(case, 2, protected).diary.path(3 * DAY_S)
        broken += breaches_of(case, path, protected, end_s=3.0 * DAY_S)
    # Two people of one town may pass each other by chance: that is broken, and nobody's will.
    unlucky = [one for one in broken if one.type.value.startswith("contact.")]
    assert broken == unlucky
    assert len(unlucky) <= 2


def test_a_clever_wearer_rides_with_her_in_one_bus() -> None:
    rides = 0
    for number in (one for one in range(60) if case_of(6, one, 3).duty("contact-ban")):
        case = case_of(6, number, 3)
        protected = live_protected(case, 6)
        diary = Diary(home=case.places["home"], chance=np.random.default_rng(1), town=town_of(case.town))
        in_the_evening(
            Life(case=case, diary=diary, chance=diary.chance, protected=protected), "approach-aboard", 1
        )
        path = diary.path(3 * DAY_S)
        at_s = np.arange(0.0, 3.0 * DAY_S, 30.0)
        aboard = (path.activity(at_s) == Doing.BY_BUS) & (protected.activity(at_s) == Doing.BY_BUS)
        away_m = np.hypot(*(path.where(at_s) - protected.where(at_s)).T)
        rides += bool((away_m[aboard] < 5.0).sum() > 2)
    assert rides > 2

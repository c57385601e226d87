"""The map of Oslo: drawn from its text, on land, and passable from end to end."""

import json
from pathlib import Path

import numpy as np
import pytest
from shapely import make_valid, union_all
from shapely.geometry import shape

from simulators.demo.draw_map import ATTRIBUTION, DRAWING, MAP, draw
from simulators.world import FRAME, Leg, NoWayError, Streets

CLASSES = {"motorway", "primary", "secondary", "street", "rail", "tram", "ferry", "path", "place"}
LAND = Path(__file__).parents[4] / "shared" / "data" / "basemap" / "land-10m-oslofjord.geojson"


def test_the_shipped_map_is_what_the_drawing_draws():
    assert MAP.read_text("utf-8") == draw(DRAWING.read_text("utf-8"))


def test_the_map_says_that_it_is_schematic_and_keeps_its_contract():
    document = json.loads(MAP.read_text("utf-8"))
    assert document["attribution"] == ATTRIBUTION
    assert "Schematic" in ATTRIBUTION
    assert {feature["properties"]["class"] for feature in document["features"]} == CLASSES
    assert MAP.stat().st_size < 700_000


@pytest.mark.shared_data
@pytest.mark.skipif(not LAND.exists(), reason="the coast kept beside the checkout is not there")
def test_no_street_lies_in_the_fjord():
    coast = json.loads(LAND.read_text("utf-8"))["features"]
    land = union_all([make_valid(shape(feature["geometry"])) for feature in coast]).buffer(0.0008)
    wet = [
        feature["properties"]
        for feature in json.loads(MAP.read_text("utf-8"))["features"]
        if feature["properties"]["class"] != "ferry" and not land.covers(shape(feature["geometry"]))
    ]
    assert wet == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((10.7145, 59.9292), (10.7771, 59.9262)),
        ((10.644, 59.947), (10.9235, 59.9622)),
        ((10.796, 59.8345),) * 2,
    ],
    ids=["majorstuen to carl berner", "røa to stovner", "holmlia to itself"],
)
def test_there_is_a_way_and_it_is_not_shorter_than_the_bee_line(a, b):
    streets = Streets.from_file()
    start, end = (streets.nearest(FRAME.to_metres(np.array(place))) for place in (a, b))
    way = streets.way(start, end)
    walked_m = np.hypot(*np.diff(way, axis=0).T).sum()
    assert walked_m >= np.hypot(*(way[-1] - way[0]))
    assert (way[0] == streets.nodes[start]).all()
    assert (way[-1] == streets.nodes[end]).all()


def test_a_way_goes_round_what_is_closed_and_there_is_none_through_a_closed_ring():
    streets = Streets.from_file()
    start, end = (
        streets.nearest(FRAME.to_metres(np.array(p))) for p in ((10.7145, 59.9292), (10.7771, 59.9262))
    )
    open_way = streets.way(start, end)
    closed = np.zeros(len(streets.nodes), dtype=bool)
    middle = open_way[len(open_way) // 2]
    closed[np.hypot(*(streets.nodes - middle).T) < 150.0] = True
    round_way = streets.way(start, end, closed=closed)
    assert np.hypot(*(round_way - middle).T).min() >= 150.0
    away_m = np.hypot(*(streets.nodes - streets.nodes[start]).T)
    with pytest.raises(NoWayError):
        streets.way(start, end, closed=(away_m > 300.0) & (away_m < 500.0))


def test_a_leg_is_still_before_and_after_and_even_between():
    leg = Leg(start=1_000_000, line=np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 40.0]]), speed_mps=10.0)
    assert leg.end == 8_000_000
    assert leg.where(0).tolist() == [0.0, 0.0]
    assert leg.where(5_000_000).tolist() == [30.0, 10.0]
    assert leg.where(99_000_000).tolist() == [30.0, 40.0]

"""Zones made of places: what they cover, what they say of themselves, and that the law may rest on it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from shapely.geometry import shape

from em_engine.__main__ import main
from em_engine.law.geodesy import Zones, prepare_zone, to_ecef
from em_engine.rulebook import load
from em_engine.rulebook.gazetteer import Gazetteer, Level, areas
from em_engine.rulebook.gazetteer.making import zone_of_address, zone_of_areas
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports.layers import Wish
from tests.unit.gazetteer.conftest import KARTVERKET

FINER = Path(__file__).parents[4] / "shared" / "data" / "polygons" / "kommuner.geojson"
SHIPPED = Gazetteer()


@cache
def zone(name: str, level: str = "municipality", *, waters_km: float = 22.2) -> Any:
    return zone_of_areas(SHIPPED, [SHIPPED.area(name, Level(level))], waters_km=waters_km)


def covers(name: str, lon: float, lat: float, **how: Any) -> bool:
    return bool(shapely.contains_xy(shape(zone(name, **how).feature["geometry"]), lon, lat))


@pytest.mark.parametrize(
    ("name", "lon", "lat", "is_in"),
    [
        ("Nesodden", 10.66, 59.82, True),
        ("Nesodden", 10.60, 59.86, True),  # the fjord before it
        ("Nesodden", 10.75, 59.913, False),  # the middle of Oslo
        ("Enebakk", 10.62, 59.80, False),  # the same fjord, on the far side of others' land
        ("Halden", 11.20, 58.90, False),  # Strömstad is in Sweden
        ("Bodø", 14.20, 67.35, True),
        ("Bodø", 12.90, 67.35, False),  # farther out than the realm
    ],
)
def test_an_area_reaches_to_its_borders_and_over_its_own_waters(
    name: str, lon: float, lat: float, is_in: bool
) -> None:
    assert covers(name, lon, lat) == is_in


def test_land_alone_ends_at_the_coast() -> None:
    assert covers("Nesodden", 10.66, 59.82, waters_km=0.0)
    assert not covers("Nesodden", 10.60, 59.86, waters_km=0.0)


def test_a_county_is_its_municipalities_together() -> None:
    assert covers("Troms", 18.95, 69.65, level="county")
    assert not covers("Troms", 23.27, 69.97, level="county")  # Alta


def test_a_zone_says_where_its_outline_is_from_and_how_far_it_may_be_off() -> None:
    properties = zone("Våler, Østfold").feature["properties"]
    assert properties["outline_accuracy_m"] == areas.SHIPPED_ACCURACY_M
    assert properties["licence"] == "CC BY 4.0"
    assert "Kartverket" in properties["source"]
    assert properties["gazetteer"] == ["municipality 3114"]


@pytest.mark.skipif(not FINER.exists(), reason="the finer outlines are not on this machine")
def test_nowhere_on_its_land_does_anybody_seem_to_have_left_a_municipality() -> None:
    """Held against finer outlines, some of them: as far off as the zone says, and no farther."""
    features = json.loads(FINER.read_text("utf-8"))["features"][::30]
    for feature in features:
        drawn = zone(feature["properties"]["kommunenummer"])
        places = shapely.get_coordinates(shapely.segmentize(shape(feature["geometry"]), 0.005))
        known = Zones([prepare_zone(drawn.name, shape(drawn.feature["geometry"]))])
        depth_m = known.depth_m(np.zeros(len(places), dtype=np.intp), to_ecef(places[:, 0], places[:, 1]))
        assert depth_m.min() > -areas.SHIPPED_ACCURACY_M, drawn.name


def test_an_official_file_takes_the_place_of_what_ships(tmp_path: Path) -> None:
    store = tmp_path / "gazetteer.sqlite"
    square = shapely.box(10.6, 59.75, 10.8, 59.9)
    properties = {"kommunenummer": "3212", "kommunenavn": "Nesodden"}
    official = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(square)}
    source = tmp_path / "kommuner.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [official]}), "utf-8")
    take_in(source, store, origin=KARTVERKET, wish=Wish())
    known = Gazetteer(store)
    made = zone_of_areas(known, [known.area("Nesodden", Level.MUNICIPALITY)])
    assert shapely.equals(shape(made.feature["geometry"]), square)
    assert made.feature["properties"]["outline_accuracy_m"] == 50.0
    assert "waters_km" not in made.feature["properties"]
    assert known.area("Oslo", Level.MUNICIPALITY).origin is areas.SHIPPED


def test_a_circle_is_around_the_address(addressed: Gazetteer) -> None:
    address = addressed.address("Storgata 1, Oslo")
    made = zone_of_address(address, radius_m=150.0, origin=addressed.origin_of(address))
    assert made.feature["geometry"] == {"type": "Point", "coordinates": [address.lon, address.lat]}
    assert made.feature["properties"]["radius_m"] == 150.0
    assert made.feature["properties"]["source_date"] == "2026-11-01"


# The command -------------------------------------------------------------------------------


def test_the_command_writes_a_zone_that_the_rulebook_reads(tmp_path: Path) -> None:
    asked = ["rules", "zone", "--into", str(tmp_path), "--data", str(tmp_path / "var")]
    done = CliRunner().invoke(main, [*asked, "--municipality", "nesodden", "--name", "hjemkommune"])
    assert done.exit_code == 0, done.output
    assert "may be off by 1,500 m" in done.output
    assert load(tmp_path).zones["hjemkommune"].outline_accuracy_m == 1_500.0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--municipality", "Våler"], "say the number, or the county"),
        (["--county", "Tromms"], "did you mean Troms"),
        (["--address", "Storgata 1, Oslo", "--radius-m", "100"], "no addresses are known here"),
        (["--address", "Storgata 1, Oslo"], "--address with --radius-m"),
        (["--municipality", "Oslo", "--radius-m", "100"], "--address with --radius-m"),
        ([], "say --municipality"),
    ],
)
def test_what_it_cannot_make_it_says(tmp_path: Path, given: list[str], told: str) -> None:
    asked = ["rules", "zone", "--into", str(tmp_path), "--data", str(tmp_path / "var")]
    done = CliRunner().invoke(main, [*asked, *given])
    assert done.exit_code == 2
    assert told in done.output
    assert not (tmp_path / "zones").exists()

"""Polygons that authorities and others published, invalid ones among them."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from em_engine.rulebook import Problem, Rulebook, check

POLYGONS = Path(__file__).parents[4] / "shared" / "data" / "polygons"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not POLYGONS.is_dir(), reason="../shared/data/polygons is not beside the checkout"),
]

REFUSED_BY_TURF = {
    "boolean-valid__false_MultiPolygon_not-enough-coords": "ring.short",
    "boolean-valid__false_Polygon_not-enough-coords": "ring.short",
    "kinks__in_hourglass": "polygon.crosses",
    "kinks__in_triple": "polygon.crosses",
    "unkink-polygon__in_complex": "polygon.crosses",
    "unkink-polygon__in_hourglassFeatureCollection": "polygon.crosses",
    "unkink-polygon__in_hourglassMultiPolygon": "polygon.crosses",
    "unkink-polygon__in_polygon-with-holes": "polygon.crosses",
    "transform-rotate__in_polygon-fiji": "coordinates.range",
}


def features(path: Path) -> list[dict[str, Any]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    if data["type"] == "FeatureCollection":
        return data["features"]
    return [data if data["type"] == "Feature" else {"type": "Feature", "properties": {}, "geometry": data}]


def named(drawn: list[dict[str, Any]], name: str | None) -> str:
    """The features with ids, and with a reach where they are no areas, as an author would add them."""
    for index, feature in enumerate(drawn):
        properties = feature.get("properties") or {}
        area = feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
        feature["id"] = properties[name] if name else f"zone {index}"
        feature["properties"] = properties if area else {"radius_m": 100}
    return json.dumps({"type": "FeatureCollection", "features": drawn}, ensure_ascii=False, indent=1)


def read(write, text: str) -> tuple[Rulebook | None, list[Problem]]:
    rulebook, problems = check(write({"zones/z.geojson": text}))
    return rulebook, [problem for problem in problems if problem.code not in ("orders.none", "zone.far")]


def test_of_the_municipalities_the_sixteen_invalid_ones_are_repaired(write) -> None:
    drawn = features(POLYGONS / "kommuner.geojson")
    areas = {one["properties"]["id"]: shapely.geometry.shape(one["geometry"]).area for one in drawn}
    invalid = json.loads((POLYGONS / "kommuner_invalid.json").read_text(encoding="utf-8"))
    text = named(drawn, "id")
    rulebook, problems = read(write, text)
    assert rulebook is not None
    assert len(problems) == len(invalid) == 16
    lines = text.split("\n")
    for problem, known in zip(problems, invalid, strict=True):
        assert problem.code == "polygon.repaired"
        assert lines[problem.line - 1][: problem.column - 1].strip() == '"coordinates":'
        before = "\n".join(lines[: problem.line])
        assert before.count('"Feature"') == list(areas).index(known["kommunenummer"]) + 1
        lon, lat = known["reason"].split("[")[1].rstrip("]").split(" ")
        assert f"[{float(lon):.6f}, {float(lat):.6f}]" in problem.message
    for name, zone in rulebook.zones.items():
        assert zone.geometry.is_valid
        assert zone.geometry.area == pytest.approx(areas[name], rel=1e-4)


def test_of_the_districts_with_heights_the_two_invalid_ones_are_repaired(write) -> None:
    rulebook, problems = read(write, named(features(POLYGONS / "oslo_delbydeler.geojson"), "name"))
    assert rulebook is not None
    assert [problem.code for problem in problems] == ["polygon.repaired"] * 2
    assert all("one of its polygons lies in another" in problem.message for problem in problems)
    assert not any(shapely.has_z(zone.geometry) for zone in rulebook.zones.values())
    assert "Grünerløkka Vest" in rulebook.zones or "Grønland" in rulebook.zones


def test_countries_that_run_over_the_antimeridian_are_refused_at_the_position_where_they_do(write) -> None:
    drawn = features(POLYGONS / "countries_edge_cases.geojson")
    text = named(drawn, "name")
    rulebook, problems = read(write, text)
    assert rulebook is None
    lines = text.split("\n")
    told = [(problem.code, lines[problem.line].strip()) for problem in problems]
    assert told == [("ring.antimeridian", "-180.0,")] * 2
    whole = [one for one in drawn if one["id"] not in ("Russia", "Fiji")]
    rulebook, problems = read(write, named(whole, "name"))
    assert rulebook is not None
    assert problems == []
    assert not shapely.contains_xy(rulebook.zones["South Africa"].geometry, 28.2, -29.5)  # Lesotho


@pytest.mark.skipif(not POLYGONS.is_dir(), reason="../shared/data/polygons is not beside the checkout")
@pytest.mark.parametrize("path", sorted((POLYGONS / "turf").glob("*.geojson")), ids=lambda path: path.stem)
def test_what_other_peoples_tests_draw_is_taken_repaired_or_refused(write, path: Path) -> None:
    drawn = features(path)
    rulebook, problems = read(write, named(drawn, None))
    kinds = {one["geometry"]["type"] for one in drawn}
    if kinds - {"Polygon", "MultiPolygon", "Point", "LineString"}:
        assert "geometry.type" in {problem.code for problem in problems}
    elif path.stem in REFUSED_BY_TURF:
        assert {problem.code for problem in problems} == {REFUSED_BY_TURF[path.stem]}
    else:
        assert rulebook is not None
        assert {problem.code for problem in problems} <= {"polygon.repaired"}
        assert all(zone.geometry.is_valid for zone in rulebook.zones.values())

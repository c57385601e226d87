"""Every mistake that can be drawn, told at its exact place. A ‸ in the text marks that place."""

import json

import pytest
from shapely import MultiPolygon

from em_engine.rulebook import Problem, check

Files = dict[str, str | bytes]

HEAD = '{"type": "FeatureCollection", "features": [\n'
RING = "[[10.1, 59.1], [10.2, 59.1], [10.2, 59.2], [10.1, 59.1]]"

AREA = f'{{"type": "Polygon", "coordinates": [{RING}]}}'


def zone(geometry: str, properties: str = "{}", name: str = '"z"') -> str:
    return f'{HEAD}{{"type": "Feature", "id": {name}, "properties": {properties}, "geometry": {geometry}}}]}}'


def polygon(coordinates: str) -> str:
    return zone(f'{{"type": "Polygon", "coordinates": {coordinates}}}')


def point(coordinates: str, properties: str) -> str:
    return zone(f'{{"type": "Point", "coordinates": {coordinates}}}', properties)


def marked(text: str) -> tuple[str, tuple[int, int]]:
    """The text without its mark, and the line and column the mark stood at."""
    before, after = text.split("‸")
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


ERRORS = {
    "cut off": ('{"type": "FeatureCollection", "features": [‸', "json.syntax", "not JSON"),
    "a colon too few": ('{"type" ‸"FeatureCollection"}', "json.syntax", "not JSON here: expecting ':'"),
    "no number": (polygon(RING.replace("10.2", "‸NaN", 1)), "json.syntax", "NaN is no number"),
    "nested without end": ("‸" + "[" * 100_000, "json.syntax", "nested too deep"),
    "digits without end": ("‸" + "1" * 5000, "json.syntax", "too many digits"),
    "a bare feature": (
        "‸" + zone("null")[len(HEAD) : -2],
        "geojson.type",
        "a FeatureCollection, not 'Feature'",
    ),
    "a bare list": ("‸[]", "geojson.type", "FeatureCollection"),
    "features that are none": (
        '{"type": "FeatureCollection", "features": ‸{}}',
        "geojson.features",
        "a list of Features",
    ),
    "a feature that is none": (HEAD + "‸5]}", "geojson.type", "a Feature should stand here"),
    "other coordinates": (
        polygon(f"[{RING}]")[:-1] + ', "crs": ‸{"properties": {"name": "EPSG:25833"}}}',
        "geojson.crs",
        "another coordinate system",
    ),
    "no id": (
        (HEAD + '‸{"type": "Feature", "properties": {"id": "home"}, "geometry": ' + AREA + "}]}"),
        "zone.id",
        "move 'home' from properties up",
    ),
    "a blank id": (zone(AREA, name='‸" "'), "zone.id", "has space at its ends"),
    "an id of no text": (
        HEAD + "‸" + zone(AREA, name="[1]")[len(HEAD) :],
        "zone.id",
        "the feature has no `id`",
    ),
    "a member twice": (
        zone("null", '{"a": 1, ‸"a": 2}').replace("null", AREA),
        "key.twice",
        "'a' stands twice, here and in line 2, column 47",
    ),
    "no geometry": (zone("‸null"), "geometry.empty", "no geometry"),
    "an empty geometry": (polygon("‸[]"), "coordinates.empty", "the list of rings is empty"),
    "an empty ring": (polygon("[‸[]]"), "coordinates.empty", "the list of positions is empty"),
    "an empty point": (point("‸[]", '{"radius_m": 5}'), "coordinates.empty", "empty"),
    "a collection": (
        zone('{"type": ‸"GeometryCollection"}'),
        "geometry.type",
        "'GeometryCollection'; it is one of",
    ),
    "many points": (zone('{"type": ‸"MultiPoint", "coordinates": []}'), "geometry.type", "'MultiPoint'"),
    "no list": (polygon("‸5"), "coordinates.type", "a list of rings"),
    "a ring for a polygon": (polygon(RING.replace("10.1", "‸10.1", 1)), "coordinates.type", "[longitude"),
    "a text for a degree": (
        polygon(f"[{RING}]".replace("[10.2", '‸["10.2"', 1)),
        "coordinates.type",
        "[longitude",
    ),
    "a truth for a degree": (
        polygon(f"[{RING}]".replace("[10.2", "‸[true", 1)),
        "coordinates.type",
        "[longitude",
    ),
    "half a position": (
        polygon(f"[{RING}]".replace("[10.2, 59.1]", "‸[10.2]")),
        "coordinates.type",
        "[longitude",
    ),
    "an open ring": (
        polygon("[[[10.1, 59.1], [10.2, 59.1], [10.2, 59.2], ‸[10.1, 59.2]]]"),
        "ring.open",
        "not closed",
    ),
    "a short ring": (polygon("[‸[[10.1, 59.1], [10.2, 59.1], [10.1, 59.1]]]"), "ring.short", "this has 3"),
    "a short hole": (polygon(f"[{RING}, ‸[[10.1, 59.1]]]"), "ring.short", "this has 1"),
    "a bow-tie": (
        polygon("‸[[[10.1, 59.1], [10.2, 59.2], [10.2, 59.1], [10.1, 59.2], [10.1, 59.1]]]"),
        "polygon.crosses",
        "its boundary crosses itself at [10.150000, 59.150000]",
    ),
    "a lopsided bow-tie": (
        polygon("‸[[[10.0, 59.0], [10.4, 59.4], [10.4, 59.0], [10.0, 59.1], [10.0, 59.0]]]"),
        "polygon.crosses",
        "draw it so that no boundary crosses",
    ),
    "a ring run twice": (polygon(f"‸[[{RING[1:-1]}, {RING[1:-1]}]]"), "polygon.crosses", "not valid"),
    "parts that overlap": (
        zone(f'{{"type": "MultiPolygon", "coordinates": ‸[[{RING}], [{RING.replace("10.2", "10.3")}]]}}'),
        "polygon.crosses",
        "not valid",
    ),
    "a line for a polygon": (
        polygon("‸[[[10.1, 59.1], [10.2, 59.1], [10.3, 59.1], [10.1, 59.1]]]"),
        "polygon.area",
        "encloses no area",
    ),
    "a ring round the back of the world": (
        polygon("[[[179, -17], ‸[-179, -17], [-179, -16], [179, -16], [179, -17]]]"),
        "ring.antimeridian",
        "cut it there into a MultiPolygon",
    ),
    "a line round the back of the world": (
        zone('{"type": "LineString", "coordinates": [[179, -17], ‸[-179, -17]]}', '{"radius_m": 5}'),
        "line.antimeridian",
        "cut it there into two zones",
    ),
    "the whole Earth": (
        polygon("‸[[[-180, -90], [0, -90], [180, -90], [180, 90], [0, 90], [-180, 90], [-180, -90]]]"),
        "zone.half-the-earth",
        "draw the part of it that matters",
    ),
    "a belt round the Earth": (
        polygon("‸[[[-180, -10], [0, -10], [180, -10], [180, 10], [0, 10], [-180, 10], [-180, -10]]]"),
        "zone.half-the-earth",
        "cannot be measured",
    ),
    "more than a hemisphere": (
        polygon("‸[[[-100, -60], [0, -60], [100, -60], [100, 60], [0, 60], [-100, 60], [-100, -60]]]"),
        "zone.half-the-earth",
        "reaches round half the Earth",
    ),
    "degrees beyond the world": (
        polygon(f"[{RING}]".replace("[10.2", "‸[190.2", 1)),
        "coordinates.range",
        "beyond",
    ),
    "latitude first, beyond doubt": (
        polygon("[[‸[59.9, 110.7], [60, 110.7], [60, 110.8], [59.9, 110.7]]]"),
        "coordinates.swapped",
        "longitude first",
    ),
    "latitude first, off Somalia": (
        polygon("‸[[[59.9, 10.7], [60, 10.7], [60, 10.8], [59.9, 10.7]]]"),
        "coordinates.swapped",
        "at [59.9000, 10.7000]: its coordinates look swapped; write the longitude first: [10.7000, 59.9000]",
    ),
    "a number beyond measure": (
        point(f"‸[1{'0' * 400}, 59]", '{"radius_m": 5}'),
        "coordinates.projected",
        "[1e+18,",
    ),
    "metres for degrees": (
        polygon("[[‸[262000, 6650000], [262100, 6650000], [262100, 6650100], [262000, 6650000]]]"),
        "coordinates.projected",
        "[262000, 6650000] are no degrees",
    ),
    "a point without reach": (point("[10.7, 59.9]", "‸{}"), "zone.radius", "a Point needs `radius_m`"),
    "a reach of no number": (
        point("[10.7, 59.9]", '{"radius_m": ‸"50"}'),
        "zone.radius",
        "metres, more than 0",
    ),
    "a reach of nothing": (point("[10.7, 59.9]", '{"radius_m": ‸0}'), "zone.radius", "more than 0"),
    "a reach of a polygon": (
        zone(AREA, '{"radius_m": ‸5}'),
        "zone.radius",
        "remove `radius_m`",
    ),
    "an outline that may be anywhere": (
        zone(AREA, '{"outline_accuracy_m": ‸60000}'),
        "zone.outline",
        "0 to 50000",
    ),
    "an outline of a doubt that is no number": (
        zone(AREA, '{"outline_accuracy_m": ‸"20"}'),
        "zone.outline",
        "should be metres",
    ),
    "a line of one place": (
        zone('{"type": "LineString", "coordinates": ‸[[10, 59], [10, 59]]}', '{"radius_m": 5}'),
        "line.short",
        "two different positions",
    ),
}


def errors_of(right: Files, write, text: str) -> list[Problem]:
    """Errors of a file of zones added to a right rulebook."""
    problems = check(write({**right, "zones/z.geojson": text}))[1]
    return [problem for problem in problems if problem.severity == "error"]


@pytest.mark.parametrize("case", ERRORS)
def test_a_mistake_is_told_once_at_its_place_with_what_would_be_right(right: Files, write, case: str) -> None:
    text, code, told = ERRORS[case]
    text, at = marked(text)
    (problem,) = errors_of(right, write, text)
    assert (problem.code, problem.line, problem.column) == (code, *at)
    assert told in str(problem)


def test_a_zone_drawn_twice_names_both_places(right: Files, write) -> None:
    (problem,) = errors_of(right, write, polygon(f"[{RING}]").replace('"z"', '"w17-home"'))
    assert (problem.line, problem.column, problem.code) == (2, 27, "zone.twice")
    assert "/zones/oslo.geojson:1:" in problem.message


def test_a_broken_zone_is_known_by_its_name(right: Files, write) -> None:
    """The order that uses it is right; only the drawing is told."""
    right["zones/oslo.geojson"] = str(right["zones/oslo.geojson"]).replace(
        "[10.78, 59.92]", '["x", 59.92]', 1
    )
    (problem,) = (one for one in check(write(right))[1] if one.severity == "error")
    assert problem.code == "coordinates.type"


GOOD = {
    "a height is left aside": polygon(f"[{RING}]").replace("59.1]", "59.1, 12.5]"),
    "a number for an id": zone(AREA, name="42"),
    "no properties": zone(AREA, "null"),
    "a box and other members": zone(f'{{"type": "Polygon", "coordinates": [{RING}], "bbox": [1, 2, 3, 4]}}'),
    "whole degrees": polygon("[[[10, 59], [11, 59], [11, 60], [10, 59]]]"),
    "clockwise": polygon("[[[10, 59], [11, 60], [11, 59], [10, 59]]]"),
    "with a byte order mark and line ends of Windows": "\ufeff" + polygon(f"[{RING}]").replace("\n", "\r\n"),
    "a line with reach": zone(
        '{"type": "LineString", "coordinates": [[10, 59], [11, 59]]}', '{"radius_m": 5}'
    ),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_the_standard_allows_is_no_mistake(right: Files, write, case: str) -> None:
    problems = check(write({**right, "zones/z.geojson": GOOD[case]}))[1]
    assert {problem.code for problem in problems} == {"zone.unused"}


def test_a_zone_cut_at_the_antimeridian_is_whole_whichever_sign_its_edge_has(right: Files, write) -> None:
    west = "[[[-180, 66], [-170, 66], [-170, 67], [180, 67], [-180, 66]]]"
    east = "[[[180, 66], [180, 67], [170, 67], [170, 66], [180, 66]]]"
    right["zones/z.geojson"] = zone(f'{{"type": "MultiPolygon", "coordinates": [{west}, {east}]}}')
    rulebook, problems = check(write(right))
    assert rulebook is not None
    assert {problem.code for problem in problems} == {"zone.unused", "zone.far"}
    drawn = rulebook.zones["z"].geometry
    assert isinstance(drawn, MultiPolygon)
    assert [part.bounds for part in drawn.geoms] == [(-180, 66, -170, 67), (170, 66, 180, 67)]


def test_a_polygon_that_repair_leaves_the_same_is_repaired_with_a_warning(right: Files, write) -> None:
    """A spike: the ring runs out along a line and back, which encloses nothing."""
    spiked = "‸[[[10.1, 59.1], [10.2, 59.1], [10.2, 59.2], [10.2, 59.3], [10.2, 59.2], [10.1, 59.1]]]"
    text, at = marked(polygon(spiked))
    rulebook, problems = check(write({**right, "zones/z.geojson": text}))
    assert rulebook is not None
    (repaired,) = (problem for problem in problems if problem.code == "polygon.repaired")
    assert repaired.severity == "warning"
    assert (repaired.line, repaired.column) == at
    assert rulebook.zones["z"].geometry.is_valid
    assert rulebook.zones["z"].geometry.area == pytest.approx(0.005)


def test_an_exclusion_zone_smaller_than_an_error_circle_is_warned_of(right: Files, write) -> None:
    zones = json.loads(str(right["zones/oslo.geojson"]))
    zones["features"][0]["geometry"] = {"type": "Point", "coordinates": [10.78, 59.92]}
    for radius_m, codes in ((14.0, ["zone.small"]), (15.0, [])):
        zones["features"][0]["properties"] = {"radius_m": radius_m}
        problems = check(write({**right, "zones/oslo.geojson": json.dumps(zones)}))[1]
        assert [problem.code for problem in problems] == codes


def test_a_zone_no_one_uses_and_a_file_without_zones_are_warned_of(right: Files, write) -> None:
    empty = '{"type": "FeatureCollection", "features": []}'
    problems = check(write({**right, "zones/z.geojson": polygon(f"[{RING}]"), "zones/y.geojson": empty}))[1]
    assert [(one.code, one.severity, one.line, one.column) for one in problems] == [
        ("geojson.features", "warning", 1, 43),
        ("zone.unused", "warning", 2, 27),
    ]


def test_a_name_of_the_old_standard_for_degrees_is_only_warned_of(right: Files, write) -> None:
    crs = ', "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}'
    rulebook, problems = check(write({**right, "zones/z.geojson": polygon(f"[{RING}]")[:-1] + crs}))
    assert rulebook is not None
    assert "geojson.crs" in {problem.code for problem in problems}


@pytest.mark.parametrize(
    "ring",
    [
        "[[[-180, 58], [0, 58], [180, 58], [180, 90], [0, 90], [-180, 90], [-180, 58]]]",
        "[[[-80, -60], [0, -60], [80, -60], [80, 60], [0, 60], [-80, 60], [-80, -60]]]",
        "[[[-180, -90], [0, -90], [180, -90], [180, -60], [0, -60], [-180, -60], [-180, -90]]]",
    ],
    ids=["a cap round the pole", "nearly a hemisphere", "Antarctica"],
)
def test_a_zone_of_less_than_half_the_earth_is_taken(right: Files, write, ring: str) -> None:
    _, problems = check(write({**right, "zones/z.geojson": polygon(ring)}))
    assert "zone.half-the-earth" not in {problem.code for problem in problems}
    assert not [problem for problem in problems if problem.severity == "error"]

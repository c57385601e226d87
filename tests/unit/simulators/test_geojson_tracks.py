"""GeoJSON tracks: points with a time, lines with a time for each vertex."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from em_engine.vocabulary import Source, parse_rfc3339
from simulators.tracks import Track, TrackRefused, read

TIMES = ["2026-11-22T01:00:00Z", "2026-11-22T01:00:10Z"]


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


POINT = feature("Point", [10.75, 59.91], time=TIMES[0])


def track_of(folder: Path, *features: Any) -> Track:
    return text_track(folder, json.dumps({"type": "FeatureCollection", "features": features}))


def text_track(folder: Path, text: str) -> Track:
    path = folder / "walk.geojson"
    path.write_text(text)
    return read(path)


def test_a_point_with_a_time_is_a_fix(tmp_path: Path) -> None:
    told = {"accuracy_m": 9, "speed_mps": 1.5, "heading_deg": 210, "hdop": 0.5, "satellites": 11}
    point = feature("Point", [10.75, 59.91, 3.0], time=TIMES[0], device_id="tag-1", source="wifi", **told)
    track = track_of(tmp_path, point, POINT)
    row, bare = track.rows
    assert track.devices == ("tag-1", "walk")
    assert (row["lon"], row["lat"], row["source"]) == (10.75, 59.91, Source.WIFI)
    assert row["at"] == parse_rfc3339(TIMES[0])
    assert {name: float(row[name]) for name in told} == told
    assert np.isnan(bare["accuracy_m"])
    assert bare["satellites"] == -1


LINES = {
    "coordTimes": feature("LineString", [[1, 2], [3, 4]], coordTimes=TIMES),
    "coordinateProperties": feature("LineString", [[1, 2], [3, 4, 5]], coordinateProperties={"times": TIMES}),
    "several lines": feature("MultiLineString", [[[1, 2]], [[3, 4]]], coordTimes=[[time] for time in TIMES]),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_with_a_time_for_each_vertex_is_a_fix_each(tmp_path: Path, line: Any) -> None:
    rows = track_of(tmp_path, line).rows
    assert [(row["lon"], row["lat"]) for row in rows] == [(1, 2), (3, 4)]
    assert rows["at"].tolist() == [parse_rfc3339(time) for time in TIMES]


BAD_FEATURES = {
    "no time": (feature("Point", [1, 2]), "no time"),
    "a number for a time": (feature("Point", [1, 2], time=1700000000), "no time"),
    "no offset": (feature("Point", [1, 2], time="2026-11-22T01:00:00"), "no time with an offset"),
    "latitude 91": (feature("Point", [1, 91], time=TIMES[0]), "latitude 91"),
    "one coordinate": (feature("Point", [1], time=TIMES[0]), "not a position"),
    "words": (feature("Point", ["1", "2"], time=TIMES[0]), "not a position"),
    "a polygon": (feature("Polygon", [[[1, 2]]], time=TIMES[0]), "'Polygon' holds no fixes"),
    "too few times": (feature("LineString", [[1, 2], [3, 4]], coordTimes=TIMES[:1]), "one time for every"),
    "no geometry": ({"type": "Feature", "geometry": None, "properties": {}}, "not a Feature"),
    "a number": (7, "not a Feature"),
    "accuracy in words": (feature("Point", [1, 2], time=TIMES[0], accuracy_m="9"), "accuracy_m '9'"),
    "device by number": (feature("Point", [1, 2], time=TIMES[0], device_id=9), "device_id"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_FEATURES.values(), ids=BAD_FEATURES)
def test_a_bad_feature_is_set_aside_with_its_place(tmp_path: Path, bad: Any, reason: str) -> None:
    text = f'{{"type": "FeatureCollection",\n "features": [\n  {json.dumps(POINT)},\n   {json.dumps(bad)},\n'
    track = text_track(tmp_path, f"{text}  {json.dumps(POINT)}]}}")
    assert len(track) == 2
    assert reason in track.faults[0].message
    assert str(track.faults[0]).startswith(f"{tmp_path / 'walk.geojson'}:4:4: feature 1: ")


def test_a_line_with_one_bad_vertex_is_set_aside_whole(tmp_path: Path) -> None:
    track = track_of(tmp_path, POINT, feature("LineString", [[1, 2], [3, 95]], coordTimes=TIMES))
    assert (len(track), track.faults_total) == (1, 1)


REFUSED = {
    "broken": ('{"type": "FeatureCollection",\n "features": [', "2:15: no JSON"),
    "another object": ('{"type": "Topology"}', "1:1: not a GeoJSON FeatureCollection"),
    "no features": ('{"type": "FeatureCollection"}', "1:1: the FeatureCollection has no list"),
    "too deep": ("[" * 100_000, "1:1: nested too deeply"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TrackRefused, match=reason):
        text_track(tmp_path, text)

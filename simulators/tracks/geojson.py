"""GeoJSON tracks: a FeatureCollection of Points each with a `time`, or of LineStrings with a time for each
vertex.

A Point's properties are named as on the wire: `time` (RFC 3339 with offset), and if known `accuracy_m
speed_mps heading_deg hdop satellites source`. A LineString's or MultiLineString's times stand in
`coordTimes`, or in `coordinateProperties.times`, as strings in the shape of the coordinates. `device_id`
names the device; without it the file's name does. A third coordinate is left alone.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import Micros, ReportKind, Source
from simulators.places import member_places
from simulators.tracks.track import Collector, Report, Track, decode_text
from simulators.tracks.values import (
    DEEP,
    Misread,
    instant,
    known_accuracy_m,
    latitude,
    longitude,
    no_json,
    not_negative,
    shown,
    source_named,
    strange,
)


def read(path: Path) -> Track:
    """The track in a GeoJSON file.

    Raises TrackRefused where it is no FeatureCollection or nothing can be read.
    """
    told = Collector(path)
    text = decode_text(path)
    places: list[tuple[int, int]] | None = None
    for index, feature in enumerate(_collection(text, told)):
        try:
            device, reports = _told_by(feature, path.stem)
            for report in reports:
                told.report(device, report)
        except Misread as error:
            places = member_places(text, "features") if places is None else places
            line, column = places[index] if index < len(places) else (1, 1)
            told.fault(line, column, Said("track.feature", "feature {}: {}", index, error.why))
    return told.track()


def _collection(text: str, told: Collector) -> list[Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise told.refuse(error.lineno, error.colno, no_json(error)) from None
    except RecursionError:
        raise told.refuse(1, 1, DEEP) from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise told.refuse(1, 1, Said("track.collection", "not a GeoJSON FeatureCollection"))
    members = document.get("features")
    if not isinstance(members, list):
        why = Said("track.features", "the FeatureCollection has no list of features")
        raise told.refuse(1, 1, why)
    return members


def _told_by(feature: Any, stem: str) -> tuple[str, list[Report]]:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise Misread(Said("track.geometry", "not a Feature with a geometry"))
    geometry, properties = feature["geometry"], feature.get("properties") or {}
    shape = _SHAPES.get(str(geometry.get("type")))
    if shape is None or not isinstance(properties, dict):
        told = "a {} holds no fixes; Point, LineString and MultiLineString do"
        raise Misread(Said("track.shape", told, shown(geometry.get("type"))))
    device = properties.get("device_id", stem)
    if not isinstance(device, str) or not device:
        raise Misread(Said("track.name", "device_id is not a name"))
    return device, list(shape(geometry.get("coordinates"), properties))


def _point(coordinates: Any, properties: Mapping[str, Any]) -> Iterator[Report]:
    yield {
        **_fix(coordinates, properties.get("time")),
        "accuracy_m": known_accuracy_m(_number(properties, "accuracy_m")),
        "speed_mps": not_negative(_number(properties, "speed_mps")),
        "heading_deg": not_negative(_number(properties, "heading_deg")),
        "hdop": not_negative(_number(properties, "hdop")),
        "satellites": int(_number(properties, "satellites")),
        "source": source_named(str(properties.get("source") or "")),
    }


def _line(coordinates: Any, properties: Mapping[str, Any]) -> Iterator[Report]:
    return _vertices(coordinates, _times(properties))


def _lines(coordinates: Any, properties: Mapping[str, Any]) -> Iterator[Report]:
    for part, times in _pairs(coordinates, _times(properties)):
        yield from _vertices(part, times)


_SHAPES: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[Report]]]] = {
    "Point": _point,
    "LineString": _line,
    "MultiLineString": _lines,
}


def _times(properties: Mapping[str, Any]) -> Any:
    beside = properties.get("coordinateProperties")
    times = properties.get("coordTimes")
    return beside.get("times") if times is None and isinstance(beside, dict) else times


def _vertices(coordinates: Any, times: Any) -> Iterator[Report]:
    for vertex, time in _pairs(coordinates, times):
        yield _fix(vertex, time)


def _pairs(coordinates: Any, times: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(coordinates, list) or not isinstance(times, list) or len(coordinates) != len(times):
        raise Misread(Said("track.times", "coordTimes must hold one time for every vertex"))
    return zip(coordinates, times, strict=True)


def _fix(coordinate: Any, time: Any) -> Report:
    if (
        not isinstance(coordinate, Sequence)
        or len(coordinate) < 2
        or not all(map(_is_number, coordinate[:2]))
    ):
        told = "{} is not a position [longitude, latitude]"
        raise Misread(Said("track.position", told, shown(coordinate)))
    return {
        "kind": ReportKind.FIX,
        "at": _time(time),
        "lon": longitude(float(coordinate[0])),
        "lat": latitude(float(coordinate[1])),
        "source": Source.GNSS,
    }


def _time(time: Any) -> Micros:
    if time is None:
        raise Misread(Said("track.no-time", "no time; write it like 2026-11-22T01:02:03Z"))
    return instant(time)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(properties: Mapping[str, Any], name: str) -> float:
    value = properties.get(name)
    if value is None:
        return -1.0
    if not _is_number(value) or not abs(value) < 1 << 15:
        # 2147483647 is how some firmware spells "unknown".
        return -1.0 if value == 2_147_483_647 else _refuse(name, value)
    return float(value)


def _refuse(name: str, value: Any) -> float:
    raise Misread(strange(name, value))

"""Zones out of GeoJSON (RFC 7946): a file is a FeatureCollection, a feature a zone, its id the name."""

import marshal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shapely import LineString, Point

from em_engine.rulebook import polygons
from em_engine.rulebook.coded import Said
from em_engine.rulebook.json_text import JsonDocument
from em_engine.rulebook.memory import Memory
from em_engine.rulebook.models import Zone
from em_engine.rulebook.polygons import Unusable
from em_engine.rulebook.problems import Finding, Findings, Path
from em_engine.rulebook.reading import shown
from em_engine.rulebook.texts import wrong_name

AREAS: Final = ("Polygon", "MultiPolygon")
REACHES: Final = ("Point", "LineString")
RADIUS_M_MAX: Final = 100_000.0
OUTLINE_ACCURACY_M_MAX: Final = 50_000.0
"""A border that is drawn worse than this proves nothing of anybody."""

_DEGREES: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnZone:
    """A feature that has a name, with the place it was drawn at; `zone` is None where it cannot be used."""

    name: str
    document: JsonDocument
    path: Path
    zone: Zone | None


@dataclass(slots=True)
class Atlas:
    """The zones of all files, by name, as they are read."""

    memory: Memory
    drawn: dict[str, DrawnZone] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def zones(self) -> dict[str, Zone]:
        """The zones that can be used, by name."""
        return {name: drawn.zone for name, drawn in sorted(self.drawn.items()) if drawn.zone is not None}

    def read(self, document: JsonDocument, findings: Findings) -> None:
        """Takes in the features of one file; what is wrong with them goes to the findings."""
        features = _features(document, findings)
        self.files.add(document.name)
        for index, feature in enumerate(features):
            self._read_feature(document, ("features", index), feature, findings)

    def _read_feature(self, document: JsonDocument, path: Path, feature: Any, findings: Findings) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            message = Said("geojson.feature", "a Feature should stand here")
            findings.error(document, path, "geojson.type", message)
            return
        name = _name(document, path, feature, findings)
        if name in self.drawn:
            other = self.drawn[name]
            where = findings.position(other.document, (*other.path, "id"))
            message = Said("zone.twice", "the zone {!r} is drawn twice, here and at {}", str(name), where)
            hint = Said("hint.another-id", "give one another id")
            findings.error(document, (*path, "id"), "zone.twice", message, hint=hint)
            return
        zone, found = self._zone(document, name or "", feature)
        findings.take_within(document, path, found)
        if name is not None:
            self.drawn[name] = DrawnZone(name=name, document=document, path=path, zone=zone)

    def _zone(
        self, document: JsonDocument, name: str, feature: dict[str, Any]
    ) -> tuple[Zone | None, tuple[Finding, ...]]:
        """The zone and what is wrong with it, whichever its place in the file: others may come before it."""

        def read() -> tuple[Zone | None, tuple[Finding, ...]]:
            apart = Findings()
            return _zone(document, (), name, feature, apart), apart.of_value()

        # Of all that writes a value as bytes this one is exact: numbers by their bits, members in order.
        written = marshal.dumps(feature, 2)
        return self.memory.recall(("zone", name, written), read, size=4 * len(written))


def _features(document: JsonDocument, findings: Findings) -> list[Any]:
    data = document.data
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        kind = data.get("type") if isinstance(data, dict) else data
        hint = Said("hint.collection", "wrap it: {}", '{"type": "FeatureCollection", "features": […]}')
        told = "the file should hold a FeatureCollection, not {}"
        message = Said("geojson.collection", told, shown(kind))
        findings.error(document, (), "geojson.type", message, hint=hint)
        return []
    if "crs" in data:
        _crs(document, data["crs"], findings)
    features = data.get("features")
    if not isinstance(features, list):
        message = Said("geojson.features", "`features` should be a list of Features")
        findings.error(document, ("features",), "geojson.features", message)
        return []
    if not features:
        message = Said("geojson.none", "the file holds no zones")
        findings.warning(document, ("features",), "geojson.features", message)
    return features


def _crs(document: JsonDocument, crs: Any, findings: Findings) -> None:
    if any(name in str(crs) for name in _DEGREES):
        message = Said("geojson.crs", "`crs` is not part of GeoJSON any more")
        findings.warning(document, ("crs",), "geojson.crs", message, hint=_REMOVE_CRS)
    else:
        message = Said("geojson.other-crs", "`crs` names another coordinate system")
        hint = Said("hint.other-crs", "convert the coordinates; {}", _REMOVE_CRS)
        findings.error(document, ("crs",), "geojson.crs", message, hint=hint)


_REMOVE_CRS: Final = Said(
    "hint.crs",
    "GeoJSON is WGS 84 longitude and latitude by definition (RFC 7946, section 4): remove `crs`",
)


def _name(document: JsonDocument, path: Path, feature: Mapping[str, Any], findings: Findings) -> str | None:
    """The feature's id; a whole number counts as its digits, since many programs number their features."""
    given = feature.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        properties = feature.get("properties")
        inside = properties.get("id") if isinstance(properties, dict) else None
        move = Said("hint.zone.move", "move {!r} from properties up into the feature", str(inside))
        hint = move if inside else Said("hint.zone.id", 'add "id": "its-name"')
        message = Said("zone.id", "the feature has no `id`: that is the zone's name")
        findings.error(document, path, "zone.id", message, hint=hint)
        return None
    wrong = wrong_name(given)
    if wrong is not None:
        message = Said("value.text", "`{}`: {}", "id", wrong)
        findings.error(document, (*path, "id"), "zone.id", message)
        return None
    return given


def _zone(
    document: JsonDocument, path: Path, name: str, feature: Mapping[str, Any], findings: Findings
) -> Zone | None:
    geometry, properties = feature.get("geometry"), feature.get("properties") or {}
    if not isinstance(geometry, dict) or not geometry:
        message = Said("geometry.empty", "the zone has no geometry ({})", shown(geometry))
        findings.error(document, (*path, "geometry"), "geometry.empty", message)
        return None
    if not isinstance(properties, dict):
        message = Said("geojson.properties", "`properties` should be a mapping")
        findings.error(document, (*path, "properties"), "geojson.type", message)
        return None
    kind = geometry.get("type")
    if kind not in AREAS + REACHES:
        told = "a zone cannot be {}; it is one of {}"
        message = Said("geometry.type", told, shown(kind), ", ".join(AREAS + REACHES))
        findings.error(document, (*path, "geometry", "type"), "geometry.type", message)
        return None
    radius_m = _radius_m(document, path, feature, properties, findings)
    accuracy_m = _outline_accuracy_m(document, path, properties, findings)
    try:
        drawn = _DRAW[kind](geometry.get("coordinates"))
    except Unusable as error:
        at = (*path, "geometry", "coordinates", *error.wrong.path)
        findings.error(document, at, error.wrong.code, error.wrong.message, hint=error.wrong.hint)
        return None
    if drawn.notice:
        findings.warning(document, (*path, "geometry", "coordinates"), "polygon.repaired", drawn.notice)
    return Zone(
        name=name,
        geometry=drawn.geometry,
        radius_m=radius_m,
        outline_accuracy_m=accuracy_m,
        properties=properties,
    )


def _radius_m(
    document: JsonDocument,
    path: Path,
    feature: Mapping[str, Any],
    properties: Mapping[str, Any],
    findings: Findings,
) -> float | None:
    """The reach of a Point or LineString; None, with an error, where it is missing or has no sense."""
    given, kind = properties.get("radius_m"), feature["geometry"]["type"]
    at = (*path, "properties", "radius_m")
    if kind in AREAS:
        if given is not None:
            message = Said("radius.area", "a {} has its own outline: remove `radius_m`", kind)
            findings.error(document, at, "zone.radius", message)
    elif given is None:
        told = "a {} needs `radius_m` in its properties: how far the zone reaches around it"
        message = Said("radius.missing", told, kind)
        findings.error(document, (*path, "properties"), "zone.radius", message)
    elif type(given) not in (int, float) or not 0 < given <= RADIUS_M_MAX:
        told = "`radius_m` should be metres, more than 0 and at most {:g}, not {}"
        message = Said("radius.metres", told, RADIUS_M_MAX, shown(given))
        findings.error(document, at, "zone.radius", message)
    else:
        return float(given)
    return None


def _outline_accuracy_m(
    document: JsonDocument, path: Path, properties: Mapping[str, Any], findings: Findings
) -> float:
    """How far the outline may be off; 0, with an error, where what is written has no sense."""
    given = properties.get("outline_accuracy_m", 0)
    if type(given) in (int, float) and 0 <= given <= OUTLINE_ACCURACY_M_MAX:
        return float(given)
    at = (*path, "properties", "outline_accuracy_m")
    told = "`outline_accuracy_m` should be metres, 0 to {:g}, not {}"
    message = Said("zone.outline", told, OUTLINE_ACCURACY_M_MAX, shown(given))
    findings.error(document, at, "zone.outline", message)
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    geometry: Any
    notice: str = ""


def _area(coordinates: Any) -> _Drawn:
    repaired = polygons.usable(polygons.polygon(coordinates))
    polygons.refuse_half_the_earth(repaired.geometry)
    return _Drawn(geometry=repaired.geometry, notice=repaired.notice)


def _areas(coordinates: Any) -> _Drawn:
    repaired = polygons.usable(polygons.multi_polygon(coordinates))
    polygons.refuse_half_the_earth(repaired.geometry)
    return _Drawn(geometry=repaired.geometry, notice=repaired.notice)


def _point(coordinates: Any) -> _Drawn:
    if coordinates == []:
        raise Unusable((), "coordinates.empty", Said("position.empty", "the position is empty"))
    return _Drawn(geometry=Point(polygons.position(coordinates)))


def _line(coordinates: Any) -> _Drawn:
    rows = polygons.positions(coordinates)
    if len(rows) < 2 or (rows == rows[0]).all():
        message = Said("line.short", "a line needs two different positions")
        raise Unusable((), "line.short", message, Said("hint.line.short", "a Point may be meant"))
    polygons.refuse_leaps(rows, (), "line")
    line = LineString(rows)
    polygons.refuse_half_the_earth(line)
    return _Drawn(geometry=line)


_DRAW: Final = {"Polygon": _area, "MultiPolygon": _areas, "Point": _point, "LineString": _line}

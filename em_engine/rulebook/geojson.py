"""Zones out of GeoJSON (RFC 7946): a file is a FeatureCollection, a feature a zone, its id the name."""

import marshal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shapely import LineString, Point

from em_engine.rulebook import polygons
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
            findings.error(document, path, "geojson.type", "a Feature should stand here")
            return
        name = _name(document, path, feature, findings)
        if name in self.drawn:
            other = self.drawn[name]
            where = findings.position(other.document, (*other.path, "id"))
            message = f"the zone {name!r} is drawn twice, here and at {where}"
            findings.error(document, (*path, "id"), "zone.twice", message, hint="give one another id")
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
        hint = 'wrap it: {"type": "FeatureCollection", "features": […]}'
        message = f"the file should hold a FeatureCollection, not {shown(kind)}"
        findings.error(document, (), "geojson.type", message, hint=hint)
        return []
    if "crs" in data:
        _crs(document, data["crs"], findings)
    features = data.get("features")
    if not isinstance(features, list):
        findings.error(document, ("features",), "geojson.features", "`features` should be a list of Features")
        return []
    if not features:
        findings.warning(document, ("features",), "geojson.features", "the file holds no zones")
    return features


def _crs(document: JsonDocument, crs: Any, findings: Findings) -> None:
    hint = "GeoJSON is WGS 84 longitude and latitude by definition (RFC 7946, section 4): remove `crs`"
    if any(name in str(crs) for name in _DEGREES):
        findings.warning(
            document, ("crs",), "geojson.crs", "`crs` is not part of GeoJSON any more", hint=hint
        )
    else:
        message = "`crs` names another coordinate system"
        findings.error(document, ("crs",), "geojson.crs", message, hint=f"convert the coordinates; {hint}")


def _name(document: JsonDocument, path: Path, feature: Mapping[str, Any], findings: Findings) -> str | None:
    """The feature's id; a whole number counts as its digits, since many programs number their features."""
    given = feature.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        properties = feature.get("properties")
        inside = properties.get("id") if isinstance(properties, dict) else None
        hint = f"move {inside!r} from properties up into the feature" if inside else 'add "id": "its-name"'
        findings.error(
            document, path, "zone.id", "the feature has no `id`: that is the zone's name", hint=hint
        )
        return None
    wrong = wrong_name(given)
    if wrong is not None:
        findings.error(document, (*path, "id"), "zone.id", f"`id`: {wrong}")
        return None
    return given


def _zone(
    document: JsonDocument, path: Path, name: str, feature: Mapping[str, Any], findings: Findings
) -> Zone | None:
    geometry, properties = feature.get("geometry"), feature.get("properties") or {}
    if not isinstance(geometry, dict) or not geometry:
        message = f"the zone has no geometry ({shown(geometry)})"
        findings.error(document, (*path, "geometry"), "geometry.empty", message)
        return None
    if not isinstance(properties, dict):
        findings.error(document, (*path, "properties"), "geojson.type", "`properties` should be a mapping")
        return None
    kind = geometry.get("type")
    if kind not in AREAS + REACHES:
        message = f"a zone cannot be {shown(kind)}; it is one of {', '.join(AREAS + REACHES)}"
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
            findings.error(document, at, "zone.radius", f"a {kind} has its own outline: remove `radius_m`")
    elif given is None:
        message = f"a {kind} needs `radius_m` in its properties: how far the zone reaches around it"
        findings.error(document, (*path, "properties"), "zone.radius", message)
    elif type(given) not in (int, float) or not 0 < given <= RADIUS_M_MAX:
        message = f"`radius_m` should be metres, more than 0 and at most {RADIUS_M_MAX:g}, not {shown(given)}"
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
    message = f"`outline_accuracy_m` should be metres, 0 to {OUTLINE_ACCURACY_M_MAX:g}, not {shown(given)}"
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
        raise Unusable((), "coordinates.empty", "the position is empty")
    return _Drawn(geometry=Point(polygons.position(coordinates)))


def _line(coordinates: Any) -> _Drawn:
    rows = polygons.positions(coordinates)
    if len(rows) < 2 or (rows == rows[0]).all():
        raise Unusable((), "line.short", "a line needs two different positions", "a Point may be meant")
    polygons.refuse_leaps(rows, (), "line")
    line = LineString(rows)
    polygons.refuse_half_the_earth(line)
    return _Drawn(geometry=line)


_DRAW: Final = {"Polygon": _area, "MultiPolygon": _areas, "Point": _point, "LineString": _line}

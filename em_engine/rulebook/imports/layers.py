"""Features out of a file of whatever format: geometry in degrees, and the fields that came with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.archives import Limits, opened
from em_engine.rulebook.imports.refusal import ImportRefused

FEATURES_MAX: Final = 20_000
_SAY_IT: Final = "say which it is with --crs, in Norway mostly EPSG:25833"
_GPX_LAYERS: Final = ("waypoints", "routes", "tracks")
_WKT: Final = re.compile(r"(?:SRID=(?P<srid>\d+);)?(?P<wkt>[A-Za-z].*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One drawing of a source: where it stood, its geometry (WGS 84, longitude first), its fields."""

    place: str
    geometry: BaseGeometry
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How to read a source where it does not say so itself."""

    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    limits: Limits = field(default_factory=Limits)


def read_features(source: Path, wish: Wish) -> list[Feature]:
    """Every feature of a source. Raises ImportRefused."""
    if source.suffix.lower() == ".wkt":
        return _of_wkt(source, wish)
    with opened(source, wish.limits) as path:
        features = [
            one for layer in _layers(source, path, wish) for one in _of_layer(source, path, layer, wish)
        ]
    if not features:
        raise ImportRefused(source, Reason("import.empty", "there are no features in it"))
    return features


def _layers(source: Path, path: Path, wish: Wish) -> list[str]:
    """The layers to read: the one asked for, the only one, or those that are one drawing in parts."""
    gdal = _gdal(source)
    try:
        names = [str(row[0]) for row in gdal.list_layers(path)]
    except gdal.errors.DataSourceError as error:
        told = _first_line(error).replace(str(path), path.name)  # where it lies for a moment is nobody's
        raise ImportRefused(
            source, Reason("import.unreadable", f"the file cannot be read: {told}", told)
        ) from error
    if wish.layer is not None:
        if wish.layer not in names:
            there = ", ".join(names)
            text = f"there is no layer {wish.layer!r}; there are {there}"
            raise ImportRefused(source, Reason("import.no_layer", text, wish.layer, there))
        return [wish.layer]
    if path.suffix.lower() == ".gpx":
        return [name for name in names if name in _GPX_LAYERS]
    if len(names) > 1 and path.suffix.lower() != ".kml":
        told = ", ".join(names[:8])
        text = f"the file holds {len(names)} layers ({told}); choose one with --layer"
        raise ImportRefused(source, Reason("import.layers", text, len(names), told))
    return names


def _of_layer(source: Path, path: Path, layer: str, wish: Wish) -> list[Feature]:
    gdal = _gdal(source)
    try:
        told = gdal.read_info(path, layer=layer, force_feature_count=True)
        if told["features"] > FEATURES_MAX:
            found = int(told["features"])
            text = f"layer {layer!r} holds {found:,} features; at most {FEATURES_MAX:,} are read"
            raise ImportRefused(source, Reason("import.features", text, layer, found, FEATURES_MAX))
        meta, _, wkb, columns = gdal.raw.read(path, layer=layer, force_2d=True, encoding=wish.encoding)
    except (gdal.errors.DataSourceError, gdal.errors.DataLayerError, gdal.errors.FeatureError) as error:
        raise ImportRefused(source, _unreadable(layer, error)) from error
    except (UnicodeDecodeError, LookupError) as error:
        text = f"the names in layer {layer!r} are of another encoding ({error}); say which with --encoding"
        raise ImportRefused(source, Reason("import.encoding", text, layer)) from error
    except NotImplementedError as error:
        raise ImportRefused(source, _unreadable(layer, error)) from error
    if wkb is None or not len(wkb):
        return []
    fields = {str(name): column for name, column in zip(meta["fields"], columns, strict=True)}
    crs = wish.crs or meta["crs"]
    geometries = _in_degrees(source, _geometries(source, layer, wkb, wish.limits), crs, layer)
    places = [f"layer {layer!r}, feature {index + 1}" for index in range(len(geometries))]
    return [
        Feature(
            place=place,
            geometry=geometry,
            fields={name: _plain(column[index]) for name, column in fields.items()},
        )
        for index, (place, geometry) in enumerate(zip(places, geometries, strict=True))
    ]


def _geometries(source: Path, layer: str, wkb: Any, limits: Limits) -> np.ndarray[Any, Any]:
    try:
        geometries = shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        text = f"layer {layer!r} holds shapes that are no straight lines, or not closed: {error}"
        raise ImportRefused(source, Reason("import.shapes", text, layer, str(error))) from error
    return _checked(source, layer, np.asarray(geometries), limits)


def _checked(
    source: Path, layer: str, geometries: np.ndarray[Any, Any], limits: Limits
) -> np.ndarray[Any, Any]:
    """The geometries, none of them empty, all of them together small enough."""
    corners = int(shapely.get_num_coordinates(geometries).sum())
    if corners > limits.corners:
        raise ImportRefused(source, limits.too_many(f"layer {layer!r} holds", corners))
    empty = [
        str(index + 1)
        for index in np.flatnonzero(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    ]
    if empty:
        told = ", ".join(empty[:10])
        text = f"layer {layer!r}: feature {told} has no geometry"
        raise ImportRefused(source, Reason("import.no_geometry", text, layer, told))
    return geometries


def _in_degrees(
    source: Path, geometries: np.ndarray[Any, Any], crs: str | None, where: str
) -> np.ndarray[Any, Any]:
    if crs is None:
        text = f"layer {where!r} does not say its coordinate system; {_SAY_IT}"
        raise ImportRefused(source, Reason("import.no_crs", text, where))
    try:
        known = coordinates.system(crs)
    except ValueError as error:
        raise ImportRefused(source, Reason("import.crs", str(error), crs)) from error
    if known.is_geographic:
        _refuse_metres(source, geometries, where)
    degrees = coordinates.to_degrees(geometries, known)
    bounds = shapely.bounds(degrees)
    lost = ~np.isfinite(bounds).all(axis=1) | (np.abs(bounds) > (180.0, 90.0, 180.0, 90.0)).any(axis=1)
    if lost.any():
        number = int(np.argmax(lost)) + 1
        text = f"layer {where!r}, feature {number} lies outside the world in {crs}; {_SAY_IT}"
        raise ImportRefused(source, Reason("import.outside", text, where, number, crs))
    return degrees


def _refuse_metres(source: Path, geometries: np.ndarray[Any, Any], where: str) -> None:
    """Coordinates far beyond any degree under a system of degrees: all of them, or some (a mixed file)."""
    bounds = np.abs(shapely.bounds(geometries))
    metres = (bounds > 400.0).any(axis=1)
    if metres.all():
        text = f"layer {where!r} says it is in degrees, and its numbers look like metres; {_SAY_IT}"
        raise ImportRefused(source, Reason("import.metres", text, where))
    if metres.any():
        told = ", ".join(str(index + 1) for index in np.flatnonzero(metres)[:10])
        text = f"layer {where!r} mixes coordinate systems: feature {told} is in metres, others in degrees"
        raise ImportRefused(source, Reason("import.mixed", text, where, told))


def _of_wkt(source: Path, wish: Wish) -> list[Feature]:
    """A text of WKT or EWKT, one geometry a line, with a name and a tab before it where there is one."""
    try:
        lines = source.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ImportRefused(
            source, Reason("import.not_utf8", "the file is not UTF-8; save it as that")
        ) from error
    problems: list[Reason] = []
    drawn: list[tuple[int, str, str | None, BaseGeometry]] = []
    for number, line in enumerate(lines, start=1):
        name, _, rest = line.strip().rpartition("\t")
        found = _WKT.fullmatch(rest)
        if not rest:
            continue
        try:
            geometry = shapely.from_wkt(found["wkt"] if found else rest)
        except (shapely.errors.GEOSException, NotImplementedError) as error:
            told = _first_line(error)
            text = f"{number}:1: this is no WKT: {told}"
            problems.append(Reason("import.no_wkt", text, number, told))
            continue
        drawn.append((number, name, found["srid"] if found else None, geometry))
    if problems:
        raise ImportRefused(source, *problems)
    if not drawn:
        raise ImportRefused(source, Reason("import.empty", "there are no features in it"))
    systems = {wish.crs or (f"EPSG:{srid}" if srid else None) for _, _, srid, _ in drawn}
    if len(systems) > 1:
        text = "the file mixes coordinate systems: some lines say SRID=, others another or none"
        raise ImportRefused(source, Reason("import.mixed_lines", text))
    shapes = np.array([geometry for *_, geometry in drawn])
    geometries = _checked(source, source.stem, shapes, wish.limits)
    degrees = _in_degrees(source, geometries, systems.pop() or coordinates.WGS84, source.stem)
    return [
        Feature(place=f"line {number}", geometry=geometry, fields={"name": name} if name else {})
        for (number, name, *_), geometry in zip(drawn, degrees, strict=True)
    ]


def _plain(value: Any) -> Any:
    """A field as JSON can hold it; None for what it cannot."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _gdal(source: Path) -> Any:
    try:
        import pyogrio
        import pyogrio.raw
    except ImportError as error:
        text = "reading it needs the extra gis: pip install 'em-engine[gis]'"
        raise ImportRefused(source, Reason("import.extra", text)) from error
    # What a file names elsewhere is not followed.
    pyogrio.set_gdal_config_options({"GML_SKIP_RESOLVE_ELEMS": "ALL", "GDAL_HTTP_TIMEOUT": "1"})
    return pyogrio


def _unreadable(layer: str, error: Exception) -> Reason:
    told = _first_line(error)
    return Reason("import.layer_unreadable", f"layer {layer!r} cannot be read: {told}", layer, told)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__

"""Features of a source as zones of a rulebook: their names, what they reach, and how they are written."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from em_engine.rulebook import polygons
from em_engine.rulebook.coded import Reason, Said
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.layers import Feature
from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.polygons import Unusable
from em_engine.rulebook.problems import nearest

NAME_FIELDS: Final = ("name", "Name", "NAME", "navn", "NAVN", "kommunenavn", "fylkesnavn", "title", "id")
"""Fields taken for the zone's name where none is asked for, the first that tells all features apart."""
DECIMALS: Final = 7
"""Of a degree: a centimetre on the ground."""
_LETTERS: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaping:
    """What is to be made of the features. `only` are names as the source writes them."""

    name_field: str | None = None
    prefix: str = ""
    only: tuple[str, ...] = ()
    radius_m: float | None = None
    buffer_m: float = 0.0
    simplify_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A zone ready to be written, and what its author should know of how it came about."""

    name: str
    feature: Mapping[str, Any]
    corners: int
    notices: tuple[str, ...]


def make_zones(source: Path, features: Sequence[Feature], shaping: Shaping) -> list[Made]:
    """A zone for every feature asked for. Raises ImportRefused with everything that is in the way."""
    named = _chosen(source, list(_named(source, features, shaping)), shaping)
    made, problems = [], []
    for name, told, feature in named:
        try:
            made.append(_zone(name, told, feature, shaping, source=source.name))
        except Unusable as error:
            told_so, hint = error.wrong.message, error.wrong.hint
            wrong = Said("hinted", "{}; {}", told_so, hint) if hint else told_so
            text = f"{feature.place} ({told}): {wrong}"
            problems.append(Reason("import.zone", text, told, wrong))
    if problems:
        raise ImportRefused(source, *problems)
    return made


def slug(text: str) -> str:
    """A name as rulebooks write it: small letters and hyphens, the letters of all languages kept."""
    small = unicodedata.normalize("NFC", text).strip().lower()
    return _LETTERS.sub("-", small).strip("-")


def _named(source: Path, features: Sequence[Feature], shaping: Shaping) -> Iterator[tuple[str, str, Feature]]:
    """The zone's name, the name in the source, and the feature."""
    field = shaping.name_field or _telling_field(source, features)
    if field is None:
        yield slug(shaping.prefix + source.stem), source.stem, features[0]
        return
    if not any(field in feature.fields for feature in features):
        known = sorted({name for feature in features for name in feature.fields})
        text = f"no feature has a field {field!r}; {nearest(field, known) or 'there are no fields'}"
        raise ImportRefused(source, Reason("import.no_field", text, field, ", ".join(known) or "–"))
    for feature in features:
        told = str(feature.fields.get(field) or "")
        yield shaping.prefix + slug(told), told, feature


def _telling_field(source: Path, features: Sequence[Feature]) -> str | None:
    """The field that tells the features apart; None where there is one feature and no field."""
    for field in _candidates(source, features):
        values = [str(feature.fields.get(field) or "") for feature in features]
        if all(values) and len(set(values)) == len(values):
            return field
    if len(features) == 1:
        return None
    fields = {name: value for feature in features[:1] for name, value in feature.fields.items()}
    shown = ", ".join(f"{name} ({value!r})" for name, value in list(fields.items())[:8]) or "none"
    text = f"no field names every zone differently; choose one with --name-field: {shown}"
    raise ImportRefused(source, Reason("import.name_field", text, shown))


def _candidates(source: Path, features: Sequence[Feature]) -> tuple[str, ...]:
    """A GeoJSON feature's id goes first, unless it is a number: so zones of a rulebook keep their names."""
    ids = [str(feature.fields.get("id") or "") for feature in features]
    is_named = "json" in source.suffix.lower() and not all(one.isdigit() for one in ids)
    return ("id", *NAME_FIELDS) if is_named else NAME_FIELDS


def _chosen(
    source: Path, named: list[tuple[str, str, Feature]], shaping: Shaping
) -> list[tuple[str, str, Feature]]:
    there = {told for _, told, _ in named}
    missing = [wanted for wanted in shaping.only if wanted not in there]
    if missing:
        told = ((wanted, nearest(wanted, there) or "see --name-field") for wanted in missing)
        raise ImportRefused(
            source,
            *(Reason("import.no_such", f"there is no {wanted!r}; {hint}", wanted) for wanted, hint in told),
        )
    if shaping.only:
        named = [row for row in named if row[1] in shaping.only]
    nameless = [feature.place for name, _, feature in named if not name]
    if nameless:
        text = f"no name for {', '.join(nameless[:10])}; choose another --name-field"
        raise ImportRefused(source, Reason("import.nameless", text, len(nameless)))
    twice = [name for name, times in Counter(name for name, *_ in named).items() if times > 1]
    if twice:
        text = f"several features would be the zone {', '.join(map(repr, twice[:10]))}; see --name-field"
        raise ImportRefused(source, Reason("import.twice", text, ", ".join(twice[:10])))
    return named


def _zone(name: str, told: str, feature: Feature, shaping: Shaping, *, source: str) -> Made:
    geometry, radius_m = _reached(feature.geometry, shaping)
    notices: list[str] = []
    if shaping.simplify_m > 0.0:
        before = int(shapely.get_num_coordinates(geometry))
        geometry = coordinates.simplified(geometry, shaping.simplify_m)
        left = int(shapely.get_num_coordinates(geometry))
        shorter = "simplified by {:g} m: {:,} corners became {:,}"
        notices.append(Said("simplified", shorter, shaping.simplify_m, before, left))
    if radius_m is None:
        assert isinstance(geometry, Polygon | MultiPolygon)
        repaired = polygons.usable(geometry)
        geometry = repaired.geometry
        notices += [repaired.notice] if repaired.notice else []
    if shaping.buffer_m:
        geometry = coordinates.widened(geometry, shaping.buffer_m)
        if geometry.is_empty:
            nothing = Said(
                "polygon.gone", "nothing is left of it {:g} m inside its outline", -shaping.buffer_m
            )
            raise Unusable((), "polygon.area", nothing)
    properties: dict[str, Any] = {"name": told, "source": source}
    if radius_m is not None:
        properties["radius_m"] = radius_m
    drawn = rounded(geometry)
    written = {"type": "Feature", "id": name, "properties": properties, "geometry": drawn}
    return Made(
        name=name, feature=written, corners=int(shapely.get_num_coordinates(geometry)), notices=tuple(notices)
    )


def _reached(geometry: BaseGeometry, shaping: Shaping) -> tuple[BaseGeometry, float | None]:
    """The area a feature covers, or the place with how far it reaches."""
    parts = [one for one in shapely.get_parts(geometry) if not one.is_empty]
    if all(part.geom_type == "Polygon" for part in parts):
        return (geometry if geometry.geom_type == "MultiPolygon" else parts[0]), None
    if not all(part.geom_type in ("Point", "LineString", "LinearRing") for part in parts):
        message = Said("geometry.mixed", "a {} of areas and lines is no zone", geometry.geom_type)
        raise Unusable((), "geometry.type", message, Said("hint.divide", "divide it"))
    if shaping.radius_m is None:
        place, line = (
            Said("radius.place", "a place needs a reach"),
            Said("radius.line", "a line needs a reach"),
        )
        hint = Said("hint.radius", "say how far with --radius-m")
        raise Unusable((), "zone.radius", place if parts[0].geom_type == "Point" else line, hint)
    if len(parts) == 1 and not shaping.buffer_m:
        return parts[0], shaping.radius_m
    return coordinates.widened(geometry, shaping.radius_m), None


def rounded(geometry: BaseGeometry) -> dict[str, Any]:
    """The geometry as GeoJSON to a centimetre, rings turned as RFC 7946 asks."""
    turned = shapely.orient_polygons(geometry) if geometry.geom_type.endswith("Polygon") else geometry
    rounded = shapely.transform(turned, lambda xy: xy.round(DECIMALS))
    drawn: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return {"type": drawn["type"], "coordinates": drawn["coordinates"]}

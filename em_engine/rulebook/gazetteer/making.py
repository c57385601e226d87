"""Zones made of places: an area with the waters before its coast, or a circle around an address."""

from collections.abc import Sequence
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from em_engine.rulebook.coded import Said
from em_engine.rulebook.gazetteer import areas
from em_engine.rulebook.gazetteer.addresses import Address
from em_engine.rulebook.gazetteer.areas import Area, Level, Origin
from em_engine.rulebook.gazetteer.search import Gazetteer
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.zones import Made, rounded, slug

WATERS_KM: Final = 22.2
"""Twelve nautical miles: as far as the realm reaches before its coast."""
_COAST_M: Final = 500.0
"""The coast is drawn as simply as this before it is widened: nobody needs its corners 22 km out at sea."""
_SHORE_M: Final = 3_000.0
"""So near to land the waters of most islets have run together."""
_ABROAD_M: Final = 1_000.0
"""So much of other countries' side of a border is theirs as well: their outlines are no finer than ours."""


def zone_of_areas(
    gazetteer: Gazetteer, chosen: Sequence[Area], *, name: str | None = None, waters_km: float = WATERS_KM
) -> Made:
    """One zone of the areas together.

    Outlines that end at the coast get the waters before it, so that nobody has left a municipality who rows
    to an island that a coarse outline leaves out.
    """
    outlines = [_outline(gazetteer, area, waters_km) for area in chosen]
    shape = outlines[0] if len(outlines) == 1 else _areas_of(shapely.union_all(outlines))
    origin = max((area.origin for area in chosen), key=lambda one: one.accuracy_m)
    told = ", ".join(area.names[0] for area in chosen)
    properties: dict[str, Any] = {"name": told, **_provenance(origin)}
    properties["gazetteer"] = [f"{area.level} {area.number}" for area in chosen]
    if origin.accuracy_m:
        properties["outline_accuracy_m"] = origin.accuracy_m
    notices = [_doubt(origin.accuracy_m)] if origin.accuracy_m else []
    if origin.is_of_land:
        properties["waters_km"] = waters_km
        notices.append(_waters(waters_km))
    return _made(name or slug("-".join(_short(area) for area in chosen)), properties, shape, notices)


def _doubt(metres: float) -> Said:
    return Said("place.doubt", "its outline may be off by {:,.0f} m", metres)


def _waters(km: float) -> Said:
    if not km:
        return Said("place.land", "land alone")
    return Said("place.waters", "with the waters up to {:g} km off its coast", km)


def zone_of_address(address: Address, *, radius_m: float, origin: Origin, name: str | None = None) -> Made:
    """A circle around where the register has the address."""
    properties = {"name": address.text, "radius_m": radius_m, **_provenance(origin)}
    return _made(name or slug(address.text), properties, shapely.Point(address.lon, address.lat), [])


def _made(name: str, properties: dict[str, Any], shape: BaseGeometry, notices: Sequence[str]) -> Made:
    written = {"type": "Feature", "id": name, "properties": properties, "geometry": rounded(shape)}
    return Made(
        name=name, feature=written, corners=int(shapely.get_num_coordinates(shape)), notices=tuple(notices)
    )


def _provenance(origin: Origin) -> dict[str, Any]:
    told = {"source": origin.source, "licence": origin.licence, "source_date": origin.date}
    return {name: value for name, value in told.items() if value}


def _short(area: Area) -> str:
    """A zone's name says the number where the area's own name is not enough."""
    name = areas.short_name(area.names)
    kind = {Level.MUNICIPALITY: "kommune", Level.COUNTY: "fylke", Level.COUNTRY: ""}[area.level]
    return f"{name} {kind}".strip()


def _outline(gazetteer: Gazetteer, area: Area, waters_km: float) -> BaseGeometry:
    land = gazetteer.outline(area)
    if not area.origin.is_of_land or waters_km <= 0.0:
        return land
    return with_waters(land, _own(area), waters_km=waters_km)


def _own(area: Area) -> frozenset[str]:
    """The municipalities that are the area."""
    if area.level is Level.COUNTRY:
        return frozenset(areas.shipped_municipalities())
    return frozenset(one for one in areas.shipped_municipalities() if one.startswith(area.number))


def with_waters(land: BaseGeometry, own: frozenset[str], *, waters_km: float) -> BaseGeometry:
    """The land and what is within so many kilometres of it, but for the land of others.

    Waters on the far side of another's land are not its own.
    """
    wide = _wide(land, waters_km * 1000.0)
    others = [areas.shipped_land(one) for one in areas.shipped_municipalities() if one not in own]
    near = [one for one in others if shapely.intersects(shapely.box(*one.bounds), wide)]
    abroad = shapely.intersection(areas.abroad(), wide)
    if not abroad.is_empty:
        near.append(shapely.difference(coordinates.widened(abroad, _ABROAD_M, segments=4), land))
    theirs = shapely.union_all(near)
    free = shapely.get_parts(shapely.difference(wide, theirs))
    mine = [one for one in free if one.intersects(land)]
    return _areas_of(shapely.union_all([land, *mine]))


def _wide(land: BaseGeometry, by_m: float) -> BaseGeometry:
    """The land widened, in two steps: a coast of ten thousand corners is slow to widen far at once."""
    first_m = min(by_m, _SHORE_M)
    shore = coordinates.widened(coordinates.fewer_corners(land, _COAST_M), first_m, segments=4)
    if by_m <= first_m:
        return shore
    return coordinates.widened(coordinates.fewer_corners(shore, _COAST_M), by_m - first_m, segments=4)


def _areas_of(shape: BaseGeometry) -> BaseGeometry:
    """Without the slivers that two outlines of one line leave between them."""
    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and one.area > 1e-9]
    filled = [
        shapely.Polygon(one.exterior, [hole for hole in one.interiors if shapely.Polygon(hole).area > 1e-9])
        for one in parts
    ]
    return filled[0] if len(filled) == 1 else shapely.MultiPolygon(filled)

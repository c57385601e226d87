"""What can be wrong with where zones lie: swapped coordinates, too small a zone, a home where none may be."""

from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib.resources import files
from typing import Final, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, MultiPolygon, Polygon

from em_engine.law.curfew import CurfewTerms
from em_engine.law.geofence import ExclusionTerms
from em_engine.law.terms import ZoneName
from em_engine.rulebook.coded import Said
from em_engine.rulebook.conditions import ReadCondition
from em_engine.rulebook.geojson import Atlas, DrawnZone
from em_engine.rulebook.memory import Same
from em_engine.rulebook.models import Programme, Zone
from em_engine.rulebook.orders import ReadDuties, ReadOrder
from em_engine.rulebook.problems import Findings, Path
from em_engine.vocabulary import Source

LonLat = tuple[float, float]
Degrees = NDArray[np.float64]
Shape = TypeVar("Shape", bound=Geometry)

DEGREE_M: Final = 111_195.0
"""A degree of a great circle of the mean earth. The checks here ask for per cents, not for centimetres."""
FAR_M: Final = 3_000_000.0
"""A zone farther than this from every city whose clock the orders run on is looked at twice (Svalbard is 2 Mm
from Oslo)."""
NEAR_M: Final = 1_500_000.0


def check_places(
    orders: Iterable[ReadOrder], programme: Programme, atlas: Atlas, *, findings: Findings, all_read: bool
) -> None:
    """What can be seen of all zones together, and against the orders that use them.

    That nobody uses a zone can be said only where every order could be read (`all_read`).
    """
    read = list(orders)
    used = {mention.name for order in read for mention in order.mentions if mention.type is ZoneName}
    excluded = {
        one.condition.terms.zone
        for order in read
        for one in order.conditions
        if isinstance(one.condition.terms, ExclusionTerms)
    }
    cities = _cities({programme.time_zone} | {order.order.time_zone for order in read})
    far = atlas.memory.recall(("far", Same(atlas), cities), partial(_far_from, cities, atlas))
    for drawn in atlas.drawn.values():
        if drawn.zone is not None:
            if drawn.name in far:
                _check_swapped(drawn, drawn.zone, cities, findings)
            if drawn.name in excluded:
                _check_size(
                    drawn,
                    width_m(drawn.zone, atlas),
                    programme.accuracy_default_m[Source.GNSS],
                    findings,
                )
        if drawn.name not in used and all_read:
            message = Said("zone.unused", "no order uses the zone {!r}", drawn.name)
            findings.warning(drawn.document, (*drawn.path, "id"), "zone.unused", message)


def check_homes(read: ReadDuties, atlas: Atlas, findings: Findings) -> None:
    """Curfew zones of an order that reach into its exclusion zones: home would be forbidden."""
    homes = [one for one in read.conditions if isinstance(one.condition.terms, CurfewTerms)]
    bans = [one for one in read.conditions if isinstance(one.condition.terms, ExclusionTerms)]
    for home in homes:
        for ban in bans:
            _check_home(read, home, ban, atlas, findings)


def check_exceptions(read: ReadDuties, atlas: Atlas, *, programme: Programme, findings: Findings) -> None:
    """Exceptions that change nothing, and corridors too narrow to be followed."""
    error_m = programme.accuracy_default_m[Source.GNSS]
    for one in read.conditions:
        for path, terms in one.stages():
            banned = atlas.drawn.get(terms.zone) if isinstance(terms, ExclusionTerms) else None
            for index, name in enumerate(terms.except_ if banned is not None else ()):
                way = atlas.drawn.get(name)
                if (
                    banned is not None
                    and banned.zone is not None
                    and way is not None
                    and way.zone is not None
                ):
                    at = (*path, "except", index)
                    _check_exception(read, at, (banned.zone, way.zone, terms.buffer_m, error_m), findings)


def _check_exception(
    read: ReadDuties, at: Path, held: tuple[Zone, Zone, float, float], findings: Findings
) -> None:
    banned, way, buffer_m, error_m = held
    if way.name == banned.name:
        message = Said("except.whole", "the whole zone is excepted: nothing would be forbidden")
        hint = Said("hint.except.whole", "remove the condition")
        findings.error(read.document, at, "except.whole", message, hint=hint)
    elif gap_m(banned, way) > buffer_m:
        told = "the zone {!r} lies outside {!r} and its ring: it excepts nothing"
        message = Said("except.outside", told, way.name, banned.name)
        findings.warning(read.document, at, "except.outside", message)
    elif _width_m(way) < 4 * error_m:
        told = (
            "the excepted zone {!r} is {} m wide: who keeps to it will at times "
            "seem beside it (a usual error is {:g} m)"
        )
        message = Said("except.narrow", told, way.name, round(_width_m(way)), error_m)
        hint = Said("hint.except.narrow", "draw it {:g} m wide or wider", 4 * error_m)
        findings.warning(read.document, at, "except.narrow", message, hint=hint)


def _exceptions(ban: ReadCondition, atlas: Atlas) -> Iterator[DrawnZone]:
    return (atlas.drawn[name] for name in ban.condition.terms.except_ if name in atlas.drawn)


def _check_home(
    read: ReadDuties, home: ReadCondition, ban: ReadCondition, atlas: Atlas, findings: Findings
) -> None:
    lived, banned = (atlas.drawn.get(one.condition.terms.zone) for one in (home, ban))
    if lived is None or banned is None or lived.zone is None or banned.zone is None:
        return
    if any(gap_m(lived.zone, way.zone) <= 0 for way in _exceptions(ban, atlas) if way.zone is not None):
        return
    apart_m = gap_m(lived.zone, banned.zone)
    buffer_m = ban.condition.terms.buffer_m
    if apart_m > buffer_m:
        return
    if apart_m <= 0:
        told = "the zone {!r} to be at home in reaches into the exclusion zone {!r}"
        message = Said("home.excluded", told, lived.name, banned.name)
    else:
        told = (
            "the zone {!r} to be at home in lies {} m from the exclusion zone {!r}, "
            "within its buffer of {:g} m"
        )
        message = Said("home.near", told, lived.name, round(apart_m), banned.name, buffer_m)
    findings.warning(read.document, home.at("zone"), "home.excluded", message)


def _far_from(cities: tuple[LonLat, ...], atlas: Atlas) -> frozenset[str]:
    """The zones that lie far from all of the cities; none where no city is known."""
    zones = [drawn.zone for drawn in atlas.drawn.values() if drawn.zone is not None]
    if not cities or not zones:
        return frozenset()
    degrees, owner = shapely.get_coordinates([zone.geometry for zone in zones], return_index=True)
    firsts = degrees[np.searchsorted(owner, np.arange(len(zones)))]
    nearest_m = np.min([_all_between_m(firsts, city) for city in cities], axis=0)
    return frozenset(zones[index].name for index in np.flatnonzero(nearest_m > FAR_M))


def _check_swapped(drawn: DrawnZone, zone: Zone, cities: tuple[LonLat, ...], findings: Findings) -> None:
    """Numbers alone do not show that latitude was written first: [59.9, 10.7] is a place too, off Somalia."""
    here = _somewhere(zone)
    at = (*drawn.path, "geometry", "coordinates")
    turned = (here[1], here[0])
    if abs(turned[1]) <= 90 and min(_between_m(turned, city) for city in cities) <= NEAR_M:
        told = "the zone {!r} lies at {}: its coordinates look swapped"
        message = Said("coordinates.swapped", told, drawn.name, _shown(here))
        hint = Said("hint.coordinates.swapped", "write the longitude first: {}", _shown(turned))
        findings.error(drawn.document, at, "coordinates.swapped", message, hint=hint)
    else:
        far = min(_between_m(here, city) for city in cities) / 1000
        told = "the zone {!r} lies {:,} km from where the orders' clocks are"
        message = Said("zone.far", told, drawn.name, round(far))
        findings.warning(drawn.document, at, "zone.far", message)


def _check_size(drawn: DrawnZone, width_m: float, error_m: float, findings: Findings) -> None:
    """A zone narrower than a usual error circle can be crossed, or stood in, without one sure fix."""
    if width_m >= 2 * error_m:
        return
    told = "the exclusion zone {!r} is {} m wide, less than a usual error of {:g} m either way"
    message = Said("zone.small", told, drawn.name, round(width_m), error_m)
    hint = Said("hint.zone.small", "draw it wider, or give the condition a `buffer_m`")
    findings.warning(drawn.document, (*drawn.path, "id"), "zone.small", message, hint=hint)


def gap_m(one: Zone, other: Zone) -> float:
    """Metres between the outlines of two zones; none where they touch or overlap."""
    origin = _somewhere(one)
    apart = shapely.distance(_in_metres(one.geometry, origin), _in_metres(other.geometry, origin))
    return max(0.0, float(apart) - (one.radius_m or 0.0) - (other.radius_m or 0.0))


def width_m(zone: Zone, atlas: Atlas) -> float:
    """The width of the widest circle that fits into the zone; measured once for each drawing."""
    if zone.radius_m is not None:
        return _width_m(zone)
    return atlas.memory.recall(("width", Same(zone)), partial(_width_m, zone))


def _width_m(zone: Zone) -> float:
    """The width of the widest circle that fits into the zone."""
    if not isinstance(zone.geometry, Polygon | MultiPolygon):
        return 2 * (zone.radius_m or 0.0)
    shape = _in_metres(zone.geometry, _somewhere(zone))
    # A zone whose box is a thousand times any error is not small, and large outlines are slow to measure.
    if 4 * shape.area > 10_000.0 * max(shape.length, 1.0):
        return 10_000.0
    return 2 * float(shapely.length(shapely.maximum_inscribed_circle(shape, tolerance=1.0)))


def _in_metres(geometry: Shape, origin: LonLat) -> Shape:
    """The geometry on a plane around `origin`: good to a per cent within some tens of kilometres."""
    scale = np.array([DEGREE_M * np.cos(np.radians(origin[1])), DEGREE_M])
    return shapely.transform(geometry, lambda degrees: _turned(degrees - origin) * scale)


def _turned(degrees: Degrees) -> Degrees:
    """Longitudes counted the short way, so that a zone cut at the antimeridian is whole again."""
    degrees[:, 0] = (degrees[:, 0] + 180) % 360 - 180
    return degrees


def _somewhere(zone: Zone) -> LonLat:
    """A position of the zone: its first. The middle of one cut at the antimeridian may be an ocean away."""
    lon, lat = shapely.get_coordinates(zone.geometry)[0]
    return float(lon), float(lat)


def _between_m(one: LonLat, other: LonLat) -> float:
    """Metres along the great circle."""
    return float(_all_between_m(np.array([one]), other)[0])


def _all_between_m(places: Degrees, other: LonLat) -> NDArray[np.float64]:
    """From each of the places, by the haversine formula."""
    lon, lat = np.radians(places).T
    lon_other, lat_other = np.radians(other)
    chord = (
        np.sin((lat_other - lat) / 2) ** 2
        + np.cos(lat) * np.cos(lat_other) * np.sin((lon_other - lon) / 2) ** 2
    )
    metres: NDArray[np.float64] = 2 * DEGREE_M * np.degrees(np.arcsin(np.sqrt(np.minimum(1.0, chord))))
    return metres


def _cities(time_zones: Iterable[str]) -> tuple[LonLat, ...]:
    known = _zone_cities()
    return tuple(known[name] for name in sorted(set(time_zones)) if name in known)


@cache
def _zone_cities() -> dict[str, LonLat]:
    """The city each time zone is named after, from the IANA database's own table, in ISO 6709."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: _iso_6709(row[1]) for row in rows}


def _iso_6709(text: str) -> LonLat:
    """`+5955+01045` as longitude and latitude; seconds are left aside."""
    cut = max(text.rfind("+"), text.rfind("-"))
    lat, lon = text[:cut], text[cut:]
    return _degrees(lon, digits=3), _degrees(lat, digits=2)


def _degrees(text: str, *, digits: int) -> float:
    degrees = int(text[1 : 1 + digits]) + int(text[1 + digits : 3 + digits]) / 60
    return -degrees if text[0] == "-" else degrees


def _shown(place: LonLat) -> str:
    return f"[{place[0]:.4f}, {place[1]:.4f}]"

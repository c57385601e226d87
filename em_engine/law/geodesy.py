"""Degrees to local metres, prepared zones, signed distance: all that the law knows of the Earth.

Positions inside are earth-centred, earth-fixed coordinates (ECEF, metres, WGS 84 ellipsoid): they know no
pole and no antimeridian. A zone carries a plane of its own, the stereographic projection that touches the
ellipsoid in the zone's middle; a position is brought there by one small matrix, without trigonometry. The
projection is conformal, so a distance near the boundary is right to centimetres once divided by the local
scale.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyproj
import shapely

from em_engine.law.outline import Outlines
from em_engine.vocabulary import Booleans, Floats, Indices

GEOD: Final = pyproj.Geod(ellps="WGS84")
EARTH_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG): enters only corrections, where a third of a percent does not matter."""
_SEMI_MAJOR_M: Final = GEOD.a
_ECCENTRICITY_SQUARED: Final = GEOD.es
_SAGITTA_M_MAX: Final = 0.005
"""How far a zone's edge, straight in degrees (RFC 7946), may run beside the straight edge drawn in the
plane."""
_BEND_PROBES: Final = (0.25, 0.5, 0.75)
"""Where an edge is held against its straight line: an edge across the equator crosses it in the middle, like
an S."""
_SPLITS_MAX: Final = 16
_NEAR_SIDE_M: Final = 1_000_000.0
"""A box whose middle is nearer to that of the Earth belongs to a zone round half the world."""
_ORIGIN: Final = shapely.Point(0.0, 0.0)
_TOGETHER: Final = 4_096
"""Zones prepared in one go: a country's corners all at once would fill the memory."""
_WELD_M: Final = 0.01
"""Parts cut along the antimeridian are welded where they come twice this close: their edges bend apart by
millimetres."""


def to_ecef(lon: Floats, lat: Floats) -> Floats:
    """Where on the ellipsoid the degrees are: (n,) and (n,) in, (n, 3) out, metres."""
    lam, phi = np.radians(lon), np.radians(lat)
    sin_phi, cos_phi = np.sin(phi), np.cos(phi)
    normal_m = _SEMI_MAJOR_M / np.sqrt(1.0 - _ECCENTRICITY_SQUARED * sin_phi * sin_phi)
    ecef = np.empty((len(lam), 3))
    ecef[:, 0] = normal_m * cos_phi * np.cos(lam)
    ecef[:, 1] = normal_m * cos_phi * np.sin(lam)
    ecef[:, 2] = normal_m * (1.0 - _ECCENTRICITY_SQUARED) * sin_phi
    return ecef


def to_degrees(ecef: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of positions on the ellipsoid: (n, 3) in, two (n,) out."""
    lon = np.degrees(np.arctan2(ecef[:, 1], ecef[:, 0]))
    across_m = np.hypot(ecef[:, 0], ecef[:, 1])
    lat = np.degrees(np.arctan2(ecef[:, 2], across_m * (1.0 - _ECCENTRICITY_SQUARED)))
    return lon, lat


def apart_m(here: Floats, there: Floats) -> Floats:
    """Metres along the ground between positions: (n, 3) and (n, 3) in, (n,) out.

    The chord through the Earth, lengthened to its arc; to a millimetre within 30 km, to 0.3 % of the world.
    """
    step = here - there
    chord_m: Floats = np.sqrt(np.einsum("ij,ij->i", step, step))
    if (chord_m < 1000.0).all():
        return chord_m
    half = np.minimum(chord_m / (2.0 * EARTH_M), 1.0)
    bent_m: Floats = np.asarray(2.0 * EARTH_M * np.arcsin(half))
    return np.where(chord_m < 1000.0, chord_m, bent_m)


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane that touches the ellipsoid at `origin`: east and north in metres."""

    origin: Floats  # (3,) ECEF
    axes: Floats  # (3, 3): rows east, north, up

    @classmethod
    def touching(cls, lon: float, lat: float) -> "Plane":
        """The plane that touches the ellipsoid at these degrees."""
        origins, axes = _touching(np.array([lon]), np.array([lat]))
        return cls(origins[0], axes[0])

    def project(self, ecef: Floats) -> Floats:
        """Metres east and north of the origin: (n, 3) in, (n, 2) out."""
        return project(ecef, self.origin[None, :], self.axes[None, :, :])


def _touching(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Origins and axes of the planes that touch the ellipsoid there: (n, 3) and (n, 3, 3)."""
    lam, phi = np.radians(lon), np.radians(lat)
    level = np.zeros_like(lam)
    east = (-np.sin(lam), np.cos(lam), level)
    north = (-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi))
    up = (np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi))
    return to_ecef(lon, lat), np.array([east, north, up]).transpose(2, 0, 1).copy()


def project(ecef: Floats, origins: Floats, axes: Floats) -> Floats:
    """Each position in the plane of its own row: (n, 3), (n, 3) and (n, 3, 3) in, (n, 2) metres out."""
    local = np.einsum("nij,nj->ni", axes, ecef - origins)
    stretch = 2.0 * EARTH_M / (2.0 * EARTH_M + local[:, 2])
    return np.asarray(local[:, :2] * stretch[:, None])


def scale_at(planar: Floats) -> Floats:
    """Metres in the plane to a metre on the ground, there: (n, 2) in, (n,) out."""
    return np.asarray(1.0 + np.einsum("ij,ij->i", planar, planar) / (4.0 * EARTH_M * EARTH_M))


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone in its own plane: an area, or everything within `radius_m` of a point or a line."""

    name: str
    plane: Plane
    shape: Any  # shapely geometry in the plane, metres: the area, the line, or the point at the origin
    radius_m: float  # 0 for an area
    is_point: bool
    outline_accuracy_m: float = 0.0  # how far the drawn outline may be from the true one


def prepare_zones(
    drawn: Mapping[str, tuple[Any, float | None]],
    *,
    outline_accuracy_m: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Zone]:
    """Each as `prepare_zone` would prepare it; `drawn` holds geometry and radius by name.

    Points, and areas none of whose edges bends, are prepared together: most zones of a country are homes.
    """
    listed, prepared = list(drawn.items()), dict[str, Zone]()
    for start in range(0, len(listed), _TOGETHER):
        some = listed[start : start + _TOGETHER]
        plain = _prepared_together([geometry for _, (geometry, _) in some])
        for (name, (geometry, radius_m)), (plane, shape) in zip(some, plain, strict=True):
            if shape is None:
                prepared[name] = prepare_zone(name, geometry, radius_m)
            else:
                prepared[name] = Zone(name, plane, shape, float(radius_m or 0.0), shape is _ORIGIN)
    for name in drawn.keys() & outline_accuracy_m.keys():
        prepared[name] = replace(prepared[name], outline_accuracy_m=outline_accuracy_m[name])
    return prepared


def _prepared_together(geometries: Sequence[Any]) -> Iterator[tuple[Plane, Any]]:
    """Planes, and what is drawn in them; None where a geometry wants more care than this."""
    column = _objects(geometries)
    degrees, of = shapely.get_coordinates(column, return_index=True)
    heads = np.searchsorted(of, np.arange(len(column)))
    dimensions = shapely.get_dimensions(column)
    middles, has_near_side = _middles(degrees, heads)
    middles[dimensions == 0] = degrees[heads[dimensions == 0]]
    origins, axes = _touching(middles[:, 0], middles[:, 1])
    planar = project(to_ecef(degrees[:, 0], degrees[:, 1]), origins[of], axes[of])
    shapes = shapely.set_coordinates(column, planar)
    is_plain = (dimensions == 2) & has_near_side & shapely.is_valid(shapes)
    is_plain &= np.maximum.reduceat(np.abs(degrees[:, 0]), heads) < 180.0
    is_plain &= _bends_m_max(degrees, heads) <= _SAGITTA_M_MAX
    shapes[~is_plain] = None
    shapes[dimensions == 0] = _ORIGIN
    return zip(map(Plane, origins, axes), shapes, strict=True)


def prepare_zone(name: str, geometry: Any, radius_m: float | None = None) -> Zone:
    """The zone drawn by `geometry` (shapely, longitude and latitude), with `radius_m` for points and lines.

    The geometry is valid; straight in degrees, as RFC 7946 has it. The boundary belongs to the zone. An area
    reaches at most about half round the Earth: one plane cannot hold more.
    """
    if geometry.geom_type == "Point":
        assert radius_m is not None, "a point zone without a radius passed the rulebook"
        return Zone(name, Plane.touching(geometry.x, geometry.y), _ORIGIN, float(radius_m), True)
    plane = Plane.touching(*_middle(geometry))
    shape = _drawn_in(plane, geometry)
    if geometry.geom_type == "LineString":
        assert radius_m is not None, "a line zone without a radius passed the rulebook"
        return Zone(name, plane, shape, float(radius_m), False)
    return Zone(name, plane, shape, 0.0, False)


class Zones:
    """All zones of a rulebook, as columns: one row a zone."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self.names: tuple[str, ...] = tuple(zone.name for zone in zones)
        self._origins = np.array([zone.plane.origin for zone in zones]).reshape(-1, 3)
        self._axes = np.array([zone.plane.axes for zone in zones]).reshape(-1, 3, 3)
        self._shapes = _objects([zone.shape for zone in zones])
        self._outlines = Outlines(self._shapes)
        self._radius_m = np.array([zone.radius_m for zone in zones])
        self._is_point = np.array([zone.is_point for zone in zones], dtype=bool)
        self.outline_accuracy_m: Floats = np.array([zone.outline_accuracy_m for zone in zones])

    def __len__(self) -> int:
        return len(self.names)

    def depth_m(self, zone: Indices, ecef: Floats) -> Floats:
        """How deep inside its zone each position is: (n,) and (n, 3) in, (n,) metres out.

        Positive inside, zero on the boundary, which belongs to the zone, negative outside.
        """
        depth_m = np.empty(len(zone))
        is_point = self._is_point[zone]
        round_ones = np.flatnonzero(is_point)
        if len(round_ones):
            which = zone[round_ones]
            depth_m[round_ones] = self._radius_m[which] - apart_m(ecef[round_ones], self._origins[which])
        drawn = np.flatnonzero(~is_point)
        if len(drawn):
            depth_m[drawn] = self._drawn_depth_m(zone[drawn], ecef[drawn])
        return depth_m

    def _drawn_depth_m(self, zone: Indices, ecef: Floats) -> Floats:
        planar = project(ecef, self._origins[zone], self._axes[zone])
        away_m, is_inside = self._outlines.away_m(zone, planar)
        away_m /= scale_at(planar)
        radius_m = self._radius_m[zone]
        by_area = np.where(is_inside, away_m, -away_m)
        return np.where(radius_m > 0.0, radius_m - away_m, by_area)

    def passage(self, zone: int, start: Floats, end: Floats) -> tuple[float, float, float] | None:
        """Where the straight way from `start` to `end` (ECEF, (3,)) runs through the zone.

        The shares of the way, 0 to 1, at which it enters and leaves, and the greatest depth on it in metres;
        None where it does not touch the zone. Of several stretches the first entry and the last exit count.
        """
        origins, axes = self._origins[[zone, zone]], self._axes[[zone, zone]]
        planar = project(np.array([start, end]), origins, axes)
        way = shapely.LineString(planar)
        area = self._area(zone)
        inside = shapely.intersection(area, way)
        if shapely.is_empty(inside) or way.length == 0.0:
            return None
        ends = shapely.points(shapely.get_coordinates(inside))
        shares = shapely.line_locate_point(way, ends, normalized=True)
        first, last = float(shares.min()), float(shares.max())
        probes = np.linspace(first, last, 33)[:, None]
        along = start[None, :] * (1.0 - probes) + end[None, :] * probes
        depths = self.depth_m(np.full(33, zone), along)
        return first, last, float(depths.max())

    def _area(self, zone: int) -> Any:
        radius_m = float(self._radius_m[zone])
        shape = self._shapes[zone]
        return shape if radius_m == 0.0 else shapely.buffer(shape, radius_m, quad_segs=32)


def _objects(items: Sequence[Any]) -> Any:
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return column


def _middle(geometry: Any) -> tuple[float, float]:
    """A place amid the geometry, in degrees, whatever meridian it straddles."""
    degrees = shapely.get_coordinates(geometry)
    middles, has_near_side = _middles(degrees, np.zeros(1, dtype=np.intp))
    lon, lat = middles[0] if has_near_side[0] else degrees[0]
    return float(lon), float(lat)


def _middles(degrees: Floats, heads: Indices) -> tuple[Floats, Booleans]:
    """The middle of the box round each geometry, whose corners begin at `heads`; and whether it is near all.

    A zone round half the world has no near side, and any place of it is its middle.
    """
    ecef = to_ecef(degrees[:, 0], degrees[:, 1])
    middles = (np.minimum.reduceat(ecef, heads) + np.maximum.reduceat(ecef, heads)) / 2.0
    return np.stack(to_degrees(middles), axis=1), np.einsum("ij,ij->i", middles, middles) >= _NEAR_SIDE_M**2


def _drawn_in(plane: Plane, geometry: Any) -> Any:
    """The geometry in the plane, its edges following the straight lines in degrees to half a centimetre."""

    def draw(degrees: Floats) -> Floats:
        return plane.project(to_ecef(degrees[:, 0], degrees[:, 1]))

    drawn = shapely.transform(_with_bends(plane, geometry), draw)
    if geometry.geom_type == "LineString":
        return drawn
    reaches_the_seam = np.abs(shapely.get_coordinates(geometry)[:, 0]).max() >= 180.0
    if reaches_the_seam or not shapely.is_valid(drawn):
        drawn = _welded(drawn)
    return _only_areas(drawn)


def _welded(drawn: Any) -> Any:
    """The area without the seams that a cut along the antimeridian, or through a pole, left inside it."""
    whole = shapely.union_all(shapely.get_parts(shapely.make_valid(drawn)))
    return whole.buffer(_WELD_M, join_style="mitre").buffer(-_WELD_M, join_style="mitre")


def _only_areas(geometry: Any) -> Any:
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _with_bends(plane: Plane, geometry: Any) -> Any:
    """The geometry with vertices added along edges whose straight line in degrees bends in the plane."""
    if _bends_m_max(shapely.get_coordinates(geometry), np.zeros(1, dtype=np.intp))[0] <= _SAGITTA_M_MAX:
        return geometry

    def bend(ring: Any) -> Any:
        return _bent(plane, shapely.get_coordinates(ring))

    if geometry.geom_type == "LineString":
        return shapely.LineString(bend(geometry))
    polygons = [
        shapely.Polygon(bend(part.exterior), [bend(hole) for hole in part.interiors])
        for part in shapely.get_parts(geometry)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _bends_m_max(degrees: Floats, heads: Indices) -> Floats:
    """More than any edge of each geometry, whose corners begin at `heads`, can run beside its straight edge.

    A straight line in degrees curves by at most twice tan(latitude) to a radius of the Earth, the plane
    itself by half its reach to the square of one; an arc of curvature k rises k * length² / 8. The tenth
    added is for the ellipsoid.
    """
    here = np.radians(degrees)
    ends = np.append(heads[1:], len(degrees))
    follows = np.arange(1, len(degrees) + 1)
    follows[ends - 1] = ends - 1  # no edge leads from the last corner
    there = here[follows]
    lat, lat_next = np.abs(here[:, 1]), np.abs(there[:, 1])
    lat_near = np.where(here[:, 1] * there[:, 1] < 0.0, 0.0, np.minimum(lat, lat_next))
    step = there - here
    length_m = EARTH_M * np.hypot(step[:, 0] * np.cos(lat_near), step[:, 1])
    size = np.maximum.reduceat(here, heads) - np.minimum.reduceat(here, heads)
    reach_m = np.repeat(EARTH_M * np.hypot(size[:, 0], size[:, 1]), ends - heads)
    curvature = 2.0 * np.tan(np.maximum(lat, lat_next)) / EARTH_M + reach_m / (2.0 * EARTH_M**2)
    return np.maximum.reduceat(1.1 * curvature * length_m**2 / 8.0, heads)


def _bent(plane: Plane, degrees: Floats) -> Floats:
    for _ in range(_SPLITS_MAX):
        bends = np.zeros(len(degrees) - 1, dtype=bool)
        for share in _BEND_PROBES:
            bends |= _sideways_m(plane, degrees, share) > _SAGITTA_M_MAX
        if not bends.any():
            break
        middles = (degrees[:-1] + degrees[1:]) / 2.0
        degrees = np.insert(degrees, np.flatnonzero(bends) + 1, middles[bends], axis=0)
    return degrees


def _sideways_m(plane: Plane, degrees: Floats, share: float) -> Floats:
    """How far beside its straight edge in the plane the edge in degrees runs, at this share of its length."""
    along = degrees[:-1] * (1.0 - share) + degrees[1:] * share
    planar = plane.project(to_ecef(degrees[:, 0], degrees[:, 1]))
    there = plane.project(to_ecef(along[:, 0], along[:, 1])) - planar[:-1]
    edge = planar[1:] - planar[:-1]
    length_m = np.linalg.norm(edge, axis=1)
    cross = edge[:, 0] * there[:, 1] - edge[:, 1] * there[:, 0]
    beside_m = np.abs(cross) / np.maximum(length_m, 1e-9)
    return np.asarray(np.where(length_m > 0.0, beside_m, np.linalg.norm(there, axis=1)))

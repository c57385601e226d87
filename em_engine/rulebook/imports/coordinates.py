"""From any coordinate system to WGS 84 and back, and metres around a place.

With `em_engine.law.geodesy` the only user of pyproj: the law measures in planes of its own, here drawings of
others are brought to degrees once, at the door.
"""

from typing import Any, Final

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from em_engine.vocabulary import Floats

WGS84: Final = "EPSG:4326"
_STRAIGHT_M: Final = 500.0
"""Edges of projected drawings are divided at this length before they become degrees: straight lines of both
kinds then differ by less than 2 cm (UTM, up to 80 degrees north)."""
_ELLIPSOID: Final = pyproj.Geod(ellps="WGS84")
_EDGE_DEGREES_MAX: Final = 0.01
"""Edges are straight in degrees: geodesics as short as this run within centimetres of them."""
_AROUND: Final = 32
"""Segments of a quarter circle: the polygon lies within 0.03 % of the radius of the circle."""


def system(name: str) -> pyproj.CRS:
    """The coordinate system of that name, `EPSG:25833` or WKT. Raises ValueError."""
    try:
        return pyproj.CRS.from_user_input(name)
    except CRSError as error:
        raise ValueError(f"{name!r} is no coordinate system; write it like EPSG:25833") from error


def to_degrees(geometries: np.ndarray[Any, Any], crs: pyproj.CRS) -> np.ndarray[Any, Any]:
    """Geometries of that system as WGS 84 longitude and latitude: (n,) in, (n,) out."""
    if crs.is_projected:
        metre = crs.axis_info[0].unit_conversion_factor or 1.0
        geometries = shapely.segmentize(geometries, _STRAIGHT_M / metre)
    return _through(pyproj.Transformer.from_crs(crs, WGS84, always_xy=True), geometries)


def places_to_degrees(east: Floats, north: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """Places of that system, east before north, as WGS 84 longitude and latitude: (n,) in, two (n,) out."""
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = transformer.transform(east, north)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def from_degrees(geometries: np.ndarray[Any, Any], crs: pyproj.CRS) -> np.ndarray[Any, Any]:
    """WGS 84 geometries in that system: (n,) in, (n,) out."""
    return _through(pyproj.Transformer.from_crs(WGS84, crs, always_xy=True), geometries)


def widened(geometry: BaseGeometry, by_m: float, *, segments: int = _AROUND) -> BaseGeometry:
    """The area within `by_m` metres of a WGS 84 geometry (inwards where negative), in a plane of its own.

    Right to a thousandth within 200 km of the geometry's middle.
    """
    plane = _around(geometry)
    there = from_degrees(np.array([geometry]), plane)
    wide = shapely.buffer(there, by_m, quad_segs=segments)
    area: BaseGeometry = to_degrees(wide, plane)[0]
    return area


def fewer_corners(geometry: BaseGeometry, by_m: float) -> BaseGeometry:
    """The geometry with fewer corners, its outline nowhere moved by more than `by_m` metres."""
    plane = _around(geometry)
    there = from_degrees(np.array([geometry]), plane)
    fewer = shapely.simplify(there, by_m, preserve_topology=True)
    drawn: BaseGeometry = _through(pyproj.Transformer.from_crs(plane, WGS84, always_xy=True), fewer)[0]
    return drawn


def area_m2(geometry: BaseGeometry) -> float:
    """Square metres of a WGS 84 area on the ellipsoid, its edges straight in degrees (RFC 7946)."""
    turned = shapely.orient_polygons(shapely.segmentize(geometry, _EDGE_DEGREES_MAX))
    return abs(float(_ELLIPSOID.geometry_area_perimeter(turned)[0]))


def length_m(geometry: BaseGeometry) -> float:
    """Metres along a WGS 84 line, or around an area, on the ellipsoid."""
    bent = shapely.segmentize(geometry, _EDGE_DEGREES_MAX)
    return float(_ELLIPSOID.geometry_length(bent.boundary if bent.geom_type.endswith("Polygon") else bent))


def _around(geometry: BaseGeometry) -> pyproj.CRS:
    """A plane in metres that touches the Earth amid the geometry."""
    middle = geometry.centroid
    return pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={middle.y} +lon_0={middle.x} +datum=WGS84 +units=m")


def simplified(geometry: BaseGeometry, by_m: float) -> BaseGeometry:
    """The geometry with fewer corners, its outline nowhere moved by more than about `by_m` metres."""
    degrees = by_m / 111_320.0
    fewer: BaseGeometry = geometry.simplify(degrees, preserve_topology=True)
    return fewer


def _through(transformer: pyproj.Transformer, geometries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    def moved(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(geometries, moved))

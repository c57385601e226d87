"""Zones as outlines a map can draw: GeoJSON geometry in degrees, circles and buffers included.

For looking at, never for deciding: the law measures in its own plane, to the centimetre; an outline
is right to a metre or so.
"""

from typing import Any, Final

import numpy as np
import shapely

from em_engine.law import geodesy
from em_engine.vocabulary import Floats

OUTLINE_M: Final = 1.0
"""How far an outline may run beside the true line: less than a pixel at the scales operators use."""
_DEGREES_DIGITS: Final = 6  # 0.1 m


def outline(name: str, geometry: Any, radius_m: float | None, *, margin_m: float = 0.0) -> dict[str, Any]:
    """GeoJSON geometry of the zone, or of everything within `margin_m` of it.

    `geometry` is shapely's, in longitude and latitude; points and lines carry `radius_m`.
    """
    grown_m = (radius_m or 0.0) + margin_m
    if grown_m == 0.0:
        return geojson(geometry)
    zone = geodesy.prepare_zone(name, geometry, radius_m)
    grown = shapely.buffer(zone.shape, grown_m, quad_segs=16)
    return geojson(shapely.transform(shapely.simplify(grown, OUTLINE_M), _Unroll(zone.plane)))


def geojson(geometry: Any) -> dict[str, Any]:
    """The geometry as GeoJSON, wound as RFC 7946 asks and cut to a tenth of a metre."""
    wound = shapely.orient_polygons(shapely.force_2d(geometry))
    drawn: dict[str, Any] = shapely.geometry.mapping(wound)
    return {"type": drawn["type"], "coordinates": _rounded(drawn["coordinates"])}


def bbox(features: list[dict[str, Any]]) -> list[float] | None:
    """West, south, east, north of everything drawn; None where nothing is."""
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    if not shapes:
        return None
    return [round(float(edge), _DEGREES_DIGITS) for edge in shapely.total_bounds(shapes)]


class _Unroll:
    """From the plane of a zone back to degrees."""

    def __init__(self, plane: geodesy.Plane) -> None:
        self._plane = plane

    def __call__(self, planar: Floats) -> Floats:
        """Longitude and latitude: (n, 2) metres in, (n, 2) degrees out. The plane is stereographic."""
        diameter_m = 2.0 * geodesy.EARTH_M
        away_squared = np.einsum("ij,ij->i", planar, planar)
        down_m = -diameter_m * away_squared / (diameter_m * diameter_m + away_squared)
        local = np.column_stack((planar * ((diameter_m + down_m) / diameter_m)[:, None], down_m))
        lon, lat = geodesy.to_degrees(self._plane.origin + local @ self._plane.axes)
        return np.column_stack((lon, lat))


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), _DEGREES_DIGITS)
    return [_rounded(one) for one in coordinates]

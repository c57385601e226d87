"""The reference's ground: how deep a position lies in a zone, found by brute force on the ellipsoid.

Every edge of the zone is walked, straight in degrees, asking the geodesic how far each step is; the nearest
stretches are walked again with finer steps. No plane, no projection, no formula shared with the engine.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

GEOD = pyproj.Geod(ellps="WGS84")
STEPS = 33
ROUNDS = 7
STRETCHES = 3
SEAM_DEGREES = 1e-9


def depth_m(geometry: Any, lon: float, lat: float, *, radius_m: float | None = None) -> float:
    """Metres inside the zone drawn by `geometry` (degrees); negative outside, zero on its boundary."""
    if geometry.geom_type == "Point":
        assert radius_m is not None
        return radius_m - apart_m(geometry.x, geometry.y, lon, lat)
    away_m = distance_to_edges_m(geometry, lon, lat)
    if geometry.geom_type == "LineString":
        assert radius_m is not None
        return radius_m - away_m
    return away_m if contains(geometry, lon, lat) else -away_m


def apart_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres of the geodesic between two positions."""
    return float(GEOD.inv(lon, lat, other_lon, other_lat)[2])


def contains(geometry: Any, lon: float, lat: float) -> bool:
    """Whether the area holds the position, whichever way round the Earth either was written."""
    turns = lon + np.array([-360.0, 0.0, 360.0])
    return bool(shapely.intersects_xy(geometry, turns, np.full(3, lat)).any())


def distance_to_edges_m(geometry: Any, lon: float, lat: float) -> float:
    """Metres to the nearest place on the edges, the seams of the map not being edges."""
    edges = _known_edges(geometry.wkb)
    away_m = _away_m(edges, np.linspace(0.0, 1.0, STEPS), lon, lat)
    nearest = np.argsort(away_m.min(axis=1))[:STRETCHES]
    return min(_nearest_on_m(edges[[i]], int(away_m[i].argmin()), lon, lat) for i in nearest)


@lru_cache(maxsize=64)
def _known_edges(wkb: bytes) -> NDArray[np.float64]:
    return edges_of(shapely.from_wkb(wkb))


def edges_of(geometry: Any) -> NDArray[np.float64]:
    """Start and end of every edge, (n, 4) degrees, without those that only the map's rim draws."""
    chains = [
        shapely.get_coordinates(ring)[:, :2]
        for part in shapely.get_parts(geometry)
        for ring in ([part] if part.geom_type == "LineString" else [part.exterior, *part.interiors])
    ]
    edges = np.vstack([np.hstack([chain[:-1], chain[1:]]) for chain in chains])
    is_area = geometry.geom_type != "LineString"
    return np.array([edge for edge in edges if not (is_area and _is_rim(geometry, edge))])


def _is_rim(geometry: Any, edge: NDArray[np.float64]) -> bool:
    """Whether the edge runs along 180 degrees with the area on both sides, or along a pole.

    Seams are taken whole: a test that cuts its parts at different latitudes cuts the edge there too.
    """
    if abs(edge[1]) == 90.0 and edge[1] == edge[3]:
        return True
    if abs(edge[0]) != 180.0 or edge[0] != edge[2]:
        return False
    lat = (edge[1] + edge[3]) / 2.0
    return contains(geometry, 180.0 - SEAM_DEGREES, lat) and contains(geometry, -180.0 + SEAM_DEGREES, lat)


def _nearest_on_m(edge: NDArray[np.float64], step: int, lon: float, lat: float) -> float:
    first, last = max(0, step - 1) / (STEPS - 1), min(STEPS - 1, step + 1) / (STEPS - 1)
    best_m = math.inf
    for _ in range(ROUNDS):
        shares = np.linspace(first, last, STEPS)
        away_m = _away_m(edge, shares, lon, lat)[0]
        k = int(away_m.argmin())
        best_m = min(best_m, float(away_m[k]))
        first, last = float(shares[max(0, k - 1)]), float(shares[min(STEPS - 1, k + 1)])
    return best_m


def _away_m(
    edges: NDArray[np.float64], shares: NDArray[np.float64], lon: float, lat: float
) -> NDArray[np.float64]:
    """Metres to each step along each edge: (edges, steps)."""
    lons = edges[:, [0]] + (edges[:, [2]] - edges[:, [0]]) * shares
    lats = edges[:, [1]] + (edges[:, [3]] - edges[:, [1]]) * shares
    away_m = GEOD.inv(np.full(lons.shape, lon), np.full(lons.shape, lat), lons, lats)[2]
    return np.asarray(away_m, dtype=np.float64)

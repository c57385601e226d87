"""Lines in metres: their length, their ends cut off, and where they come near something."""

import numpy as np
from shapely import LineString, get_coordinates
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from em_engine.vocabulary import Floats


def length_m(line: Floats) -> float:
    """How long a line is."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def first_metres(line: Floats, metres: float) -> Floats:
    """The beginning of a line; all of it where it is shorter."""
    return get_coordinates(substring(LineString(line), 0.0, metres))


def last_metres(line: Floats, metres: float) -> Floats:
    """The end of a line; all of it where it is shorter."""
    return first_metres(line[::-1], metres)[::-1]


def passing_m(line: Floats, area: BaseGeometry, *, away_m: float) -> float:
    """How many metres along a line first come so near an area. Raises ValueError where none do."""
    along = np.arange(0.0, length_m(line), 1.0)
    near = [LineString(line).interpolate(metres) for metres in along]
    found = [m for m, place in zip(along, near, strict=True) if area.distance(place) <= away_m]
    if not found:
        raise ValueError("the line never comes so near")
    return float(found[0])

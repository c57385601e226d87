"""The ground a scenario stands on: metres east and north of an origin, and the names of places."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Final

import numpy as np
import pyproj
from numpy.typing import ArrayLike

from em_engine.rulebook.problems import nearest
from em_engine.vocabulary import Floats

_GEOD: Final = pyproj.Geod(ellps="WGS84")
_BEARINGS: Final[Mapping[str, float]] = {
    "north": 0.0,
    "north-east": 45.0,
    "east": 90.0,
    "south-east": 135.0,
    "south": 180.0,
    "south-west": 225.0,
    "west": 270.0,
    "north-west": 315.0,
}
_BESIDE: Final = re.compile(r"(\d+(?:\.\d+)?) (m|km) ([a-z-]+) of (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the origin lies, in degrees, and where each named place lies, in metres from it."""

    origin: tuple[float, float] = (10.75, 59.91)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def degrees(self, metres: ArrayLike) -> Floats:
        """(n, 2) metres east and north of the origin become (n, 2) longitude and latitude."""
        east_m, north_m = np.asarray(metres, dtype=np.float64).reshape(-1, 2).T
        bearing = np.degrees(np.arctan2(east_m, north_m))
        start = (np.full(len(bearing), self.origin[0]), np.full(len(bearing), self.origin[1]))
        lon, lat, _ = _GEOD.fwd(*start, bearing, np.hypot(east_m, north_m))
        return np.stack((lon, lat), axis=1)

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a position lies, in metres east and north of the origin."""
        bearing, _, away_m = _GEOD.inv(*self.origin, lon, lat)
        return away_m * sin(radians(bearing)), away_m * cos(radians(bearing))

    def place(self, text: str) -> tuple[float, float]:
        """`home`, or `400 m east of home`, in metres. Raises ValueError where there is no such place."""
        beside = _BESIDE.fullmatch(text)
        if beside is None:
            return self._named(text)
        if beside[3] not in _BEARINGS:
            raise ValueError(f"{beside[3]!r} is no direction; {nearest(beside[3], _BEARINGS)}")
        away_m = float(beside[1]) * (1000.0 if beside[2] == "km" else 1.0)
        bearing = radians(_BEARINGS[beside[3]])
        east_m, north_m = self._named(beside[4])
        return east_m + away_m * sin(bearing), north_m + away_m * cos(bearing)

    def _named(self, name: str) -> tuple[float, float]:
        if name not in self.places:
            raise ValueError(f"there is no place {name!r}; {nearest(name, self.places)}".rstrip("; "))
        return self.places[name]


def apart_m(one: Sequence[float], other: Sequence[float]) -> float:
    """Metres between two places in metres."""
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))

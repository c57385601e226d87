"""How much a zone changed where it was redrawn: square metres won and lost, and how far its outline moved."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from em_engine.law.geodesy import Plane, apart_m, prepare_zone, scale_at, to_ecef
from em_engine.rulebook.models import Zone
from em_engine.vocabulary import Floats

_EDGE_DEGREES_MAX: Final = 0.01
"""Edges are straight in degrees (RFC 7946): pieces this short run within centimetres of it in a plane."""
_FAR_M: Final = 200_000.0
"""Beyond this the two lie apart: one plane no longer measures both to a per mille, and nobody would ask."""
_TOUCH_M: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """What a redrawing did to a zone, on the ground; `moved_m` is how far the outline moved at most."""

    area_before_m2: float
    area_after_m2: float
    won_m2: float  # belongs to the zone only now
    lost_m2: float  # belonged to it only before
    moved_m: float

    def as_json(self) -> dict[str, float]:
        """The figures, rounded to what they can mean."""
        return {
            "area_before_m2": round(self.area_before_m2, 1),
            "area_after_m2": round(self.area_after_m2, 1),
            "won_m2": round(self.won_m2, 1),
            "lost_m2": round(self.lost_m2, 1),
            "moved_m": round(self.moved_m, 1),
        }

    def told(self) -> str:
        """The figures in words."""
        areas = f"{square(self.area_before_m2)} → {square(self.area_after_m2)}"
        both = f"{square(self.won_m2)} won, {square(self.lost_m2)} lost"
        return f"{areas} ({both}), its outline moved by up to {_metres(self.moved_m)}"


def redrawn(before: Zone, after: Zone) -> Redrawn:
    """How `after` differs from `before`; all figures but the areas are zero where both are the same place."""
    old, new = _drawn(before, before), _drawn(after, before)
    away_m = _away_m(before, after)
    if away_m > _FAR_M:
        new = _drawn(after, after)
        return Redrawn(
            area_before_m2=_area_m2(old),
            area_after_m2=_area_m2(new),
            won_m2=_area_m2(new),
            lost_m2=_area_m2(old),
            moved_m=away_m,
        )
    return Redrawn(
        area_before_m2=_area_m2(old),
        area_after_m2=_area_m2(new),
        won_m2=_area_m2(shapely.difference(new, old)),
        lost_m2=_area_m2(shapely.difference(old, new)),
        moved_m=max(_strays_m(new, old), _strays_m(old, new)),
    )


def is_redrawn(before: Zone, after: Zone) -> bool:
    """Whether the two are drawn otherwise; the same outline begun at another corner counts as the same."""
    if before.radius_m != after.radius_m:
        return True
    return not shapely.equals(before.geometry, after.geometry)


def square(area_m2: float) -> str:
    """An area in words: square metres for a plot, square kilometres for a town."""
    return f"{area_m2:.0f} m²" if area_m2 < 100_000.0 else f"{area_m2 / 1e6:.4g} km²"


def _metres(length_m: float) -> str:
    return f"{length_m:.1f} m" if length_m < 10.0 else f"{length_m:.0f} m"


def _plane(zone: Zone) -> Plane:
    return prepare_zone(zone.name, zone.geometry, zone.radius_m).plane


def _drawn(zone: Zone, around: Zone) -> Any:
    """The zone as an area in the plane that touches the Earth amid `around`, metres."""
    plane = _plane(around)

    def draw(degrees: Floats) -> Floats:
        return plane.project(to_ecef(degrees[:, 0], degrees[:, 1]))

    drawn = shapely.transform(shapely.segmentize(zone.geometry, _EDGE_DEGREES_MAX), draw)
    if zone.radius_m:
        return shapely.buffer(drawn, zone.radius_m, quad_segs=64)
    # Parts cut along the antimeridian meet again here; a hair's breadth must not count as an edge.
    whole = shapely.union_all(shapely.get_parts(shapely.make_valid(drawn)))
    return whole.buffer(_TOUCH_M, join_style="mitre").buffer(-_TOUCH_M, join_style="mitre")


def _area_m2(shape: Any) -> float:
    if shape.is_empty:
        return 0.0
    middle = shapely.get_coordinates(shapely.centroid(shape))
    return float(shape.area / scale_at(middle)[0] ** 2)


def _strays_m(shape: Any, other: Any) -> float:
    """How far the outline of `shape` strays from that of `other`: the farthest of the corners not in both."""
    corners, others = shapely.get_coordinates(shape), shapely.get_coordinates(other)
    known = {tuple(corner) for corner in np.round(others, 3).tolist()}
    own = [corner for corner in np.round(corners, 3).tolist() if tuple(corner) not in known]
    if not own:
        return 0.0
    edge = shapely.boundary(other)
    shapely.prepare(edge)
    return float(shapely.distance(edge, shapely.points(own)).max())


def _away_m(before: Zone, after: Zone) -> float:
    """Metres along the ground between the middles of the two."""
    here, there = _plane(before).origin[None, :], _plane(after).origin[None, :]
    return float(apart_m(here, there)[0])

"""What was truly broken, worked out from the true ways by exact geometry: no fix, no noise, no engine.

A way is straight between its knots, so the instants at which it meets a zone's outline, or two people come
within a distance, are roots and not samples. The meaning of every condition is read from the law's page, in
code of its own. What concerns devices is told in `radio_truth`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from em_engine.vocabulary import AlertType, Floats
from simulators.season.duties import Case, Duty, Stretch, windows
from simulators.season.spans import common, lasting, outside, runs
from simulators.season.way import Path

CIRCLE_SEGMENTS = 64  # a quarter circle in so many chords: a buffer of 500 m is true to 4 cm
EARLY_WITHIN_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One condition broken, in seconds of the season."""

    case: str
    condition: str
    type: AlertType
    from_s: float
    to_s: float

    @property
    def lasts_s(self) -> float:
        """From beginning to end."""
        return self.to_s - self.from_s


def breaches_of(case: Case, wearer: Path, protected: Path | None, *, end_s: float) -> list[Breach]:
    """Every breach of the conditions that bind the wearer's way, up to the end of the season."""
    told = (
        Breach(case=case.id, condition=duty.id, type=type, from_s=start, to_s=end)
        for duty in case.duties
        for type, start, end in _told(case, duty, wearer, protected)
        if start < end_s
    )
    return sorted(told, key=lambda one: (one.from_s, one.condition, one.type))


def _told(
    case: Case, duty: Duty, wearer: Path, protected: Path | None
) -> Iterator[tuple[AlertType, float, float]]:
    match duty.kind:
        case "exclusion":
            yield from _exclusion(duty, wearer)
        case "inclusion":
            yield from _inclusion(case, duty, wearer)
        case "curfew":
            yield from _curfew(case, duty, wearer)
        case "attendance":
            yield from _attendance(case, duty, wearer)
        case "contact-ban":
            assert protected is not None, "a contact ban protects somebody"
            yield from _contact(duty, wearer, protected)


def _exclusion(duty: Duty, wearer: Path) -> Iterator[tuple[AlertType, float, float]]:
    assert duty.zone is not None, "an exclusion has a zone"
    yield from ((AlertType.EXCLUSION_ENTERED, *one) for one in within(wearer, duty.zone))
    if duty.buffer_m > 0.0:
        ring = duty.zone.buffer(duty.buffer_m, quad_segs=CIRCLE_SEGMENTS)
        yield from ((AlertType.EXCLUSION_APPROACH, *one) for one in within(wearer, ring))


def _inclusion(case: Case, duty: Duty, wearer: Path) -> Iterator[tuple[AlertType, float, float]]:
    assert duty.zone is not None, "an inclusion has a zone"
    away = outside(within(wearer, duty.zone), 0.0, float(wearer.at_s[-1]))
    bound = windows(duty.weekly, case.days)
    yield from ((AlertType.INCLUSION_LEFT, *one) for one in common(away, bound))


def _curfew(case: Case, duty: Duty, wearer: Path) -> Iterator[tuple[AlertType, float, float]]:
    assert duty.zone is not None, "a curfew has a home"
    home = within(wearer, duty.zone)
    away = outside(home, 0.0, float(wearer.at_s[-1]))
    for start, end in windows(duty.weekly, case.days):
        # The first night has begun before the season, and was kept.
        late_s = duty.late_s if start > 0.0 else 0
        for since, until in common(away, [(start + late_s, end - duty.early_s)]):
            was_home = lasting(common(home, [(start, since)])) > 0.0
            is_early = since >= end - EARLY_WITHIN_S
            left = AlertType.CURFEW_EARLY if is_early else AlertType.CURFEW_LEFT
            yield (left if was_home else AlertType.CURFEW_LATE), since, until


def _attendance(case: Case, duty: Duty, wearer: Path) -> Iterator[tuple[AlertType, float, float]]:
    assert duty.zone is not None, "an appointment has a place"
    there = within(wearer, duty.zone)
    for start, end in windows(duty.weekly, case.days):
        if lasting(common(there, [(start, end)])) < duty.minimum_s:
            yield AlertType.ATTENDANCE_MISSED, end, end


def _contact(duty: Duty, wearer: Path, protected: Path) -> Iterator[tuple[AlertType, float, float]]:
    rings = ((AlertType.CONTACT_ALERT, duty.alert_m), (AlertType.CONTACT_WARNING, duty.warn_m))
    for type, reach_m in rings:
        yield from ((type, *one) for one in together(wearer, protected, reach_m))


def within(path: Path, area: Polygon) -> list[Stretch]:
    """When the way is in the area, its outline included."""
    pieces = shapely.linestrings(np.stack([path.xy_m[:-1], path.xy_m[1:]], axis=1))
    shapely.prepare(area.exterior)
    met = np.flatnonzero(shapely.intersects(area.exterior, pieces))
    crossings = [_crossings(path, int(piece), area) for piece in met]
    at_s = np.unique(np.concatenate([path.at_s, *crossings]))
    middles = path.where((at_s[:-1] + at_s[1:]) / 2.0)
    shapely.prepare(area)
    return runs(at_s, shapely.intersects_xy(area, middles[:, 0], middles[:, 1]))


def _crossings(path: Path, piece: int, area: Polygon) -> Floats:
    """The instants at which one straight piece of a way meets an outline."""
    start, end = path.xy_m[piece], path.xy_m[piece + 1]
    met = shapely.intersection(shapely.linestrings([start, end]), area.exterior)
    length_m = float(np.hypot(*(end - start)))
    along_m = np.hypot(*(shapely.get_coordinates(met) - start).T)
    share = along_m / length_m if length_m > 0.0 else 0.0 * along_m
    return np.asarray(path.at_s[piece] + share * (path.at_s[piece + 1] - path.at_s[piece]))


def together(one: Path, other: Path, reach_m: float) -> list[Stretch]:
    """When two ways are less than so far apart: between knots of either the gap changes evenly."""
    at_s = np.unique(np.concatenate([one.at_s, other.at_s]))
    at_s = at_s[at_s <= min(one.at_s[-1], other.at_s[-1])]
    gap = one.where(at_s) - other.where(at_s)
    step = np.diff(gap, axis=0)
    a = np.einsum("ij,ij->i", step, step)
    b = 2.0 * np.einsum("ij,ij->i", gap[:-1], step)
    c = np.einsum("ij,ij->i", gap[:-1], gap[:-1]) - reach_m**2
    root = np.sqrt(np.maximum(b * b - 4.0 * a * c, 0.0))
    moves = np.where(a > 0.0, a, 1.0)
    shares = np.stack([(-b - root) / (2.0 * moves), (-b + root) / (2.0 * moves)])
    is_met = (a > 0.0) & (b * b > 4.0 * a * c) & (shares > 0.0) & (shares < 1.0)
    edges_s = (at_s[:-1] + shares * np.diff(at_s))[is_met]
    at_s = np.unique(np.concatenate([at_s, edges_s]))
    middle_s = (at_s[:-1] + at_s[1:]) / 2.0
    return runs(at_s, np.hypot(*(one.where(middle_s) - other.where(middle_s)).T) < reach_m)

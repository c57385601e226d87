"""Zones at the edge of what a zone can be: a metre, a flat, a municipality, holes, poles, the antimeridian.

Of each: somebody who stands clearly inside and clearly outside, for every kind that asks where a wearer is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Zone
from em_engine.vocabulary import MINUTE, Change, ChangeKind, Micros, ReportKind
from tests.properties.worlds import NOON
from tests.reference.documents import order, rulebook
from tests.reference.ground import GEOD
from tests.reference.reports import Report, as_batch

Place = tuple[float, float]
OSLO = (10.75, 59.91)


def away(place: Place, metres: float, turn: float = 90.0) -> Place:
    """The place so many metres from there; 90 is east."""
    lon, lat, _ = GEOD.fwd(*place, turn, metres)
    return lon, lat


def box(middle: Place, side_m: float) -> Any:
    """A square of that side about the middle."""
    return shapely.Polygon([away(middle, side_m / 2**0.5, turn) for turn in (45, 135, 225, 315)])


def star(middle: Place, *, size_m: float, corners: int) -> Any:
    """A municipality: thousands of corners between half of that and that far from its middle."""
    random = np.random.default_rng(7)
    turns, reach_m = np.linspace(0, 360, corners, endpoint=False), size_m * random.uniform(0.9, 1.0, corners)
    return shapely.Polygon(
        [away(middle, r, t) for t, r in zip(turns.tolist(), reach_m.tolist(), strict=True)]
    )


@dataclass(frozen=True)
class Drawn:
    """A zone, places clearly inside and clearly outside, and how well a fix must be to tell."""

    draw: Callable[[], Any]
    inside: Place
    outside: Place
    radius_m: float | None = None
    accuracy_m: float = 5.0

    @property
    def zone(self) -> Zone:
        return Zone(name="zone", geometry=_drawn(self.draw), radius_m=self.radius_m)


@cache
def _drawn(draw: Callable[[], Any]) -> Any:
    return draw()


def with_a_hole() -> Any:
    """Two parts, kilometres apart; the first has a hole of 200 m."""
    ring, hole = box(OSLO, 1_000.0), box(OSLO, 200.0)
    return shapely.MultiPolygon(
        [shapely.Polygon(ring.exterior, [hole.exterior]), box(away(OSLO, 5_000), 400.0)]
    )


def across_the_antimeridian() -> Any:
    """Cut at 180 degrees, as RFC 7946 asks."""
    return shapely.MultiPolygon(
        [shapely.box(179.99, -17.01, 180.0, -16.99), shapely.box(-180.0, -17.01, -179.99, -16.99)]
    )


SHAPES = {
    "a metre across": Drawn(
        lambda: shapely.Point(OSLO), OSLO, away(OSLO, 60), radius_m=0.5, accuracy_m=0.2
    ),
    "a flat of thirty metres": Drawn(lambda: box(OSLO, 30.0), OSLO, away(OSLO, 40), accuracy_m=8.0),
    "ten thousand corners": Drawn(
        lambda: star(OSLO, size_m=20_000, corners=10_000), away(OSLO, 17_000), away(OSLO, 20_100)
    ),
    "beside a hole": Drawn(with_a_hole, away(OSLO, 300), away(OSLO, 20)),
    "the further part": Drawn(with_a_hole, away(OSLO, 5_000), away(OSLO, 4_000)),
    "west of the antimeridian": Drawn(across_the_antimeridian, (179.9999, -17.0), (179.98, -17.0)),
    "east of the antimeridian": Drawn(across_the_antimeridian, (-179.9999, -17.0), (-179.98, -17.0)),
    "on the antimeridian": Drawn(across_the_antimeridian, (180.0, -17.0), (180.0, -17.02)),
    "the same, written the other way": Drawn(across_the_antimeridian, (-180.0, -17.0), (-180.0, -17.02)),
    "the north pole": Drawn(
        lambda: shapely.box(-180, 89.9, 180, 90), (12.0, 90.0), (12.0, 89.89)
    ),
    "the south pole": Drawn(lambda: shapely.Point(0.0, -90.0), (77.0, -90.0), (77.0, -89.99), radius_m=500.0),
    "where nobody lives": Drawn(
        lambda: shapely.Point(0.0, 0.0), (0.0, 2e-6), away((0.0, 0.0), 700), radius_m=500.0
    ),
    "a line of thirty metres' width": Drawn(
        lambda: shapely.LineString([OSLO, away(OSLO, 3_000)]),
        away(OSLO, 1_500),
        away(away(OSLO, 1_500), 60, 0),
        radius_m=15.0,
    ),
}  # fmt: skip

ALL_DAY: Any = {"zone": "zone", "weekly": ("daily 00:00-24:00",)}
KINDS: dict[str, tuple[Any, str, bool]] = {
    "exclusion": (ExclusionTerms(zone="zone"), "exclusion.entered", True),  # type: ignore[arg-type]
    "inclusion": (InclusionTerms(zone="zone"), "inclusion.left", False),  # type: ignore[arg-type]
    "curfew": (
        CurfewTerms(confirm_every=timedelta(days=3), **ALL_DAY),
        "curfew.left",
        False,
    ),
}


def walk(kind: str, drawn: Drawn, *inside: bool, accuracy_m: float | None = None) -> list[Change]:
    """What is told of a wearer who is inside or outside, minute by minute."""
    terms, _, _ = KINDS[kind]
    return told(Condition(id=kind, kind=kind, terms=terms), drawn, inside, accuracy_m or drawn.accuracy_m)


def told(condition: Condition, drawn: Drawn, inside: tuple[bool, ...], accuracy_m: float) -> list[Change]:
    heart = Heart(compile_rules(rulebook([order("case", condition, devices=("tag",))], [drawn.zone])))
    said: list[Change] = []
    for minute, is_inside in enumerate(inside):
        at: Micros = NOON + minute * MINUTE
        lon, lat = drawn.inside if is_inside else drawn.outside
        fix = Report(
            device="tag", kind=ReportKind.FIX, at=at, received_at=at, lon=lon, lat=lat, accuracy_m=accuracy_m
        )
        said += heart.step(as_batch([fix]), at).changes
    return [*said, *heart.step(None, NOON + 60 * MINUTE).changes]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_who_comes_and_goes_is_told_once_and_cleared(kind: str, shape: str) -> None:
    _, type, unlawful = KINDS[kind]
    lawful = not unlawful
    said = walk(kind, SHAPES[shape], lawful, lawful, unlawful, unlawful, lawful, lawful)
    assert [(one.type.value, one.change.value) for one in said] == [(type, "opened"), (type, "cleared")]
    opened, cleared = said
    assert NOON + MINUTE < opened.opened_at <= NOON + 2 * MINUTE
    assert cleared.cleared_at is not None
    assert NOON + 3 * MINUTE < cleared.cleared_at <= NOON + 4 * MINUTE


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_who_stays_where_he_must_is_told_nothing(kind: str, shape: str) -> None:
    _, _, unlawful = KINDS[kind]
    assert walk(kind, SHAPES[shape], *[not unlawful] * 6) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_fix_vaguer_than_the_zone_is_small_never_accuses(kind: str) -> None:
    """In a zone of a metre an ordinary fix is undetermined, inside it and a few metres beside it."""
    small = SHAPES["a metre across"]
    near = Drawn(small.draw, small.inside, away(OSLO, 4.0), radius_m=0.5)
    assert walk(kind, near, *[True] * 8, accuracy_m=5.0) == []
    assert walk(kind, near, *[False] * 8, accuracy_m=5.0) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_who_came_to_such_a_place_has_attended(shape: str) -> None:
    """From 12:00 to 12:10, and not."""
    window: Any = {"zone": "zone", "weekly": ("daily 12:00-12:10",)}
    terms = AttendanceTerms(minimum=timedelta(minutes=5), **window)
    condition = Condition(id="office", kind="attendance", terms=terms)
    drawn = SHAPES[shape]
    came = told(condition, drawn, (True,) * 9, drawn.accuracy_m)
    stayed_away = told(condition, drawn, (False,) * 9, drawn.accuracy_m)
    assert came == []
    assert [one.change for one in stayed_away] == [ChangeKind.OPENED, ChangeKind.CLEARED]

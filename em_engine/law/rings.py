"""The distances round a member of a group: how near each one may come, and on which side of them he is."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from em_engine.law.crossings import crossing
from em_engine.law.members import Meeting
from em_engine.vocabulary import BEFORE_ALL, Floats, Indices

_WARNING, _ALERT = range(2)


class Ring(NamedTuple):
    """A distance round the wearer, and the slot it has."""

    number: int
    metres: float


def rings_of(alert_m: float, warn_m: float | None) -> tuple[Ring, ...]:
    """The widest first."""
    alert = Ring(_ALERT, float(alert_m))
    return (alert,) if warn_m is None else (Ring(_WARNING, float(warn_m)), alert)


def reaches(
    names: Sequence[tuple[str, str]], member: Indices, rings: Sequence[tuple[Ring, ...]]
) -> tuple[Indices, Floats]:
    """Each member's group by number, and each group's widest ring."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(group for group, _ in names))}
    group = np.array([numbers[one] for one, _ in names], dtype=np.intp)
    reach_m = np.zeros(len(numbers))
    for one, its in zip(member, rings, strict=True):
        reach_m[group[one]] = max(reach_m[group[one]], its[0].metres)
    return group, reach_m


def track_side(slot: Any, met: Meeting, margin_m: float, *, before_m: float) -> None:
    """On which side of a ring they are, since when, and when they were last found apart."""
    is_unlawful, has_before = margin_m < 0.0, met.before_at != BEFORE_ALL
    changed = is_unlawful != slot["is_unlawful"]
    if not has_before or (changed and met.are_home):
        slot["crossed_at"] = met.at
    elif changed:
        ends = (np.array([one]) for one in (met.before_at, before_m, met.at, margin_m))
        slot["crossed_at"] = crossing(*ends)[0]
    if changed and is_unlawful:
        slot["lawful_at"] = met.before_at if before_m > 0.0 else BEFORE_ALL
    slot["is_unlawful"] = is_unlawful

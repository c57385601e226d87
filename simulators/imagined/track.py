"""What the tags of imagined people report: a track like any other, with errors and signs of life."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from em_engine.law.windows import Span
from em_engine.rulebook.models import Order, Rulebook
from em_engine.vocabulary import (
    HOUR,
    MINUTE,
    SECOND,
    Booleans,
    Floats,
    Micros,
    ReportKind,
    Rows,
    Source,
    Times,
    Tristate,
    blank_reports,
)
from simulators.imagined.life import Life
from simulators.imagined.people import Somebody, everybody
from simulators.tracks import Track

PEOPLE_MAX: Final = 200
DAYS_MAX: Final = 14
DRIFT_M: Final = 4.0
DRIFT: Final[Micros] = 90 * SECOND
"""An error under open sky, of each axis, and how long it lasts; indoors it is three times as large."""
ON_THE_WAY: Final[Micros] = MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whose lives, when, and which of all lives they might lead."""

    span: Span
    seed: int = 1


def imagined(
    rulebooks: Sequence[tuple[Rulebook, Sequence[Order]]],
    wish: Wish,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Track:
    """One track of everybody in these orders; who is in several rulebooks lives by the first of them.

    At most `PEOPLE_MAX` are imagined, in the order of their ids.
    """
    people: dict[str, Somebody] = {}
    for rulebook, orders in rulebooks:
        for who in everybody(rulebook, orders, wish.span, seed=wish.seed):
            people.setdefault(who.id, who)
    chosen = list(people.values())[:PEOPLE_MAX]
    devices: dict[str, int] = {}
    parts: list[Rows] = []
    for number, who in enumerate(chosen):
        life = Life(who, wish.span, np.random.default_rng((wish.seed, *who.id.encode())))
        for device in who.devices:
            if device not in devices:
                parts.append(_reports(life, device, devices.setdefault(device, len(devices)), wish.seed))
        progress(number + 1, len(chosen))
    rows = np.concatenate(parts) if parts else blank_reports(0)
    rows = rows[np.argsort(rows["received_at"], kind="stable")]
    return Track(name="simulated", devices=tuple(devices), rows=rows)


def _reports(life: Life, device: str, number: int, seed: int) -> Rows:
    chance = np.random.default_rng((seed, 7, *device.encode()))
    rows = np.concatenate([_fixes(life, chance), _heartbeats(life, chance)])
    rows = rows[np.argsort(rows["at"], kind="stable")]
    rows = rows[~_covered(rows["at"], life.silences)]
    rows["device"] = number
    rows["seq"] = np.arange(1, len(rows) + 1)
    rows["sent_at"] = rows["at"]
    rows["received_at"] = rows["at"] + SECOND
    return rows


def _fixes(life: Life, chance: np.random.Generator) -> Rows:
    start, end = life.span
    offset = int(chance.integers(0, 20)) * SECOND
    resting = np.arange(start + offset, end, life.who.fix_every)
    every = min(ON_THE_WAY, life.who.fix_every)
    moving = [np.arange(max(begin, start), min(until, end), every) for begin, until in life.moves]
    at = np.unique(np.concatenate([resting, *moving])).astype(np.int64)
    places = life.where(at)
    indoors = np.hypot(*(places - life.who.home).T) < 1.0
    rows = blank_reports(len(at))
    rows["kind"], rows["source"], rows["at"] = ReportKind.FIX, Source.GNSS, at
    shown = places + _drift(at, chance) * np.where(indoors, 3.0, 1.0)[:, None]
    rows["lon"], rows["lat"] = life.who.frame.to_degrees(shown).T
    rows["accuracy_m"] = np.where(indoors, 20.0, chance.uniform(6.0, 11.0, len(at)))
    return rows


def _heartbeats(life: Life, chance: np.random.Generator) -> Rows:
    first = life.span[0] + int(chance.integers(1, 60)) * SECOND
    at = np.arange(first, life.span[1], life.who.heartbeat_every)
    hours = (at / HOUR + chance.uniform(0.0, 24.0)) % 24.0
    rows = blank_reports(len(at))
    rows["kind"], rows["at"] = ReportKind.HEARTBEAT, at
    rows["charging"] = np.where(hours > 22.0, Tristate.YES, Tristate.NO)
    rows["battery_pct"] = np.where(hours > 22.0, 45.0 + 25.0 * (hours - 22.0), 95.0 - 50.0 * hours / 22.0)
    rows["strap_closed"] = rows["case_closed"] = Tristate.YES
    return rows


def _drift(at: Times, chance: np.random.Generator) -> Floats:
    """An error that wanders: drawn anew every so often, and in between on its way from one to the next."""
    if not len(at):
        return np.zeros((0, 2))
    knots = np.arange(at[0], at[-1] + 2 * DRIFT, DRIFT)
    return np.stack([np.interp(at, knots, chance.normal(0.0, DRIFT_M, len(knots))) for _ in "xy"], axis=1)


def _covered(at: Times, spans: Sequence[Span]) -> Booleans:
    covered = np.zeros(len(at), dtype=np.bool_)
    for start, end in spans:
        covered |= (start <= at) & (at < end)
    return covered

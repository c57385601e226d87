"""What a seed means: who does what, what the network does to it, and when the engine is in trouble.

Every seed has some of the troubles and not the others: a fault that is always there hides what only its
absence shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.rulebook import Rulebook
from em_engine.vocabulary import MINUTE, SECOND, Batch, Micros
from simulators.chaos.orders import rulebook_of
from simulators.chaos.people import PHONE, ROLES, SILENCE_ALLOWED, START, made_by
from simulators.faults import Fault, Scope, suffer
from simulators.faults.named import FAULTS
from simulators.faults.network import Delay, Duplication, Loss, Outage, Reordering

LASTS: Final[Micros] = 32 * MINUTE
TROUBLE_AT: Final = START + 2 * MINUTE
"""Before that every device has been heard: nobody can miss what came before a device's first message."""
CALM_FOR: Final[Micros] = 7 * MINUTE
"""At the end nothing goes wrong any more, so that everything may be made good."""
WEARERS: Final = len(ROLES)
_LONG: Final = 2 * SILENCE_ALLOWED + 2 * MINUTE
"""So long an absence of ours is told of every order by itself."""

Span = tuple[Micros, Micros]
"""From when to when, half-open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run, before it is run."""

    seed: int
    rulebook: Rulebook = field(repr=False)
    revised: Rulebook | None = field(repr=False)  # takes its place, at `revised_at`
    revised_at: Micros
    roles: Mapping[str, str]  # what each wearer does, by device
    made: Batch = field(repr=False)
    arrived: Batch = field(repr=False)  # what comes of itself; the rest must be asked for
    garbled: frozenset[int]  # rows of `arrived` whose bytes are bad on the way
    kills: tuple[Span, ...]  # when the engine dies, and when it is started again
    broker_away: tuple[Span, ...]
    broker_forgets: tuple[Micros, ...]  # it restarts, without what it had for us
    record_bad: tuple[Span, ...]
    clock_wrong: tuple[tuple[Span, Micros], ...]  # while it is, by how much
    region_dark: Span | None  # when nobody at all is heard
    operators_act: tuple[Micros, ...]
    cleans_at: Micros | None  # when what may no longer be kept is deleted
    snapshot_every: Micros


def plan_of(seed: int, *, lasts: Micros = LASTS) -> Plan:
    """The plan of a seed: everything that is chance, decided. A run lasts half an hour at least."""
    assert lasts >= 30 * MINUTE, "a silence and what is told of it must fit in"
    chance = np.random.default_rng((seed, 0))
    calm_at = START + lasts - CALM_FOR
    roles = {f"tag-{number}": str(role) for number, role in enumerate(chance.permutation(ROLES), start=1)}
    made = made_by(chance, roles, START + lasts)
    dark = _dark(chance, calm_at) if _has(chance, 0.2) else None
    arrived = _within(suffer(made, _faults(chance, calm_at, dark), seed=seed), START + lasts)
    long = _has(chance, 0.15)
    kills = _spans(chance, calm_at, count=4, most=3 * MINUTE) if not long and _has(chance, 0.7) else ()
    record_bad = _spans(chance, calm_at, count=3, most=2 * MINUTE) if _has(chance, 0.4) else ()
    return Plan(
        seed=seed,
        rulebook=rulebook_of(roles),
        revised=rulebook_of(roles, is_revised=True) if _has(chance, 0.4) else None,
        revised_at=_moment(chance, calm_at),
        roles=roles,
        made=made,
        arrived=arrived,
        garbled=_garbled(chance, arrived, calm_at) if _has(chance, 0.5) else frozenset(),
        kills=kills,
        broker_away=_absence(chance, calm_at, is_long=long),
        broker_forgets=_within_some(chance, (*kills, *record_bad)) if _has(chance, 0.4) else (),
        record_bad=record_bad,
        clock_wrong=_wrong(chance, calm_at) if _has(chance, 0.25) else (),
        region_dark=dark,
        operators_act=_moments(chance, calm_at, 12) if _has(chance, 0.35) else (),
        cleans_at=_moment(chance, calm_at) if _has(chance, 0.3) else None,
        snapshot_every=int(chance.integers(30, 240)) * SECOND,
    )


def _has(chance: Generator, share: float) -> bool:
    return bool(chance.random() < share)


def _moment(chance: Generator, calm_at: Micros) -> Micros:
    return int(chance.integers(TROUBLE_AT, calm_at))


def _moments(chance: Generator, calm_at: Micros, most: int) -> tuple[Micros, ...]:
    count = int(chance.integers(1, most + 1))
    return tuple(sorted(_moment(chance, calm_at) for _ in range(count)))


def _spans(chance: Generator, calm_at: Micros, *, count: int, most: Micros) -> tuple[Span, ...]:
    """Up to so many, which do not touch each other and are over when it is calm."""
    starts = np.sort(chance.integers(TROUBLE_AT, calm_at - most, int(chance.integers(1, count + 1))))
    spans = [(int(start), int(start + chance.integers(SECOND, most))) for start in starts]
    return tuple(
        span
        for span, after in zip(spans, [*spans[1:], None], strict=False)
        if after is None or span[1] < after[0]
    )


def _within_some(chance: Generator, spans: tuple[Span, ...]) -> tuple[Micros, ...]:
    """Moments at which the broker has something to forget: nobody takes it, or what was taken is not kept."""
    some = [span for span in spans if _has(chance, 0.6)]
    return tuple(sorted(int(chance.integers(start, end)) for start, end in some))


def _absence(chance: Generator, calm_at: Micros, *, is_long: bool) -> tuple[Span, ...]:
    """When the broker is away: now and then for minutes, or once for so long that it must be told."""
    if is_long:
        lasts = int(chance.integers(SILENCE_ALLOWED + MINUTE, _LONG))
        start = int(chance.integers(TROUBLE_AT + 2 * MINUTE, calm_at - lasts))
        return ((start, start + lasts),)
    return _spans(chance, calm_at, count=3, most=4 * MINUTE) if _has(chance, 0.5) else ()


def _wrong(chance: Generator, calm_at: Micros) -> tuple[tuple[Span, Micros], ...]:
    """The machine's clock is ahead, or behind, until somebody sets it right."""
    sizes = (15 * SECOND, 2 * MINUTE, 6 * MINUTE)
    spans = _spans(chance, calm_at - max(sizes), count=2, most=5 * MINUTE)
    return tuple((span, int(chance.choice(sizes) * chance.choice((-1, 1)))) for span in spans)


# The network -----------------------------------------------------------------------------------


def _dark(chance: Generator, calm_at: Micros) -> Span:
    """A whole region without network, for longer than any order allows."""
    lasts = int(chance.integers(SILENCE_ALLOWED + 2 * MINUTE, SILENCE_ALLOWED + 6 * MINUTE))
    start = int(chance.integers(TROUBLE_AT, calm_at - lasts))
    return start, start + lasts


def _faults(chance: Generator, calm_at: Micros, dark: Span | None) -> list[Fault]:
    bad = Scope(start=TROUBLE_AT, end=calm_at)
    terms = [
        (0.5, Loss(share=float(chance.uniform(0.0, 0.1)))),
        (
            0.3,
            Delay(most=timedelta(seconds=int(chance.integers(1, 40))), share=float(chance.uniform(0, 0.5))),
        ),
        (0.5, Duplication(share=float(chance.uniform(0.0, 0.3)))),
        (0.3, Reordering(share=float(chance.uniform(0.0, 0.1)))),
    ]
    names = {kind: name for name, (kind, _) in FAULTS.items()}
    faults = [_fault(names[type(one)], one, bad) for share, one in terms if _has(chance, share)]
    for start, end in _spans(chance, calm_at, count=2, most=7 * MINUTE) if _has(chance, 0.4) else ():
        device = str(chance.choice([*(f"tag-{number}" for number in range(1, WEARERS + 1)), PHONE]))
        faults.append(_fault("outage", Outage(), Scope(devices=(device,), start=start, end=end)))
    if dark is not None:
        faults.append(_fault("outage", Outage(), Scope(start=dark[0], end=dark[1])))
    return faults


def _fault(name: str, terms: object, scope: Scope) -> Fault:
    return Fault(name=name, terms=terms, scope=scope, change=FAULTS[name][1])


def _within(arrived: Batch, end: Micros) -> Batch:
    """Arrivals within the run: what would come later comes at its end."""
    rows = arrived.rows.copy()
    rows["received_at"] = np.minimum(rows["received_at"], end - SECOND)
    return Batch(devices=arrived.devices, rows=rows[np.argsort(rows["received_at"], kind="stable")])


def _garbled(chance: Generator, arrived: Batch, calm_at: Micros) -> frozenset[int]:
    received_at = arrived.rows["received_at"]
    may_be = (received_at >= TROUBLE_AT) & (received_at < calm_at)
    rows = np.flatnonzero(may_be & (chance.random(len(arrived)) < 0.02))
    return frozenset(int(row) for row in rows)

"""Worlds in which the engine is away for a while, the broker stands still, or nothing comes for a day."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import RecordProfile
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Change, Micros
from tests.properties.arrivals import arrived
from tests.properties.worlds import World
from tests.reference.doings import Deaf, Doing, Forgetting, Stalled
from tests.reference.reports import Report, as_batch

DAY_AND_SOME: Micros = 25 * HOUR


def interrupted(small: World, seed: int) -> tuple[World, list[Doing]]:
    """What comes while we are deaf, or the broker stands still, comes when we hear again."""
    random = np.random.default_rng(seed)
    doings: list[Doing] = []
    for _ in range(int(random.integers(1, 5))):
        since = small.reports[int(random.integers(0, len(small.reports)))].received_at
        since += int(random.integers(0, 55)) * SECOND
        if random.random() < 0.5:
            at = since + int(random.choice([10, 80, 400, 1_800]) + random.integers(0, 60)) * SECOND
            deafness: Doing = Deaf(since, at)
        else:
            at = since + int(random.integers(2, 11)) * SECOND
            deafness = Stalled(since, at)
        if all(at < one.since or one.at < since for one in doings):
            doings.append(deafness)
            small = arrived(small, [_held_back(one, since, at) for one in small.reports])
    return small, sorted(doings, key=lambda one: one.at)


def _held_back(report: Report, since: Micros, at: Micros) -> Report:
    return replace(report, received_at=at) if since < report.received_at < at else report


def with_a_silent_day(small: World, seed: int) -> tuple[World, list[Doing]]:
    """From some report on everything is a day later; then some come that were kept since before. Orders keep
    breaches only."""
    random = np.random.default_rng(seed)
    first = int(random.integers(len(small.reports) // 4, len(small.reports)))
    orders = [replace(one, record=RecordProfile.BREACHES_ONLY) for one in small.rulebook.orders]
    forgotten_at = small.reports[first - 1].received_at + 24 * HOUR + 30 * MINUTE
    back_at = small.reports[first].received_at + DAY_AND_SOME + 10 * SECOND
    told = [
        _later(one)
        if number >= first
        else replace(one, received_at=back_at)
        if number > first - 30 and random.random() < 0.4
        else one
        for number, one in enumerate(small.reports)
    ]
    rulebook = replace(small.rulebook, orders=tuple(orders))
    return arrived(replace(small, rulebook=rulebook), told), [Forgetting(forgotten_at)]


def _later(report: Report) -> Report:
    times = {name: getattr(report, name) + DAY_AND_SOME for name in ("at", "received_at", "sent_at")}
    return replace(report, **times)


def lived(small: World, doings: Sequence[Doing]) -> list[Change]:
    """What the heart says of such a world."""
    heart, rest = Heart(compile_rules(small.rulebook)), list(small.reports)
    told: list[Change] = []
    for doing in doings:
        before = [one for one in rest if one.received_at < doing.at]
        rest = rest[len(before) :]
        if before:
            told += heart.step(as_batch(before), before[-1].received_at).changes
        told += heart.step(None, doing.since).changes
        match doing:
            case Deaf():
                heart.resume(doing.at)
            case Stalled():
                heart.resume(doing.at, doing.since)
            case Forgetting():
                heart.forget(doing.at)
    if rest:
        told += heart.step(as_batch(rest), rest[-1].received_at).changes
    told += heart.step(None, small.until).changes
    return [*told, *heart.conclude().changes]

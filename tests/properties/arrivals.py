"""The same reports on unruly ways: held back, in the wrong order, uploaded together, told twice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from em_engine.vocabulary import SECOND, Micros, ReportKind
from tests.properties.worlds import World
from tests.reference.reports import Report


def with_late_fixes(small: World, seed: int) -> World:
    """Some fixes have lain somewhere, and arrive minutes after their successors; never a device's first."""
    random = np.random.default_rng(seed)
    firsts = {its[0] for its in by_device(small).values()}
    return arrived(
        small,
        [
            replace(one, received_at=one.received_at + int(random.integers(30, 900)) * SECOND)
            if one.kind == ReportKind.FIX and random.random() < 0.08 and one not in firsts
            else one
            for one in small.reports
        ],
    )


def with_late_bursts(small: World, seed: int) -> World:
    """Stretches of a device's reports arrive together, in any order, after some that followed them.

    Its first report comes first: what it counted before that is taken for heard.
    """
    random = np.random.default_rng(seed)
    told: list[Report] = []
    for its in by_device(small).values():
        told.append(its[0])
        place = 1
        while place < len(its):
            count = int(random.integers(1, 12))
            stretch, place = its[place : place + count], place + count
            told += _together(random, stretch) if random.random() < 0.3 else stretch
    return arrived(small, told)


def with_stored_uploads(small: World, seed: int) -> World:
    """Devices lose the network for stretches, and send what they kept, in order, when they find it again."""
    random = np.random.default_rng(seed)
    told: list[Report] = []
    for its in by_device(small).values():
        back_at: Micros = 0
        for one in its:
            if random.random() < 0.04:
                back_at = one.received_at + int(random.integers(60, 3_600)) * SECOND
            told.append(replace(one, received_at=max(one.received_at, back_at)))
    return arrived(small, told)


def _together(random: Any, stretch: Sequence[Report]) -> list[Report]:
    back_at = stretch[-1].received_at + int(random.choice([1, 45, 240, 900])) * SECOND
    return [
        replace(stretch[int(k)], received_at=back_at + int(n) * int(random.choice([0, SECOND])))
        for n, k in enumerate(random.permutation(len(stretch)))
    ]


def by_device(small: World) -> dict[str, list[Report]]:
    """What each device reports, in order."""
    told: dict[str, list[Report]] = {}
    for one in small.reports:
        told.setdefault(one.device, []).append(one)
    return told


def arrived(small: World, told: Sequence[Report]) -> World:
    """The world in which these reports arrive, each when it says."""
    return replace(small, reports=tuple(sorted(told, key=lambda report: report.received_at)))

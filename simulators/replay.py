"""Recorded tracks through the engine's heart, as if they arrived now: same rulebook, same tracks, same bytes
out.

    em replay --rules DIR --tracks FILE… [--out ALERTS.jsonl] [--until TIME]

The clock runs from the first report to the last, or to `--until`, and wakes the heart for windows and
deadlines on the way. How the reports are cut into batches changes nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol

from em_engine.vocabulary import BEFORE_ALL, Batch, Change, ChangeKind, Micros


class Step(Protocol):
    """What a heart answers: the changes it decided on, and the rows of devices no order names."""

    @property
    def changes(self) -> Sequence[Change]: ...


class Heart(Protocol):
    """What decides: `monitoring.heart.Heart`, or a test's."""

    def step(self, batch: Batch | None, until: Micros) -> Step:
        """Judge the reports, then let time pass to `until`."""
        ...

    def conclude(self) -> Step:
        """Nothing more will come."""
        ...


def replay(heart: Heart, batches: Iterable[Batch], *, until: Micros | None = None) -> Iterator[Change]:
    """Every change the tracks bring about, in the order of its `at`; changes of one instant in a fixed
    order."""
    return in_order(_told(heart, batches, until))


def _told(heart: Heart, batches: Iterable[Batch], until: Micros | None) -> Iterator[Change]:
    reached = BEFORE_ALL
    for batch in batches:
        reached = int(batch.rows["received_at"][-1])
        yield from heart.step(batch, reached).changes
    if until is not None and until > reached:
        yield from heart.step(None, until).changes
    yield from heart.conclude().changes


_LIFE: Final = {change: place for place, change in enumerate(ChangeKind)}


def in_order(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, those decided at one instant sorted by what they are about.

    A step ends between two reports that arrived in the same microsecond, or it does not: what they bring
    about is the same, and with this its order is too.
    """
    for _, together in groupby(changes, key=lambda change: change.at):
        yield from sorted(together, key=_about)


def _about(change: Change) -> tuple[str, str, str, Micros, int, Micros]:
    life = _LIFE[change.change]
    return change.case, change.condition, change.type.value, change.opened_at, life, change.detected_at


def line_of(change: Change) -> str:
    """The change as a line of `ALERTS.jsonl`."""
    return json.dumps(change.as_json(), ensure_ascii=False, separators=(",", ":"))


def counted(batches: Iterable[Batch], *, total: int, tell: Callable[[str], None]) -> Iterator[Batch]:
    """The batches, with how far they have come told after each."""
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        tell(f"\r{done} of {total} reports")
    tell("\r\033[K")

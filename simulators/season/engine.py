"""Our engine over a season: what it told, and how sure it was; kept day by day, so that who is ended goes on
from the last midnight.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from em_engine.monitoring.columns import Rules, compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.snapshot import SnapshotUnreadable, dump, load
from em_engine.rulebook import load_files
from em_engine.vocabulary import NEVER, SECOND, Change, ChangeKind, Micros
from simulators.replay import in_order
from simulators.season.duties import DAY_S, Case
from simulators.season.rules import rulebook_files
from simulators.season.spool import Spool
from simulators.season.world import START
from simulators.spans import Span

Told = tuple[Span, float]
"""An alert, and how sure the engine was as it opened it."""
Tell = Callable[[float], None]
"""Hears how much more of the work is done, as a share of all of it."""
MAKING: Final = 0.1
"""As much of the work is the world's and the baselines'; the rest is our engine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where our engine stands at a midnight: the heart's state, and the alerts so far by their ids."""

    day: int  # so many are judged
    heart: bytes
    told: Mapping[str, Told]


Keep = Callable[[Reached], None]
"""Hears where it stands after each day."""


def forget(reached: Reached) -> None:
    """Who keeps nothing."""


def rules_of(cases: Sequence[Case]) -> Rules:
    """The orders as the heart wants them."""
    return compile_rules(load_files(rulebook_files(cases)))


def told_over(
    spool: Spool, cases: Sequence[Case], *, tell: Tell, reached: Reached | None = None, keep: Keep = forget
) -> list[Told]:
    """Every alert of these cases over all the days, from where it stood."""
    heart, told, judged = _taken_up(rules_of(cases), reached)
    for day in range(judged, spool.days):
        _note(told, in_order(_over(heart, spool, day, tell)))
        keep(Reached(day=day + 1, heart=dump(heart), told=told))
    _note(told, in_order(heart.conclude().changes))
    return list(told.values())


def _taken_up(rules: Rules, reached: Reached | None) -> tuple[Heart, dict[str, Told], int]:
    """From the beginning, where nothing was kept that can be read."""
    if reached is not None:
        try:
            heart, _ = load(reached.heart, rules)
            return heart, dict(reached.told), reached.day
        except SnapshotUnreadable:
            pass
    return Heart(rules), {}, 0


def _over(heart: Heart, spool: Spool, day: int, tell: Tell) -> Iterator[Change]:
    """What a day brings about."""
    start, length = START + day * _DAY, spool.days * _DAY
    now = start
    for batch in spool.batches(day):
        before, now = now, int(batch.rows["received_at"][-1])
        yield from heart.step(batch, now).changes
        tell((now - before) / length)
    yield from heart.step(None, start + _DAY).changes
    tell((start + _DAY - now) / length)


_DAY: Final[Micros] = DAY_S * SECOND


def told_by(changes: Iterable[Change]) -> list[Told]:
    """Each alert as its last change leaves it."""
    told: dict[str, Told] = {}
    _note(told, changes)
    return list(told.values())


def _note(told: dict[str, Told], changes: Iterable[Change]) -> None:
    for one in changes:
        end = NEVER if one.cleared_at is None else one.cleared_at
        if one.change is ChangeKind.OPENED:
            span = Span(
                key=(one.case, one.condition, one.type.value),
                start=one.opened_at,
                end=end,
                # What waits at a device is known when it arrives: that is when an operator is told.
                detected_at=max(one.detected_at, one.at),
            )
            told[one.alert] = span, one.confidence
        elif one.alert in told:
            span, confidence = told[one.alert]
            told[one.alert] = replace(span, end=end), confidence

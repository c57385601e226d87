"""Sections 6 and 8: what the engine does besides judging: it was deaf, was kept waiting, forgets places."""

from typing import NamedTuple

from em_engine.vocabulary import Micros


class Deaf(NamedTuple):
    """Nothing could be heard since then; from `at` on it can."""

    since: Micros
    at: Micros


class Stalled(NamedTuple):
    """The broker stood still for that moment."""

    since: Micros
    at: Micros


class Forgetting(NamedTuple):
    """Places that decide nothing any more are forgotten."""

    at: Micros

    @property
    def since(self) -> Micros:
        return self.at


Doing = Deaf | Stalled | Forgetting


def moved_on(time: Micros, *, doing: Deaf | Stalled, anew: Micros) -> Micros:
    """From when something counts that must not count our own deafness: anew, or later by that moment."""
    if isinstance(doing, Deaf):
        return max(time, anew)
    return max(time, min(time + doing.at - doing.since, anew))

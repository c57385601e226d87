"""A person's stays and trips as they are written, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import Booleans, Floats
from simulators.season.town import Town
from simulators.season.travel import Way, trip
from simulators.season.way import Doing, Path


@dataclass
class Diary:
    """What somebody does from the season's beginning on; where it ends is the truth."""

    home: Floats
    chance: Generator
    town: Town
    shunned: Sequence[Booleans] = ()
    now_s: float = 0.0
    _knots: list[tuple[Floats, Floats, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.here = self.home
        self._knot(0.0, Doing.INDOORS)

    def trip_to(self, there: Floats, *, doing: Doing | None = None) -> list[Way]:
        """The legs from here, round what is shunned where that can be."""
        return trip(self.chance, self.town, (self.here, there), doing=doing, shunned=self.shunned)

    def follow(self, legs: Sequence[Way], depart_s: float, *, then: Doing = Doing.INDOORS) -> None:
        """Stay until then, or go at once if it is past; follow the legs; do that at their end."""
        for leg in legs:
            begin_s = max(depart_s, self.now_s + 1.0)
            self._knots.append((begin_s + leg.after_s, leg.xy_m, leg.doing))
            self.here, self.now_s = leg.xy_m[-1], begin_s + leg.lasts_s
            depart_s = self.now_s
        self._knot(self.now_s + 0.001, then)

    def go(
        self, there: Floats, depart_s: float, *, then: Doing = Doing.INDOORS, doing: Doing | None = None
    ) -> None:
        """Go there, leaving at that time."""
        self.follow(self.trip_to(there, doing=doing), depart_s, then=then)

    def arrive(self, there: Floats, by_s: float) -> None:
        """Go there so as to arrive at that time, or as soon as can be."""
        legs = self.trip_to(there)
        self.follow(legs, by_s - sum(leg.lasts_s + 1.0 for leg in legs))

    def _knot(self, at_s: float, doing: Doing) -> None:
        self._knots.append((np.array([at_s]), self.here[None, :], doing))
        self.now_s = at_s

    def path(self, end_s: float) -> Path:
        """Everything written, up to the end of the season."""
        self._knot(max(end_s, self.now_s + 1.0), Doing.INDOORS)
        at_s = np.concatenate([at for at, _, _ in self._knots])
        doing = np.concatenate([np.full(len(at), what, dtype=np.int8) for at, _, what in self._knots])
        return Path(at_s=at_s, xy_m=np.concatenate([xy for _, xy, _ in self._knots]), doing=doing)

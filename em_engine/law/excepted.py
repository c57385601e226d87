"""Zones with ways and places in them where the condition does not bind: a road through a forbidden area."""

from collections.abc import Sequence

import numpy as np

from em_engine.law.geodesy import Zones
from em_engine.law.outline import concat
from em_engine.law.watch import Bond
from em_engine.vocabulary import Floats, Indices

NOWHERE_M = -1e9
"""The depth in an exception that is not there."""


class ZonesWithExceptions(Zones):
    """All zones of a rulebook, as columns; depths come with the depth in what is excepted: (n, 2).

    Pairs of a zone and its exceptions stand behind the zones themselves, in `names` too.
    """

    def __init__(self, zones: Zones, bonds: Sequence[Bond]) -> None:
        self._whole = zones
        pairs = dict.fromkeys((bond.zone, bond.excepted) for bond in bonds if bond.excepted)
        self._numbers = {pair: len(zones) + number for number, pair in enumerate(pairs)}
        self._zone = np.array([*range(len(zones)), *(zone for zone, _ in pairs)], dtype=np.intp)
        listed = [(), *(excepted for _, excepted in pairs)]
        counts = np.array([len(excepted) for excepted in listed], dtype=np.intp)
        self._excepted = np.array([one for excepted in listed for one in excepted], dtype=np.intp)
        self._pair = np.concatenate([np.zeros(len(zones), dtype=np.intp), np.arange(1, len(listed))])
        self._counts, self._starts = counts, np.cumsum(counts) - counts
        self.names = (*zones.names, *(zones.names[zone] for zone, _ in pairs))
        accuracy_m = zones.outline_accuracy_m
        # Which of the outlines a margin is counted from changes from place to place: the worse one counts.
        worst_m = [accuracy_m[[zone, *excepted]].max() for zone, excepted in pairs]
        self.outline_accuracy_m = np.concatenate([accuracy_m, worst_m])

    def __len__(self) -> int:
        return len(self.names)

    def number(self, bond: Bond) -> int:
        """Where the zone of a condition stands, with its exceptions."""
        return self._numbers.get((bond.zone, bond.excepted), bond.zone)

    def depth_m(self, zone: Indices, ecef: Floats) -> Floats:
        """How deep inside its zone each position is, and how deep inside any of its exceptions."""
        depths = np.full((len(zone), 2), NOWHERE_M)
        depths[:, 0] = self._whole.depth_m(self._zone[zone], ecef)
        pair = self._pair[zone]
        rows = np.flatnonzero(pair)
        if len(rows):
            counts = self._counts[pair[rows]]
            one = self._excepted[concat(self._starts[pair[rows]], counts)]
            inside_m = self._whole.depth_m(one, np.repeat(ecef[rows], counts, axis=0))
            depths[rows, 1] = np.maximum.reduceat(inside_m, np.cumsum(counts) - counts)
        return depths

    def passage(self, zone: int, start: Floats, end: Floats) -> tuple[float, float, float] | None:
        """None, too, where the way touches an exception: the wearer may have followed that."""
        pair = int(self._pair[zone])
        first, count = int(self._starts[pair]), int(self._counts[pair])
        for one in self._excepted[first : first + count]:
            if self._whole.passage(int(one), start, end) is not None:
                return None
        return self._whole.passage(int(self._zone[zone]), start, end)

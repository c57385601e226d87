"""Who of many is near whom as they move: a grid of cells, its members in two sorted tables.

A grid and no tree, because members move all the time: a tree over ten thousand is built anew in milliseconds,
a move within a cell costs nothing here, and one between cells touches the small table alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.law.outline import concat
from em_engine.vocabulary import Floats, Indices

_CORNERS: Final = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.int64)
_PRIMES: Final = np.array([73_856_093, 19_349_663, 83_492_791], dtype=np.int64)
_GROUP_PRIME: Final = 2_654_435_761
_MOVED_MIN: Final = 64
_MOVED_SHARE: Final = 16
"""The small table holds at most one in so many members; then both are made one again."""

_Keys = NDArray[np.int64]


class Neighbourhood:
    """Members of groups, and where they are. Each group has a reach of its own, and knows no other group."""

    def __init__(self, group: Indices, reach_m: Floats) -> None:
        """`group` of each member: (members,); `reach_m` of each group: (groups,), above 0."""
        self._group = group
        self._reach_m = reach_m[group]
        self._ecef = np.zeros((len(group), 3))
        self._keys: _Keys = self._key(self._cells(np.arange(len(group)), self._ecef, shift=0.0), group)
        self._settled = _Table(self._keys, np.arange(len(group)))
        self._moved = _Table(self._keys, np.zeros(0, dtype=np.intp))

    def move(self, members: Indices, ecef: Floats) -> None:
        """These are there now: (n,) without repeats, and (n, 3) metres."""
        self._ecef[members] = ecef
        keys = self._key(self._cells(members, ecef, shift=0.0), self._group[members])
        changed = members[keys != self._keys[members]]
        if not len(changed):
            return
        self._keys[members] = keys
        moved = np.union1d(self._moved.members, changed)
        if len(moved) > max(_MOVED_MIN, len(self._group) // _MOVED_SHARE):
            self._settled = _Table(self._keys, np.arange(len(self._group)))
            moved = moved[:0]
        self._moved = _Table(self._keys, moved)

    def near(self, members: Indices, ecef: Floats) -> tuple[Indices, Indices]:
        """Who of the group would be within its reach, were each of these members at `ecef`.

        (places in `members`, who is there), each pair once, in order.
        """
        # A cell is two reaches wide, so what is within reach lies in the two cells nearest along each axis.
        cells = self._cells(members, ecef, shift=-0.5)[:, None, :] + _CORNERS
        keys = self._key(cells, self._group[members][:, None]).ravel()
        found = [self._there(table, keys) for table in (self._settled, self._moved)]
        places, others = (np.concatenate(column) for column in zip(*found, strict=True))
        step = self._ecef[others] - ecef[places]
        is_near = np.einsum("ij,ij->i", step, step) <= self._reach_m[others] ** 2
        is_near &= (others != members[places]) & (self._group[others] == self._group[members[places]])
        pairs = np.unique(places[is_near] * len(self._group) + others[is_near])
        return pairs // len(self._group), pairs % len(self._group)

    def _there(self, table: "_Table", keys: _Keys) -> tuple[Indices, Indices]:
        """Whom the table has in cells of these keys, eight a place, but for those who have left them."""
        which, others = table.of(keys)
        is_there = self._keys[others] == keys[which]
        return which[is_there] // len(_CORNERS), others[is_there]

    def _cells(self, members: Indices, ecef: Floats, *, shift: float) -> _Keys:
        return np.floor(ecef / (2.0 * self._reach_m[members])[:, None] + shift).astype(np.int64)

    def _key(self, cells: _Keys, group: Indices) -> _Keys:
        """A number a cell; two cells may share one, so who is found is measured."""
        spread = cells * _PRIMES
        mixed = spread[..., 0] ^ spread[..., 1] ^ spread[..., 2]
        return np.asarray(mixed ^ (group * _GROUP_PRIME), dtype=np.int64)


class _Table:
    """Members in the order of their cells' keys."""

    __slots__ = ("_keys", "_sorted", "members")

    def __init__(self, keys: _Keys, members: Indices) -> None:
        order = np.argsort(keys[members], kind="stable")
        self.members = members
        self._sorted = members[order]
        self._keys = keys[self._sorted]

    def of(self, keys: _Keys) -> tuple[Indices, Indices]:
        """For each key the members that had it: (places in `keys`, members)."""
        starts = np.searchsorted(self._keys, keys)
        counts = np.searchsorted(self._keys, keys, side="right") - starts
        hits = np.flatnonzero(counts)
        return np.repeat(hits, counts[hits]), self._sorted[concat(starts[hits], counts[hits])]

"""The edges of all drawn zones as columns: how far the nearest one is, and whether a position lies within.

Edges stand in runs, each with a box round it, so that of a county's thousands of edges a position is held
against a few dozen. Everything here is metres in the planes of the zones (`geodesy.py`).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely

from em_engine.vocabulary import Booleans, Floats, Indices

RUN_MIN: Final = 8
"""Edges in a run of a short line. A longer line has as many runs as a run has edges: the fewest in all."""
PAIRS_MAX: Final = 1 << 14
"""Pairs of a position and a run looked at in one go: what is in use stays in the processor's cache."""
_ROUNDING: Final = 1.0 + 1e-9


def concat(starts: Indices, counts: Indices) -> Indices:
    """The ranges `start .. start + count`, one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


class Outlines:
    """The edges of drawn shapes: one row a shape; points have none, and must not be asked about."""

    def __init__(self, shapes: Sequence[Any]) -> None:
        lines, of_shape = _lines(shapes)
        corners, of_line = shapely.get_coordinates(lines, return_index=True)
        self._x, self._y = corners[:, 0].copy(), corners[:, 1].copy()
        edges = np.bincount(of_line, minlength=len(lines)) - 1
        first_corner = np.concatenate(([0], np.cumsum(edges + 1)[:-1])).astype(np.intp)[: len(lines)]
        length = np.maximum(RUN_MIN, np.ceil(np.sqrt(edges))).astype(np.intp)
        runs = -(-edges // length)
        nth = concat(np.zeros(len(lines), dtype=np.intp), runs)
        before = nth * np.repeat(length, runs)
        self._first: Indices = np.repeat(first_corner, runs) + before
        self._edges: Indices = np.minimum(np.repeat(length, runs), np.repeat(edges, runs) - before)
        self._boxes = self._boxed()
        of_run = np.repeat(of_shape, runs)
        self._starts: Indices = np.searchsorted(of_run, np.arange(len(shapes)))
        self._runs: Indices = np.searchsorted(of_run, np.arange(len(shapes)), side="right") - self._starts

    def _boxed(self) -> Floats:
        """West, south, east and north of every run: (4, runs)."""
        if not len(self._first):
            return np.zeros((4, 0))
        corner = concat(self._first, self._edges + 1)
        heads = _heads(self._edges + 1)
        low, high = np.minimum.reduceat, np.maximum.reduceat
        x, y = self._x[corner], self._y[corner]
        return np.stack([low(x, heads), low(y, heads), high(x, heads), high(y, heads)])

    def away_m(self, shape: Indices, planar: Floats) -> tuple[Floats, Booleans]:
        """Metres from each position to the nearest edge of its shape, and whether it lies within that shape.

        (n,) and (n, 2) in, two (n,) out. On an edge, the side is not told.
        """
        away_m, is_inside = np.empty(len(shape)), np.zeros(len(shape), dtype=bool)
        for rows in _blocks(self._runs[shape]):
            away_m[rows], is_inside[rows] = self._away(shape[rows], planar[rows, 0], planar[rows, 1])
        return away_m, is_inside

    def _away(self, shape: Indices, x: Floats, y: Floats) -> tuple[Floats, Booleans]:
        runs = self._runs[shape]
        assert runs.all(), "a shape without edges is asked about"
        pairs = _Pairs(np.repeat(np.arange(len(shape)), runs), concat(self._starts[shape], runs))
        x, y = x[pairs.of], y[pairs.of]
        near = self._may_be_nearest(pairs, x, y, _heads(runs))
        nearest = self._nearest(pairs.take(near), x[near], y[near])
        beside = self._may_be_crossed(pairs, x, y)
        return nearest, self._is_within(pairs.take(beside), x[beside], y[beside], len(shape))

    def _may_be_nearest(self, pairs: "_Pairs", x: Floats, y: Floats, heads: Indices) -> Indices:
        """Pairs whose box is no further than the nearest first corner of all runs: theirs is the nearest
        edge."""
        west, south, east, north = self._boxes[:, pairs.run]
        aside = np.maximum(np.maximum(west - x, x - east), 0.0)
        along = np.maximum(np.maximum(south - y, y - north), 0.0)
        corner = self._first[pairs.run]
        to_corner = (self._x[corner] - x) ** 2 + (self._y[corner] - y) ** 2
        bound = np.minimum.reduceat(to_corner, heads) * _ROUNDING
        return np.flatnonzero(aside**2 + along**2 <= bound[pairs.of])

    def _may_be_crossed(self, pairs: "_Pairs", x: Floats, y: Floats) -> Indices:
        """Pairs whose box a ray to the east may meet."""
        _, south, east, north = self._boxes[:, pairs.run]
        return np.flatnonzero((south <= y) & (y <= north) & (x <= east))

    def _nearest(self, pairs: "_Pairs", x: Floats, y: Floats) -> Floats:
        """Metres to the nearest edge of all runs of a position."""
        edges = self._edges[pairs.run]
        start = concat(self._first[pairs.run], edges)
        from_x, from_y = self._x[start], self._y[start]
        step_x, step_y = self._x[start + 1] - from_x, self._y[start + 1] - from_y
        away_x, away_y = np.repeat(x, edges) - from_x, np.repeat(y, edges) - from_y
        length = np.maximum(step_x * step_x + step_y * step_y, 1e-18)
        share = np.minimum(np.maximum((away_x * step_x + away_y * step_y) / length, 0.0), 1.0)
        away_x -= share * step_x
        away_y -= share * step_y
        heads = np.searchsorted(np.repeat(pairs.of, edges), np.arange(pairs.of[-1] + 1))
        return np.sqrt(np.minimum.reduceat(away_x * away_x + away_y * away_y, heads))

    def _is_within(self, pairs: "_Pairs", x: Floats, y: Floats, count: int) -> Booleans:
        """Whether a ray to the east crosses an odd number of edges."""
        edges = self._edges[pairs.run]
        start = concat(self._first[pairs.run], edges)
        from_y, to_y = self._y[start], self._y[start + 1]
        x, y = np.repeat(x, edges), np.repeat(y, edges)
        crosses = np.flatnonzero((from_y > y) != (to_y > y))
        start, from_y, to_y, y = start[crosses], from_y[crosses], to_y[crosses], y[crosses]
        from_x, to_x = self._x[start], self._x[start + 1]
        meets_x = from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x)
        met = np.repeat(pairs.of, edges)[crosses][x[crosses] < meets_x]
        return np.asarray(np.bincount(met, minlength=count) % 2 == 1)


class _Pairs:
    """Positions and runs they are held against: columns of equal length, positions in their order."""

    __slots__ = ("of", "run")

    def __init__(self, of: Indices, run: Indices) -> None:
        self.of, self.run = of, run

    def take(self, which: Indices) -> "_Pairs":
        return _Pairs(self.of[which], self.run[which])


def _lines(shapes: Sequence[Any]) -> tuple[Any, Indices]:
    """Every ring and line of the shapes, and which shape it is of."""
    column = np.empty(len(shapes), dtype=object)
    column[:] = shapes
    parts, of_part = shapely.get_parts(column, return_index=True)
    is_area = shapely.get_dimensions(parts) == 2
    rings, of_ring = shapely.get_rings(parts[is_area], return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    lines = np.concatenate([rings, parts[is_line]])
    of_shape = np.concatenate([of_part[is_area][of_ring], of_part[is_line]])
    order = np.argsort(of_shape, kind="stable")
    return lines[order], of_shape[order]


def _heads(counts: Indices) -> Indices:
    """Where each of the ranges begins that lie one after the other."""
    return np.cumsum(counts) - counts


def _blocks(runs: Indices) -> Iterator[slice]:
    """The rows in pieces of about PAIRS_MAX runs."""
    ends = np.cumsum(runs)
    start = 0
    while start < len(runs):
        before = ends[start] - runs[start]
        end = max(start + 1, int(np.searchsorted(ends, before + PAIRS_MAX, side="right")))
        yield slice(start, end)
        start = end

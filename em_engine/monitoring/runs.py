"""Messages in runs, in each of which a device counts up by one: most of what it sends, whatever is lost."""

from heapq import heapify, heappop, heapreplace

import numpy as np

from em_engine.vocabulary import Indices, Rows


class Runs:
    """Some messages of a batch by device, taken one by one or a run at once, always the earliest next."""

    def __init__(self, rows: Rows, which: Indices, place: Indices) -> None:
        """`which` ascend; `place` has the device of each of all the rows."""
        self._which = which[np.argsort(place[which], kind="stable")]
        self._place = place[self._which]
        seq, received_at = rows["seq"][self._which], rows["received_at"][self._which]
        is_new = self._place[1:] != self._place[:-1]
        begins = is_new | (seq[1:] != seq[:-1] + 1) | (received_at[1:] < received_at[:-1])
        starts = np.flatnonzero(np.concatenate([[True], begins])[: len(which)])
        ends = np.append(starts[1:], len(which))
        self._run_end = np.repeat(ends, ends - starts)
        first = np.flatnonzero(np.concatenate([[True], is_new])[: len(which)])
        self._end = np.repeat(np.append(first[1:], len(which)), np.diff(np.append(first, len(which))))
        self._heads: list[tuple[int, int]] = list(
            zip(self._which[first].tolist(), first.tolist(), strict=True)
        )
        heapify(self._heads)

    @property
    def are_left(self) -> bool:
        """Whether any message has not been taken."""
        return bool(self._heads)

    @property
    def next_row(self) -> int:
        """The earliest of those that are left."""
        return self._heads[0][0]

    @property
    def next_place(self) -> int:
        """Its device."""
        return int(self._place[self._heads[0][1]])

    def pop(self) -> None:
        """It is taken."""
        self._go_on_from(self._heads[0][1] + 1)

    def pop_run(self) -> Indices:
        """It is taken, with what is left of its run: these rows."""
        at = self._heads[0][1]
        end = int(self._run_end[at])
        self._go_on_from(end)
        return self._which[at:end]

    def _go_on_from(self, at: int) -> None:
        if at < self._end[self._heads[0][1]]:
            heapreplace(self._heads, (int(self._which[at]), at))
        else:
            heappop(self._heads)

"""Where conditions stand towards other members of their group, one by one: kept for those that are near."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import SLOT, Phase
from em_engine.vocabulary import Indices, Rows

IN_BREACH: Final = (Phase.OPEN, Phase.RETURNING)


class Company:
    """The pairs of a condition (row) and another member: `each` slots a pair."""

    def __init__(self, member: Indices, members: int, each: int) -> None:
        """`member` of each row."""
        self._member, self._each = member, each
        self._of: list[dict[int, Rows]] = [{} for _ in member]
        self._rows: list[list[int]] = [[] for _ in range(members)]
        for row, one in enumerate(member):
            self._rows[int(one)].append(row)
        self.partners: list[set[int]] = [set() for _ in range(members)]

    def rows(self, member: int) -> Sequence[int]:
        """The conditions of a member."""
        return self._rows[member]

    def slots(self, row: int, other: int) -> Rows | None:
        """Where a condition stands towards another member; None where nothing is to be known of it."""
        return self._of[row].get(other)

    def begin(self, row: int, other: int) -> Rows:
        """Slots for a pair that has none."""
        return self.put(row, other, breach.blank_slots(1, self._each)[0])

    def put(self, row: int, other: int, slots: Rows) -> Rows:
        """These slots for a pair."""
        member = int(self._member[row])
        self._of[row][other] = slots
        self.partners[member].add(other)
        self.partners[other].add(member)
        return slots

    def end(self, row: int, other: int) -> None:
        """Nothing is to be known of the pair any more."""
        del self._of[row][other]
        member = int(self._member[row])
        here = any(other in self._of[one] for one in self._rows[member])
        there = any(member in self._of[one] for one in self._rows[other])
        if not (here or there):
            self.partners[member].discard(other)
            self.partners[other].discard(member)

    def of(self, row: int) -> list[tuple[int, Rows]]:
        """The other members of a condition, with their slots."""
        return sorted(self._of[row].items())

    def towards(self, member: int) -> Iterator[tuple[int, Rows]]:
        """The conditions of others that stand somehow towards a member, with their slots for him."""
        for partner in sorted(self.partners[member]):
            for row in self._rows[partner]:
                if member in self._of[row]:
                    yield row, self._of[row][member]

    def in_breach(self, row: int, number: int) -> int:
        """Towards how many other members the slot of that number is open."""
        return sum(slots[number]["phase"] in IN_BREACH for slots in self._of[row].values())

    def dump(self) -> list[Any]:
        """Every pair, as plain values."""
        return [
            [row, other, slots.tobytes()]
            for row, towards in enumerate(self._of)
            for other, slots in sorted(towards.items())
        ]


def from_bytes(blob: bytes) -> Rows:
    """The slots of a pair, as `dump` wrote them."""
    return np.frombuffer(blob, dtype=SLOT).copy()

"""Section 1, rule 3: the numbers that a device counts its messages by, and which of them are missing."""

from dataclasses import dataclass, field

from em_engine.vocabulary import SECOND, Micros

MAY_COME_FOR = 60 * SECOND
PATIENCE = 2 * SECOND


@dataclass
class Count:
    """The count of one device."""

    lowest: int | None = None
    highest: int = -1
    missing: dict[int, Micros] = field(default_factory=dict)
    """Each number that has not come, and when another showed that."""
    fixes: list[int] = field(default_factory=list)
    """The numbers of those that have come and were fixes."""

    def hear(self, number: int, at: Micros, *, is_fix: bool) -> None:
        """A message of that number has come."""
        self.fixes += [number] * is_fix
        if self.lowest is None:
            self.lowest = self.highest = number
        self.missing.pop(number, None)
        for one in (*range(self.highest + 1, number), *range(number + 1, self.lowest)):
            self.missing[one] = at
        self.lowest, self.highest = min(self.lowest, number), max(self.highest, number)

    def is_torn(self, number: int, at: Micros) -> bool:
        """Whether something is missing between the fix before that number and it, and may be on its way."""
        before = max((one for one in self.fixes if one < number), default=-1)
        between = (since for one, since in self.missing.items() if before < one < number)
        return any(at - since < MAY_COME_FOR for since in between)

    def waits_until(self, number: int) -> Micros:
        """Until when a message of that number waits for what is missing below it."""
        return max((since + PATIENCE for one, since in self.missing.items() if one < number), default=0)

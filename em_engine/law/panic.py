"""The protected person's key: an alert by itself, whatever the windows, to the end of the order."""

from collections.abc import Iterator
from typing import Any, ClassVar

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.watch import Told
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.vocabulary import BEFORE_ALL, DeviceEvent, Micros, Rows, rfc3339


class PanicKeyWatch(WindowedWatch):
    """Conditions that name a protected person, one of whose slots is for the key."""

    panic_slot: ClassVar[int]

    def clear_all(self, row: int, edge: Micros) -> Iterator[Told]:
        """A pressed key outlasts the window, to the end of the order."""
        panic = self.slots[row][self.panic_slot]
        stays = panic["phase"] == Phase.OPEN and self.bonds[row].schedule.is_valid(edge)
        if stays:
            panic["phase"] = Phase.CLEAR
        yield from super().clear_all(row, edge)
        if stays:
            panic["phase"] = Phase.OPEN

    def hear_event(self, row: int, seat: int, report: Any, seats: Rows) -> Iterator[Told]:
        """The key is pressed."""
        at = int(report["at"])
        if report["event"] == DeviceEvent.PANIC and seat in self.bonds[row].other_seats:
            yield self._panic(row, seat, at)
            yield from self._too_late(row, seat, at, int(report["received_at"]))

    def _panic(self, row: int, seat: int, at: Micros) -> Told:
        slot = self.slots[row][self.panic_slot]
        evidence = self.frame(row) | {"with": self.bonds[row].terms.with_, "pressed_at": rfc3339(at)}
        if slot["phase"] == Phase.CLEAR:
            slot["since"], slot["p"] = at, 1.0
            breach.open_breach(slot, BEFORE_ALL)
            return self.told_opened(row, self.panic_slot, at=at, seat=seat, evidence=evidence)
        slot["repeats"] += 1
        return self.told_repeated(row, self.panic_slot, at=at, seat=seat, evidence=evidence)

    def _too_late(self, row: int, seat: int, at: Micros, received_at: Micros) -> Iterator[Told]:
        """Pressed, or heard of, when the order is over: somebody must look, and nothing later clears it."""
        over_at = self.bonds[row].schedule.order_ends
        if max(at, received_at) >= over_at:
            slot, until = self.slots[row][self.panic_slot], max(at, over_at)
            slot["phase"] = Phase.CLEAR
            evidence = self.frame(row) | {"order_ended_at": rfc3339(over_at)}
            yield self.told_cleared(row, slot, at=until, cleared_at=until, seat=seat, evidence=evidence)

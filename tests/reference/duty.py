"""Sections 4 and 6: one condition of one case, its windows' edges, and what it tells."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from em_engine.vocabulary import BEFORE_ALL, NEVER, AlertType, ChangeKind, Micros
from tests.reference.doings import Deaf, Stalled
from tests.reference.reports import Report
from tests.reference.seat import Seat
from tests.reference.slot import Slot


class Told(NamedTuple):
    """One change, without its evidence."""

    case: str
    condition: str
    type: AlertType
    change: ChangeKind
    opened_at: Micros
    detected_at: Micros
    cleared_at: Micros | None


class Way(NamedTuple):
    """A way through a zone that was told over a hole in its device's count, and waits for what is missing."""

    began_at: Micros
    opened: Told
    cleared: Told
    received_at: Micros


def _none_is_held(way: Way) -> None:
    raise AssertionError("a duty that nobody has given a case")


class Ground(Protocol):
    """Where zones lie and how far apart positions are: by default `EllipsoidGround`."""

    def depth_m(self, zone: str, lon: float, lat: float) -> float:
        """Metres inside the zone."""

    def doubt_m(self, zone: str) -> float:
        """How far the zone's outline may be off."""

    def apart_m(self, lon: float, lat: float, other_lon: float, other_lat: float) -> float:
        """Metres between positions."""

    def from_the_way_m(self, start: Report, end: Report, share: float, other: Report) -> float:
        """Metres between another fix and where that share of the way between two is done."""

    def passage(self, zone: str, start: Report, end: Report) -> tuple[float, float, float] | None:
        """Shares of the way at which it enters and leaves the zone, and its greatest depth there."""


class Duty:
    """One condition. Its windows are (start, end); kinds say which part of one is enforced."""

    def __init__(
        self,
        *,
        case: str,
        condition: str,
        terms: Any,
        windows: Sequence[tuple[Micros, Micros]],
        ground: Ground,
        wearer: Sequence[Seat],
        protected: Sequence[Seat] = (),
        valid: tuple[Micros, Micros] = (BEFORE_ALL, NEVER),
    ) -> None:
        self.valid_from, self.valid_to = valid
        self.case, self.condition, self.terms, self.ground = case, condition, terms, ground
        self.wearer, self.protected = tuple(wearer), tuple(protected)
        self.told: list[Told] = []
        self.hold_way: Callable[[Way], None] = _none_is_held
        self.start, self.end, self.not_before = NEVER, NEVER, NEVER
        self.is_enforced = False
        self.last_edge = BEFORE_ALL
        self.edges = [edge for window in windows for edge in self._edges_of(*window)]

    def enforced(self, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        """The part of a window in which a breach can open."""
        return start, end

    def _edges_of(self, start: Micros, end: Micros) -> list[tuple[Micros, str, Micros, Micros]]:
        first, last = self.enforced(start, end)
        inner = [(first, "enforce", start, end), (last, "relax", start, end)] if first < last else []
        return [(start, "begin", start, end), *inner, (end, "end", start, end)]

    # The clock ----------------------------------------

    def start_at(self, since: Micros) -> None:
        """Take the condition up at this instant: edges before it are passed, and nothing is told of them."""
        while self.edges and self.edges[0][0] <= since:
            self._enter(self.edges.pop(0))

    def due(self) -> Micros:
        """When the condition next wants to be asked."""
        return min(self.edges[0][0] if self.edges else NEVER, self.clock_at())

    def fire(self, now: Micros) -> None:
        """The edge or the timer of that instant; edges first."""
        if self.edges and self.edges[0][0] <= now:
            self.pass_edge()
        else:
            self.ring(now)

    def reach(self, at: Micros) -> None:
        """A fix in order has reached `at`: so have the edges."""
        while self.edges and self.edges[0][0] <= at:
            self.pass_edge()

    def pass_edge(self) -> None:
        """Rules 1 and 2."""
        edge = self.edges.pop(0)
        self._enter(edge)
        at, name, _, _ = edge
        if name == "enforce":
            self.at_start(at)
        elif name == "relax":
            self.at_relax()
        elif name == "end":
            self.at_end(at)

    def _enter(self, edge: tuple[Micros, str, Micros, Micros]) -> None:
        at, name, start, end = edge
        self.last_edge = at
        self.is_enforced = name == "enforce"
        self.start, self.end = (NEVER, NEVER) if name == "end" else (start, end)
        if name == "enforce":
            self.not_before = at

    def is_in_arrears(self, fix: Report) -> bool:
        """Rule 3: whether the fix lies before an edge that has passed."""
        return self.looks_at_positions and fix.at < self.last_edge

    # What kinds do ----------------------------------------

    looks_at_positions = True

    def clock_at(self) -> Micros:
        """The earliest of the kind's own timers."""
        return NEVER

    def ring(self, now: Micros) -> None:
        """A timer of the kind is due."""

    def at_start(self, at: Micros) -> None:
        """The enforced part of a window begins."""

    def at_relax(self) -> None:
        """The enforced part of a window is over."""

    def at_end(self, at: Micros) -> None:
        """The window is over."""

    def know_before(self, present: Any, first_at: Micros) -> None:
        """Section 7: what the same condition of the present knew before then."""

    def learn(self, past: Any) -> None:
        """Section 7: what late fixes showed of the time between the others."""

    def reconsider(self, at: Micros) -> None:
        """Section 7: what was told and is taken back, now that late fixes have been learnt from."""

    def take_up(self, opened: Told) -> str:
        """Section 7: a breach that late fixes prove and that goes on is open, if the present suspects it.

        Says how its slot stood.
        """
        slot = self.slot_of(opened.type) if self.is_enforced else None
        if slot is None:
            return "clear"
        stood = slot.phase
        if stood == "suspected":
            slot.open(opened.opened_at)
            slot.type = opened.type
            self.told.append(opened)
        return stood

    def resume(self, doing: Deaf | Stalled) -> None:
        """Section 6: we can hear again."""

    def forget(self, seats: Sequence[Seat]) -> None:
        """Section 8: the places that these seats told are known no longer."""

    def slot_of(self, type: AlertType) -> Slot | None:
        """Which slot an alert of that type is of."""
        return None

    def is_behind(self, seat: Seat, fix: Report) -> bool:
        """Section 7: whether a fix in order wants a look at the past."""
        return False

    def on_fix(self, seat: Seat, fix: Report) -> None:
        """A trusted fix; `seat.trusted` is it."""

    def on_heartbeat(self, seat: Seat, heartbeat: Report) -> None:
        """The newest heartbeat of a seat."""

    def on_event(self, seat: Seat, event: Report) -> None:
        """Something happened at a device."""

    def on_sign(self, seat: Seat, report: Report) -> None:
        """Anything was received from a device."""

    # What is told ----------------------------------------

    def tell(
        self,
        type: AlertType,
        change: ChangeKind,
        *,
        opened_at: Micros,
        detected_at: Micros,
        cleared_at: Micros | None = None,
    ) -> None:
        """One change of this condition."""
        self.told.append(Told(self.case, self.condition, type, change, opened_at, detected_at, cleared_at))

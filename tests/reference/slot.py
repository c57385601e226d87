"""Section 3: one slot of one condition, a look at a time."""

import math
from dataclasses import dataclass

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, AlertType, Micros, Source
from tests.reference.doings import Deaf, Stalled, moved_on
from tests.reference.reports import Report

LEVELS = {"likely": 0.9, "convincing": 0.99, "proved": 0.9999}
ENOUGH = math.log(0.99 / 0.01)
DWELL = 10 * SECOND
COMPANY_AFTER = 90 * SECOND
CORRELATION = 30 * SECOND
LAPSE = 10 * MINUTE
CLOCK = 60 * SECOND
CLOCK_COLD = 10 * MINUTE
SEEN_STILL_DWELL = 30 * MINUTE
ROUTER_DWELL = 150 * SECOND
VAGUE = (Source.WIFI, Source.CELL)
GROSS, GROSS_VAGUE = 0.001, 0.02
CORRELATION_VAGUE = 10 * MINUTE
CORRELATION_AT_REST = 30 * MINUTE
LASTING = 2.0
FAIR_RADIUS_M = 100.0


@dataclass(kw_only=True)
class Look:
    """What one trusted fix says of one slot."""

    at: Micros
    received_at: Micros
    margin_m: float
    radius_m: float
    crossing: Micros
    previous_at: Micros | None  # the seat's previous trusted fix
    is_cold: bool
    source: Source = Source.GNSS
    stillness: str = ""
    is_torn: bool = False
    lawful_at: Micros = BEFORE_ALL
    is_of_one_place: bool = False
    is_of_a_zone: bool = False
    is_gainsaid: bool = False
    """Satellites have found the device elsewhere since it last moved."""

    @property
    def is_of_a_place(self) -> bool:
        """Whether the error is that of a place, and told again with every look."""
        return self.source in VAGUE or (self.is_of_one_place and self.is_beyond)

    @property
    def p(self) -> float:
        return probability(self.margin_m, self.radius_m, GROSS_VAGUE if self.is_of_a_place else GROSS)

    @property
    def correlation(self) -> float:
        """Within which time errors share their cause."""
        if not self.is_of_a_place:
            return CORRELATION
        is_explained = self.is_beyond and self.margin_m >= -LASTING * self.radius_m
        if not is_explained or not self.is_of_a_zone or self.source == Source.CELL:
            return CORRELATION_VAGUE
        return math.inf if self.source == Source.WIFI else CORRELATION_AT_REST

    @property
    def log_odds(self) -> float:
        return math.log(self.p / (1.0 - self.p))

    @property
    def is_beyond(self) -> bool:
        """The whole circle is on the unlawful side."""
        return self.margin_m <= -self.radius_m

    @property
    def is_of_near_router(self) -> bool:
        """Whether the error of a router explains it, however often it is told."""
        return self.is_beyond and self.correlation == math.inf

    @property
    def is_violating(self) -> bool:
        return self.is_beyond and not (self.is_gainsaid and self.is_of_near_router)

    @property
    def is_excused(self) -> bool:
        """Whether it is of a device at rest, whose position wanders."""
        return self.is_beyond and self.stillness == "at rest"

    @property
    def is_compliant(self) -> bool:
        return self.margin_m >= self.radius_m


def told_radius_m(fix: Report) -> float:
    """Section 2: the radius for finding and p; a cell fix's counts double."""
    return 2.0 * fix.radius_m if fix.source == Source.CELL else fix.radius_m


def probability(margin_m: float, radius_m: float, gross: float = GROSS) -> float:
    """Section 2: that the order is being broken, given one fix."""
    sigma_m = radius_m / 1.515
    return gross + (1.0 - 2.0 * gross) * 0.5 * math.erfc(margin_m / sigma_m / math.sqrt(2.0))


@dataclass
class Slot:
    """One alert type of one condition: clear, suspected, open or returning."""

    at_once: bool = False  # contact alerts: no dwell, no confirmation
    dwell: Micros = DWELL
    level: str = "convincing"
    phase: str = "clear"
    belief: float = 0.0
    since: Micros = BEFORE_ALL
    first_at: Micros = BEFORE_ALL
    last_at: Micros = BEFORE_ALL
    last_received_at: Micros = BEFORE_ALL
    opened_at: Micros = BEFORE_ALL
    type: AlertType | None = None
    may_be_across: bool = False
    """While returning: somebody has been seen who is as likely as not across the line again."""
    lawful_at: Micros = BEFORE_ALL
    astray_at: Micros = BEFORE_ALL
    has_no_clock: bool = False
    patience: Micros = CLOCK
    """How long nothing must contradict the newest violating look."""

    @property
    def enough(self) -> float:
        """The belief that opens a breach."""
        p = LEVELS[self.level]
        return math.log(p / (1.0 - p))

    @property
    def clock_at(self) -> Micros:
        """When a suspicion that nothing contradicts opens by the clock."""
        if self.phase == "suspected" and self.belief >= self.enough and not self.has_no_clock:
            return self.last_received_at + self.patience
        return NEVER

    def resume(self, doing: Deaf | Stalled) -> None:
        """Nothing could be heard that might have contradicted the suspicion."""
        if self.clock_at != NEVER:
            again_at = moved_on(self.clock_at, doing=doing, anew=doing.at + CLOCK)
            self.last_received_at = again_at - self.patience

    def look(self, look: Look, *, not_before: Micros) -> str | None:
        """What one look makes of the slot: `opened`, `cleared` or nothing to tell."""
        if self.phase in ("clear", "suspected"):
            return self._look_for_a_breach(look, not_before)
        return self._look_for_its_end(look)

    def _look_for_a_breach(self, look: Look, not_before: Micros) -> str | None:
        if look.is_compliant:
            self.phase = "clear"
            return None
        if look.is_excused:
            self.phase, self.astray_at = "clear", max(self.astray_at, look.at)
            return None
        if not look.is_violating:
            self._doubt(look)
            return None
        clock_at = self.clock_at
        if self.phase == "suspected" and look.at - self.last_at <= LAPSE:
            self._add(look, look.log_odds)
            if look.is_torn and clock_at != NEVER:  # what waits is not put off
                self.last_received_at = min(clock_at, self.clock_at) - self.patience
        else:
            self._begin("suspected", look, look.log_odds)
        if self.belief >= self.enough and not look.is_torn and (self.at_once or self._has_lasted(look)):
            self.open(max(self.since, not_before))
            return "opened"
        return None

    def _doubt(self, look: Look) -> None:
        """An undetermined fix that leans to the lawful side takes from a suspicion's belief."""
        if self.phase == "suspected" and look.p < 0.5:
            self.belief += look.log_odds
            if self.belief <= 0.0:
                self.phase = "clear"

    def _look_for_its_end(self, look: Look) -> str | None:
        if look.is_violating:
            self.phase = "open"
        if look.p >= 0.5:
            self.may_be_across = True
            return None
        if self.phase == "returning":
            if self.may_be_across:
                self.since, self.may_be_across = look.crossing, False
            self._add(look, -look.log_odds)
        else:
            self._begin("returning", look, -look.log_odds)
        if self.belief >= ENOUGH and self._has_lasted(look):
            self.phase = "clear"
            return "cleared"
        return None

    def _begin(self, phase: str, look: Look, weight: float) -> None:
        self.phase, self.belief, self.since, self.count = phase, weight, look.crossing, 1
        self.may_be_across = False
        self.first_at, self.last_at, self.last_received_at = look.at, look.at, look.received_at
        self.has_no_clock = look.stillness == "seen still" or look.is_of_near_router
        self.patience = CLOCK_COLD if look.is_cold else CLOCK

    def _add(self, look: Look, weight: float) -> None:
        # Two devices of one wearer may tell in another order than they measured.
        apart = max(look.at - self.last_at, 0)
        grown = self.belief + weight * (1.0 - math.exp(-apart / look.correlation))
        self.belief, self.count = max(weight, grown), self.count + 1
        self.last_at, self.last_received_at = max(look.at, self.last_at), look.received_at
        self.has_no_clock = look.stillness == "seen still" or look.is_of_near_router
        self.patience = CLOCK_COLD if look.is_cold else CLOCK

    def _has_lasted(self, look: Look) -> bool:
        if look.is_violating and look.stillness == "seen still":
            return look.at - max(self.first_at, look.lawful_at) >= SEEN_STILL_DWELL
        dwell = self.dwell if look.is_violating else DWELL
        if look.is_of_near_router:
            dwell = ROUTER_DWELL
        if look.at - self.first_at >= dwell:
            return True
        if dwell > DWELL:
            return False
        return look.previous_at is not None and DWELL <= look.at - look.previous_at <= COMPANY_AFTER

    def found_lawful(self, at: Micros, *, before: Micros) -> Micros:
        """When last before a look; where a later sign came first, at the fix before."""
        return self.lawful_at if self.lawful_at <= at else before

    def open(self, opened_at: Micros) -> None:
        """The breach is open since then."""
        self.phase, self.opened_at = "open", opened_at

    def cleared_at(self) -> Micros:
        """Where the last return began."""
        return max(self.since, self.opened_at)

    @property
    def is_open(self) -> bool:
        return self.phase in ("open", "returning")

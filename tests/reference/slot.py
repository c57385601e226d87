"""Section 3: one slot of one condition, a look at a time."""

import math
from dataclasses import dataclass

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, AlertType, Micros

ENOUGH = math.log(0.99 / 0.01)
DWELL = 10 * SECOND
COMPANY_AFTER = 90 * SECOND
CORRELATION = 30 * SECOND
LAPSE = 10 * MINUTE
CLOCK = 60 * SECOND


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

    @property
    def p(self) -> float:
        return probability(self.margin_m, self.radius_m)

    @property
    def log_odds(self) -> float:
        return math.log(self.p / (1.0 - self.p))

    @property
    def is_violating(self) -> bool:
        return self.margin_m <= -self.radius_m

    @property
    def is_compliant(self) -> bool:
        return self.margin_m >= self.radius_m


def probability(margin_m: float, radius_m: float) -> float:
    """Section 2: that the order is being broken, given one fix."""
    sigma_m = radius_m / 1.515
    return 0.001 + 0.998 * 0.5 * math.erfc(margin_m / sigma_m / math.sqrt(2.0))


@dataclass
class Slot:
    """One alert type of one condition: clear, suspected, open or returning."""

    at_once: bool = False  # contact alerts: no dwell, no confirmation
    phase: str = "clear"
    belief: float = 0.0
    since: Micros = BEFORE_ALL
    first_at: Micros = BEFORE_ALL
    last_at: Micros = BEFORE_ALL
    last_received_at: Micros = BEFORE_ALL
    opened_at: Micros = BEFORE_ALL
    type: AlertType | None = None

    @property
    def clock_at(self) -> Micros:
        """When a suspicion that nothing contradicts opens by the clock."""
        if self.phase == "suspected" and self.belief >= ENOUGH:
            return self.last_received_at + CLOCK
        return NEVER

    def look(self, look: Look, *, not_before: Micros) -> str | None:
        """What one look makes of the slot: `opened`, `cleared` or nothing to tell."""
        if self.phase in ("clear", "suspected"):
            return self._look_for_a_breach(look, not_before)
        return self._look_for_its_end(look)

    def _look_for_a_breach(self, look: Look, not_before: Micros) -> str | None:
        if look.is_compliant:
            self.phase = "clear"
        if not look.is_violating:
            return None
        if self.phase == "suspected" and look.at - self.last_at <= LAPSE:
            self._add(look, look.log_odds)
        else:
            self._begin("suspected", look, look.log_odds)
        if self.belief >= ENOUGH and (self.at_once or self._has_lasted(look)):
            self.open(max(self.since, not_before))
            return "opened"
        return None

    def _look_for_its_end(self, look: Look) -> str | None:
        if look.is_violating:
            self.phase = "open"
        if look.p >= 0.5:
            return None
        if self.phase == "returning":
            self._add(look, -look.log_odds)
        else:
            self._begin("returning", look, -look.log_odds)
        if self.belief >= ENOUGH and self._has_lasted(look):
            self.phase = "clear"
            return "cleared"
        return None

    def _begin(self, phase: str, look: Look, weight: float) -> None:
        self.phase, self.belief, self.since = phase, weight, look.crossing
        self.first_at, self.last_at, self.last_received_at = look.at, look.at, look.received_at

    def _add(self, look: Look, weight: float) -> None:
        # Two devices of one wearer may tell in another order than they measured.
        apart = max(look.at - self.last_at, 0)
        grown = self.belief + weight * (1.0 - math.exp(-apart / CORRELATION))
        self.belief = max(weight, grown)
        self.last_at, self.last_received_at = max(look.at, self.last_at), look.received_at

    def _has_lasted(self, look: Look) -> bool:
        if look.at - self.first_at >= DWELL:
            return True
        return look.previous_at is not None and DWELL <= look.at - look.previous_at <= COMPANY_AFTER

    def open(self, opened_at: Micros) -> None:
        """The breach is open since then."""
        self.phase, self.opened_at = "open", opened_at

    def cleared_at(self) -> Micros:
        """Where the last return began."""
        return max(self.since, self.opened_at)

    @property
    def is_open(self) -> bool:
        return self.phase in ("open", "returning")

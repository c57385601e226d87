"""Verdicts over time: belief, dwell, a breach opening and clearing. Section 3 of the README, as code.

Columns are judged together by the watches; what changes the state of a slot is rare and is handled
here one row at a time, so that it reads like the table it is.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import erfc, exp, log, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.law.certainty import BELIEF, Certainty
from em_engine.law.evidence import SIGMA_PER_RADIUS
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    AlertType,
    ChangeKind,
    Floats,
    Micros,
    Source,
)

GROSS: Final = 0.001
"""Half the share of fixes that are wrong beyond any model: no look is surer than this."""
BELIEF_TO_OPEN: Final = BELIEF[Certainty.CONVINCING]
"""Where nobody names a level; and to clear, at every level."""
CORRELATION_TIME: Final = 30 * SECOND
"""Errors of fixes this close share most of their cause: in the recordings they fall to a third in 20 to
60 s."""
DWELL: Final[Micros] = 10 * SECOND
COMPANY_AFTER: Final[Micros] = 90 * SECOND
"""After a longer silence one fix is not enough: single false fixes come then (`geolife-002`: after
126, 242 and 365 s, 0.6 to 1.4 km off)."""
SUSPICION_LAPSES: Final[Micros] = 10 * MINUTE
SUSPICION_OPENS: Final[Micros] = 60 * SECOND
COLD_OPENS: Final[Micros] = 10 * MINUTE
"""The first fix after a long silence is often wrong, and the next one tells."""
UNMOVED_DWELL: Final[Micros] = 30 * MINUTE
"""How long the evidence must last against someone who was not seen to move."""
ROUTER_DWELL: Final[Micros] = 150 * SECOND
"""Or that of routers near the line: their error does not become less by being told again, but who only passes
is gone by then."""


@dataclass(frozen=True, slots=True)
class Repute:
    """What fixes of a source are worth as evidence."""

    gross: float = GROSS
    correlation: Micros = CORRELATION_TIME
    widening: float = 1.0  # of the radius they tell
    near: Micros = CORRELATION_TIME  # in correlation's place, where the error of a place explains the margin


GOOD: Final = Repute()
REPUTE: Final = {
    # Routers move house and take a map with them: one such fix is never enough by itself.
    Source.WIFI: Repute(gross=0.02, correlation=10 * MINUTE, near=NEVER),
    # As long as one stays in a place the same masts are wrong by the same, and by more than they say.
    Source.CELL: Repute(gross=0.02, correlation=10 * MINUTE, widening=2.0, near=10 * MINUTE),
}
RESTING: Final = Repute(gross=0.02, correlation=10 * MINUTE, near=UNMOVED_DWELL)
"""Fixes of a device that lies still share their error for long: in a day's recording of one who stayed
(`hadza-d1-homeday`) 0.37 of it is left after ten minutes. Indoors one is no surer than a router's."""
LASTING: Final = 2.0
"""Radii within which a place's own error explains a margin: beyond them lies one in a thousand (3 sigma), as
many as are wrong beyond any model."""


def repute(source: int) -> Repute:
    """What fixes of this source are worth."""
    return REPUTE.get(Source(source), GOOD)


def radius_m(seat: Any) -> float:
    """Of a seat's trusted fix, for finding."""
    return float(seat["radius_m"]) * repute(int(seat["source"])).widening


def resting(repute: Repute) -> Repute:
    """The same, of a device that did not move since the fix before."""
    return RESTING if repute is GOOD else repute


def correlation(repute: Repute, margin_m: float, radius_m: float) -> Micros:
    """Within what time such looks share their error."""
    is_near = 0.0 < -margin_m <= LASTING * radius_m
    return repute.near if is_near else repute.correlation


_WIDENINGS: Final = np.array([repute(source).widening for source in Source])


def widenings(sources: NDArray[np.int8]) -> Floats:
    """How many times the radius they tell fixes of these sources may be off."""
    return np.asarray(_WIDENINGS[sources])


class Finding(IntEnum):
    """What one look says: the order is broken, kept, or the look cannot tell."""

    UNDETERMINED = 0
    COMPLIANT = 1
    VIOLATING = 2


class Phase(IntEnum):
    """Where a slot stands. Columns are held against `.value`: numpy asks a member for what it has not, which
    takes five times as long as the comparison."""

    CLEAR = 0
    SUSPECTED = 1
    OPEN = 2
    RETURNING = 3


SLOT: Final = np.dtype(
    [
        ("phase", np.int8),
        ("type", np.int8),  # index into ALERT_TYPES, of the open breach
        ("is_unlawful", np.bool_),  # sign of the last margin
        ("crossed_at", np.int64),  # when that sign last changed
        ("lawful_at", np.int64),  # when last found on the lawful side
        ("astray_at", np.int64),  # last look on the other side of a device at rest
        ("belief", np.float64),
        ("first_at", np.int64),  # first fix of the suspicion or return
        ("last_at", np.int64),
        ("opens_at", np.int64),  # when an uncontradicted suspicion opens by the clock
        ("since", np.int64),  # crossing of the suspicion, or of the return
        ("opened_at", np.int64),
        ("p", np.float32),
        ("repeats", np.int32),
        ("fixes", np.int32),  # how many made the suspicion
    ]
)
ALERT_TYPES: Final = tuple(AlertType)
_TYPE_NUMBER: Final = {type: number for number, type in enumerate(ALERT_TYPES)}


def blank_slots(count: int, each: int) -> NDArray[np.void]:
    """(count, each) slots in which nothing is open."""
    slots = np.zeros((count, each), dtype=SLOT)
    for name in ("crossed_at", "lawful_at", "astray_at", "first_at", "last_at", "since", "opened_at"):
        slots[name] = BEFORE_ALL
    slots["opens_at"] = NEVER
    return slots


def probability(margin_m: float, radius_m: float, gross: float = GROSS) -> float:
    """That the order is being broken, given one fix of that 68 % radius and that margin."""
    sigma_m = max(radius_m * SIGMA_PER_RADIUS, 1e-6)
    return gross + (1.0 - 2.0 * gross) * 0.5 * erfc(margin_m / (sigma_m * sqrt(2.0)))


def find(margin_m: float, radius_m: float) -> Finding:
    """Violating where the whole error circle is on the unlawful side, compliant where it is on the lawful
    one."""
    if margin_m <= -radius_m:
        return Finding.VIOLATING
    return Finding.COMPLIANT if margin_m >= radius_m else Finding.UNDETERMINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look for one slot."""

    at: Micros
    received_at: Micros
    finding: Finding
    p: float
    crossed_at: Micros  # when the margin's sign last changed
    previous_at: Micros
    is_patient: bool = True  # contact opens without waiting
    unmoved_since: Micros = NEVER  # found on the lawful side then, and not seen to move since
    correlation: Micros = CORRELATION_TIME
    is_torn: bool = False  # messages from before it are missing, and may be on their way
    is_cold: bool = False  # the first after a long silence
    dwell: Micros = DWELL  # how long the evidence for a breach must last
    enough: float = BELIEF_TO_OPEN  # belief, for a breach

    @property
    def log_odds(self) -> float:
        """Of the order being broken."""
        return log(self.p / (1.0 - self.p))

    @property
    def stands_alone(self) -> bool:
        """Far enough from the fix before it to be evidence without company."""
        return DWELL <= self.at - self.previous_at <= COMPANY_AFTER

    @property
    def patience(self) -> Micros:
        """How long nothing must contradict it before the clock opens a breach by it."""
        return COLD_OPENS if self.is_cold else SUSPICION_OPENS

    @property
    def has_moved(self) -> bool:
        """As far as anyone can tell."""
        return self.unmoved_since == NEVER


def weigh(slot: Any, look: Look, *, not_before: Micros) -> ChangeKind | None:
    """Move the slot on by one look; say whether its breach opened or cleared. `slot` is changed in place.

    `not_before` is where the window, or the order, began: no breach opens earlier.
    """
    match slot["phase"]:
        case Phase.CLEAR:
            return _begin_suspicion(slot, look, not_before) if look.finding == Finding.VIOLATING else None
        case Phase.SUSPECTED:
            return _while_suspected(slot, look, not_before)
        case Phase.OPEN:
            return _begin_return(slot, look) if look.p < 0.5 else None
        case _:
            return _while_returning(slot, look)


def _begin_suspicion(slot: Any, look: Look, not_before: Micros) -> ChangeKind | None:
    slot["phase"] = Phase.SUSPECTED
    slot["first_at"] = look.at
    slot["since"] = look.crossed_at
    slot["fixes"] = 0
    slot["belief"] = 0.0
    slot["last_at"] = look.at
    return _believe(slot, look, look.log_odds, not_before)


def _while_suspected(slot: Any, look: Look, not_before: Micros) -> ChangeKind | None:
    if look.finding == Finding.COMPLIANT:
        end_suspicion(slot)
        return None
    if look.finding == Finding.UNDETERMINED:
        _doubt(slot, look)
        return None
    if look.at - slot["last_at"] > SUSPICION_LAPSES:
        return _begin_suspicion(slot, look, not_before)
    return _believe(slot, look, look.log_odds, not_before)


def _believe(slot: Any, look: Look, log_odds: float, not_before: Micros) -> ChangeKind | None:
    _accumulate(slot, look, log_odds)
    slot["p"] = look.p
    believed = slot["belief"] >= look.enough
    by_the_clock = believed and look.has_moved and look.dwell <= DWELL
    opens_at = look.received_at + look.patience if by_the_clock else NEVER
    may_wait = not look.is_torn or opens_at == NEVER
    slot["opens_at"] = opens_at if may_wait else min(opens_at, int(slot["opens_at"]))
    if believed and not look.is_torn and (not look.is_patient or _has_lasted(slot, look)):
        return open_breach(slot, not_before)
    return None


def _doubt(slot: Any, look: Look) -> None:
    """A look that leans to the lawful side counts against the suspicion, and may end it."""
    if look.p >= 0.5:
        return
    slot["belief"] += look.log_odds
    if slot["belief"] < look.enough:
        slot["opens_at"] = NEVER
    if slot["belief"] <= 0.0:
        end_suspicion(slot)


def _accumulate(slot: Any, look: Look, log_odds: float) -> None:
    apart = max(0, look.at - int(slot["last_at"]))  # two devices may report across each other
    independent = 1.0 - exp(-apart / look.correlation)
    slot["belief"] = max(log_odds, slot["belief"] + log_odds * independent)
    slot["last_at"] = max(int(slot["last_at"]), look.at)
    slot["fixes"] += 1


def _has_lasted(slot: Any, look: Look) -> bool:
    if look.has_moved or look.p < 0.5:
        dwell = look.dwell if look.p >= 0.5 else DWELL
        is_enough = look.stands_alone and dwell <= DWELL
        return bool(is_enough or look.at - int(slot["first_at"]) >= dwell)
    return look.at - max(int(slot["first_at"]), look.unmoved_since) >= UNMOVED_DWELL


def open_breach(slot: Any, not_before: Micros) -> ChangeKind:
    """The suspicion becomes a breach, opened at its crossing."""
    slot["phase"] = Phase.OPEN
    slot["opened_at"] = max(int(slot["since"]), not_before)
    slot["opens_at"] = NEVER
    slot["repeats"] = 0
    return ChangeKind.OPENED


def open_at(slot: Any, at: Micros, p: float) -> ChangeKind:
    """A breach that is there when its window begins opens at that instant."""
    slot["since"] = at
    slot["p"] = p
    slot["belief"] = log(p / (1.0 - p))
    return open_breach(slot, at)


def await_company(slot: Any) -> None:
    """What was suspected by one fix of a device that lay still needs another: it is worth what a router's
    is."""
    slot["opens_at"] = NEVER
    slot["belief"] = min(float(slot["belief"]), log((1.0 - RESTING.gross) / RESTING.gross))


def end_suspicion(slot: Any) -> None:
    """What was suspected is not so."""
    slot["phase"] = Phase.CLEAR
    slot["opens_at"] = NEVER


def _begin_return(slot: Any, look: Look) -> ChangeKind | None:
    slot["phase"] = Phase.RETURNING
    slot["first_at"] = look.at
    slot["last_at"] = look.at
    slot["since"] = look.crossed_at
    slot["belief"] = 0.0
    return _believe_return(slot, look)


def _while_returning(slot: Any, look: Look) -> ChangeKind | None:
    if look.finding == Finding.VIOLATING:
        slot["phase"] = Phase.OPEN
        return None
    if look.p >= 0.5:
        slot["since"] = NEVER
        return None
    if slot["since"] == NEVER:  # he may have been across again: the last way back counts
        slot["since"] = look.crossed_at
    return _believe_return(slot, look)


def _believe_return(slot: Any, look: Look) -> ChangeKind | None:
    _accumulate(slot, look, -look.log_odds)
    if slot["belief"] >= BELIEF_TO_OPEN and _has_lasted(slot, look):
        slot["phase"] = Phase.CLEAR
        return ChangeKind.CLEARED
    return None


def set_type(slot: Any, type: AlertType) -> None:
    """Remember what the open breach is an alert of."""
    slot["type"] = _TYPE_NUMBER[type]


def type_of(slot: Any) -> AlertType:
    """What the open breach is an alert of."""
    return ALERT_TYPES[int(slot["type"])]

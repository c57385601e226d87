"""An alert: what an operator must look at, and what a person can do about it.

An alert has two independent axes, as in ISA-18.2 and OPC UA Part 9. The breach is open or cleared; that is
the engine's to say. What is done about the alert is a person's.

    breach \\ alert   unacknowledged      acknowledged  claimed     shelved             closed
    open             act now             seen          in hand     not before a time   left open, for a reason
    cleared          look what happened  to be closed  in hand     not before a time   done

Both are derived from the alert's times; neither is stored. Two marks lie beside the axes: how far the alert
was escalated, and whether another alert makes it doubtful (`inhibited_by`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from em_engine.vocabulary import AlertType, Change, ChangeKind, Micros, Severity

LATCHED: Final = frozenset({AlertType.DEVICE_STRAP, AlertType.DEVICE_CASE, AlertType.PERSON_PANIC})
"""Types whose breach stays flagged though it cleared, until a person has looked and closes the alert: a strap
that is whole again, or a panic key let go, says nothing of what happened in between."""

SEVERITIES: Final = tuple(Severity)
"""Most urgent first."""
ACCUSING: Final = frozenset({ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.WORSENED})
"""The changes that say that the order is broken, rather than that it no longer is, or never was."""
_KINDS: Final = tuple(ChangeKind)


class State(StrEnum):
    """What people have done about an alert."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    SHELVED = "shelved"
    CLOSED = "closed"


class BreachState(StrEnum):
    """What the engine last said of the breach behind an alert."""

    OPEN = "open"
    CLEARED = "cleared"


class Outcome(StrEnum):
    """What an alert turned out to be, said by the person who closes it."""

    BREACH = "breach"
    EQUIPMENT = "equipment"
    POSITION_ERROR = "position-error"
    AUTHORISED_ABSENCE = "authorised-absence"
    REASONABLE_EXCUSE = "reasonable-excuse"
    TEST = "test"
    OTHER = "other"


class SeenReason(StrEnum):
    """What a person who acknowledges an alert does about it, or why nothing is to be done."""

    CALLING = "calling"
    WATCHING = "watching"
    PATROL_SENT = "patrol-sent"
    TOLD_ON = "told-on"
    KNOWN_CAUSE = "known-cause"
    AGREED_ABSENCE = "agreed-absence"
    EQUIPMENT = "equipment"
    OTHER = "other"


class ShelfReason(StrEnum):
    """Why an alert may wait until a time."""

    KNOWN_CAUSE = "known-cause"
    AWAITING_EQUIPMENT = "awaiting-equipment"
    VISIT_AGREED = "visit-agreed"
    AGREED_ABSENCE = "agreed-absence"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A step of the protocol that was done. The words stay as they were, whatever the protocol says later."""

    step: int
    words: str
    by: str
    at: Micros


class Cause(NamedTuple):
    """An open alert that makes another doubtful."""

    alert: str
    type: AlertType


class Told(NamedTuple):
    """What makes a change of one alert this change and no other; told changes are ordered by it."""

    at: Micros
    detected_at: Micros
    kind: int  # where decided at the same instant: opened before repeated before worsened before cleared
    severity: int

    @classmethod
    def of(cls, change: Change) -> "Told":
        """What makes this change the one it is."""
        kind, severity = _KINDS.index(change.change), SEVERITIES.index(change.severity)
        return cls(at=change.at, detected_at=change.detected_at, kind=kind, severity=severity)

    @property
    def accuses(self) -> bool:
        """Whether it says that the order is broken."""
        return _KINDS[self.kind] in ACCUSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What an operator must look at: all the engine said of one breach, and all that people did about it."""

    id: str
    type: AlertType
    severity: Severity  # the most urgent it has had: what was critical does not sink because it eased
    case: str
    order: str
    condition: str
    wearer: str
    opened_at: Micros
    detected_at: Micros  # of the first proof

    # As of the newest change that accuses: why the engine believes it.
    device: str | None
    confidence: float
    evidence: Mapping[str, Any]
    rulebook: str

    # As of the newest change.
    changed_at: Micros
    cleared_at: Micros | None = None
    withdrawn_at: Micros | None = None
    cleared_evidence: Mapping[str, Any] | None = None  # why the engine believes it is over

    # Over all changes.
    late: bool = False
    repeats: int = 0
    worsenings: int = 0
    told: tuple[Told, ...] = ()

    # When it last called for a person, and how often it called again after one had answered.
    raised_at: Micros
    raised_again_at: Micros | None = None
    raised_again: int = 0

    # What people did. Of an alert raised again only its history knows who had answered before.
    acknowledged_at: Micros | None = None
    acknowledged_by: str | None = None
    seen_reason: SeenReason | None = None  # given with the acknowledgement
    closed_at: Micros | None = None
    closed_by: str | None = None
    outcome: Outcome | None = None
    note: str | None = None  # the closing note
    comments: int = 0
    acted_at: Micros | None = None  # when a person last did anything about it
    desk: str | None = None  # to which desk a person handed it; None: where its protocol sends it
    claimed_at: Micros | None = None
    claimed_by: str | None = None  # stays while it calls again: the owner is the first to be asked
    shelved_at: Micros | None = None
    shelved_until: Micros | None = None
    shelved_by: str | None = None
    shelf_reason: ShelfReason | None = None
    checked: tuple[Checked, ...] = ()

    # How far it was told on.
    level: int = 0
    escalated_at: Micros | None = None
    escalated_to: str | None = None
    rungs: int = 0  # of its protocol's ladder that were taken since `raised_at`

    # The open alerts that make it doubtful, and since when there are such.
    inhibited_by: tuple[Cause, ...] = ()
    inhibited_at: Micros | None = None

    # Numbers: which history entries opened and last changed it, and how often it changed.
    opened_number: int = 0
    changed_number: int = 0
    version: int = 1

    @property
    def state(self) -> State:
        """What people have done about it, derived from their times."""
        if self.closed_at is not None:
            return State.CLOSED
        if self.shelved_until is not None:
            return State.SHELVED
        if self.acknowledged_at is None:
            return State.UNACKNOWLEDGED
        return State.ACKNOWLEDGED if self.claimed_by is None else State.CLAIMED

    @property
    def breach(self) -> BreachState:
        """What the engine says of the breach, derived from its times."""
        is_over = self.cleared_at is not None or self.withdrawn_at is not None
        return BreachState.CLEARED if is_over else BreachState.OPEN

    @property
    def is_latched(self) -> bool:
        """Whether it stays flagged, though its breach cleared, until a person closes it."""
        return self.type in LATCHED and self.breach is BreachState.CLEARED and self.state is not State.CLOSED

    @property
    def is_raised_again(self) -> bool:
        """Whether someone had answered it and it calls again, unanswered."""
        return self.raised_again_at is not None and self.state is State.UNACKNOWLEDGED

    @property
    def calls(self) -> bool:
        """Whether it wants a person now: unanswered, and no other alert speaks in its place."""
        return self.state is State.UNACKNOWLEDGED and not self.inhibited_by

"""What can be done about an alert: by people, and by the centre's protocol when a time has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from em_engine.alerts.alert import Cause, Outcome, SeenReason, ShelfReason
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Seen; for a reason, where the protocol of the type asks for one."""

    reason: SeenReason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Something to be known about it."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Ended, with what it turned out to be. The one way out of the queue."""

    outcome: Outcome
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Mine: I work on it. Refused where another holds it."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Mine, whoever held it."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Mine no longer: it calls again."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelve:
    """Not before that time, for a reason. Then it calls again by itself."""

    until: Micros
    reason: ShelfReason
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshelve:
    """Back from the shelf, as it was before."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Told further, to that function or desk."""

    to: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Another desk's from now on: it calls there."""

    desk: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOff:
    """A step of the protocol is done; `words` are the step's."""

    step: int
    words: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncheck:
    """A step of the protocol is not done after all."""

    step: int
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something was asked of the tag; what, stands in `command`."""

    command: str
    text: str | None = None
    fix_every_s: int | None = None
    for_s: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimbRung:
    """Nobody has answered: the next rung of the protocol's ladder is told."""

    to: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndShelf:
    """The time on the shelf is over: it calls again."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Its owner has done nothing for too long: it calls again, and is nobody's."""

    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibit:
    """These open alerts make it doubtful; none: nothing does any more."""

    by: tuple[Cause, ...]
    note: str | None = None


Action = (
    Acknowledge
    | Comment
    | Close
    | Claim
    | TakeOver
    | Release
    | Shelve
    | Unshelve
    | Escalate
    | HandOver
    | CheckOff
    | Uncheck
    | Command
)
"""What a person does."""
Timed = ClimbRung | EndShelf | Lapse | Inhibit
"""What the protocol does when a time has come, or another alert opens or ends."""

DONE: Final[Mapping[type[Action] | type[Timed], str]] = MappingProxyType(
    {
        Acknowledge: "acknowledged",
        Comment: "commented",
        Close: "closed",
        Claim: "claimed",
        TakeOver: "taken-over",
        Release: "released",
        Shelve: "shelved",
        Unshelve: "unshelved",
        Escalate: "escalated",
        HandOver: "handed-over",
        CheckOff: "step-done",
        Uncheck: "step-undone",
        Command: "commanded",
        ClimbRung: "escalated",
        EndShelf: "unshelved",
        Lapse: "lapsed",
        Inhibit: "inhibited",
    }
)
"""What the history calls it. An `Inhibit` by nobody is "uninhibited"."""


def done(action: Action | Timed) -> str:
    """What the history calls it."""
    if isinstance(action, Inhibit) and not action.by:
        return "uninhibited"
    return DONE[type(action)]

"""What a person sends about an alert: the words of each command, checked at the door."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from em_engine.alerts.alert import Outcome, SeenReason, ShelfReason
from em_engine.console.api.models import Strict, Text
from em_engine.rulebook.models import CommandName

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class Noted(Strict):
    """Something done, with or without a word about it."""

    note: Text | None = None


class Seeing(Noted):
    """Seen; `reason` where the protocol asks for one."""

    reason: SeenReason | None = None


class Comment(Strict):
    """Something to remember about the alert."""

    note: Text


class Claiming(Noted):
    """Mine; `take_over`: whoever held it."""

    take_over: bool = False


class Shelving(Noted):
    """Not before that time, for a reason."""

    until: AwareDatetime
    reason: ShelfReason


class Escalation(Strict):
    """Told further, to that function or person, and why."""

    to: Name
    note: Text


class HandingOver(Noted):
    """Another desk's from now on."""

    desk: Name


class Checking(Strict):
    """Whether a step of the protocol is done."""

    done: bool


class Commanding(Noted):
    """What the tag is asked for."""

    command: CommandName
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)] | None = None
    fix_every_s: Annotated[int, Field(ge=1, le=3600)] | None = None
    for_s: Annotated[int, Field(ge=10, le=86_400)] | None = None


class Closing(Strict):
    """The end of the alert: what it came to."""

    outcome: Outcome
    note: Text | None = None

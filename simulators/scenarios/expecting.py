"""What a story expects to be told: the sentences that begin with `expect` or `allow`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from em_engine.rulebook.problems import nearest
from em_engine.vocabulary import HOUR, SECOND, AlertType, ChangeKind, Micros
from simulators.scenarios.sentences import NotUnderstood, span_of

ANY: Final = "alert"
MANY: Final = 1 << 30
HALF_A_DAY: Final[Micros] = 12 * HOUR
"""`since 21:40` is the one nearest to where it stands."""
SINCE_WITHIN: Final[Micros] = 60 * SECOND
"""How far `since` may be from what was told, unless the sentence gives its own."""

_CHANGES: Final = {
    "opened": ChangeKind.OPENED,
    "cleared": ChangeKind.CLEARED,
    "repeated": ChangeKind.REPEATED,
    "worsened": ChangeKind.WORSENED,
    "withdrawn": ChangeKind.WITHDRAWN,
}
_TIME: Final = r"(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})?"
_SPAN: Final = r"\d+(?:\.\d+)? (?:s|min|h)"
_ALERT: Final = re.compile(
    r"(?P<verb>expect|allow)(?: (?P<count>no|some|\d+))? (?P<type>[a-z-]+(?:\.[a-z-]+)?)"
    rf"(?: (?P<change>{'|'.join(_CHANGES)}))?(?P<late> in arrears)?"
    r"(?: for (?P<who>\S+))?(?: on (?P<condition>\S+))?"
    rf"(?: since (?P<since>{_TIME})(?: give or take (?P<give>{_SPAN}))?)?"
    rf"(?: within (?P<within>{_SPAN})| until (?P<until>{_TIME}))?"
)
_COUNT: Final = re.compile(
    r"expect (?P<count>\d+|no|some) (?P<what>messages set aside|duplicates|late fixes)"
)
_KEPT: Final = re.compile(r"expect (?P<count>no|some) positions kept")
_MISSING: Final = re.compile(r"expect (?P<count>\d+|no|some) messages missing")

SHAPES: Final = (
    (
        "expect [no|some|N] TYPE [cleared|repeated|withdrawn] [in arrears] [for WHO] [on CONDITION]"
        " [since TIME [give or take SPAN]] [within SPAN|until TIME]"
    ),
    "allow TYPE [for WHO]",
    "expect no|some|N messages set aside|duplicates|late fixes|messages missing",
    "expect no|some positions kept",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An alert that must be told between two instants, so often; `most` 0 says that it must not be."""

    text: str
    line: int
    type: str  # an alert's, or ANY
    change: ChangeKind
    least: int
    most: int
    is_late: bool
    who: str | None
    condition: str | None
    since: Micros | None
    give: Micros
    start: Micros
    end: Micros

    @property
    def claims(self) -> bool:
        """Whether it accounts for alerts that opened."""
        return self.most > 0 and self.change is ChangeKind.OPENED


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of something that is no alert there must be at the end."""

    text: str
    line: int
    what: str
    least: int
    most: int


TimeReader = Callable[[str, Micros], Micros]
"""Reads a civil time; a time of day is the next such time at or after the instant given."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sentence stands in the story, when the story ends, and how its times are read."""

    at: Micros
    end: Micros
    line: int
    read_time: TimeReader


def expectation(text: str, moment: Moment) -> Expectation | Tally:
    """What the sentence expects. Raises NotUnderstood."""
    counted = _COUNT.fullmatch(text) or _KEPT.fullmatch(text) or _MISSING.fullmatch(text)
    if counted is not None:
        least, most = _bounds(counted["count"], "expect")
        what = text.split(" ", 2)[2]
        return Tally(text=text, line=moment.line, what=what, least=least, most=most)
    found = _ALERT.fullmatch(text)
    if found is None:
        raise NotUnderstood(f"“{text}” is nothing that can be expected", f"write “{SHAPES[0]}”")
    _check_type(found["type"])
    least, most = _bounds(found["count"], found["verb"])
    return Expectation(
        text=text,
        line=moment.line,
        type=found["type"],
        change=_CHANGES[found["change"] or "opened"],
        least=least,
        most=most,
        is_late=bool(found["late"]),
        who=found["who"],
        condition=found["condition"],
        since=None if found["since"] is None else moment.read_time(found["since"], moment.at - HALF_A_DAY),
        give=SINCE_WITHIN if found["give"] is None else span_of(found["give"]),
        start=moment.at,
        end=_end(found, moment),
    )


def _end(found: "re.Match[str]", moment: Moment) -> Micros:
    if found["within"] is not None:
        return moment.at + span_of(found["within"])
    return moment.end if found["until"] is None else moment.read_time(found["until"], moment.at)


def _bounds(count: str | None, verb: str) -> tuple[int, int]:
    if verb == "allow":
        return 0, MANY
    if count == "no":
        return 0, 0
    if count == "some":
        return 1, MANY
    number = 1 if count is None else int(count)
    return number, number


def _check_type(text: str) -> None:
    known = [type.value for type in AlertType]
    if text != ANY and text not in known:
        raise NotUnderstood(f"{text!r} is no type of alert", nearest(text, known))

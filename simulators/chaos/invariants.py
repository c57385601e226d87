"""The promises of the blueprint's section 4, asked of a run that has been lived."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from em_engine.alerts.queue import ENGINE, PROTOCOL
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.monitoring.columns import Rules, compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.record import journal
from em_engine.runners.recovery import Revisions, taken_up
from em_engine.vocabulary import SECOND, AlertType, Change
from simulators.chaos.lived import Lived
from simulators.chaos.people import MEETS, START, meeting_of
from simulators.chaos.plan import Plan
from simulators.chaos.silences import (
    a_dark_region_is_told_of_once,
    by_engine,
    is_calm,
    our_own_absence_is_told_of,
    silence_is_told_of,
)

_EXPECTED: Final = {
    "enters": {"exclusion.entered"},
    "opens the strap": {"device.strap"},
    "stays out": {"curfew.left", "curfew.late", "curfew.early"},
    "comes near": {"contact.alert"},
    MEETS: {"contact.alert"},
}
"""Any of which must be told."""
_POSITION: Final = ("exclusion.", "inclusion.", "curfew.", "contact.")
_NO_ACCUSATION: Final = {"contact.warning", "contact.unknown", "curfew.unconfirmed"}
"""What is told because nobody knows, which the network's faults may bring about."""
_BESIDE: Final = {AlertType.OUTAGE_GROUP, AlertType.MONITORING_GAP}
"""What is told beside the heart: the journal does not say it."""
_PROMPT: Final = 5 * SECOND
_SHOWN: Final = 3


def broken(lived: Lived) -> list[str]:
    """Every promise that was broken, in a sentence; empty where all were kept."""
    return [text for ask in _ASKED for text in ask(lived)]


def nothing_is_lost(lived: Lived) -> Iterator[str]:
    """Every message that was made is judged in the end: what the network lost was asked for again."""
    made = {(lived.plan.made.devices[row["device"]], int(row["seq"])) for row in lived.plan.made.rows}
    if lost := sorted(made - lived.committed.messages):
        yield f"{len(lost)} messages were never judged, such as {lost[:_SHOWN]}"
    if lived.holes:
        yield f"{lived.holes} holes are still open"
    if lived.unsettled:
        yield f"{lived.unsettled} messages are still not acknowledged"


def nothing_is_acknowledged_early(lived: Lived) -> Iterator[str]:
    """The broker is told only after what follows from a message is committed."""
    if early := lived.acknowledged_early:
        yield f"{len(early)} messages were acknowledged before they were committed, such as {early[:_SHOWN]}"


def nothing_unreadable_is_forgotten(lived: Lived) -> Iterator[str]:
    """What could not be read is kept with its reason."""
    if forgotten := lived.sent_garbled - lived.committed.aside - lived.forgotten - _readable(lived):
        yield f"{len(forgotten)} garbled messages are nowhere, such as {sorted(forgotten)[:_SHOWN]}"


def _readable(lived: Lived) -> set[tuple[str, bytes]]:
    """What was garbled into something that can be read all the same."""
    return {one for one in lived.sent_garbled if not decode([Delivery(*one, START)]).quarantined}


def nothing_is_told_twice(lived: Lived) -> Iterator[str]:
    """One alert opens once, and a slot holds one open alert at a time."""
    opened = Counter(entry.alert for entry in by_engine(lived) if entry.what == "opened")
    if again := [alert for alert, count in opened.items() if count > 1]:
        yield f"alerts opened twice: {again[:_SHOWN]}"
    stands: dict[tuple[Any, ...], str] = {}
    for entry in by_engine(lived):
        said = entry.payload
        slot = (
            said["case"],
            said["condition"],
            said["type"],
            said["device"] if "device." in said["type"] else "",
        )
        if said["late"]:
            continue
        if entry.what == "opened":
            if slot in stands:
                yield f"{slot} opened again at {said['opened_at']} while {stands[slot]} stood"
            stands[slot] = said["opened_at"]
        elif entry.what in ("cleared", "withdrawn"):
            stands.pop(slot, None)


def history_has_no_gap(lived: Lived) -> Iterator[str]:
    """The history is numbered without a gap, and all of it was told over MQTT."""
    numbers = [entry.number for entry in lived.history]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "the history's numbers have a gap"
    if untold := {entry.number for entry in by_engine(lived)} - lived.told:
        yield f"{len(untold)} changes were never told over MQTT"


def the_record_says_it_again(lived: Lived) -> Iterator[str]:
    """A heart that lives the journal through, without any fault, decides what stands in the history."""
    again = [_short(change.as_json(), change.change.value) for change in _lived_again(lived)]
    told = [_short(one.payload, one.what) for one in by_engine(lived) if one.payload["type"] not in _BESIDE]
    unsaid, unfounded = Counter(again) - Counter(told), Counter(told) - Counter(again)
    if unsaid:
        yield f"the journal says what the history does not: {list(unsaid)[:_SHOWN]}"
    if unfounded:
        yield f"the history says what the journal does not: {list(unfounded)[:_SHOWN]}"


class _Revisions(Revisions):
    """The plan's rulebooks, without a record."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def compiled(self, revision: str) -> Rules:
        """The rules of a revision, anew."""
        both = (self._plan.rulebook, self._plan.revised)
        return compile_rules(next(one for one in both if one is not None and one.revision == revision))


def _lived_again(lived: Lived) -> Iterator[Change]:
    revisions = _Revisions(lived.plan)
    heart = Heart(revisions.compiled(lived.plan.rulebook.revision))
    for entry in lived.committed.entries:
        match entry:
            case journal.Inputs(batch=batch):
                yield from heart.step(batch, int(batch.rows["received_at"][-1])).changes
            case journal.Wake(at=at):
                yield from heart.step(None, at).changes
            case journal.Excuse(devices=devices, at=at):
                heart.excuse(devices, at)
            case journal.Forget(at=at):
                heart.forget(at)
            case journal.Unheard(since=since, at=at):
                heart.resume(at, since)
            case journal.Rules(revision=revision, at=at, was_deaf=was_deaf):
                heart, told = taken_up(heart, revision, revisions=revisions, at=at)
                yield from told
                if was_deaf:
                    heart.resume(at)


def _short(said: Any, what: str) -> tuple[Any, ...]:
    return what, said["case"], said["type"], said["opened_at"], said["at"]


def who_breaks_an_order_is_told_of(lived: Lived) -> Iterator[str]:
    """Whatever the network did, what truly happened is told, and nobody else is accused."""
    for device, role in lived.plan.roles.items():
        opened = {
            e.payload["type"]
            for e in by_engine(lived)
            if e.payload["wearer"] == f"W-{device}" and e.what == "opened"
        }
        expected = _EXPECTED.get(role, set())
        must_be_told = expected and (role != MEETS or _is_met_in_time(lived))
        if must_be_told and not expected & opened:
            yield f"{device} {role}, and {' or '.join(sorted(expected))} was never told"
        wrong = {type for type in opened if type.startswith((*_POSITION, "device.strap"))}
        if wrong := wrong - expected - _NO_ACCUSATION:
            yield f"{device} ({role}) is accused of {sorted(wrong)}"


def _is_met_in_time(lived: Lived) -> bool:
    """Whether each fix of a forbidden meeting came in time: a late one is compared with nobody's."""
    plan, met = lived.plan, meeting_of(lived.plan.made, lived.plan.roles)
    start, end = int(met["at"].min()), int(met["at"].max())
    came = plan.arrived.rows[np.setdiff1d(np.arange(len(plan.arrived)), list(plan.garbled))]
    prompt = came[came["received_at"] - came["at"] < _PROMPT]
    keys = {(int(row["device"]), int(row["seq"])) for row in prompt}
    return is_calm(lived, start, end) and all((int(row["device"]), int(row["seq"])) in keys for row in met)


def the_engine_lives(lived: Lived) -> Iterator[str]:
    """It ends when it is killed, never by itself."""
    if lived.ended:
        yield f"the engine ended by itself: {lived.ended}"


def what_operators_did_stands(lived: Lived) -> Iterator[str]:
    """What somebody was told is done is in the history, once; nothing else is, but what nobody can know."""
    people = [one for one in lived.history if one.by not in (ENGINE, PROTOCOL)]
    found = Counter((one.alert, one.what, one.by) for one in people)
    if lost := lived.acted - found:
        yield f"operators were told it is done, and it is not: {list(lost)[:_SHOWN]}"
    if more := found - lived.acted - lived.may_have_acted:
        yield f"operators did not do what the history says: {list(more)[:_SHOWN]}"


def the_night_cleans(lived: Lived) -> Iterator[str]:
    """What may no longer be kept is gone, however often the engine died; and only where somebody cleans."""
    if lived.cleaned and lived.old_positions:
        yield f"{lived.old_positions} positions of last week are still kept"
    if not lived.cleaned and not lived.old_positions:
        yield "positions of last week are gone, though nobody was to delete them"


_ASKED: Final[tuple[Callable[[Lived], Iterator[str]], ...]] = (
    the_engine_lives,
    nothing_is_lost,
    nothing_is_acknowledged_early,
    nothing_unreadable_is_forgotten,
    nothing_is_told_twice,
    history_has_no_gap,
    the_record_says_it_again,
    silence_is_told_of,
    our_own_absence_is_told_of,
    a_dark_region_is_told_of_once,
    what_operators_did_stands,
    the_night_cleans,
    who_breaks_an_order_is_told_of,
)

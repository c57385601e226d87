"""The promises of the blueprint's section 4, asked of a run that has been lived."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

from em_engine.alerts.queue import ENGINE, HistoryEntry
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.record import journal
from em_engine.vocabulary import MINUTE, Change, Micros
from simulators.chaos.plan import SILENCE_ALLOWED, START
from simulators.chaos.run import Lived

_EXPECTED: Final = {
    "enters": {"exclusion.entered"},
    "opens the strap": {"device.strap"},
    "stays out": {"curfew.left", "curfew.late", "curfew.early"},
    "comes near": {"contact.alert"},
}
"""Any of which must be told."""
_POSITION: Final = ("exclusion.", "inclusion.", "curfew.", "contact.")
_NO_ACCUSATION: Final = {"contact.warning", "contact.unknown", "curfew.unconfirmed"}
"""What is told because nobody knows, which the network's faults may bring about."""
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
    if forgotten := lived.sent_garbled - lived.committed.aside - _readable(lived):
        yield f"{len(forgotten)} garbled messages are nowhere, such as {sorted(forgotten)[:_SHOWN]}"


def _readable(lived: Lived) -> set[tuple[str, bytes]]:
    """What was garbled into something that can be read all the same."""
    return {one for one in lived.sent_garbled if not decode([Delivery(*one, START)]).quarantined}


def nothing_is_told_twice(lived: Lived) -> Iterator[str]:
    """One alert opens once, and a slot holds one open alert at a time."""
    opened = Counter(entry.alert for entry in _by_engine(lived) if entry.what == "opened")
    if again := [alert for alert, count in opened.items() if count > 1]:
        yield f"alerts opened twice: {again[:_SHOWN]}"
    stands: dict[tuple[Any, ...], str] = {}
    for entry in _by_engine(lived):
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
    if untold := {entry.number for entry in _by_engine(lived)} - lived.told:
        yield f"{len(untold)} changes were never told over MQTT"


def the_record_says_it_again(lived: Lived) -> Iterator[str]:
    """A heart that lives the journal through, without any fault, decides what stands in the history."""
    again = [_short(change.as_json(), change.change.value) for change in _lived_again(lived)]
    told = [_short(entry.payload, entry.what) for entry in _by_engine(lived)]
    unsaid, unfounded = Counter(again) - Counter(told), Counter(told) - Counter(again)
    if unsaid:
        yield f"the journal says what the history does not: {list(unsaid)[:_SHOWN]}"
    if unfounded:
        yield f"the history says what the journal does not: {list(unfounded)[:_SHOWN]}"


def _lived_again(lived: Lived) -> Iterator[Change]:
    heart = Heart(compile_rules(lived.plan.rulebook))
    for entry in lived.committed.entries:
        match entry:
            case journal.Inputs(batch=batch):
                yield from heart.step(batch, int(batch.rows["received_at"][-1])).changes
            case journal.Wake(at=at):
                yield from heart.step(None, at).changes
            case journal.Rules(at=at):
                heart.resume(at)


def _short(said: Any, what: str) -> tuple[Any, ...]:
    return what, said["case"], said["type"], said["opened_at"], said["at"]


def who_breaks_an_order_is_told_of(lived: Lived) -> Iterator[str]:
    """Whatever the network did, what truly happened is told, and nobody else is accused."""
    for device, role in lived.plan.roles.items():
        opened = {
            e.payload["type"]
            for e in _by_engine(lived)
            if e.payload["wearer"] == f"W-{device}" and e.what == "opened"
        }
        expected = _EXPECTED.get(role, set())
        if expected and not expected & opened:
            yield f"{device} {role}, and {' or '.join(sorted(expected))} was never told"
        wrong = {type for type in opened if type.startswith((*_POSITION, "device.strap"))}
        if wrong := wrong - expected - _NO_ACCUSATION:
            yield f"{device} ({role}) is accused of {sorted(wrong)}"


def silence_is_told_of(lived: Lived) -> Iterator[str]:
    """A device is told of as silent if it was not heard for longer than its order allows, and else it is not.

    Counted from the journal: what was judged when, and when the engine itself began to hear again. Of a
    silence in which the engine was in trouble either may be told: its own deafness is held against nobody.
    """
    for device in lived.plan.roles:
        is_told = any(_is_silence(entry, device) for entry in _by_engine(lived))
        heard = sorted([*_heard(lived, device), _ended(lived)])
        silences = [(a, b) for a, b in pairwise(heard) if b - a > SILENCE_ALLOWED]
        if is_told and not silences:
            yield f"{device} is told of as silent, and was not"
        if not is_told and any(_is_calm(lived, a, a + SILENCE_ALLOWED) for a, _ in silences):
            yield f"{device} was silent at {silences}, and that was never told"


def _is_calm(lived: Lived, start: Micros, end: Micros) -> bool:
    """Whether nothing was wrong with the engine between two instants, nor shortly before."""
    plan = lived.plan
    troubles = (*plan.kills, *plan.broker_away, *plan.record_bad)
    return not any(begin < end + MINUTE and start < over + 3 * MINUTE for begin, over in troubles)


def _is_silence(entry: HistoryEntry, device: str) -> bool:
    said = entry.payload
    return entry.what == "opened" and said["type"] == "device.silent" and said["device"] == device


def _heard(lived: Lived, device: str) -> Iterator[Micros]:
    """When the device was heard, each of its messages once; and when the engine began to hear again."""
    known: set[int] = set()
    for entry in lived.committed.entries:
        match entry:
            case journal.Rules(at=at):
                yield at
            case journal.Inputs(batch=batch) if device in batch.devices:
                rows = batch.rows[batch.rows["device"] == batch.devices.index(device)]
                news = [row for row in rows if int(row["seq"]) not in known]
                known |= {int(row["seq"]) for row in rows}
                yield from (int(row["received_at"]) for row in news)


def _ended(lived: Lived) -> Micros:
    last = lived.committed.entries[-1]
    return int(last.batch.rows["received_at"][-1]) if isinstance(last, journal.Inputs) else last.at


def the_engine_lives(lived: Lived) -> Iterator[str]:
    """It ends when it is killed, never by itself."""
    if lived.ended:
        yield f"the engine ended by itself: {lived.ended}"


def _by_engine(lived: Lived) -> Iterator[HistoryEntry]:
    return (entry for entry in lived.history if entry.by == ENGINE)


_ASKED: Final[tuple[Callable[[Lived], Iterator[str]], ...]] = (
    the_engine_lives,
    nothing_is_lost,
    nothing_is_acknowledged_early,
    nothing_unreadable_is_forgotten,
    nothing_is_told_twice,
    history_has_no_gap,
    the_record_says_it_again,
    silence_is_told_of,
    who_breaks_an_order_is_told_of,
)

"""What must be told of silence: of a device's, of a region's, and of our own."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from em_engine.alerts.queue import ENGINE, HistoryEntry
from em_engine.record import journal
from em_engine.runners import attention
from em_engine.vocabulary import MINUTE, AlertType, Micros
from simulators.chaos.lived import Lived
from simulators.chaos.people import SILENCE_ALLOWED
from simulators.chaos.plan import Span

_LEEWAY: Final = MINUTE
_AFTER: Final = 3 * MINUTE
"""How long after a trouble of the engine something may still be owed to it."""


def by_engine(lived: Lived) -> Iterator[HistoryEntry]:
    """What the engine told, in its order."""
    return (entry for entry in lived.history if entry.by == ENGINE)


def silence_is_told_of(lived: Lived) -> Iterator[str]:
    """A device is told of as silent if it was not heard for longer than its order allows, and else it is not.

    Counted from the journal: what was judged when, and when the engine itself began to hear again. Of a
    silence in which the engine was in trouble, or of many at once, either may be told.
    """
    excused = {device for entry in lived.committed.entries if isinstance(entry, journal.Excuse)
               for device in entry.devices}  # fmt: skip
    for device in lived.plan.roles:
        is_told = any(_is_silence(entry, device) for entry in by_engine(lived))
        heard = sorted([*_heard(lived, device), _ended(lived)])
        silences = [(a, b) for a, b in pairwise(heard) if b - a > SILENCE_ALLOWED]
        if is_told and not silences:
            yield f"{device} is told of as silent, and was not"
        calm = any(is_calm(lived, a, a + SILENCE_ALLOWED) for a, _ in silences)
        if calm and not is_told and device not in excused:
            yield f"{device} was silent at {silences}, and that was never told"


def our_own_absence_is_told_of(lived: Lived) -> Iterator[str]:
    """Nothing heard for longer than the orders allow is one outage of ours; twice as long, a gap of each.

    Nothing of the kind is told where we were never away for so long, and nothing stays open.
    """
    told = [one for one in by_engine(lived) if _is_ours(one)]
    longest = max((end - start for start, end in _absences(lived)), default=0)
    for type, allowed in (
        (AlertType.OUTAGE_GROUP, SILENCE_ALLOWED),
        (AlertType.MONITORING_GAP, 2 * SILENCE_ALLOWED),
    ):
        opened = {one.payload["case"] for one in told if one.what == "opened" and one.payload["type"] == type}
        expected = 1 if type is AlertType.OUTAGE_GROUP else len(lived.plan.roles)
        if longest > allowed + _LEEWAY and len(opened) < expected:
            yield f"we were away for {longest // MINUTE} min, and {type} was told of {len(opened)} cases"
        if longest + _AFTER < allowed and opened and not lived.plan.clock_wrong:
            yield f"{type} was told, and we were never away for longer than {longest // MINUTE} min"
    stands = {one.alert: one.what for one in told}
    if still := [alert for alert, what in stands.items() if what not in ("cleared", "withdrawn")]:
        yield f"what was told of our absence is still open: {still[:3]}"


def a_dark_region_is_told_of_once(lived: Lived) -> Iterator[str]:
    """Where nobody at all is heard for too long, that is an outage, and not one of ours."""
    dark = lived.plan.region_dark
    told = [
        one
        for one in by_engine(lived)
        if one.what == "opened" and one.payload["type"] == AlertType.OUTAGE_GROUP and not _is_ours(one)
    ]
    if dark is not None and not told and is_calm(lived, dark[0], dark[0] + SILENCE_ALLOWED + _LEEWAY):
        yield "a region was dark, and no outage was told"


def _is_ours(entry: HistoryEntry) -> bool:
    type = entry.payload["type"]
    is_outage = type == AlertType.OUTAGE_GROUP and entry.payload["condition"] == attention.ENGINE
    return bool(is_outage or type == AlertType.MONITORING_GAP)


def _absences(lived: Lived) -> list[Span]:
    """When the engine heard nothing: it was dead, or its broker away; those that touch are one."""
    merged: list[Span] = []
    for start, end in sorted((*lived.plan.kills, *lived.plan.broker_away)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def is_calm(lived: Lived, start: Micros, end: Micros) -> bool:
    """Whether nothing was wrong with the engine between two instants, nor shortly before."""
    plan = lived.plan
    wrong = tuple((begin, over + abs(by)) for (begin, over), by in plan.clock_wrong)
    forgets = tuple((at, at) for at in plan.broker_forgets)
    troubles = (*plan.kills, *plan.broker_away, *plan.record_bad, *wrong, *forgets)
    return not any(begin < end + MINUTE and start < over + _AFTER for begin, over in troubles)


def _is_silence(entry: HistoryEntry, device: str) -> bool:
    said = entry.payload
    return entry.what == "opened" and said["type"] == AlertType.DEVICE_SILENT and said["device"] == device


def _heard(lived: Lived, device: str) -> Iterator[Micros]:
    """When the device was heard, each of its messages once; and when the engine began to hear again."""
    known: set[int] = set()
    for entry in lived.committed.entries:
        match entry:
            case journal.Rules(at=at, was_deaf=True):
                yield at
            case journal.Inputs(batch=batch) if device in batch.devices:
                rows = batch.rows[batch.rows["device"] == batch.devices.index(device)]
                news = [row for row in rows if int(row["seq"]) not in known]
                known |= {int(row["seq"]) for row in rows}
                yield from (int(row["received_at"]) for row in news)


def _ended(lived: Lived) -> Micros:
    last = lived.committed.entries[-1]
    return int(last.batch.rows["received_at"][-1]) if isinstance(last, journal.Inputs) else last.at

"""What may no longer be kept is deleted, case by case, and then looked for in every file; holds stop it."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from em_engine.law.retention import Period, period_of
from em_engine.record.interface import Reading, Writing
from em_engine.record.rows import KeptPosition
from em_engine.record.traces import found_in
from em_engine.rulebook import Rulebook, load_files
from em_engine.vocabulary import BEFORE_ALL, Micros, rfc3339

SOUGHT_MAX: Final = 100
"""So many of the deleted positions of a case are looked for in the files, the newest."""
COUNTED_MAX: Final = 100_000
_HOLD: Final = "retention.hold:"

Note = Callable[[str, str], None]
"""Writes down that of this case something is deleted, and how much, before it is. May refuse by raising."""


class Keeping(Protocol):
    """What is kept, as deletion needs it: a Record, or one that an engine elsewhere holds."""

    def reading(self) -> AbstractContextManager[Reading]:
        """One consistent look."""
        ...

    def forgetting(self) -> AbstractContextManager[Writing]:
        """A transaction after which what it deleted is in no file of the store."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What was deleted of one case, and what was found of it afterwards."""

    case: str
    programme: str | None
    held: str | None  # why nothing was
    positions: int = 0
    alerts: int = 0
    sought: int = 0  # deleted positions looked for in every file of the data folder
    found: int = 0


def delete(kept: Keeping, folder: Path, at: Micros, *, note: Note) -> list[Deleted]:
    """Deletes what is too old, and looks for it afterwards in the files of the folder.

    Raises RecordError and RulebookRefused, and what `note` raises.
    """
    done, sought = list[Deleted](), list[KeptPosition]()
    for case, programme, period, held in _cases(kept):
        if held is not None:
            done.append(Deleted(case=case, programme=programme, held=held))
        elif period != Period(programme=period.programme):
            one, gone = _delete_of(kept, case, programme, period, at=at, note=note)
            done.append(one)
            sought += gone
    found = Counter(fix.case for fix in found_in(folder, sought))
    return [replace(one, found=found[one.case]) for one in done]


def _delete_of(
    kept: Keeping, case: str, programme: str | None, period: Period, *, at: Micros, note: Note
) -> tuple[Deleted, list[KeptPosition]]:
    positions = alerts = 0
    with kept.forgetting() as writing:
        sought = _too_old(writing, case, period, at, limit=SOUGHT_MAX)
        if period.positions is not None:
            positions = writing.forget_positions(before=at - period.positions, case=case)
        if period.alerts is not None:
            alerts = writing.forget_alerts(closed_before=at - period.alerts, case=case)
        if positions or alerts:
            note(case, f"{positions} positions, {alerts} alerts")
    one = Deleted(
        case=case, programme=programme, held=None, positions=positions, alerts=alerts, sought=len(sought)
    )
    return one, sought


def left_over(kept: Keeping, at: Micros) -> list[Deleted]:
    """What is kept of each case for longer than allowed, holds aside. Deletes nothing."""
    left = []
    for case, programme, period, held in _cases(kept):
        with kept.reading() as reading:
            old = _too_old(reading, case, period, at, limit=COUNTED_MAX)
        if old and held is None:
            left.append(Deleted(case=case, programme=programme, held=None, positions=len(old)))
    return left


def _too_old(reading: Reading, case: str, period: Period, at: Micros, *, limit: int) -> list[KeptPosition]:
    if period.positions is None:
        return []
    return reading.positions(case, since=BEFORE_ALL, until=at - period.positions, limit=limit)


# Holds --------------------------------------------------------------------------------------------


def hold(kept: Keeping, case: str, *, reason: str, at: Micros) -> None:
    """Nothing of the case is deleted until it is released."""
    told = json.dumps({"reason": reason, "since": rfc3339(at)}, ensure_ascii=False)
    with kept.forgetting() as writing:
        writing.put_setting(_HOLD + case, told)


def release(kept: Keeping, case: str) -> bool:
    """Ends the hold of a case; False where there was none."""
    with kept.forgetting() as writing:
        was_held = writing.setting(_HOLD + case) is not None
        if was_held:
            writing.drop_setting(_HOLD + case)
    return was_held


# What is kept, and for how long -------------------------------------------------------------------


def _cases(kept: Keeping) -> Iterator[tuple[str, str | None, Period, str | None]]:
    """Every case of which anything is kept: its programme, its period, and why it is held if it is."""
    with kept.reading() as reading:
        cases, holds = reading.cases(), reading.settings(_HOLD)
        periods, programmes = _as_last_judged(reading)
    for case in cases:
        held = holds.get(_HOLD + case)
        reason = None if held is None else str(json.loads(held)["reason"])
        yield case, programmes.get(case), period_of(periods, programmes.get(case)), reason


def _as_last_judged(reading: Reading) -> tuple[tuple[Period, ...], Mapping[str, str]]:
    """The periods of the newest revision, and every order's programme: an order that is no more had one."""
    programmes: dict[str, str] = {}
    periods: Sequence[Period] = ()
    for revision, _ in reading.rulebooks():
        rulebook = _rulebook(reading, revision)
        periods = rulebook.programme.retention
        programmes |= {order.id: order.programme.value for order in rulebook.orders}
    return tuple(periods), programmes


def _rulebook(reading: Reading, revision: str) -> Rulebook:
    row = reading.rulebook(revision)
    assert row is not None, "a revision that is listed is kept"
    files: Any = msgspec.msgpack.decode(zlib.decompress(row.files))
    return load_files(files, name=revision)

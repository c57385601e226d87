"""What the record holds of one alert: its history, the rulebook that judged, the positions kept around it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import HistoryEntry
from em_engine.alerts.rows import alert_of
from em_engine.commands.rederive import Rederived, rederived
from em_engine.console.directory import Directory, protected_person
from em_engine.console.maps import alert_map
from em_engine.law.certainty import Certainty, level_of
from em_engine.law.geodesy import Zones, apart_m, prepare_zone, to_ecef
from em_engine.record.interface import Reading
from em_engine.record.rows import AlertQuery, KeptPosition, Role
from em_engine.record.sqlite import SqliteReaders
from em_engine.rulebook import RecordProfile, Rulebook, RulebookRefused, load_files
from em_engine.rulebook.civil import begins_at
from em_engine.vocabulary import MINUTE, AlertType, Micros

AROUND: Final = 30 * MINUTE
"""How long before the breach, and after it, kept positions are shown."""
OF_BELIEF: Final = frozenset(
    {
        AlertType.EXCLUSION_APPROACH,
        AlertType.EXCLUSION_ENTERED,
        AlertType.INCLUSION_LEFT,
        AlertType.CURFEW_LATE,
        AlertType.CURFEW_LEFT,
        AlertType.CURFEW_EARLY,
        AlertType.CONTACT_ALERT,
    }
)
"""What is told once it is sure enough that positions prove it."""
TOGETHER: Final = 5 * MINUTE
"""Between fixes of two people further apart in time no distance is told."""
ID_LENGTH_MIN: Final = 6
"""So much of an alert's id names it, where it is the only one that begins so."""


class ExplainRefused(Exception):
    """There is no such alert, or no such record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything the record knows of one alert."""

    alert: Alert
    history: tuple[HistoryEntry, ...]
    directory: Directory | None  # of the revision that judged; None where it cannot be read
    unread: str | None  # why
    first_used_at: Micros | None
    fixes: tuple[KeptPosition, ...]
    others: tuple[KeptPosition, ...]  # of the protected person the alert is about: distances only
    drawn: Mapping[str, Any] | None  # GeoJSON of what may be shown on a map, the protected person left out
    rederived: Rederived


def explain(readers: SqliteReaders, wanted: str) -> Explained:
    """What the record holds of the alert. Raises ExplainRefused and RecordError."""
    with readers.reading() as reading:
        alert = _alert(reading, wanted)
        history = tuple(_entries(reading, alert.id))
        directory, first_used_at, unread = _judged_by(reading, alert.rulebook)
        fixes, others = _kept(reading, alert, directory)
        drawn = _drawn(reading, alert, directory)
    if directory is None:
        again = Rederived(reproduced=None, changes=len(history), why_not=unread)
    else:
        again = rederived(readers, alert.id, history, current=directory.rulebook)
    return Explained(
        alert=alert,
        history=history,
        directory=directory,
        unread=unread,
        first_used_at=first_used_at,
        fixes=fixes,
        others=others,
        drawn=drawn,
        rederived=again,
    )


def _alert(reading: Reading, wanted: str) -> Alert:
    row = reading.alert(wanted)
    if row is None and len(wanted) >= ID_LENGTH_MIN:
        begin_so = [one for one in reading.alerts(AlertQuery(is_closed=None)) if one.id.startswith(wanted)]
        if len(begin_so) > 1:
            raise ExplainRefused(f"{len(begin_so)} alerts begin with {wanted}: write more of the id")
        row = begin_so[0] if begin_so else None
    if row is None:
        raise ExplainRefused(f"there is no alert {wanted} in this record")
    return alert_of(row)


def certainty(explained: Explained) -> tuple[Certainty, float | None] | None:
    """How sure it had to be, and by all positions together was, where that was asked; None where not.

    How sure it was is told where the level is not the kind's own.
    """
    alert, directory = explained.alert, explained.directory
    condition = directory.condition(alert.order, alert.condition) if directory else None
    if condition is None or directory is None or alert.type not in OF_BELIEF:
        return None
    order = directory.order(alert.order)
    assert order is not None, "a condition that is known stands in a known order"
    terms = condition.terms
    for phase in condition.phases:
        if begins_at(phase.from_, order.time_zone) <= alert.opened_at:
            terms = phase.terms
    return level_of(terms), alert.evidence.get("belief")


def _entries(reading: Reading, alert: str) -> Iterator[HistoryEntry]:
    for row in reading.alert_history(alert):
        payload = msgspec.json.decode(row.payload)
        yield HistoryEntry(
            number=row.number, at=row.at, alert=row.alert, what=row.what, by=row.by, payload=payload
        )


def _judged_by(reading: Reading, revision: str) -> tuple[Directory | None, Micros | None, str | None]:
    """The rulebook that judged, when it first did, and why it cannot be read where it cannot."""
    row = reading.rulebook(revision)
    if row is None:
        return None, None, "the record does not hold it"
    try:
        rulebook: Rulebook = load_files(msgspec.msgpack.decode(zlib.decompress(row.files)), name=revision)
    except RulebookRefused as refusal:
        return None, row.first_used_at, str(refusal)
    return Directory(rulebook), row.first_used_at, None


def _kept(
    reading: Reading, alert: Alert, directory: Directory | None
) -> tuple[tuple[KeptPosition, ...], tuple[KeptPosition, ...]]:
    """Positions around the breach: the wearer's that the order lets be shown, and the protected person's."""
    order = directory.order(alert.order) if directory else None
    since = alert.opened_at - AROUND
    until = max(alert.cleared_at or alert.changed_at, alert.detected_at) + AROUND
    kept = reading.positions(alert.case, since=since, until=until)
    shows_all = order is not None and order.record is RecordProfile.EVERYTHING
    fixes = tuple(fix for fix in kept if fix.role == Role.WEARER and (shows_all or fix.in_breach))
    condition = directory.condition(alert.order, alert.condition) if directory else None
    person = protected_person(order, condition) if order else None
    return fixes, tuple(fix for fix in kept if person is not None and fix.person == person.id)


def _drawn(reading: Reading, alert: Alert, directory: Directory | None) -> Mapping[str, Any] | None:
    """The map as the record had it when the alert last changed."""
    if directory is None:
        return None
    return alert_map(alert, directory, reading, now=alert.changed_at, sees_protected=False)


def depths_m(explained: Explained) -> Sequence[float | None]:
    """How deep inside the condition's zone each kept fix lies; negative outside, None without a zone."""
    alert, directory, fixes = explained.alert, explained.directory, explained.fixes
    zone = directory.zone_of(directory.condition(alert.order, alert.condition)) if directory else None
    if zone is None or not fixes:
        return [None] * len(fixes)
    zones = Zones([prepare_zone(zone.name, zone.geometry, zone.radius_m)])
    depth_m = zones.depth_m(np.zeros(len(fixes), dtype=np.intp), _ecef(fixes))
    return [round(float(one), 1) for one in depth_m]


def distances_m(explained: Explained) -> Sequence[float | None]:
    """How far from the protected person each kept fix lies, where she was seen at nearly the same time."""
    if not explained.others:
        return [None] * len(explained.fixes)
    found: list[float | None] = []
    for fix in explained.fixes:
        other = min(explained.others, key=lambda one: abs(one.fixed_at - fix.fixed_at))
        apart = float(apart_m(_ecef([fix]), _ecef([other]))[0])
        found.append(round(apart, 1) if abs(other.fixed_at - fix.fixed_at) <= TOGETHER else None)
    return found


def _ecef(fixes: Sequence[KeptPosition]) -> Any:
    return to_ecef(np.array([fix.lon for fix in fixes]), np.array([fix.lat for fix in fixes]))

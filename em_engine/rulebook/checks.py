"""What can be wrong with orders whose every field is right: the names they use, the times they set."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from em_engine.law.certainty import Certainty
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.non_association import NonAssociationTerms
from em_engine.law.terms import Allowance, CalendarName, PersonId, ScheduleName, ZoneName
from em_engine.rulebook.coded import Said
from em_engine.rulebook.orders import ReadDuties, ReadOrder, ReadSchedule
from em_engine.rulebook.problems import Document, Findings, Path, nearest
from em_engine.rulebook.wording import written_span
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What orders may name. None where a file could not be read that may hold more of it."""

    zones: frozenset[str] | None
    schedules: frozenset[str] | None
    calendars: frozenset[str]


def check_duties(read: ReadDuties, known: Known, findings: Findings) -> None:
    """What can be seen of an order's conditions by themselves and the names they use."""
    _check_names(read, known, findings)
    _check_condition_ids(read, findings)
    fix_every = _longest_without_fix(read)
    for condition in read.conditions:
        for path, terms in condition.stages():
            _check_own_terms(read, path, terms, findings)
            if fix_every > COLD and getattr(terms, "certainty", None) is Certainty.PROVED:
                told = "nothing is `proved` of a tag that tells a place every {}"
                message = Said("certainty.fixes", told, written_span(fix_every))
                findings.warning(read.document, path, "certainty.fixes", message, hint=_TWO_FIXES)


def _longest_without_fix(read: ReadDuties) -> timedelta:
    """The longest that the order lets a tag be without a position, where it says so."""
    health = [one.condition.terms for one in read.conditions]
    spans = [one.fix_every for one in health if isinstance(one, DeviceHealthTerms) and one.fix_every]
    return min(spans, default=timedelta(0))


def check_order(read: ReadOrder, findings: Findings, *, at: Micros | None) -> None:
    """What can be seen of one whole order by itself."""
    _check_validity(read, findings, at=at)
    _check_protected(read, findings)


def check_ids(orders: list[ReadOrder], schedules: list[ReadSchedule], findings: Findings) -> None:
    """Ids given twice: of orders, and of schedules."""
    _check_twice("order", [(read.order.id, read.document) for read in orders], findings)
    _check_twice("schedule", [(read.schedule.name, read.document) for read in schedules], findings)


def _check_twice(what: str, named: list[tuple[str, Any]], findings: Findings) -> None:
    first: dict[str, Document] = {}
    for name, document in named:
        other = first.setdefault(name, document)
        if other is not document:
            where = findings.position(other, (what,))
            message = Said("id.twice", "{} {!r} stands twice, here and at {}", _THE[what], name, where)
            findings.error(document, (what,), f"{what}.twice", message, hint=_ANOTHER_ID)


def _check_validity(read: ReadOrder, findings: Findings, *, at: Micros | None) -> None:
    order = read.order
    if order.valid_from >= order.valid_to:
        told = "the order ends before it begins, or at the same instant: it would never hold"
        message = Said("valid.empty.order", told)
        findings.error(read.document, ("valid",), "valid.empty", message, hint=_AFTER)
    elif at is not None and order.valid_to <= at:
        findings.warning(
            read.document, ("valid", "to"), "valid.past", Said("valid.past", "the order has ended")
        )


def _check_protected(read: ReadOrder, findings: Findings) -> None:
    order = read.order
    seen = {order.wearer.id}
    kept_apart = {mention.name for mention in read.mentions if mention.type is PersonId}
    for index, person in enumerate(order.protected):
        at = ("protected", index)
        if person.id in seen:
            message = Said("person.twice", "the person {!r} stands twice in this order", person.id)
            findings.error(read.document, (*at, "id"), "person.twice", message)
        elif read.is_whole and person.id not in kept_apart:
            message = Said("person.unused", "no condition keeps the wearer away from {!r}", person.id)
            hint = Said("hint.person.unused", "add a condition of kind contact-ban with: {}", person.id)
            findings.warning(read.document, at, "person.unused", message, hint=hint)
        seen.add(person.id)


def _check_condition_ids(read: ReadDuties, findings: Findings) -> None:
    first: dict[str, Path] = {}
    for path, name in read.condition_ids:
        if name in first:
            where = findings.position(read.document, first[name])
            told = "the condition {!r} stands twice in this order, here and at {}"
            message = Said("condition.twice", told, name, where)
            hint = Said("hint.condition.twice", "rename one")
            findings.error(read.document, path, "condition.twice", message, hint=hint)
        first.setdefault(name, path)
    watched = any(isinstance(one.condition.terms, DeviceHealthTerms) for one in read.conditions)
    if read.is_whole and not watched:
        told = "no condition watches the tag: an opened strap or a silent tag would raise nothing"
        message = Said("device-health.missing", told)
        hint = Said("hint.device-health.missing", "add a condition of kind device-health")
        findings.warning(read.document, ("conditions",), "device-health.missing", message, hint=hint)


def _check_names(read: ReadDuties, known: Known, findings: Findings) -> None:
    # Where a file that might define the name cannot be read, that file's error is the one to mend first.
    table = {
        ZoneName: (Said("a.zone", "zone"), known.zones),
        PersonId: (Said("a.protected", "protected person of this order"), read.persons),
        ScheduleName: (Said("a.schedule", "schedule"), known.schedules),
        CalendarName: (_A_CALENDAR, known.calendars),
    }
    for mention in read.mentions:
        what, names = table[mention.type]
        if names is not None and mention.name not in names:
            message = Said("name.unknown", "there is no {} {!r}", what, mention.name)
            findings.error(
                read.document, mention.path, "name.unknown", message, hint=nearest(mention.name, names)
            )


def _check_own_terms(read: ReadDuties, path: Path, terms: Any, findings: Findings) -> None:
    """What one kind's terms must have between them."""
    match terms:
        case ContactBanTerms(alert_m=alert_m, warn_m=float(warn_m)) if warn_m <= alert_m:
            message = Said("contact.rings", _LARGER, warn_m, alert_m)
            findings.error(read.document, (*path, "warn_m"), "contact.rings", message, hint=_RINGS)
        case NonAssociationTerms(alert_m=alert_m, warn_m=float(warn_m)) if warn_m <= alert_m:
            message = Said("contact.rings", _LARGER, warn_m, alert_m)
            findings.error(read.document, (*path, "warn_m"), "contact.rings", message, hint=_TOGETHER)
        case CurfewTerms(allowance=Allowance(total=total, per=per)) if (
            not timedelta(0) < total < _SHORTEST[per]
        ):
            told = "`total` should be more than no time, and less than a {} can be short"
            message = Said("allowance.total", told, _PER[per])
            findings.error(read.document, (*path, "allowance", "total"), "allowance.total", message)
        case DeviceHealthTerms(heartbeat_every=None, fix_every=None):
            message = Said("device-health.unbounded", "the order allows the tag to be silent for ever")
            hint = Said("hint.device-health.unbounded", "give `heartbeat_every` or `fix_every`")
            findings.warning(read.document, path, "device-health.unbounded", message, hint=hint)
        case DeviceHealthTerms(battery_low_pct=low, battery_critical_pct=critical) if critical >= low:
            told = "`battery_critical_pct` ({:g}) should be below `battery_low_pct` ({:g})"
            message = Said("device-health.battery", told, critical, low)
            findings.error(read.document, path, "device-health.battery", message)
    if isinstance(terms, ContactBanTerms) and terms.certainty is not Certainty.LIKELY:
        told = "`certainty: {}` would make a protected person wait"
        message = Said("certainty.contact", told, terms.certainty.value)
        findings.error(read.document, (*path, "certainty"), "certainty.contact", message, hint=_LIKELY)
    for name in _EVERY:
        if getattr(terms, name, None) == timedelta(0):
            message = Said("value.no-time", "`{}` should be more than no time at all", name)
            findings.error(read.document, (*path, name), "value", message)


COLD: Final = timedelta(minutes=10)
"""A suspicion lapses after it (`breach.SUSPICION_LAPSES`)."""
_AFTER: Final = Said("hint.after", "`to` must be after `from`")
_ANOTHER_ID: Final = Said("hint.another-id", "give one another id")
_A_CALENDAR: Final = Said("a.calendar", "calendar in schedules/")
_THE: Final = {"order": Said("the.order", "the order"), "schedule": Said("the.schedule", "the schedule")}
_TWO_FIXES: Final = Said(
    "hint.certainty.fixes",
    "two fixes at most ten minutes apart are needed: a shorter `fix_every`, or convincing",
)
_LIKELY: Final = Said(
    "hint.certainty.contact",
    "write `likely`, or leave it out: a contact ban is never told at a higher level",
)
_LARGER: Final = "`warn_m` ({:g}) should be larger than `alert_m` ({:g})"
_RINGS: Final = Said(
    "hint.contact.rings", "a wearer comes near before he is too near; left out, it is twice `alert_m`"
)
_TOGETHER: Final = Said("hint.group.rings", "left out, nothing is told before they are together")
_PER: Final = {
    "day": Said("per.day", "day"),
    "week": Said("per.week", "week"),
    "month": Said("per.month", "month"),
}
_SHORTEST: Final = {"day": timedelta(hours=23), "week": timedelta(hours=167), "month": timedelta(days=28)}
_EVERY: Final = ("heartbeat_every", "fix_every", "confirm_every")

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
                message = f"nothing is `proved` of a tag that tells a place every {written_span(fix_every)}"
                hint = "two fixes at most ten minutes apart are needed: a shorter `fix_every`, or convincing"
                findings.warning(read.document, path, "certainty.fixes", message, hint=hint)


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
            message = f"the {what} {name!r} stands twice, here and at {where}"
            findings.error(document, (what,), f"{what}.twice", message, hint="give one another id")


def _check_validity(read: ReadOrder, findings: Findings, *, at: Micros | None) -> None:
    order = read.order
    if order.valid_from >= order.valid_to:
        message = "the order ends before it begins, or at the same instant: it would never hold"
        findings.error(read.document, ("valid",), "valid.empty", message, hint="`to` must be after `from`")
    elif at is not None and order.valid_to <= at:
        findings.warning(read.document, ("valid", "to"), "valid.past", "the order has ended")


def _check_protected(read: ReadOrder, findings: Findings) -> None:
    order = read.order
    seen = {order.wearer.id}
    kept_apart = {mention.name for mention in read.mentions if mention.type is PersonId}
    for index, person in enumerate(order.protected):
        at = ("protected", index)
        if person.id in seen:
            message = f"the person {person.id!r} stands twice in this order"
            findings.error(read.document, (*at, "id"), "person.twice", message)
        elif read.is_whole and person.id not in kept_apart:
            message = f"no condition keeps the wearer away from {person.id!r}"
            hint = f"add a condition of kind contact-ban with: {person.id}"
            findings.warning(read.document, at, "person.unused", message, hint=hint)
        seen.add(person.id)


def _check_condition_ids(read: ReadDuties, findings: Findings) -> None:
    first: dict[str, Path] = {}
    for path, name in read.condition_ids:
        if name in first:
            where = findings.position(read.document, first[name])
            message = f"the condition {name!r} stands twice in this order, here and at {where}"
            findings.error(read.document, path, "condition.twice", message, hint="rename one")
        first.setdefault(name, path)
    watched = any(isinstance(one.condition.terms, DeviceHealthTerms) for one in read.conditions)
    if read.is_whole and not watched:
        message = "no condition watches the tag: an opened strap or a silent tag would raise nothing"
        hint = "add a condition of kind device-health"
        findings.warning(read.document, ("conditions",), "device-health.missing", message, hint=hint)


def _check_names(read: ReadDuties, known: Known, findings: Findings) -> None:
    # Where a file that might define the name cannot be read, that file's error is the one to mend first.
    table = {
        ZoneName: ("zone", known.zones),
        PersonId: ("protected person of this order", read.persons),
        ScheduleName: ("schedule", known.schedules),
        CalendarName: ("calendar in schedules/", known.calendars),
    }
    for mention in read.mentions:
        what, names = table[mention.type]
        if names is not None and mention.name not in names:
            message = f"there is no {what} {mention.name!r}"
            findings.error(
                read.document, mention.path, "name.unknown", message, hint=nearest(mention.name, names)
            )


def _check_own_terms(read: ReadDuties, path: Path, terms: Any, findings: Findings) -> None:
    """What one kind's terms must have between them."""
    match terms:
        case ContactBanTerms(alert_m=alert_m, warn_m=float(warn_m)) if warn_m <= alert_m:
            message = f"`warn_m` ({warn_m:g}) should be larger than `alert_m` ({alert_m:g})"
            findings.error(read.document, (*path, "warn_m"), "contact.rings", message, hint=_RINGS)
        case NonAssociationTerms(alert_m=alert_m, warn_m=float(warn_m)) if warn_m <= alert_m:
            message = f"`warn_m` ({warn_m:g}) should be larger than `alert_m` ({alert_m:g})"
            hint = "left out, nothing is told before they are together"
            findings.error(read.document, (*path, "warn_m"), "contact.rings", message, hint=hint)
        case CurfewTerms(allowance=Allowance(total=total, per=per)) if (
            not timedelta(0) < total < _SHORTEST[per]
        ):
            message = f"`total` should be more than no time, and less than a {per} can be short"
            findings.error(read.document, (*path, "allowance", "total"), "allowance.total", message)
        case DeviceHealthTerms(heartbeat_every=None, fix_every=None):
            message = "the order allows the tag to be silent for ever"
            hint = "give `heartbeat_every` or `fix_every`"
            findings.warning(read.document, path, "device-health.unbounded", message, hint=hint)
        case DeviceHealthTerms(battery_low_pct=low, battery_critical_pct=critical) if critical >= low:
            message = f"`battery_critical_pct` ({critical:g}) should be below `battery_low_pct` ({low:g})"
            findings.error(read.document, path, "device-health.battery", message)
    if isinstance(terms, ContactBanTerms) and terms.certainty is not Certainty.LIKELY:
        message = f"`certainty: {terms.certainty.value}` would make a protected person wait"
        findings.error(read.document, (*path, "certainty"), "certainty.contact", message, hint=_LIKELY)
    for name in _EVERY:
        if getattr(terms, name, None) == timedelta(0):
            message = f"`{name}` should be more than no time at all"
            findings.error(read.document, (*path, name), "value", message)


COLD: Final = timedelta(minutes=10)
"""A suspicion lapses after it (`breach.SUSPICION_LAPSES`)."""
_LIKELY: Final = "write `likely`, or leave it out: a contact ban is never told at a higher level"
_RINGS: Final = "a wearer comes near before he is too near; left out, it is twice `alert_m`"
_SHORTEST: Final = {"day": timedelta(hours=23), "week": timedelta(hours=167), "month": timedelta(days=28)}
_EVERY: Final = ("heartbeat_every", "fix_every", "confirm_every")

"""The week calendar of an order: when each condition binds, and what the order writes about it."""

from datetime import timedelta
from typing import Any

from em_engine.console.workbench.books import Book, BookRefused, UnknownBook
from em_engine.console.workbench.views import valid_view
from em_engine.law.terms import Leave, OneOff, Scheduled
from em_engine.law.windows import Span
from em_engine.rulebook import civil
from em_engine.rulebook.applied import Applied, Asked, Away, applied, holiday_rules, public_holidays
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.models import Order, Rulebook
from em_engine.rulebook.problems import nearest
from em_engine.rulebook.survey import WrittenOrder, survey
from em_engine.vocabulary import HOUR, NEVER, SECOND, Micros, instant

Json = dict[str, Any]


def windows_view(book: Book, asked: Asked) -> Json:
    """The order's windows in those weeks. Raises UnknownBook, BookRefused."""
    written = next((one for one in book.held.orders if one.order.id == asked.order), None)
    if written is None:
        known = [one.order.id for one in book.held.orders]
        raise UnknownBook(f"{book.name} has no order {asked.order!r}; {nearest(asked.order, known)}")
    rulebook = _judging(book, written)
    order = next(one for one in rulebook.orders if one.id == asked.order)
    span = asked.span(order.time_zone)
    clock = Clock(rulebook, order)
    lines = {one.id: one.line for one in written.conditions}
    return {
        "order": order.id,
        "time_zone": order.time_zone,
        "from": clock.civil(span[0]),
        "to": clock.civil(span[1]),
        "valid": valid_view(order),
        "holidays": _holidays(rulebook, order, asked),
        "clock_changes": [
            {"at": clock.civil(at), "minutes": by // timedelta(minutes=1)}
            for at, by in civil.clock_changes(order.time_zone, *span)
        ],
        "conditions": [_condition(one, clock, lines) for one in applied(rulebook, order, span)],
    }


class Clock:
    """The order's own clock."""

    def __init__(self, rulebook: Rulebook, order: Order) -> None:
        self._zone = Binding(rulebook).zone(order)

    def civil(self, at: Micros) -> str:
        """The instant as that clock shows it, with the offset."""
        return instant(at).astimezone(self._zone).isoformat(timespec="seconds")

    def stretch(self, span: Span) -> Json:
        """From when to when; null where it has no end."""
        return {"from": self.civil(span[0]), "to": None if span[1] == NEVER else self.civil(span[1])}

    def window(self, span: Span) -> Json:
        """The same, with how many hours really pass."""
        return {**self.stretch(span), "hours": round((span[1] - span[0]) / HOUR, 4)}


def _judging(book: Book, written: WrittenOrder) -> Rulebook:
    """The book's rulebook; where another order has an error, that of this order alone."""
    if book.held.rulebook is not None:
        return book.held.rulebook
    others = (one for one in book.files if one.startswith("orders/") and one != written.file)
    files = {path: book.files[path] for path in book.files.keys() - set(others)}
    alone = survey(files, memory=book.memory).rulebook
    if alone is None:
        raise BookRefused(book.name, book.held.problems)
    return alone


def _holidays(rulebook: Rulebook, order: Order, asked: Asked) -> list[Json]:
    calendars = sorted({rule.calendar for rule in holiday_rules(rulebook, order)})
    days = asked.weeks * 7
    found = (day for calendar in calendars for day in public_holidays(calendar, asked.first, days))
    return [{"date": day.isoformat(), "name": name} for day, name in sorted(set(found))]


def _condition(one: Applied, clock: Clock, lines: dict[str, int]) -> Json:
    condition = one.condition
    return {
        "id": condition.id,
        "kind": condition.kind,
        "zone": getattr(condition.terms, "zone", None),
        "line": lines.get(condition.id, 1),
        "always": one.is_always,
        "binds": [clock.window(span) for span in one.binds],
        "planned": [clock.window(span) for span in one.planned],
        "away": [_away(away, clock) for away in one.away],
        "phases": [{**clock.stretch(span), "title": phase.title} for phase, span in one.phases],
        "written": _written(condition.terms),
        "grace": _grace(condition.terms),
    }


def _away(away: Away, clock: Clock) -> Json:
    leave = away.leave
    granted = "allow" if away.is_allowed else "leave"
    told = {"reason": leave.reason, "authorised_by": leave.authorised_by, "schedule": leave.schedule}
    return {**clock.stretch(away.span), **told, "granted": granted}


def _written(terms: Any) -> Json | None:
    """The times as the order writes them; None for a kind that has none."""
    if not isinstance(terms, Scheduled):
        return None
    rule = terms.holidays
    return {
        "weekly": list(terms.weekly),
        "once": [_civil(one) for one in terms.once],
        "schedule": terms.schedule,
        "calendar": terms.calendar,
        "holidays": None if rule is None else {"calendar": rule.calendar, "as": rule.as_},
        "leave": [{**_civil(one), "schedule": one.schedule} for one in terms.leave],
        "allow": [{**_civil(one), "schedule": one.schedule} for one in getattr(terms, "allow", ())],
    }


def _civil(one: OneOff | Leave) -> Json:
    times = {"from": one.from_, "to": one.to}
    told = {name: None if at is None else at.isoformat(timespec="minutes") for name, at in times.items()}
    return {**told, "reason": one.reason}


def _grace(terms: Any) -> Json | None:
    grace = getattr(terms, "grace", None)
    if grace is None:
        return None
    late, early = (span // timedelta(microseconds=1) for span in (grace.late, grace.early))
    return {"late_s": late // SECOND, "early_s": early // SECOND}

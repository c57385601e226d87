"""What changed between two rulebooks, in words: orders, conditions, terms, windows, zones, and the centre's.

Files and their layout do not matter here, only what they demand: an order moved to another file is the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from em_engine.rulebook.models import (
    Condition,
    Escalation,
    Order,
    Person,
    Programme,
    Protocol,
    Rulebook,
    Schedule,
    Zone,
)
from em_engine.rulebook.redrawn import is_redrawn, redrawn, square
from em_engine.rulebook.wording import condition_fields, plain_fields, said, turned, written_span
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros, rfc3339, wire_name


class About(StrEnum):
    """What a rulebook is made of."""

    ORDER = "order"
    CONDITION = "condition"
    ZONE = "zone"
    SCHEDULE = "schedule"
    PROTOCOL = "protocol"
    PROGRAMME = "programme"


class How(StrEnum):
    """What became of it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One thing that is no longer as it was. `before` and `after` are JSON values."""

    about: About
    name: str
    how: How
    text: str
    orders: tuple[str, ...] = ()  # whom it binds
    key: str | None = None  # the field, by its name in the document
    before: Any = None
    after: Any = None
    figures: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The alteration as JSON values; what does not apply is left out."""
        told = {"field": self.key, "before": self.before, "after": self.after, "figures": self.figures}
        kept = {name: value for name, value in told.items() if value not in (None, {})}
        head = {"about": self.about.value, "name": self.name, "how": self.how.value}
        return {**head, "orders": list(self.orders), **kept, "text": self.text}


def difference(old: Rulebook, new: Rulebook) -> tuple[Alteration, ...]:
    """Everything that changed, orders first; nothing where both demand the same."""
    return (
        *_orders(old, new),
        *_zones(old, new),
        *_schedules(old, new),
        *_calendars(old, new),
        *_protocols(old, new),
        *_changed(About.PROGRAMME, "programme", _of_programme(old.programme), _of_programme(new.programme)),
    )


def told(alterations: tuple[Alteration, ...]) -> Iterator[str]:
    """The alterations as lines: what an order is about under its name, then the rest by kind."""
    for heading, together in groupby(alterations, key=_heading):
        yield heading
        for one in together:
            yield f"  {one.how.value:<8} {one.text}"


def _heading(one: Alteration) -> str:
    return one.orders[0] if one.about in (About.ORDER, About.CONDITION) else f"{one.about.value}s"


# Orders and their conditions ------------------------------------------------------------------


def _orders(old: Rulebook, new: Rulebook) -> Iterator[Alteration]:
    before, after = _by_name(old.orders, "id"), _by_name(new.orders, "id")
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is not None and now is not None:
            yield from _order(was, now)
        else:
            yield _come_or_gone(About.ORDER, name, now, was, _order_in_words, orders=(name,))


def _order(was: Order, now: Order) -> Iterator[Alteration]:
    yield from _changed(About.ORDER, now.id, _of_order(was), _of_order(now), orders=(now.id,))
    before, after = _by_name(was.conditions, "id"), _by_name(now.conditions, "id")
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None:
            yield from _condition(old, new, now.id)
        else:
            yield _come_or_gone(About.CONDITION, name, new, old, _condition_in_words, orders=(now.id,))


def _condition(was: Condition, now: Condition, order: str) -> Iterator[Alteration]:
    before = {"kind": was.kind} | condition_fields(was)
    after = {"kind": now.kind} | condition_fields(now)
    if was.kind != now.kind:  # the fields of another kind say nothing to each other
        before, after = {"kind": was.kind}, {"kind": now.kind}
    yield from _changed(About.CONDITION, now.id, before, after, orders=(order,))


def _order_in_words(order: Order) -> str:
    conditions = ", ".join(f"{one.id} ({one.kind})" for one in order.conditions)
    return f"order of {order.wearer.id}, {order.programme.value}: {conditions}"


_UNSAID: Final[tuple[Any, ...]] = (None, "", 0, [], "PT0S")


def _condition_in_words(condition: Condition) -> str:
    terms = (f"{name} {said(name, value)}" for name, value in condition_fields(condition).items() if value)
    return f"{condition.id}: {condition.kind}, {', '.join(terms)}"


def _of_order(order: Order) -> dict[str, Any]:
    protected = {f"protected {one.id}": _person(one) for one in order.protected}
    return {
        "title": order.title,
        "programme": order.programme.value,
        "time_zone": order.time_zone,
        "valid from": _edge(order.valid_from),
        "valid to": _edge(order.valid_to),
        "wearer": _person(order.wearer),
        **protected,
        "record": order.record.value,
    }


def _person(person: Person) -> str:
    called = f"{person.id} ({person.name})" if person.name else person.id
    return f"{called} with {', '.join(person.devices)}"


def _edge(at: Micros) -> str | None:
    return None if at in (BEFORE_ALL, NEVER) else rfc3339(at)


# What orders share ----------------------------------------------------------------------------


def _zones(old: Rulebook, new: Rulebook) -> Iterator[Alteration]:
    for name in sorted(old.zones.keys() | new.zones.keys()):
        was, now = old.zones.get(name), new.zones.get(name)
        orders = tuple(sorted({*_naming("zone", name, old), *_naming("zone", name, new)}))
        if was is None or now is None:
            yield _come_or_gone(About.ZONE, name, now, was, _zone_in_words, orders=orders)
            continue
        if is_redrawn(was, now):
            yield _redrawn(was, now, orders)
        yield from _changed(About.ZONE, name, dict(was.properties), dict(now.properties), orders=orders)


def _redrawn(was: Zone, now: Zone, orders: tuple[str, ...]) -> Alteration:
    figures = redrawn(was, now)
    bound = f"; binds {', '.join(orders)}" if orders else "; no order names it"
    return Alteration(
        about=About.ZONE,
        name=now.name,
        how=How.CHANGED,
        text=f"{now.name}: redrawn, {figures.told()}{bound}",
        orders=orders,
        key="geometry",
        figures=figures.as_json(),
    )


def _zone_in_words(zone: Zone) -> str:
    return f"{zone.name}: {square(redrawn(zone, zone).area_after_m2)}"


def _schedules(old: Rulebook, new: Rulebook) -> Iterator[Alteration]:
    for name in sorted(old.schedules.keys() | new.schedules.keys()):
        was, now = old.schedules.get(name), new.schedules.get(name)
        orders = tuple(sorted({*_naming("schedule", name, old), *_naming("schedule", name, new)}))
        if was is None or now is None:
            yield _come_or_gone(About.SCHEDULE, name, now, was, _schedule_in_words, orders=orders)
        else:
            yield from _changed(About.SCHEDULE, name, plain_fields(was), plain_fields(now), orders=orders)


def _calendars(old: Rulebook, new: Rulebook) -> Iterator[Alteration]:
    for name in sorted(old.calendars.keys() | new.calendars.keys()):
        was, now = old.calendars.get(name, ()), new.calendars.get(name, ())
        if set(was) != set(now):
            orders = tuple(sorted({*_naming_calendar(name, old), *_naming_calendar(name, new)}))
            gone, come = len(set(was) - set(now)), len(set(now) - set(was))
            text = f"{name}: {gone} events went, {come} came"
            how = How.CHANGED if was and now else How.ADDED if now else How.REMOVED
            yield Alteration(about=About.SCHEDULE, name=name, how=how, text=text, orders=orders)


def _naming_calendar(name: str, rulebook: Rulebook) -> Iterator[str]:
    """The orders whose conditions, or schedules, have that calendar."""
    yield from _naming("calendar", name, rulebook)
    for schedule in rulebook.schedules.values():
        if schedule.calendar == name:
            yield from _naming("schedule", schedule.name, rulebook)


def _schedule_in_words(schedule: Schedule) -> str:
    return f"{schedule.name}: {said('weekly', list(schedule.weekly))}"


def _naming(term: str, name: str, rulebook: Rulebook) -> Iterator[str]:
    """The orders with a condition whose term `zone` or `schedule` is that name, now or in a phase."""
    for order in rulebook.orders:
        stages = [terms for one in order.conditions for terms in (one.terms, *(p.terms for p in one.phases))]
        if any(name in _named(term, terms) for terms in stages):
            yield order.id


def _named(term: str, terms: Any) -> tuple[str | None, ...]:
    """What a condition names as its zone, or schedule, be it to except or to grant."""
    besides = getattr(terms, "except_", ()) if term == "zone" else ()
    granted = (leave.schedule for leave in getattr(terms, "granted", ())) if term == "schedule" else ()
    return (getattr(terms, term, None), *besides, *granted)


def _protocols(old: Rulebook, new: Rulebook) -> Iterator[Alteration]:
    for type in sorted(old.protocols.keys() | new.protocols.keys()):
        was, now = old.protocols.get(type), new.protocols.get(type)
        yield from _changed(About.PROTOCOL, type.value, _of_protocol(was), _of_protocol(now))


def _of_protocol(protocol: Protocol | None) -> dict[str, Any]:
    if protocol is None:
        return {}
    steps = {f"steps {language}": list(steps) for language, steps in protocol.steps_by_language.items()}
    titles = {f"title {language}": title for language, title in protocol.title.items()}
    told = [f"{one.to} after {written_span(one.after)}{_again(one)}" for one in protocol.escalation]
    return {
        "severity": protocol.severity.value,
        "desk": protocol.desk,
        **titles,
        "steps": list(protocol.steps),
        **steps,
        "escalation": told,
        **{name: _span(getattr(protocol, name)) for name in PROTOCOL_SPANS},
        "outcomes": list(protocol.outcomes),
        "note_for": list(protocol.note_for),
        "seen_reasons": list(protocol.seen_reasons),
        "notices": [f"{one.on}: {_told(one.words)}" for one in protocol.notices],
        "commands": [f"{one.on}: {one.command} {_told(one.words)}".strip() for one in protocol.commands],
    }


PROTOCOL_SPANS: Final = ("acknowledge_within", "close_within", "lapse_after", "shelve_max")


def _again(one: Escalation) -> str:
    return "" if one.repeat is None else f", again every {written_span(one.repeat)}, {one.times} times"


def _span(span: timedelta | None) -> str | None:
    return None if span is None else written_span(span)


def _told(words: Mapping[str, str]) -> str:
    return " / ".join(words.values())


def _of_programme(programme: Programme) -> dict[str, Any]:
    accuracy = {
        f"accuracy_m {wire_name(source)}": radius_m
        for source, radius_m in programme.accuracy_default_m.items()
    }
    devices = None if programme.devices is None else sorted(programme.devices)
    response = None
    if programme.response is not None:
        response = f"within {written_span(programme.response.within)}, {programme.response.speed_kmh:g} km/h"
    return {
        "name": programme.name,
        "time_zone": programme.time_zone,
        "languages": list(programme.languages),
        **accuracy,
        "devices": devices,
        "response": response,
        "certainty": [f"{level.value} in {named or 'all others'}" for named, level in programme.certainty],
    }


# Fields ---------------------------------------------------------------------------------------


def _by_name(things: tuple[Any, ...], name: str) -> dict[str, Any]:
    return {getattr(one, name): one for one in things}


def _come_or_gone(
    about: About,
    name: str,
    now: Any,
    was: Any,
    in_words: Callable[[Any], str],
    *,
    orders: tuple[str, ...],
) -> Alteration:
    how = How.ADDED if was is None else How.REMOVED
    return Alteration(about=about, name=name, how=how, text=in_words(now or was), orders=orders)


def _changed(
    about: About,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    orders: tuple[str, ...] = (),
) -> Iterator[Alteration]:
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was != now:
            of = "" if about in (About.ORDER, About.PROGRAMME) else f"{name}: "
            yield Alteration(
                about=about,
                name=name,
                how=How.CHANGED,
                text=f"{of}{key} {turned(key, was, now)}",
                orders=orders,
                key=key,
                before=was,
                after=now,
            )

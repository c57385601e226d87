"""What is wrong between the documents of a rulebook: each order by what bears on it, then all together."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from em_engine.law.terms import CalendarName, ScheduleName, ZoneName
from em_engine.rulebook import checks, devices, groups, outlines, places, times, ways
from em_engine.rulebook.centre import Protocols
from em_engine.rulebook.coded import Said
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.memory import Memory, Same
from em_engine.rulebook.models import Programme
from em_engine.rulebook.orders import ReadDuties, ReadOrder, ReadSchedule
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.times import Timetable
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the rulebook's files hold, as far as it could be read."""

    programme: Programme
    protocols: Protocols
    atlas: Atlas
    timetable: Timetable
    schedules: list[ReadSchedule]
    every: list[ReadDuties]
    orders: list[ReadOrder]  # those of them of which more than the duties could be read


def check_whole(files: Mapping[str, bytes], held: Held, findings: Findings, *, at: Micros | None) -> None:
    """Everything that can be wrong between the documents."""
    orders, schedules, timetable = held.orders, held.schedules, held.timetable
    known = _known(files, held)
    whole = {read.document.name: read for read in orders}
    for duties in held.every:
        _Check(held, known, duties, whole.get(duties.document.name), at).run(findings)
    times.check_schedules(schedules, timetable, findings)
    times.check_calendars(held.every, schedules, known=timetable, findings=findings)
    checks.check_ids(orders, schedules, findings)
    devices.check_fights(orders, findings)
    unread = some_unread(files, "orders/", {read.document.name for read in orders if read.is_whole})
    all_read = bool(orders) and not unread
    if all_read:
        groups.check_groups(orders, findings)
    places.check_places(orders, held.programme, held.atlas, findings=findings, all_read=all_read)
    if not orders and not findings.has_errors:
        message = Said("orders.none", "the rulebook holds no order: nobody would be monitored")
        findings.notice("orders.none", message)


def _known(files: Mapping[str, bytes], held: Held) -> checks.Known:
    some_schedule = some_unread(files, "schedules/", {one.document.name for one in held.schedules})
    some_zone = some_unread(files, "zones/", held.atlas.files)
    return checks.Known(
        zones=None if some_zone else _names(held.atlas.drawn, held.atlas.memory),
        schedules=None if some_schedule else _names(held.timetable.schedules, held.atlas.memory),
        calendars=_names(held.timetable.calendars, held.atlas.memory),
    )


def _names(named: Mapping[str, object], memory: Memory) -> frozenset[str]:
    """The names, and the same set for the same names: many orders may be looked up by it."""
    names = frozenset(named)
    return memory.recall(("names", names), lambda: names)


_READ: Final = (".yaml", ".geojson")


def some_unread(files: Mapping[str, bytes], folder: str, read: set[str]) -> bool:
    """Whether a file of the folder could not be read: then what seems unknown may well stand in it."""
    return any(name.startswith(folder) and name.endswith(_READ) and name not in read for name in files)


class _Check:
    """One order held against what it names; found again where neither has changed."""

    def __init__(
        self, held: Held, known: checks.Known, duties: ReadDuties, order: ReadOrder | None, at: Micros | None
    ) -> None:
        self.held, self.known, self.duties, self.order, self.at = held, known, duties, order, at

    def run(self, findings: Findings) -> None:
        self.held.atlas.memory.note(self._key(), self._check, findings)

    def _check(self, findings: Findings) -> None:
        held, duties, order = self.held, self.duties, self.order
        checks.check_duties(duties, self.known, findings)
        times.check_times(duties, held.timetable, findings)
        places.check_homes(duties, held.atlas, findings)
        ways.check_ways(duties, held.atlas, held.timetable, findings=findings)
        places.check_exceptions(duties, held.atlas, programme=held.programme, findings=findings)
        outlines.check_outlines(duties, held.atlas, findings)
        if order is not None:
            checks.check_order(order, findings, at=self.at)
            times.check_times_of_order(order, findings)
            devices.check_inventory(order, held.programme, findings)
            ways.check_rings(order, held.programme, findings)

    def _key(self) -> Hashable:
        """All that the check looks at: the order, the centre's file, what the order names, and the time."""
        order = None if self.order is None else self.order.order
        has_ended = order is not None and self.at is not None and order.valid_to <= self.at
        worn = () if order is None else tuple(person.devices for person in order.protected)
        return "order", Same(self.duties), Same(self.held.programme), has_ended, worn, tuple(self._named())

    def _named(self) -> Iterator[Hashable]:
        """What stands behind each name; behind one that is not known, all names that it could have meant."""
        drawn, calendars = self.held.atlas.drawn, self.held.timetable.calendars
        for mention in self.duties.mentions:
            name, type = mention.name, mention.type
            if type is ZoneName:
                yield Same(drawn[name].zone) if name in drawn else self.known.zones
            elif type is ScheduleName:
                yield from self._schedule(name)
            elif type is CalendarName:
                yield Same(calendars[name]) if name in calendars else self.known.calendars

    def _schedule(self, name: str) -> Iterator[Hashable]:
        schedule = self.held.timetable.schedules.get(name)
        if schedule is None:
            yield self.known.schedules
        else:
            yield Same(schedule)
            yield Same(self.held.timetable.calendars.get(schedule.calendar or ""))

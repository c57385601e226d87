"""A folder of documents into a rulebook; everything that is wrong is told at once, with line and column."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final

from em_engine.law.recurrence import CalendarEvent
from em_engine.rulebook import centre, checks, devices, groups, places, times, ways
from em_engine.rulebook.calendars import read_calendar
from em_engine.rulebook.centre import Protocols
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.json_text import read_json
from em_engine.rulebook.models import Programme, Rulebook
from em_engine.rulebook.orders import ReadDuties, ReadOrder, ReadSchedule, read_order, read_schedule
from em_engine.rulebook.persons import with_worn_devices
from em_engine.rulebook.problems import Findings, Problem, RulebookRefused
from em_engine.rulebook.sources import read_folder, revision_of, text_of
from em_engine.rulebook.times import Timetable
from em_engine.rulebook.yaml_tree import YamlDocument, read_yaml
from em_engine.vocabulary import Micros


def load(folder: FilePath) -> Rulebook:
    """The rulebook in `folder`. Raises RulebookRefused, with every problem, where it has an error."""
    return _accepted(*check(folder))


def load_files(files: Mapping[str, bytes], name: str = "") -> Rulebook:
    """The rulebook of files that were read before, as `Rulebook.files` keeps them. Raises RulebookRefused.

    `name` stands before the files' names in problems.
    """
    findings = Findings(prefix=name)
    return _accepted(_read(files, findings, at=None), findings.told())


def check(folder: FilePath, *, at: Micros | None = None) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """The rulebook in `folder`, or None where it has an error; and all errors and warnings, sorted by place.

    Where `at` is given, an order that has ended by then is warned of.
    """
    findings = Findings(prefix=str(folder))
    files = read_folder(folder, findings)
    rulebook = _read(files, findings, at=at) if files else None
    return rulebook, findings.told()


def check_files(
    files: Mapping[str, bytes], *, at: Micros | None = None
) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """As `check`, of files that were read before."""
    findings = Findings()
    rulebook = _read(files, findings, at=at) if files else None
    return rulebook, findings.told()


def _accepted(rulebook: Rulebook | None, problems: tuple[Problem, ...]) -> Rulebook:
    if rulebook is None:
        raise RulebookRefused(problems)
    return rulebook


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


def _read(files: Mapping[str, bytes], findings: Findings, *, at: Micros | None) -> Rulebook | None:
    """The rulebook of these files; None where one of them, or what they say together, has an error."""
    return put_together(files, hold(files, findings), findings, at=at)


def put_together(
    files: Mapping[str, bytes], held: Held, findings: Findings, *, at: Micros | None
) -> Rulebook | None:
    """The rulebook of what the files hold, checked; None where it has an error."""
    _check(files, held, findings, at=at)
    if findings.has_errors:
        return None
    return Rulebook(
        revision=revision_of(files),
        orders=tuple(sorted((read.order for read in held.orders), key=lambda order: order.id)),
        zones=MappingProxyType(held.atlas.zones),
        schedules=MappingProxyType(dict(sorted(held.timetable.schedules.items()))),
        calendars=MappingProxyType(dict(sorted(held.timetable.calendars.items()))),
        protocols=MappingProxyType(dict(held.protocols)),
        programme=held.programme,
        files=MappingProxyType(dict(sorted(files.items()))),
    )


def hold(files: Mapping[str, bytes], findings: Findings) -> Held:
    """The rulebook's files, in the order they need each other: the centre's, zones, schedules, orders."""
    documents = _documents(files, findings)
    single = documents.get("programme.yaml")
    programme = centre.default_programme() if single is None else centre.read_programme(single, findings)
    single = documents.get("protocols.yaml")
    protocols = (
        centre.default_protocols() if single is None else centre.read_protocols(single, programme, findings)
    )
    atlas = _atlas(files, findings)
    schedules = _schedules(documents, findings)
    named = {read.schedule.name: read.schedule for read in schedules}
    every = _orders(documents, programme, findings)
    return Held(
        programme=programme,
        protocols=protocols,
        atlas=atlas,
        timetable=Timetable(schedules=named, calendars=_calendars(files, findings)),
        schedules=schedules,
        every=every,
        orders=with_worn_devices([read for read in every if isinstance(read, ReadOrder)], findings),
    )


def _check(files: Mapping[str, bytes], held: Held, findings: Findings, *, at: Micros | None) -> None:
    """What is wrong between the documents."""
    schedules, timetable = held.schedules, held.timetable
    some_unread = _some_unread(files, "schedules/", {one.document.name for one in schedules})
    known = checks.Known(
        zones=None if _some_unread(files, "zones/", held.atlas.files) else frozenset(held.atlas.drawn),
        schedules=None if some_unread else frozenset(timetable.schedules),
        calendars=frozenset(timetable.calendars),
    )
    for duties in held.every:
        checks.check_duties(duties, known, findings)
        times.check_times(duties, timetable, findings)
        places.check_homes(duties, held.atlas, findings)
        ways.check_ways(duties, held.atlas, timetable, findings=findings)
        places.check_exceptions(duties, held.atlas, programme=held.programme, findings=findings)
    orders = held.orders
    for read in orders:
        checks.check_order(read, findings, at=at)
        times.check_times_of_order(read, findings)
        devices.check_inventory(read, held.programme, findings)
        ways.check_rings(read, held.programme, findings)
    times.check_schedules(schedules, timetable, findings)
    times.check_calendars(held.every, schedules, known=timetable, findings=findings)
    checks.check_ids(orders, schedules, findings)
    devices.check_fights(orders, findings)
    unread = _some_unread(files, "orders/", {read.document.name for read in orders if read.is_whole})
    all_read = bool(orders) and not unread
    if all_read:
        groups.check_groups(orders, findings)
    places.check_places(orders, held.programme, held.atlas, findings=findings, all_read=all_read)
    if not orders and not findings.has_errors:
        findings.notice("orders.none", "the rulebook holds no order: nobody would be monitored")


def _documents(files: Mapping[str, bytes], findings: Findings) -> dict[str, YamlDocument]:
    """Every YAML file that could be read, in the order of the names."""
    read: dict[str, YamlDocument] = {}
    for name in sorted(files):
        if name.endswith(".yaml"):
            text = text_of(name, files[name], findings)
            document = None if text is None else read_yaml(name, text, findings)
            if document is not None:
                read[name] = document
    return read


def _atlas(files: Mapping[str, bytes], findings: Findings) -> Atlas:
    atlas = Atlas()
    for name in sorted(files):
        if name.startswith("zones/"):
            text = text_of(name, files[name], findings)
            document = None if text is None else read_json(name, text, findings)
            if document is not None:
                atlas.read(document, findings)
    return atlas


def _schedules(documents: Mapping[str, YamlDocument], findings: Findings) -> list[ReadSchedule]:
    named = (document for name, document in documents.items() if name.startswith("schedules/"))
    read = (read_schedule(document, findings) for document in named)
    return [one for one in read if one is not None]


def _calendars(files: Mapping[str, bytes], findings: Findings) -> dict[str, tuple[CalendarEvent, ...]]:
    read: dict[str, tuple[CalendarEvent, ...]] = {}
    for name in sorted(files):
        if name.endswith(".ics"):
            text = text_of(name, files[name], findings)
            events = None if text is None else read_calendar(name, text, findings)
            # One that cannot be used is known by its name: it does not hide who names it.
            read[name.removeprefix("schedules/")] = events or ()
    return read


_READ: Final = (".yaml", ".geojson")


def _some_unread(files: Mapping[str, bytes], folder: str, read: set[str]) -> bool:
    """Whether a file of the folder could not be read: then what seems unknown may well stand in it."""
    return any(name.startswith(folder) and name.endswith(_READ) and name not in read for name in files)


def _orders(
    documents: Mapping[str, YamlDocument], programme: Programme, findings: Findings
) -> list[ReadDuties]:
    named = (document for name, document in documents.items() if name.startswith("orders/"))
    read = (read_order(document, programme, findings) for document in named)
    return [one for one in read if one is not None]

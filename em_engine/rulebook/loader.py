"""A folder of documents into a rulebook; everything that is wrong is told at once, with line and column."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TypeVar

from em_engine.law.recurrence import CalendarEvent
from em_engine.rulebook import centre
from em_engine.rulebook.calendars import read_calendar
from em_engine.rulebook.centre import Protocols
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.json_text import read_json
from em_engine.rulebook.memory import READ_JSON, READ_YAML, Memory, Same
from em_engine.rulebook.models import Programme, Rulebook
from em_engine.rulebook.orders import ReadDuties, ReadOrder, read_order, read_schedule
from em_engine.rulebook.persons import with_worn_devices
from em_engine.rulebook.problems import Findings, Problem, RulebookRefused
from em_engine.rulebook.sources import digest_of, read_folder, revision_of, text_of
from em_engine.rulebook.times import Timetable
from em_engine.rulebook.whole import Held, check_whole
from em_engine.rulebook.yaml_tree import YamlDocument, read_yaml
from em_engine.vocabulary import Micros

T = TypeVar("T")


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
    files: Mapping[str, bytes], name: str = "", *, at: Micros | None = None, memory: Memory | None = None
) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """As `check`, of files that were read before; with a `memory`, what it holds is not looked at again."""
    findings = Findings(prefix=name)
    rulebook = _read(files, findings, at=at, memory=memory) if files else None
    return rulebook, findings.told()


def _accepted(rulebook: Rulebook | None, problems: tuple[Problem, ...]) -> Rulebook:
    if rulebook is None:
        raise RulebookRefused(problems)
    return rulebook


def _read(
    files: Mapping[str, bytes], findings: Findings, *, at: Micros | None, memory: Memory | None = None
) -> Rulebook | None:
    """The rulebook of these files; None where one of them, or what they say together, has an error."""
    return put_together(files, hold(files, findings, memory), findings, at=at)


def put_together(
    files: Mapping[str, bytes], held: Held, findings: Findings, *, at: Micros | None
) -> Rulebook | None:
    """The rulebook of what the files hold, checked; None where it has an error."""
    check_whole(files, held, findings, at=at)
    if findings.has_errors:
        return None
    memory = held.atlas.memory
    return Rulebook(
        revision=revision_of(files, lambda one: memory.recall(("digest", one), lambda: digest_of(one))),
        orders=tuple(sorted((read.order for read in held.orders), key=lambda order: order.id)),
        zones=MappingProxyType(held.atlas.zones),
        schedules=MappingProxyType(dict(sorted(held.timetable.schedules.items()))),
        calendars=MappingProxyType(dict(sorted(held.timetable.calendars.items()))),
        protocols=MappingProxyType(dict(held.protocols)),
        programme=held.programme,
        files=MappingProxyType(dict(sorted(files.items()))),
    )


def hold(files: Mapping[str, bytes], findings: Findings, memory: Memory | None = None) -> Held:
    """The rulebook's files, in the order they need each other: the centre's, zones, schedules, orders."""
    reading = _Reading(files=files, findings=findings, memory=memory or Memory(room=0))
    reading.others()
    programme = reading.programme()
    protocols = reading.protocols(programme)
    atlas = reading.atlas()
    schedules = list(reading.each("schedules/", read_schedule))
    every = list(reading.orders(programme))
    return Held(
        programme=programme,
        protocols=protocols,
        atlas=atlas,
        timetable=Timetable(
            schedules={read.schedule.name: read.schedule for read in schedules},
            calendars=reading.calendars(),
        ),
        schedules=schedules,
        every=every,
        orders=with_worn_devices([read for read in every if isinstance(read, ReadOrder)], findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The files as they are read, each by itself: what was read before is remembered."""

    files: Mapping[str, bytes]
    findings: Findings
    memory: Memory

    def programme(self) -> Programme:
        read = self._one("programme.yaml", centre.read_programme)
        # One and the same for every check, since what is remembered of an order holds under it alone.
        return read or self.memory.recall("programme", centre.default_programme)

    def protocols(self, programme: Programme) -> Protocols:
        def read(document: YamlDocument, findings: Findings) -> Protocols:
            return centre.read_protocols(document, programme, findings)

        return self._one("protocols.yaml", read, under=Same(programme)) or centre.default_protocols()

    def atlas(self) -> Atlas:
        read = (self._text(name, read_json) for name in sorted(self.files) if name.startswith("zones/"))
        documents = [document for document in read if document is not None]

        def drawn(findings: Findings) -> Atlas:
            atlas = Atlas(self.memory)
            for document in documents:
                atlas.read(document, findings)
            return atlas

        size = sum(len(document.text) for document in documents)
        return self.memory.note(("atlas", *map(Same, documents)), drawn, self.findings, size=size)

    def orders(self, programme: Programme) -> Iterator[ReadDuties]:
        def read(document: YamlDocument, findings: Findings) -> ReadDuties | None:
            return read_order(document, programme, findings)

        return self.each("orders/", read, under=(programme.time_zone, programme.certainty))

    def calendars(self) -> dict[str, tuple[CalendarEvent, ...]]:
        # One that cannot be used is known by its name: it does not hide who names it.
        return {
            name.removeprefix("schedules/"): self._text(name, read_calendar) or ()
            for name in sorted(self.files)
            if name.endswith(".ics")
        }

    def others(self) -> None:
        """What nobody reads must still be YAML."""
        for name in sorted(self.files):
            if name.endswith(".yaml") and name not in _CENTRES and not name.startswith(_FOLDERS):
                self._one(name, lambda document, _: document)

    def each(
        self, folder: str, read: Callable[[YamlDocument, Findings], T | None], under: object = None
    ) -> Iterator[T]:
        """What is read of every YAML file of the folder, in the order of their names, and can be read."""
        for name in sorted(self.files):
            if name.startswith(folder) and name.endswith(".yaml"):
                found = self._one(name, read, under=under)
                if found is not None:
                    yield found

    def _one(
        self, name: str, read: Callable[[YamlDocument, Findings], T | None], under: object = None
    ) -> T | None:
        """What is read of one YAML file, `under` what else its reading looks at."""

        def whole(name: str, text: str, findings: Findings) -> T | None:
            document = read_yaml(name, text, findings)
            return None if document is None else read(document, findings)

        return self._text(name, whole, under=under) if name in self.files else None

    def _text(
        self, name: str, read: Callable[[str, str, Findings], T | None], under: object = None
    ) -> T | None:
        content = self.files[name]
        grown = READ_YAML if name.endswith(".yaml") else READ_JSON

        def whole(findings: Findings) -> T | None:
            text = text_of(name, content, findings)
            return None if text is None else read(name, text, findings)

        return self.memory.note((name, content, under), whole, self.findings, size=len(content) * grown)


_CENTRES = ("programme.yaml", "protocols.yaml")
_FOLDERS = ("orders/", "schedules/")

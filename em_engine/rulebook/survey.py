"""Everything that can be read of a rulebook's files, right or wrong, and where it stands: for its authors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from em_engine.law.terms import ScheduleName, ZoneName
from em_engine.rulebook.conditions import Mention
from em_engine.rulebook.geojson import Atlas, DrawnZone
from em_engine.rulebook.loader import hold, put_together
from em_engine.rulebook.memory import Memory, Same
from em_engine.rulebook.models import Order, Rulebook, Schedule, Zone
from em_engine.rulebook.orders import ReadDuties, ReadOrder
from em_engine.rulebook.problems import Findings, Path, Place, Problem
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCondition:
    """A condition, where it begins, and the zones it names, now or in a phase."""

    id: str
    kind: str
    line: int
    zones: tuple[str, ...]
    schedules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOrder:
    """An order, and the file it stands in."""

    order: Order
    file: str
    conditions: tuple[WrittenCondition, ...]
    mentions: tuple[Mention, ...]

    def naming(self, zone: str) -> Iterator[Path]:
        """Where in the document the zone is named."""
        yield from (one.path for one in self.mentions if one.type is ZoneName and one.name == zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenZone:
    """A zone, where its feature begins, and its place among the file's features; None where it is wrong."""

    name: str
    file: str
    line: int
    index: int
    zone: Zone | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSchedule:
    """A schedule, and the file it stands in."""

    schedule: Schedule
    file: str


Naming = Mapping[str, Mapping[str, list[str]]]
"""By what is named: the orders that name it, each with those of its conditions that do."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the files hold. `rulebook` is None where one of them has an error."""

    rulebook: Rulebook | None
    problems: tuple[Problem, ...]
    orders: tuple[WrittenOrder, ...]
    zones: tuple[WrittenZone, ...]
    schedules: tuple[WrittenSchedule, ...]

    def naming_zone(self, name: str) -> Mapping[str, list[str]]:
        """The orders that name the zone, each with those of its conditions that do."""
        return self._naming_zones.get(name, {})

    def naming_schedule(self, name: str) -> Mapping[str, list[str]]:
        """The orders that name the schedule, each with those of its conditions that do."""
        return self._naming_schedules.get(name, {})

    @cached_property
    def _naming_zones(self) -> Naming:
        return _naming((order, one.id, one.zones) for order, one in self._conditions())

    @cached_property
    def _naming_schedules(self) -> Naming:
        return _naming((order, one.id, one.schedules) for order, one in self._conditions())

    def _conditions(self) -> Iterator[tuple[str, WrittenCondition]]:
        return ((written.order.id, one) for written in self.orders for one in written.conditions)

    def of_zone(self, name: str) -> WrittenZone | None:
        """The zone of that name, be it right or wrong."""
        return next((one for one in self.zones if one.name == name), None)


def _naming(named: Iterable[tuple[str, str, tuple[str, ...]]]) -> Naming:
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for order, condition, names in named:
        for name in names:
            found[name].setdefault(order, []).append(condition)
    return found


def survey(files: Mapping[str, bytes], *, at: Micros | None = None, memory: Memory | None = None) -> Survey:
    """Reads and checks the files; with `at`, an order that has ended by then is warned of."""
    findings = Findings()
    held = hold(files, findings, memory)
    rulebook = put_together(files, held, findings, at=at)
    orders = (
        held.atlas.memory.recall(("written", Same(read)), partial(_order, read))
        for read in held.every
        if isinstance(read, ReadOrder)
    )
    return Survey(
        rulebook=rulebook,
        problems=findings.told(),
        orders=tuple(sorted(orders, key=lambda one: one.order.id)),
        zones=held.atlas.memory.recall(("written", Same(held.atlas)), partial(_zones, held.atlas)),
        schedules=tuple(
            WrittenSchedule(schedule=one.schedule, file=one.document.name) for one in held.schedules
        ),
    )


def _order(read: ReadOrder) -> WrittenOrder:
    lines = read.document.positions([Place(one.path) for one in read.conditions])
    named = _named(read)
    conditions = tuple(
        WrittenCondition(
            id=one.condition.id,
            kind=one.condition.kind,
            line=lines[Place(one.path)][0],
            zones=tuple(named[ZoneName, one.path]),
            schedules=tuple(named[ScheduleName, one.path]),
        )
        for one in read.conditions
    )
    return WrittenOrder(
        order=read.order, file=read.document.name, conditions=conditions, mentions=read.mentions
    )


def _named(read: ReadDuties) -> dict[tuple[object, object], dict[str, None]]:
    """What each condition names, by the type of the name and the condition's place, each once."""
    named: dict[tuple[object, object], dict[str, None]] = defaultdict(dict)
    for mention in read.mentions:
        named[mention.type, mention.path[:2]][mention.name] = None
    return named


def _zones(atlas: Atlas) -> tuple[WrittenZone, ...]:
    return tuple(sorted(_by_file(atlas), key=lambda one: one.name))


def _by_file(atlas: Atlas) -> Iterator[WrittenZone]:
    by_file: dict[str, list[DrawnZone]] = defaultdict(list)
    for one in atlas.drawn.values():
        by_file[one.document.name].append(one)
    for file, together in by_file.items():
        lines = together[0].document.positions([Place(one.path) for one in together])
        for one in together:
            yield WrittenZone(
                name=one.name,
                file=file,
                line=lines[Place(one.path)][0],
                index=int(one.path[1]),
                zone=one.zone,
            )

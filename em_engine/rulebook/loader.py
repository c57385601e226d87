"""A folder of documents into a rulebook; everything that is wrong is told at once, with line and column."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from types import MappingProxyType

from em_engine.rulebook import centre, checks, devices, places
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.json_text import read_json
from em_engine.rulebook.models import Programme, Rulebook
from em_engine.rulebook.orders import ReadDuties, ReadOrder, ReadSchedule, read_order, read_schedule
from em_engine.rulebook.problems import Findings, Problem, RulebookRefused
from em_engine.rulebook.sources import read_folder, revision_of, text_of
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


def _accepted(rulebook: Rulebook | None, problems: tuple[Problem, ...]) -> Rulebook:
    if rulebook is None:
        raise RulebookRefused(problems)
    return rulebook


def _read(files: Mapping[str, bytes], findings: Findings, *, at: Micros | None) -> Rulebook | None:
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
    every = _orders(documents, programme, findings)
    orders = [read for read in every if isinstance(read, ReadOrder)]
    known = checks.Known(
        zones=None if _some_unread(files, "zones/", atlas.files) else frozenset(atlas.drawn),
        schedules={read.schedule.name: read.schedule for read in schedules},
        every_schedule_read=not _some_unread(files, "schedules/", {one.document.name for one in schedules}),
    )
    for duties in every:
        checks.check_duties(duties, known, findings)
        places.check_homes(duties, atlas, findings)
    for read in orders:
        checks.check_order(read, findings, at=at)
        devices.check_inventory(read, programme, findings)
    checks.check_schedules(schedules, findings)
    checks.check_ids(orders, schedules, findings)
    devices.check_fights(orders, findings)
    unread = _some_unread(files, "orders/", {read.document.name for read in orders if read.is_whole})
    places.check_places(orders, programme, atlas, findings=findings, all_read=bool(orders) and not unread)
    if not orders and not findings.has_errors:
        findings.notice("orders.none", "the rulebook holds no order: nobody would be monitored")
    if findings.has_errors:
        return None
    return Rulebook(
        revision=revision_of(files),
        orders=tuple(sorted((read.order for read in orders), key=lambda order: order.id)),
        zones=MappingProxyType(atlas.zones),
        schedules=MappingProxyType(dict(sorted(known.schedules.items()))),
        protocols=MappingProxyType(dict(protocols)),
        programme=programme,
        files=MappingProxyType(dict(sorted(files.items()))),
    )


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


def _some_unread(files: Mapping[str, bytes], folder: str, read: set[str]) -> bool:
    """Whether a file of the folder could not be read: then what seems unknown may well stand in it."""
    return any(name.startswith(folder) and name not in read for name in files)


def _orders(
    documents: Mapping[str, YamlDocument], programme: Programme, findings: Findings
) -> list[ReadDuties]:
    named = (document for name, document in documents.items() if name.startswith("orders/"))
    read = (read_order(document, programme, findings) for document in named)
    return [one for one in read if one is not None]

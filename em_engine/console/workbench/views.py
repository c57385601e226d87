"""What the workbench shows: books, drafts, revisions and problems as JSON values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from em_engine.console import sketch
from em_engine.console.directory import title
from em_engine.console.workbench.books import IN_FORCE, Book
from em_engine.console.workbench.drafts import Draft, version_of
from em_engine.rulebook.coded import in_code
from em_engine.rulebook.excerpts import excerpt
from em_engine.rulebook.imports.shapes import Fault
from em_engine.rulebook.models import Order, Person
from em_engine.rulebook.problems import Problem
from em_engine.rulebook.releases import Deed, Entry
from em_engine.rulebook.sources import lines_of
from em_engine.rulebook.survey import Survey, WrittenOrder, WrittenSchedule, WrittenZone
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros, parse_rfc3339, rfc3339

Json = dict[str, Any]


def problems_view(problems: Sequence[Problem], files: Mapping[str, bytes]) -> list[Json]:
    """The problems, each with the place itself."""
    lines: dict[str, list[str]] = {}
    told = []
    for one in problems:
        if one.file not in lines:
            lines[one.file] = lines_of(files[one.file]) if one.file in files else []
        told.append(problem_view(one, lines[one.file]))
    return told


def problem_view(one: Problem, lines: Sequence[str]) -> Json:
    """A problem, with the line it is about and a caret under the column."""
    shown = excerpt(lines[one.line - 1], one.line, one.column) if one.line <= len(lines) else ()
    named = ("file", "line", "column", "severity", "code")
    return {**{name: getattr(one, name) for name in named}, **in_words(one), "excerpt": list(shown)}


def in_words(one: Problem | Fault) -> Json:
    """What is wrong and what would be right, each in English and in code."""
    return {
        "message": str(one.message),
        "message_code": in_code(one.message),
        "hint": str(one.hint),
        "hint_code": in_code(one.hint),
    }


def counts(problems: Sequence[Problem], file: str | None = None) -> Json:
    """How many errors and warnings there are, in one file or in all."""
    of_file = [one.severity for one in problems if file in (None, one.file)]
    return {"errors": of_file.count("error"), "warnings": of_file.count("warning")}


def draft_view(draft: Draft, book: Book, in_force: str) -> Json:
    """A draft's head, and how right it is."""
    return {
        "id": draft.id,
        "name": draft.name,
        "from": draft.came_from,
        "made_by": draft.made.by,
        "made_at": rfc3339(draft.made.at),
        "changed_by": draft.changed.by,
        "changed_at": rfc3339(draft.changed.at),
        "is_stale": draft.came_from != in_force,
        **counts(book.held.problems),
    }


def book_view(book: Book, draft: Json | None) -> Json:
    """Everything in a book but the texts and the geometry."""
    held, files = book.held, book.files
    return {
        "book": book.name,
        "kind": book.kind,
        "revision": None if held.rulebook is None else held.rulebook.revision,
        "draft": draft,
        "files": _file_heads(held.problems, files),
        "orders": [_order(one) for one in held.orders],
        "zones": [_zone(one, held) for one in held.zones],
        "schedules": [_schedule(one, held) for one in held.schedules],
        "problems": problems_view(held.problems, files),
    }


def _file_heads(problems: Sequence[Problem], files: Mapping[str, bytes]) -> list[Json]:
    """The files in a list; each file's problems are looked for once, however many files there are."""
    of_file: dict[str, list[Problem]] = defaultdict(list)
    for one in problems:
        of_file[one.file].append(one)
    return [file_head(path, content, of_file.get(path, ())) for path, content in sorted(files.items())]


def file_head(path: str, content: bytes, problems: Sequence[Problem]) -> Json:
    """A file in a list."""
    return {"path": path, "size": len(content), "version": version_of(content), **counts(problems, path)}


def zones_view(book: Book, drawn: Mapping[tuple[str, int], Json], *, outlines: bool = True) -> Json:
    """The zones as they are written, each with its file and whom it binds; `drawn` are the features."""
    versions = {path: version_of(book.files[path]) for path in {one.file for one in book.held.zones}}
    features = [
        {
            **drawn[one.file, one.index],
            "id": one.name,
            "file": one.file,
            "version": versions[one.file],
            "orders": _orders_of(book.held.naming_zone(one.name)),
            "outline": _outline(one) if outlines else None,
        }
        for one in book.held.zones
        if (one.file, one.index) in drawn
    ]
    whole: Json = {"type": "FeatureCollection", "features": features}
    shapes = [one.zone.geometry for one in book.held.zones if one.zone is not None]
    if shapes:
        whole["bbox"] = [round(float(edge), 6) for edge in shapely.total_bounds(np.array(shapes))]
    return whole


def revisions_view(entries: Sequence[Entry], in_force: str | None, now: Micros) -> list[Json]:
    """Every revision that was ever proposed and what became of it, the newest deed first."""
    by_revision: dict[str, list[Entry]] = {}
    for entry in entries:
        by_revision.setdefault(entry.revision, []).append(entry)
    newest = sorted(by_revision.values(), key=lambda found: found[-1].number, reverse=True)
    return [_revision(found, in_force, now) for found in newest]


def judged_view(revisions: Sequence[tuple[str, Micros]], in_force: str) -> list[Json]:
    """Every revision that ever judged, where nobody proposes any: the engine runs on a plain folder."""
    return [
        {
            "revision": revision,
            "state": IN_FORCE if revision == in_force else "past",
            "proposed": None,
            "decided": None,
            "effective_from": rfc3339(first),
        }
        for revision, first in reversed(revisions)
    ]


def _revision(found: Sequence[Entry], in_force: str | None, now: Micros) -> Json:
    last = found[-1]
    proposed = next(one for one in reversed(found) if one.deed is Deed.PROPOSED)
    approved = next((one for one in reversed(found) if one.deed is Deed.APPROVED), None)
    return {
        "revision": last.revision,
        "state": _state(last, approved, in_force, now),
        "proposed": _signed(proposed),
        "decided": None if last.deed is Deed.PROPOSED else _signed(last),
        "effective_from": None if approved is None else approved.effective_from,
    }


def _state(last: Entry, approved: Entry | None, in_force: str | None, now: Micros) -> str:
    if last.deed is not Deed.APPROVED:
        # What judges and is proposed once more judges on.
        return IN_FORCE if last.revision == in_force else last.deed.value
    assert approved is not None, "the last deed is an approval"
    assert approved.effective_from is not None, "an approval says from when"
    if parse_rfc3339(approved.effective_from) > now:
        return "planned"
    return IN_FORCE if last.revision == in_force else "past"


def _signed(entry: Entry) -> Json:
    return {"by": entry.who, "at": entry.at, "why": entry.why}


def _order(written: WrittenOrder) -> Json:
    order = written.order
    return {
        "id": order.id,
        "title": order.title,
        "programme": order.programme.value,
        "file": written.file,
        "line": 1,
        "time_zone": order.time_zone,
        "valid": valid_view(order),
        "wearer": _person(order.wearer),
        "protected": [_person(one) for one in order.protected],
        "conditions": [
            {
                "id": one.id,
                "kind": one.kind,
                "zone": one.zones[0] if one.zones else None,
                "line": one.line,
            }
            for one in written.conditions
        ],
    }


def valid_view(order: Order) -> Json:
    """From when to when the order is in force; null where that is open."""
    return {
        "from": None if order.valid_from == BEFORE_ALL else rfc3339(order.valid_from),
        "to": None if order.valid_to == NEVER else rfc3339(order.valid_to),
    }


def _person(person: Person) -> Json:
    return {"id": person.id, "name": person.name}


def _zone(written: WrittenZone, held: Survey) -> Json:
    zone = written.zone
    return {
        "name": written.name,
        "title": written.name if zone is None else title(zone),
        "file": written.file,
        "line": written.line,
        "geometry_type": None if zone is None else zone.geometry.geom_type,
        "radius_m": None if zone is None else zone.radius_m,
        "corners": 0 if zone is None else int(shapely.get_num_coordinates(zone.geometry)),
        "orders": _orders_of(held.naming_zone(written.name)),
    }


def _schedule(written: WrittenSchedule, held: Survey) -> Json:
    schedule = written.schedule
    return {
        "name": schedule.name,
        "title": schedule.title,
        "file": written.file,
        "orders": list(held.naming_schedule(schedule.name)),
    }


def _orders_of(naming: Mapping[str, list[str]]) -> list[Json]:
    return [{"order": order, "conditions": conditions} for order, conditions in naming.items()]


def _outline(written: WrittenZone) -> Json | None:
    zone = written.zone
    if zone is None or zone.radius_m is None:
        return None
    return sketch.outline(zone.name, zone.geometry, zone.radius_m)

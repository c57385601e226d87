"""Zones of a book as files other programs read."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from em_engine.console.workbench.archive import packed
from em_engine.console.workbench.books import Book, UnknownBook
from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports.export import export_zones
from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.models import Zone
from em_engine.rulebook.problems import nearest

EXPORTS: Final = {name: f".{name}" for name in ("geojson", "gpkg", "kml", "shp", "fgb", "wkt")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file for somebody else's program."""

    filename: str
    content: bytes


def exported(book: Book, ending: str, *, zones: Sequence[str], crs: str | None, as_areas: bool) -> Exported:
    """These zones of the book, or all that are right. Raises ImportRefused, UnknownBook."""
    known = {one.name: one.zone for one in book.held.zones if one.zone is not None}
    chosen: list[Zone] = []
    for name in zones or known:
        if name not in known:
            raise UnknownBook(f"{book.name} has no zone {name!r}; {nearest(name, known)}")
        chosen.append(known[name])
    if not chosen:
        raise ImportRefused(book.name, Reason("export.none", "there is no zone to export"))
    with tempfile.TemporaryDirectory(prefix="em-export-") as folder:
        target = Path(folder) / f"zones-{book.name}{ending}"
        try:
            export_zones(chosen, target, crs=crs, as_areas=as_areas)
        except ImportRefused as refused:
            raise ImportRefused(target.name, *refused.problems) from refused
        made = {path.name: path.read_bytes() for path in sorted(target.parent.iterdir())}
    if len(made) == 1:
        return Exported(filename=target.name, content=made[target.name])
    return Exported(filename=f"{target.stem}.zip", content=packed(made))

"""Zones out of a file somebody sent, for a draft: through the door of `em rules import`, or not at all."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from em_engine.console.workbench.books import Book
from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports.archives import Limits
from em_engine.rulebook.imports.layers import Wish, read_features
from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.imports.saving import file_of, new_errors
from em_engine.rulebook.imports.zones import Made, Shaping, make_zones, slug
from em_engine.rulebook.zone_edit import POSITIONS_MAX

SOURCE_BYTES_MAX: Final = 50_000_000
LIMITS: Final = Limits(unpacked_bytes=100_000_000, corners=POSITIONS_MAX)
"""Less than at the command line: the engine judges in this process while a file is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be made of the file, and what the file of zones shall be called."""

    filename: str
    wish: Wish
    shaping: Shaping
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file of zones ready to be saved."""

    path: str
    made: Sequence[Made]
    content: bytes


def brought(asked: Asked, source: bytes, book: Book) -> Brought:
    """The zones in `source`, as a file that brings no error to the book. Raises ImportRefused."""
    bare = re.split(r"[/\\]", asked.filename)[-1]
    if not bare.isprintable() or bare.startswith(".") or len(bare) > 128:
        raise ImportRefused("the file", Reason("import.filename", "its name cannot be used; rename it"))
    if len(source) > SOURCE_BYTES_MAX:
        most = SOURCE_BYTES_MAX // 10**6
        text = f"the file is larger than {most} MB; em rules import takes it"
        raise ImportRefused(bare, Reason("import.sent_size", text, most))
    wish = replace(asked.wish, limits=LIMITS)
    with tempfile.TemporaryDirectory(prefix="em-import-") as folder:
        kept = Path(folder) / bare
        kept.write_bytes(source)
        try:
            made = make_zones(kept, read_features(kept, wish), asked.shaping)
        except ImportRefused as refused:
            raise ImportRefused(bare, *refused.problems) from refused
    path = f"zones/{slug(asked.name or bare.split('.')[0]) or 'imported'}.geojson"
    content = file_of(made)
    errors = new_errors(book.files, path, content, memory=book.memory)
    if errors:
        text = "nothing is saved, for the rulebook would be refused:"
        raise ImportRefused(path, Reason("import.unsound", text), *errors)
    return Brought(path=path, made=made, content=content)

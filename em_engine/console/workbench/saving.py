"""Changes of a draft as contents of its files: a value, a zone, a zone's name wherever it stands."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from em_engine.console.workbench.books import Book, UnknownBook
from em_engine.console.workbench.drafts import DraftRefused
from em_engine.rulebook.documents import NAME_LENGTH_MAX
from em_engine.rulebook.problems import nearest
from em_engine.rulebook.sources import normal_text
from em_engine.rulebook.survey import WrittenZone
from em_engine.rulebook.texts import wrong_name
from em_engine.rulebook.yaml_edit import EditRefused, Step, with_value, without_value
from em_engine.rulebook.zone_edit import drawn, features_in, with_zone, without_zone

Contents = dict[str, bytes | None]
_STALE: Final = ("bbox",)
"""Members of a feature that a new drawing makes wrong."""


def edited(content: bytes, at: Sequence[Step], value: Any, *, is_gone: bool) -> bytes:
    """The YAML file with that one value changed. Raises EditRefused."""
    try:
        text = normal_text(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise EditRefused("edit.not_utf8", "the file is not UTF-8: mend its text first") from error
    made = without_value(text, at) if is_gone else with_value(text, at, value)
    return made.encode()


def zone_drawn(
    book: Book, name: str, sent: Mapping[str, Any], *, new_name: str | None
) -> tuple[str, Contents]:
    """The zone's file, and every file that changes as the zone is put. Raises EditRefused, DraftRefused."""
    there = book.held.of_zone(name)
    path = str(sent["file"] or (there.file if there is not None else f"zones/{name}.geojson"))
    if there is not None and path != there.file:
        raise DraftRefused(
            "zone.elsewhere",
            f"the zone {name!r} stands in {there.file}; delete it there first",
            name,
            there.file,
        )
    called = new_name or name
    _check_name(book, name, called)
    content = book.files.get(path)
    index = None if there is None else there.index
    before = {} if index is None or content is None else features_in(content)[index]
    feature = {key: value for key, value in before.items() if key not in _STALE} | {
        "type": "Feature",
        "id": called,
        "properties": dict(sent["properties"]),
        "geometry": drawn(sent["geometry"]),
    }
    contents: Contents = {path: with_zone(content, feature, index=index)}
    return path, contents | (_renamed(book, name, called) if called != name else {})


def zone_gone(book: Book, name: str) -> tuple[str, bytes]:
    """The zone's file without it. Raises UnknownBook, EditRefused."""
    there = _known(book, name)
    return there.file, without_zone(book.files[there.file], index=there.index)


def _known(book: Book, name: str) -> WrittenZone:
    there = book.held.of_zone(name)
    if there is None:
        known = [one.name for one in book.held.zones]
        raise UnknownBook(f"{book.name} has no zone {name!r}; {nearest(name, known)}")
    return there


def _check_name(book: Book, name: str, called: str) -> None:
    wrong = wrong_name(called)
    if wrong is not None:
        raise DraftRefused(
            "zone.name", f"the zone's name: {wrong}", called[:NAME_LENGTH_MAX], NAME_LENGTH_MAX
        )
    if called != name and book.held.of_zone(called) is not None:
        raise DraftRefused("zone.taken", f"there is a zone {called!r} already", called)


def _renamed(book: Book, name: str, called: str) -> Contents:
    """The orders that name the zone, with its new name."""
    contents: Contents = {}
    for written in book.held.orders:
        content = book.files[written.file]
        for at in written.naming(name):
            content = edited(content, at, called, is_gone=False)
            contents[written.file] = content
    return contents

"""Writing a draft: texts, values, zones, files of others. Every save names the version it writes over."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import Field
from starlette.responses import Response

from em_engine.console.api.answers import etag, json_answer
from em_engine.console.api.models import Strict
from em_engine.console.api.rules_door import PREFIX, Bench, DraftId, FilePath, Note, Seen, Writer, ZoneId
from em_engine.console.api.rules_models import FileText, Imported, Saved, ValueChange, ZoneDrawing
from em_engine.console.problems import Problem
from em_engine.console.workbench.books import Book
from em_engine.console.workbench.drafts import AlreadyThere, version_of
from em_engine.console.workbench.importing import Asked, brought
from em_engine.console.workbench.saving import edited, zone_drawn, zone_gone
from em_engine.console.workbench.views import counts, problems_view
from em_engine.console.workbench.workbench import Workbench
from em_engine.rulebook.coded import Reason, in_code
from em_engine.rulebook.imports.layers import Wish
from em_engine.rulebook.imports.zones import Shaping

router = APIRouter(prefix=f"{PREFIX}/drafts/{{draft}}", tags=["drafts"])


@router.put("/file", response_model=Saved)
def save(
    draft: DraftId, path: FilePath, sent: FileText, session: Writer, bench: Bench, seen: Seen, note: Note
) -> Response:
    """Save a file whole. It is kept even where it is wrong; the answer says everything that is."""
    bench.drafts.save(draft, path, sent.text.encode(), seen=seen, by=session.name)
    note.deed(session, "saved a draft's file", f"{draft} {path}")
    return _saved(bench, draft, path)


@router.delete("/file", response_model=Saved)
def delete(draft: DraftId, path: FilePath, session: Writer, bench: Bench, seen: Seen, note: Note) -> Response:
    """Delete a file."""
    _content(bench.books.book(draft), path)
    bench.drafts.save(draft, path, None, seen=seen, by=session.name)
    note.deed(session, "deleted a draft's file", f"{draft} {path}")
    return _saved(bench, draft, path)


@router.post("/value", response_model=Saved)
def change_value(
    draft: DraftId, path: FilePath, sent: ValueChange, session: Writer, bench: Bench, seen: Seen, note: Note
) -> Response:
    """Change one value of a YAML file; comments, order and layout of everything else stay."""
    content = _content(bench.books.book(draft), path)
    _check_version(path, content, seen)
    made = edited(content, sent.at, sent.value, is_gone=sent.remove)
    bench.drafts.save(draft, path, made, seen=seen, by=session.name)
    note.deed(session, "saved a draft's file", f"{draft} {path}")
    return _saved(bench, draft, path)


@router.put("/zones/{zone}", response_model=Saved)
def draw_zone(
    draft: DraftId, zone: ZoneId, sent: ZoneDrawing, session: Writer, bench: Bench, seen: Seen, note: Note
) -> Response:
    """Put one zone as it is drawn; all else stays as it was. A new name is written into orders too."""
    book = bench.books.book(draft)
    path, contents = zone_drawn(book, zone, sent.model_dump(exclude={"new_name"}), new_name=sent.new_name)
    bench.drafts.save_all(draft, contents, seen=_seen(book, path, seen, contents), by=session.name)
    note.deed(session, "drew a zone", f"{draft} {zone}")
    return _saved(bench, draft, path)


@router.delete("/zones/{zone}", response_model=Saved)
def delete_zone(
    draft: DraftId, zone: ZoneId, session: Writer, bench: Bench, seen: Seen, note: Note
) -> Response:
    """Delete one zone; every other feature's text stays. Orders that name it are then wrong, and told."""
    path, content = zone_gone(bench.books.book(draft), zone)
    bench.drafts.save(draft, path, content, seen=seen, by=session.name)
    note.deed(session, "deleted a zone", f"{draft} {zone}")
    return _saved(bench, draft, path)


class ImportWish(Strict):
    """How the file is to be read, and what is to be made of it."""

    filename: Annotated[str, Field(min_length=1, max_length=256)]
    name: Annotated[str | None, Field(max_length=100)] = None
    layer: Annotated[str | None, Field(max_length=200)] = None
    crs: Annotated[str | None, Field(max_length=64)] = None
    encoding: Annotated[str | None, Field(max_length=32)] = None
    name_field: Annotated[str | None, Field(max_length=100)] = None
    prefix: Annotated[str, Field(max_length=64)] = ""
    only: Annotated[list[str], Field(max_length=500, default_factory=list)]
    radius_m: Annotated[float | None, Field(gt=0, le=100_000)] = None
    buffer_m: Annotated[float, Field(ge=-100_000, le=100_000)] = 0.0
    simplify_m: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    replace: bool = False
    dry_run: bool = False

    def asked(self) -> Asked:
        """The same as the door takes it."""
        shaping = Shaping(
            name_field=self.name_field,
            prefix=self.prefix,
            only=tuple(self.only),
            radius_m=self.radius_m,
            buffer_m=self.buffer_m,
            simplify_m=self.simplify_m,
        )
        wish = Wish(layer=self.layer, crs=self.crs, encoding=self.encoding)
        return Asked(filename=self.filename, wish=wish, shaping=shaping, name=self.name)


@router.post("/import", response_model=Imported)
def import_zones(
    draft: DraftId,
    wish: Annotated[ImportWish, Query()],
    session: Writer,
    bench: Bench,
    note: Note,
    source: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> Response:
    """Zones out of a file of another program. Nothing is saved where the draft would be wrong with it."""
    book = bench.books.book(draft)
    found = brought(wish.asked(), source, book)
    there = book.files.get(found.path)
    if there is not None and not wish.replace and not wish.dry_run:
        text = f"{found.path} is there already: replace it, or choose another name"
        raise AlreadyThere("import.there", text, found.path)
    saved = None
    if not wish.dry_run:
        seen = None if there is None else version_of(there)
        bench.drafts.save(draft, found.path, found.content, seen=seen, by=session.name)
        note.deed(session, "imported zones", f"{draft} {found.path} from {wish.filename}")
        saved = _saved_view(bench, draft, found.path)
    zones = [
        {
            "name": one.name,
            "corners": one.corners,
            "notices": [str(told) for told in one.notices],
            "notice_codes": [in_code(told) for told in one.notices],
            "feature": one.feature,
        }
        for one in found.made
    ]
    return json_answer({"path": found.path, "is_saved": saved is not None, "zones": zones, "saved": saved})


def _content(book: Book, path: str) -> bytes:
    content = book.files.get(path)
    if content is None:
        raise Problem(404, f"{book.name} has no file {path}")
    return content


def _check_version(path: str, content: bytes, seen: str | None) -> None:
    """What was seen goes before what is asked: a stale screen names places that mean something else now."""
    if seen != version_of(content):
        told = Reason("draft.stale", f"{path} was changed meanwhile: read it again, then save", path)
        raise Problem(412, told, version=version_of(content))


def _seen(
    book: Book, path: str, seen: str | None, contents: dict[str, bytes | None]
) -> dict[str, str | None]:
    """The file's version as the author saw it; of the orders changed along with it, as they were read."""
    return {
        one: seen if one == path else version_of(book.files[one]) if one in book.files else None
        for one in contents
    }


def _saved(bench: Workbench, draft: str, path: str) -> Response:
    view = _saved_view(bench, draft, path)
    return json_answer(view, tag=None if view["version"] is None else etag(view["version"]))


def _saved_view(bench: Workbench, draft: str, path: str) -> dict[str, Any]:
    book = bench.books.book(draft)
    held = book.held
    content = book.files.get(path)
    return {
        "path": path,
        "version": None if content is None else version_of(content),
        "revision": None if held.rulebook is None else held.rulebook.revision,
        "problems": problems_view(held.problems, book.files),
        **counts(held.problems),
    }

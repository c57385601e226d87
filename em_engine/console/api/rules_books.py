"""Books to read: what is in force, any revision, any draft. Files, zones, archives, and what changed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.answers import GeoJson, etag, geojson_answer, json_answer
from em_engine.console.api.guards import Here
from em_engine.console.api.models import Drawing
from em_engine.console.api.rules_door import PREFIX, Bench, BookPath, FilePath, Note, Reader
from em_engine.console.api.rules_models import BookName, BookView, Difference, FileView, Reading, Windows
from em_engine.console.problems import Problem
from em_engine.console.workbench.archive import packed
from em_engine.console.workbench.books import Book
from em_engine.console.workbench.comparing import compared
from em_engine.console.workbench.drafts import version_of
from em_engine.console.workbench.exporting import EXPORTS, exported
from em_engine.console.workbench.views import book_view, draft_view, problems_view, zones_view
from em_engine.console.workbench.windows import windows_view
from em_engine.rulebook.applied import Asked
from em_engine.rulebook.coded import Reason
from em_engine.rulebook.problems import nearest
from em_engine.rulebook.schema import schemas, with_codes
from em_engine.rulebook.sources import normal_text
from em_engine.rulebook.zone_edit import features_in

router = APIRouter(prefix=PREFIX, tags=["rulebooks"])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/reading", response_model=Reading)
def reading(_session: Reader, bench: Bench) -> Response:
    """How far the reading of a book is: the first look at 10,000 orders takes ten seconds."""
    done, of = bench.books.reading() or (None, None)
    return json_answer({"done": done, "of": of})


@router.get("/books/{book}", response_model=BookView)
def book(book: BookPath, session: Reader, bench: Bench, console: Here, note: Note) -> Response:
    """Everything in a book but texts and geometry, with all that is wrong in it."""
    found = _opened(book, session, bench, note)
    draft = None
    if found.kind == "draft":
        draft = draft_view(bench.drafts.head(book), found, console.desk.rulebook().revision)
    return json_answer(book_view(found, draft))


@router.get("/books/{book}/file", response_model=FileView)
def file(book: BookPath, path: FilePath, session: Reader, bench: Bench, note: Note) -> Response:
    """One file's text; the ETag is its version."""
    found = _opened(book, session, bench, note)
    content = found.files.get(path)
    if content is None:
        raise Problem(404, f"{book} has no file {path}; {nearest(path, found.files)}")
    about = [one for one in found.held.problems if one.file == path]
    told = {
        "path": path,
        "text": normal_text(content.decode("utf-8-sig", errors="replace")),
        "version": version_of(content),
        "problems": problems_view(about, found.files),
    }
    return json_answer(told, tag=etag(version_of(content)))


@router.get("/books/{book}/zones", response_model=Drawing, response_class=GeoJson)
def zones(
    book: BookPath,
    session: Reader,
    bench: Bench,
    note: Note,
    outlines: Annotated[bool, Query(description="Draw round places and ways as far as they reach.")] = True,
) -> Response:
    """The zones as they are written, each with its file's version and the orders it binds."""
    found = _opened(book, session, bench, note)
    drawn = {
        (path, index): feature
        for path, content in found.files.items()
        if path.startswith("zones/")
        for index, feature in enumerate(features_in(content))
    }
    return geojson_answer(zones_view(found, drawn, outlines=outlines))


@router.get("/books/{book}/archive", response_class=Response, responses=_FILE)
def archive(book: BookPath, session: Reader, bench: Bench, note: Note) -> Response:
    """The book's folder as a zip."""
    found = _opened(book, session, bench, note)
    note.deed(session, "took a rulebook as an archive", book)
    return _sent(packed(found.files), f"rulebook-{book}.zip")


@router.get("/books/{book}/export", response_class=Response, responses=_FILE)
def export(
    book: BookPath,
    session: Reader,
    bench: Bench,
    note: Note,
    format: Annotated[Literal["geojson", "gpkg", "kml", "shp", "fgb", "wkt"], Query()] = "geojson",
    crs: Annotated[str | None, Query(max_length=64)] = None,
    zone: Annotated[list[str] | None, Query(max_length=1000)] = None,
    as_areas: bool = False,
) -> Response:
    """Zones as a file other programs read; a shapefile's parts in a zip."""
    found = _opened(book, session, bench, note)
    made = exported(found, EXPORTS[format], zones=zone or [], crs=crs, as_areas=as_areas)
    note.deed(session, "exported zones", book)
    return _sent(made.content, made.filename)


@router.get("/books/{book}/windows", response_model=Windows)
def windows(
    book: BookPath,
    session: Reader,
    bench: Bench,
    note: Note,
    order: Annotated[str, Query(min_length=1, max_length=128)],
    start: Annotated[str, Query(alias="from", pattern=r"^[12]\d{3}-\d\d-\d\d$")],
    weeks: Annotated[int, Query(ge=1, le=8)] = 1,
) -> Response:
    """When each condition of an order binds, week by week, as it really will."""
    found = _opened(book, session, bench, note)
    try:
        asked = Asked.of(order, start, weeks)
    except ValueError:
        raise Problem(422, Reason("request.no_day", f"?from: there is no day {start}", start)) from None
    return json_answer(windows_view(found, asked))


@router.get("/diff", response_model=Difference)
def diff(old: BookName, new: BookName, session: Reader, bench: Bench, note: Note) -> Response:
    """What changed between two books: in words, on the map, and in their texts."""
    return json_answer(compared(_opened(old, session, bench, note), _opened(new, session, bench, note)))


@router.get("/schemas/{name}", response_model=dict[str, Any])
def schema(
    name: Literal["order", "zones", "schedule", "protocols", "programme"], _session: Reader
) -> Response:
    """The JSON Schema of a kind of file, for completion. `description_code` names the page's own words."""
    return json_answer(with_codes(schemas()[f"{name}.schema.json"]))


def _opened(name: str, session: Session, bench: Bench, note: Note) -> Book:
    note.look(session, name)
    return bench.books.book(name)


def _sent(content: bytes, filename: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)

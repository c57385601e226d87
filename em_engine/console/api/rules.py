"""The authors' side: what is in force, what waits for a second person, and the drafts being written."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import Here
from em_engine.console.api.rules_door import PREFIX, Approver, Bench, DraftId, Note, Reader, Writer
from em_engine.console.api.rules_models import (
    Approving,
    DraftList,
    DraftView,
    Log,
    Making,
    Overview,
    Reasoned,
    Renaming,
    RevisionView,
)
from em_engine.console.problems import Problem
from em_engine.console.roles import Permission
from em_engine.console.workbench.archive import unpacked
from em_engine.console.workbench.books import Book
from em_engine.console.workbench.drafts import Draft
from em_engine.console.workbench.views import draft_view, judged_view, revisions_view
from em_engine.console.workbench.workbench import Workbench
from em_engine.rulebook.coded import Reason
from em_engine.rulebook.releases import Deed, Releases
from em_engine.vocabulary import micros, rfc3339

router = APIRouter(prefix=PREFIX, tags=["rulebooks"])
Revision = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
_MAY = {
    "read": Permission.READ_RULES,
    "write": Permission.WRITE_RULES,
    "approve": Permission.APPROVE_RULES,
    "try": Permission.TRY_RULES,
}


@router.get("", response_model=Overview)
def overview(session: Reader, bench: Bench, console: Here) -> Response:
    """Everything at a glance: what is in force, what waits, what is being written."""
    in_force = console.desk.rulebook().revision
    told = {
        "in_force": in_force,
        "now": rfc3339(bench.clock()),
        "me": session.name,
        "may": [name for name, permission in _MAY.items() if session.may(permission)],
        "follows_releases": bench.releases is not None,
        "revisions": _revisions(bench, console, in_force),
        "drafts": _drafts(bench, console),
    }
    return json_answer(told)


@router.get("/log", response_model=Log)
def log(_session: Reader, bench: Bench) -> Response:
    """Who proposed, approved and rejected what, when and why; oldest first."""
    entries = () if bench.releases is None else bench.releases.entries()
    named = ("number", "at", "deed", "revision", "who", "why", "effective_from")
    return json_answer({"entries": [{name: getattr(one, name) for name in named} for one in entries]})


# Revisions ------------------------------------------------------------------------------------


@router.post("/drafts/{draft}/propose", response_model=RevisionView, status_code=201)
def propose(
    draft: DraftId, sent: Reasoned, session: Writer, bench: Bench, console: Here, note: Note
) -> Response:
    """Ask for a draft to take effect: it is kept as it is now, and waits for a second person."""
    rulebook = bench.books.book(draft).rulebook
    if rulebook.revision == console.desk.rulebook().revision:
        raise Problem(409, Reason("release.nothing", "this is what is in force already: nothing to propose"))
    _refuse_waiting(_releases(bench), rulebook.revision)
    note.deed(session, "proposed a rulebook", f"{rulebook.revision} from {draft}", why=sent.why)
    _releases(bench).propose_rulebook(rulebook, who=session.name, why=sent.why, at=bench.clock())
    return _revision(bench, console, rulebook.revision, status=201)


@router.post("/revisions/{revision}/propose", response_model=RevisionView, status_code=201)
def propose_again(
    revision: Revision, sent: Reasoned, session: Writer, bench: Bench, console: Here, note: Note
) -> Response:
    """Ask for an old revision to take effect again: so one goes back."""
    releases = _releases(bench)
    releases.files(revision)
    if revision == console.desk.rulebook().revision:
        raise Problem(409, Reason("release.same", "this is what is in force already"))
    _refuse_waiting(releases, revision)
    note.deed(session, "proposed a rulebook", revision, why=sent.why)
    releases.propose_again(revision, who=session.name, why=sent.why, at=bench.clock())
    return _revision(bench, console, revision, status=201)


@router.post("/revisions/{revision}/approve", response_model=RevisionView)
def approve(
    revision: Revision, sent: Approving, session: Approver, bench: Bench, console: Here, note: Note
) -> Response:
    """Let a proposed revision judge, from now or a later time on. Not by who proposed it."""
    start = None if sent.effective_from is None else micros(sent.effective_from)
    releases = _releases(bench)
    note.deed(session, "asked to approve a rulebook", revision, why=sent.why)
    releases.approve(revision, who=session.name, why=sent.why, at=bench.clock(), effective_from=start)
    return _revision(bench, console, revision)


@router.post("/revisions/{revision}/reject", response_model=RevisionView)
def reject(
    revision: Revision, sent: Reasoned, session: Reader, bench: Bench, console: Here, note: Note
) -> Response:
    """Turn a proposal down: an approver any, an author their own."""
    releases = _releases(bench)
    if not (session.may(Permission.APPROVE_RULES) or _is_own(releases, revision, session)):
        raise Problem(403, Reason("release.not_theirs", "an approver may reject, or who proposed it"))
    note.deed(session, "rejected a rulebook", revision, why=sent.why)
    releases.reject(revision, who=session.name, why=sent.why, at=bench.clock())
    return _revision(bench, console, revision)


def _releases(bench: Workbench) -> Releases:
    if bench.releases is None:
        told = "this engine judges by a plain folder: give it a folder of releases (em rules propose)"
        raise Problem(409, Reason("release.plain", told))
    return bench.releases


def _refuse_waiting(releases: Releases, revision: str) -> None:
    last = next((one for one in reversed(releases.entries()) if one.revision == revision), None)
    if last is not None and last.deed is Deed.PROPOSED:
        told = f"{revision} waits already: {last.who} proposed it"
        raise Problem(409, Reason("release.waits", told, revision, last.who))


def _is_own(releases: Releases, revision: str, session: Session) -> bool:
    proposed = [one for one in releases.entries() if one.revision == revision and one.deed is Deed.PROPOSED]
    is_theirs = bool(proposed) and proposed[-1].who.casefold() == session.name.casefold()
    return is_theirs and session.may(Permission.WRITE_RULES)


def _revisions(bench: Workbench, console: Here, in_force: str) -> list[dict[str, Any]]:
    if bench.releases is None:
        with console.desk.record.reading() as reading:
            return judged_view(reading.rulebooks(), in_force)
    now = bench.clock()
    # What the log says is in force: the engine takes it within seconds.
    return revisions_view(bench.releases.entries(), bench.releases.in_force(now), now)


def _revision(bench: Workbench, console: Here, revision: str, *, status: int = 200) -> Response:
    found = _revisions(bench, console, console.desk.rulebook().revision)
    answer = json_answer(next(one for one in found if one["revision"] == revision))
    answer.status_code = status
    return answer


# Drafts ---------------------------------------------------------------------------------------


@router.get("/drafts", response_model=DraftList)
def drafts(_session: Reader, bench: Bench, console: Here) -> Response:
    """Every draft, the one changed last first."""
    return json_answer({"drafts": _drafts(bench, console)})


@router.post("/drafts", response_model=DraftView, status_code=201)
def make(sent: Making, session: Writer, bench: Bench, console: Here, note: Note) -> Response:
    """Begin a draft from what is in force, from a revision, or from another draft."""
    book = bench.books.book(sent.from_)
    came_from = "" if book.held.rulebook is None else book.held.rulebook.revision
    draft = bench.drafts.make(sent.name, book.files, came_from=came_from, by=session.name)
    note.deed(session, "made a draft", f"{draft.id} from {sent.from_}")
    return _draft(bench, console, draft, status=201)


@router.post("/drafts/archive", response_model=DraftView, status_code=201)
def make_of_archive(
    session: Writer,
    bench: Bench,
    console: Here,
    note: Note,
    name: Annotated[str, Query(min_length=1, max_length=128)],
    archive: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> Response:
    """Begin a draft from a zip of a rulebook's folder."""
    draft = bench.drafts.make(name, unpacked(archive), came_from="", by=session.name)
    note.deed(session, "made a draft", f"{draft.id} from an archive")
    return _draft(bench, console, draft, status=201)


@router.patch("/drafts/{draft}", response_model=DraftView)
def rename(
    draft: DraftId, sent: Renaming, session: Writer, bench: Bench, console: Here, note: Note
) -> Response:
    """Give a draft another name."""
    note.deed(session, "renamed a draft", draft)
    return _draft(bench, console, bench.drafts.rename(draft, sent.name, by=session.name))


@router.delete("/drafts/{draft}", status_code=204)
def drop(draft: DraftId, session: Writer, bench: Bench, note: Note) -> Response:
    """Delete a draft. What was proposed from it stays."""
    bench.drafts.head(draft)
    note.deed(session, "dropped a draft", draft)
    bench.drafts.drop(draft)
    return Response(status_code=204)


def _drafts(bench: Workbench, console: Here) -> list[dict[str, Any]]:
    in_force = console.desk.rulebook().revision
    return [draft_view(one, bench.books.book(one.id), in_force) for one in bench.drafts.all()]


def _draft(bench: Workbench, console: Here, draft: Draft, *, status: int = 200) -> Response:
    book: Book = bench.books.book(draft.id)
    answer = json_answer(draft_view(draft, book, console.desk.rulebook().revision))
    answer.status_code = status
    return answer

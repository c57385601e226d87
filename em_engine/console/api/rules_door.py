"""What stands before the authors' routes: who may, which version they saw, and how refusals leave."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, Path, Query, Request
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.guards import Address, Here, allowed
from em_engine.console.api.rules_models import BookName
from em_engine.console.problems import Problem
from em_engine.console.roles import Permission
from em_engine.console.workbench.books import Book, BookRefused, UnknownBook
from em_engine.console.workbench.drafts import ID, AlreadyThere, DraftRefused, StaleFile, UnknownDraft
from em_engine.console.workbench.trials import TrialRefused, UnknownTrial
from em_engine.console.workbench.views import problems_view
from em_engine.console.workbench.workbench import Workbench
from em_engine.rulebook.coded import Coded, Reason, in_code, values_in_code
from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.problems import RulebookRefused
from em_engine.rulebook.releases import ReleaseRefused
from em_engine.rulebook.yaml_edit import EditRefused
from em_engine.vocabulary import MINUTE, rfc3339

PREFIX: Final = "/api/rules"
_ALL: Final = "a rulebook holds the orders of all programmes, and you see only some"
LOOK_EVERY: Final = 10 * MINUTE
"""Who reads a rulebook is noted once in so long for each book: an editor asks at every keystroke."""


def workbench_of(request: Request) -> Workbench:
    """The workbench of this console. Raises Problem 404 where it has none."""
    bench: Workbench | None = request.app.state.workbench
    if bench is None:
        raise Problem(404, "this console has no workbench for authors")
    return bench


def of_all_programmes(permission: Permission) -> Callable[[Session], Session]:
    """A guard as `allowed`, and only for who may see all programmes: a rulebook holds them all."""
    guarded = Annotated[Session, Depends(allowed(permission))]

    def guard(session: guarded) -> Session:
        if session.programmes is not None:
            raise Problem(403, Reason("request.some_programmes", _ALL))
        return session

    return guard


Bench = Annotated[Workbench, Depends(workbench_of)]
Reader = Annotated[Session, Depends(of_all_programmes(Permission.READ_RULES))]
Writer = Annotated[Session, Depends(of_all_programmes(Permission.WRITE_RULES))]
Approver = Annotated[Session, Depends(of_all_programmes(Permission.APPROVE_RULES))]
Trier = Annotated[Session, Depends(of_all_programmes(Permission.TRY_RULES))]
Why = Annotated[str, Header(alias="X-Reason", max_length=200)]

BookPath = Annotated[BookName, Path(description="`in-force`, a revision, or a draft's id.")]
DraftId = Annotated[str, Path(pattern=f"^{ID}$")]
FilePath = Annotated[str, Query(max_length=256, examples=["orders/OVA-2026-0042.yaml"])]
ZoneId = Annotated[str, Path(min_length=1, max_length=128)]


class Noting:
    """Writes to the audit what is done with rulebooks, before the answer leaves."""

    def __init__(self, console: Here, address: Address, x_reason: Why = "rulebook") -> None:
        self._audit, self._address, self._why = console.audit, address, x_reason

    def look(self, session: Session, book: str) -> None:
        """Somebody reads a book."""
        self._audit.look(
            who=session.name,
            what="read a rulebook",
            subject=book,
            why=self._why,
            address=self._address,
            every=LOOK_EVERY,
        )

    def deed(self, session: Session, what: str, subject: str, *, why: str | None = None) -> None:
        """Somebody changes something."""
        self._audit.append(
            who=session.name, what=what, subject=subject, why=why or self._why, address=self._address
        )


Note = Annotated[Noting, Depends()]


def seen_version(
    if_match: Annotated[str | None, Header(description="The file's version you saw, in quotes.")] = None,
    if_none_match: Annotated[str | None, Header(description="`*` for a file that is new.")] = None,
) -> str | None:
    """The version the author saw; None for a file that is to be new. Raises Problem 428 without either."""
    if if_none_match == "*":
        return None
    if if_match is None:
        raise Problem(428, "say in If-Match which version you saw, or If-None-Match: * for a new file")
    return if_match.strip().removeprefix("W/").strip('"')


Seen = Annotated[str | None, Depends(seen_version)]


def known_book(bench: Workbench, name: str) -> Book:
    """The book of that name."""
    return bench.books.book(name)


def speak_refusals(app: FastAPI) -> None:
    """Have the workbench's refusals leave the application as problem details."""
    for error, tell in _TOLD.items():
        app.add_exception_handler(error, _teller(tell))


def _teller(tell: Callable[[Any], Problem]) -> Callable[[Request, Exception], Any]:
    async def told(_request: Request, error: Exception) -> Response:
        return tell(error).response()

    return told


def _coded(error: Coded) -> Problem:
    return Problem(422, str(error), code=error.code, values=values_in_code(error))


def _coded_conflict(error: Coded) -> Problem:
    return Problem(409, str(error), code=error.code, values=values_in_code(error))


def _not_imported(error: ImportRefused) -> Problem:
    """The reasons as texts, and beside each the code and values it has; null where it has none."""
    codes = [in_code(one) for one in error.problems]
    reasons = [str(one) for one in error.problems]
    return Problem(422, str(error), source=error.source, reasons=reasons, reason_codes=codes)


def _stale(error: StaleFile) -> Problem:
    touched = error.touched
    return Problem(
        412,
        str(error),
        version=error.version,
        changed_by=None if touched is None else touched.by,
        changed_at=None if touched is None else rfc3339(touched.at),
    )


_TOLD: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    UnknownDraft: lambda error: Problem(404, str(error)),
    UnknownBook: lambda error: Problem(404, str(error)),
    StaleFile: _stale,
    UnknownTrial: lambda error: Problem(404, str(error)),
    DraftRefused: _coded,
    AlreadyThere: _coded_conflict,
    TrialRefused: _coded_conflict,
    EditRefused: _coded,
    ReleaseRefused: _coded_conflict,
    BookRefused: lambda error: Problem(
        409, str(error), book=error.book, problems=problems_view(error.problems, {})
    ),
    RulebookRefused: lambda error: Problem(
        409, "the rulebook has errors", problems=problems_view(error.problems, {})
    ),
    ImportRefused: _not_imported,
}

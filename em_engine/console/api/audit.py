"""The audit, for those who look after the lookers: who looked at whom, when and why."""

import csv
import io
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.alerts import seen_by
from em_engine.console.api.answers import json_answer
from em_engine.console.api.audit_models import AuditFound, AuditList, ChainView
from em_engine.console.api.guards import Address, AuditReader, Console, Here
from em_engine.console.audit import Asked
from em_engine.console.problems import Problem
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import MINUTE, micros, rfc3339

router = APIRouter(prefix="/api/audit", tags=["audit"])
After = Annotated[int, Query(ge=0, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Text = Annotated[str | None, Query(max_length=128)]
Time = Annotated[AwareDatetime | None, Query()]
CSV_ENTRIES_MAX = 100_000
LOOK_EVERY = 10 * MINUTE


@router.get("", response_model=AuditList)
def entries(_session: AuditReader, console: Here, after: After = 0, limit: Limit = 100) -> Response:
    """Every entry, oldest first."""
    return json_answer({"entries": console.audit.entries(after=after, limit=limit)})


def asked(
    session: AuditReader,
    address: Address,
    console: Here,
    who: Text = None,
    about: Text = None,
    since: Time = None,
    until: Time = None,
) -> Asked:
    """What is asked for. That it is asked for is in the audit too."""
    told = " ".join(f"{name} {value}" for name, value in (("who", who), ("about", about)) if value)
    look = partial(console.audit.look, who=session.name, what="read the audit", why="audit")
    look(subject=told, address=address, every=LOOK_EVERY)
    return Asked(
        who=who.strip().lower() if who else None,
        subjects=_subjects(console, session, about) if about else None,
        since=_instant(since),
        until=_instant(until),
    )


AskedFor = Annotated[Asked, Depends(asked)]


@router.get("/search", response_model=AuditFound)
def search(
    wanted: AskedFor, console: Here, before: Annotated[int, Query(ge=1)] = 2**62, limit: Limit = 100
) -> Response:
    """Entries by person, by case, order or alert, and by time, newest first; `before` reads on."""
    found = console.audit.search(wanted, before=before, limit=limit + 1)
    return json_answer({"entries": found[:limit], "more": len(found) > limit})


@router.get(
    "/search.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def search_csv(wanted: AskedFor, console: Here) -> Response:
    """The same as CSV, oldest first: at most 100,000, the newest."""
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\r\n")
    written.writerow(_COLUMNS)
    for entry in reversed(console.audit.search(wanted, before=2**62, limit=CSV_ENTRIES_MAX)):
        written.writerow([_cell(entry[name]) for name in _COLUMNS])
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


@router.get("/chain", response_model=ChainView)
def chain(_session: AuditReader, console: Here) -> Response:
    """Whether every entry is as it was written, reckoned now; write number and hash down elsewhere."""
    number, hash = console.audit.head()
    broken = console.audit.verify()
    told = None if broken is None else {"number": broken.number, "reason": broken.reason}
    view = {"at": rfc3339(console.desk.clock()), "number": number, "hash": hash, "broken": told}
    return json_answer(view)


_COLUMNS = ("number", "at", "who", "what", "subject", "why", "address", "hash")


def _cell(value: Any) -> str:
    """What somebody typed into a search must not become a formula in an auditor's spreadsheet."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _subjects(console: Console, session: Session, about: str) -> tuple[str, ...]:
    """What is written down of a case, an order or a wearer: it by itself, and each of its alerts."""
    alerts = console.desk.queue.open(AlertQuery(is_closed=None, text=about))
    held = (one.id for one in seen_by(console, session, alerts) if about in (one.case, one.order, one.wearer))
    return (about, *held)


def _instant(at: datetime | None) -> str | None:
    try:
        return None if at is None else rfc3339(micros(at))
    except (OverflowError, ValueError):
        raise Problem(422, "?since, ?until: no such time") from None

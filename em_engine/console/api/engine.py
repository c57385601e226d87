"""How the engine is: for the screen, for Prometheus, and for whoever restarts it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from em_engine import metrics
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import HealthReader, Here
from em_engine.console.api.models import HoleList, QuarantineList, StatusView
from em_engine.console.desk import Desk
from em_engine.console.health import beat_view, unready_because
from em_engine.console.problems import Problem
from em_engine.vocabulary import rfc3339

router = APIRouter()
After = Annotated[int, Query(ge=0, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/api/status", response_model=StatusView, tags=["engine"])
def status(_session: HealthReader, console: Here) -> Response:
    """How the engine is, and what it runs on."""
    desk, told = console.desk, console.desk.status()
    view = beat_view(desk, told, console.chronicle) | {
        "rulebook": desk.directory().rulebook.revision,
        "version": desk.version,
        "journal_position": told.journal_position,
        "record_refusal": told.record_refusal,
    }
    return json_answer(view)


@router.get("/api/quarantine", response_model=QuarantineList, tags=["engine"])
def quarantine(
    _session: HealthReader, console: Here, after: After | None = None, limit: Limit = 100
) -> Response:
    """Messages that could not be read, and why: those past `after`, or the newest, oldest first.

    What they held is read on the machine, with `em quarantine list`.
    """
    with console.desk.record.reading() as reading:
        ever = reading.quarantined_ever()
        # Numbers have no gaps: the newest are those above the last number less their count.
        start = max(ever - limit, 0) if after is None else after
        rows = reading.quarantined(after=start, limit=limit)
    messages = [
        {
            "number": row.number,
            "received_at": rfc3339(row.received_at),
            "topic": row.topic,
            "device": row.device,
            "reason": row.reason,
            "size": len(row.payload),
        }
        for row in rows
    ]
    return json_answer({"quarantined": ever, "messages": messages})


@router.get("/api/holes", response_model=HoleList, tags=["engine"])
def holes(_session: HealthReader, console: Here, limit: Limit = 1_000) -> Response:
    """Reports missing by the devices' own count, not filled yet."""
    with console.desk.record.reading() as reading:
        rows = reading.open_holes(limit=limit)
    told = [
        {
            "device": row.device,
            "from_seq": row.from_seq,
            "to_seq": row.to_seq,
            "seen_at": rfc3339(row.seen_at),
            "asked_at": None if row.asked_at is None else rfc3339(row.asked_at),
        }
        for row in rows
    ]
    return json_answer({"holes": told})


@router.get("/metrics", tags=["engine"], include_in_schema=False)
def measures(console: Here) -> Response:
    """The engine's measures for Prometheus. They name nobody, so nobody needs to sign in."""
    _observe(console.desk, screens=console.feed.screens)
    return Response(console.desk.metrics.render(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _observe(desk: Desk, *, screens: int) -> None:
    told = desk.status()
    desk.metrics.screens.set(screens)
    counts = desk.queue.counts()
    desk.metrics.observe_queue(by_severity=counts.by_severity, unacknowledged=counts.unacknowledged)
    desk.metrics.observe_state(
        is_connected=told.link.connected,
        last_report_at=told.last_report_at,
        devices_heard=told.devices_heard,
        devices_expected=told.devices_expected,
        holes=told.holes,
        journal_position=told.journal_position,
        history=desk.queue.latest(),
    )


@router.get("/health/live", tags=["engine"])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready", tags=["engine"])
def ready(console: Here) -> dict[str, str]:
    """The engine can do its work: it hears the broker and can write the record."""
    reasons = unready_because(console.desk.status())
    if reasons:
        raise Problem(503, "; ".join(reasons), reasons=reasons)
    return {"status": "ready"}

"""Statistics by month and programme, as JSON and CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import Console, FigureReader, Here
from em_engine.console.api.models import Strict
from em_engine.console.figures import Figure, Month, of_month
from em_engine.console.problems import Problem
from em_engine.vocabulary import micros

router = APIRouter(prefix="/api", tags=["statistics"])
MONTHS_MAX = 24
MonthName = Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])]
Programme = Annotated[str | None, Query(max_length=64)]


class FigureView(Strict):
    """One number. Measures of orders have neither type nor outcome; both are then empty."""

    month: str
    programme: str
    measure: str
    type: str
    outcome: str
    value: float


class Statistics(Strict):
    """The figures of the months asked for. Orders are those of the rulebook that judges now."""

    rulebook: str
    figures: list[FigureView]


@router.get("/statistics", response_model=Statistics)
def statistics(
    session: FigureReader,
    console: Here,
    since: Annotated[MonthName, Query(alias="from")],
    to: MonthName | None = None,
    programme: Programme = None,
) -> Response:
    """Orders active, imposed and ended, alerts by type and outcome, alerts a device-day."""
    found = list(_figures(console, session, since, to or since, programme))
    revision = console.desk.directory().rulebook.revision
    return json_answer({"rulebook": revision, "figures": [figure._asdict() for figure in found]})


@router.get(
    "/statistics.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def statistics_csv(
    session: FigureReader,
    console: Here,
    since: Annotated[MonthName, Query(alias="from")],
    to: MonthName | None = None,
    programme: Programme = None,
) -> Response:
    """The same as CSV, a figure a line."""
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\r\n")
    written.writerow(Figure._fields)
    written.writerows(_figures(console, session, since, to or since, programme))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="statistics-{since}-{to or since}.csv"',
    }
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def _figures(
    console: Console, session: Session, since: str, to: str, programme: str | None
) -> Iterator[Figure]:
    queue, directory = console.desk.queue, console.desk.directory()
    for month in _months(console, since, to):
        entries = console.chronicle.since(month.since, until=month.until)
        closed = queue.alerts(entry.alert for entry in entries if entry.what == "closed")
        types = {id: f"{alert.order}\n{alert.type.value}" for id, alert in closed.items()}
        for figure in of_month(month, entries, directory.rulebook.orders, types=types):
            if programme in (None, figure.programme) and session.sees(figure.programme):
                yield figure


def _months(console: Console, since: str, to: str) -> list[Month]:
    zone = console.desk.directory().centre_zone
    first, last = _number(since), _number(to)
    if not 0 <= last - first < MONTHS_MAX:
        raise Problem(422, f"?to: from one to {MONTHS_MAX} months, in order")
    edges = [
        micros(datetime(number // 12, number % 12 + 1, 1, tzinfo=zone)) for number in range(first, last + 2)
    ]
    names = [f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1)]
    return [
        Month(name=name, since=begin, until=end)
        for name, begin, end in zip(names, edges[:-1], edges[1:], strict=True)
    ]


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1

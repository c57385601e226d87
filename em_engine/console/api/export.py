"""A case's file for the court: PDF, data and hashes in one archive."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from starlette.responses import Response

from em_engine.alerts.alert import Alert
from em_engine.console import maps
from em_engine.console.access import Session
from em_engine.console.api.guards import Address, CaseExporter, Console, Here
from em_engine.console.api.maps import may_see_protected
from em_engine.console.api.models import Strict, Text
from em_engine.console.court.case_file import CaseFile, Drawn, data_files, gathered, sha256, sums, zipped
from em_engine.console.court.paper import pdf
from em_engine.console.problems import Problem

router = APIRouter(prefix="/api", tags=["export"])
Case = Annotated[str, Path(min_length=1, max_length=128)]
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


class Asking(Strict):
    """Why the case is exported, and in which language the paper is set."""

    reason: Text
    language: Literal["nb", "nn", "en"] = "nb"


@router.post("/cases/{case}/export", response_class=Response, responses=_ZIP)
def export(case: Case, sent: Asking, session: CaseExporter, address: Address, console: Here) -> Response:
    """Everything recorded of the case that you may see. The audit has its hash before it leaves."""
    file = _gathered(console, session, case, why=sent.reason)
    files = data_files(file)
    hashes = {name: sha256(data) for name, data in files.items()}
    files["case.pdf"] = pdf(file, _drawn(console, session), hashes, language=sent.language)
    console.audit.append(
        who=session.name,
        what="exported the case",
        subject=f"{case} sha256:{sha256(sums(files))}",
        why=sent.reason,
        address=address,
    )
    headers = {"Content-Disposition": 'attachment; filename="case.zip"', "Cache-Control": "no-store"}
    return Response(zipped(files), media_type="application/zip", headers=headers)


def _gathered(console: Console, session: Session, case: str, *, why: str) -> CaseFile:
    desk = console.desk
    directory = desk.directory()
    with desk.record.reading() as reading:
        alerts, positions = gathered(
            desk.queue, reading, directory, case=case, sees_protected=may_see_protected(session)
        )
    is_known = directory.order(case) is not None or alerts
    if not is_known or not session.sees(directory.programme(case)):
        raise Problem(404, f"there is no case {case!r}")
    return CaseFile(
        case=case,
        at=desk.clock(),
        by=session.name,
        why=why,
        alerts=tuple((alert, tuple(desk.queue.alert_history(alert.id))) for alert in alerts),
        positions=tuple(positions),
        directory=directory,
    )


def _drawn(console: Console, session: Session) -> Drawn:
    desk = console.desk

    def drawn(alert: Alert) -> dict[str, Any]:
        with desk.record.reading() as reading:
            return maps.alert_map(
                alert,
                desk.directory(),
                reading,
                now=desk.clock(),
                sees_protected=may_see_protected(session),
            )

    return drawn

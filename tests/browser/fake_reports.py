"""What the fake console tells beside the desk: figures, statistics, a shift's reports."""

from collections import Counter
from datetime import timedelta
from typing import Any

import fake_alerts as world
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
KPI: Json = {
    "operators": 3,
    "alerts": 118,
    "per_operator_10min": 0.82,
    "acknowledge_s": {"count": 90, "p50": 41.0, "p95": 312.0},
    "flood_share": 0.034,
    "top": [
        {
            "case": "OVA-2026-0005",
            "wearer": "W-005",
            "condition": "alive",
            "type": "device.silent",
            "count": 17,
        },
        {
            "case": "OVA-2026-0012",
            "wearer": "W-012",
            "condition": "nights",
            "type": "curfew.late",
            "count": 9,
        },
    ],
    "by_hour": [{"at": f"2026-11-22T{hour:02}:00:00.000Z", "alerts": hour % 5 * 7} for hour in range(8)],
    "outcomes": {"breach": 31, "equipment": 22, "position-error": 9},
    "nuisance_share": 0.5,
}
FIGURES: tuple[Json, ...] = tuple(
    {"month": month, "programme": programme, "type": "", "outcome": "", **told}
    for month in ("2026-10", "2026-11")
    for programme in ("contact-ban", "leave")
    for told in (
        {"measure": "orders-active", "value": 41.0},
        {"measure": "orders-imposed", "value": 6.0},
        {"measure": "device-days", "value": 1230.5},
        {"measure": "alerts-per-device-day", "value": 0.31},
        {"measure": "alerts-opened", "type": "exclusion.entered", "value": 12.0},
        {"measure": "alerts-opened", "type": "device.silent", "value": 30.0},
        {"measure": "alerts-closed", "type": "device.silent", "outcome": "equipment", "value": 28.0},
    )
)


class Reports:
    """The reports that were signed, and what they are made from."""

    def __init__(self, console: Any) -> None:
        self.console = console
        self.kept: list[Json] = []

    def routes(self) -> list[Route]:
        """Where it is told."""
        return [
            Route("/api/kpi", self.kpi),
            Route("/api/statistics", self.statistics),
            Route("/api/handovers/draft", self.draft),
            Route("/api/handovers", self.heads),
            Route("/api/handovers", self.write, methods=["POST"]),
            Route("/api/handovers/{id:int}", self.one),
            Route("/api/handovers/{id:int}/sign", self.sign, methods=["POST"]),
        ]

    async def kpi(self, request: Request) -> Response:
        """The same whatever the hours, but for the count."""
        return JSONResponse({**KPI, "alerts": 118 * int(request.query_params["hours"]) // 8})

    async def statistics(self, request: Request) -> Response:
        """The months asked for."""
        asked = request.query_params
        found = [
            figure
            for figure in FIGURES
            if asked["from"] <= figure["month"] <= asked["to"]
            and asked.get("programme", figure["programme"]) == figure["programme"]
        ]
        return JSONResponse({"rulebook": "3f1c9a7be0d2", "figures": found})

    def _report(self, since: str) -> Json:
        alerts = [alert for alert in self.console.alerts.values() if alert["state"] != "closed"]
        happened = [entry for entry in self.console.history if entry["at"] >= since]
        owned = [alert for alert in alerts if alert["claimed_by"]]
        return {
            "since": since,
            "until": world.rfc3339(world.now()),
            "open": [alert for alert in alerts if alert["state"] != "shelved"],
            "shelved": [alert for alert in alerts if alert["state"] == "shelved"],
            "escalated": [alert["id"] for alert in alerts if alert["level"]],
            "inhibited": [],
            "closed": [],
            "happened": Counter(entry["what"] for entry in happened),
            "holders": [{"name": alert["claimed_by"], "alerts": [alert["id"]]} for alert in owned],
        }

    async def draft(self, request: Request) -> Response:
        """What the next shift must know, as of now."""
        return JSONResponse(self._report(request.query_params["since"]))

    async def write(self, request: Request) -> Response:
        """Signed by who leaves."""
        told = await request.json()
        signed = [
            {
                "by": self.console.session,
                "at": world.rfc3339(world.now() - timedelta(seconds=1)),
                "as": "outgoing",
                "note": None,
            }
        ]
        report = {
            "to": None,
            **self._report(told["since"]),
            **told,
            "id": len(self.kept) + 1,
            "signed": signed,
        }
        self.kept.append(report)
        return JSONResponse(report, status_code=201)

    async def heads(self, request: Request) -> Response:
        """The newest first."""
        return JSONResponse({"handovers": self.kept[::-1]})

    async def one(self, request: Request) -> Response:
        """As it was signed."""
        return JSONResponse(self.kept[request.path_params["id"] - 1])

    async def sign(self, request: Request) -> Response:
        """Signed by who comes."""
        report = self.kept[request.path_params["id"] - 1]
        signature = {
            "by": self.console.session,
            "at": world.rfc3339(world.now()),
            "as": "incoming",
            "note": None,
        }
        report["signed"] = [*report["signed"], signature]
        return JSONResponse(report)

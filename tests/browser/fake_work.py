"""What the fake console does with commands, and what it tells of desks, people and filters."""

from collections.abc import Callable
from typing import Any

import fake_alerts as world
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
Done = tuple[str, Json]
REFUSED = "refused"
STEPS: tuple[Json, ...] = (
    {
        "nb": "Ring den beskyttede først",
        "nn": "Ring den verna fyrst",
        "en": "Call the protected person first",
    },
    {"nb": "Ring personen", "nn": "Ring personen", "en": "Call the wearer"},
    {"nb": "Send patrulje", "nn": "Send patrulje", "en": "Dispatch"},
)
REASONS: tuple[Json, ...] = (
    {"id": "known-cause", "nb": "Kjent årsak", "nn": "Kjend årsak", "en": "Known cause"},
    {
        "id": "awaiting-equipment",
        "nb": "Venter på utstyr",
        "nn": "Ventar på utstyr",
        "en": "Awaiting equipment",
    },
)
SEEN_REASONS: tuple[Json, ...] = (
    {"id": "calling", "nb": "Ringer personen", "nn": "Ringjer personen", "en": "Calling the person"},
    {"id": "other", "nb": "Annet (skriv hva)", "nn": "Anna (skriv kva)", "en": "Something else (say what)"},
)
DESKS: tuple[Json, ...] = (
    {"id": "centre", "nb": "Overvåkningssentralen", "nn": "Overvakingssentralen", "en": "Monitoring centre"},
    {"id": "police", "nb": "Politiet", "nn": "Politiet", "en": "Police"},
)
PEOPLE: tuple[Json, ...] = (
    {"name": "Kari", "desks": None, "signed_in": True},
    {"name": "Ola", "desks": ["centre"], "signed_in": True},
    {"name": "Per", "desks": ["police"], "signed_in": False},
)


def unticked() -> list[Json]:
    """The steps of a protocol, none done yet."""
    return [{"index": index, **step, "done_at": None, "done_by": None} for index, step in enumerate(STEPS)]


def protocol_of(alert: Json, steps: list[Json]) -> Json:
    """What the protocol of its type says."""
    return {
        "type": alert["type"],
        "desk": alert["desk"],
        "steps": steps,
        "acknowledge_within_s": 120,
        "close_within_s": 3600,
        "shelve_max_s": 0 if alert["severity"] == "critical" else 7200,
        "escalation": [{"after_s": 300, "to": "supervisor", "repeat_s": 300, "times": 2}],
        "outcomes": [{**outcome, "note_required": outcome["id"] == "other"} for outcome in world.OUTCOMES],
        "shelve_reasons": list(REASONS),
        "seen_reasons": list(SEEN_REASONS) if alert["asks_reason"] else [],
        "commands": ["vibrate", "message", "faster-fixes"],
    }


def acknowledge(alert: Json, told: Json) -> Done:
    """Seen."""
    return "acknowledged", {
        "state": "acknowledged",
        "acknowledged_by": told["by"],
        "acknowledged_at": told["at"],
        "seen_reason": told.get("reason"),
    }


def claim(alert: Json, told: Json) -> Done:
    """Somebody's own; refused where it is another's and she did not ask to take it over."""
    is_others = alert["claimed_by"] not in (None, told["by"])
    if is_others and not told["take_over"]:
        return REFUSED, {}
    what = "taken-over" if is_others else "claimed"
    return what, {"state": "claimed", "claimed_by": told["by"], "claimed_at": told["at"]}


def release(alert: Json, told: Json) -> Done:
    """Nobody's again."""
    return "released", {"state": "unacknowledged", "claimed_by": None, "claimed_at": None}


def shelve(alert: Json, told: Json) -> Done:
    """Out of sight until then."""
    return "shelved", {
        "state": "shelved",
        "shelved_by": told["by"],
        "shelved_until": told["until"],
        "shelved_reason": told["reason"],
    }


def unshelve(alert: Json, told: Json) -> Done:
    """Back from the shelf."""
    return "unshelved", {"state": "unacknowledged", "shelved_by": None, "shelved_until": None}


def escalate(alert: Json, told: Json) -> Done:
    """Told further."""
    return "escalated", {"level": alert["level"] + 1, "escalated_to": told["to"]}


def hand_over(alert: Json, told: Json) -> Done:
    """Another desk's."""
    return "handed-over", {"state": "unacknowledged", "desk": told["desk"], "claimed_by": None}


def command(alert: Json, told: Json) -> Done:
    """To the tag."""
    return "commanded", {}


def comment(alert: Json, told: Json) -> Done:
    """Remembered."""
    return "commented", {"comments": alert["comments"] + 1}


def close(alert: Json, told: Json) -> Done:
    """Ended."""
    ending = {"state": "closed", "closed_by": told["by"], "closed_at": told["at"]}
    return "closed", {**ending, "outcome": told.get("outcome"), "note": told.get("note")}


COMMANDS: dict[str, Callable[[Json, Json], Done]] = {
    "acknowledge": acknowledge,
    "claim": claim,
    "release": release,
    "shelve": shelve,
    "unshelve": unshelve,
    "escalate": escalate,
    "hand-over": hand_over,
    "command": command,
    "comment": comment,
    "close": close,
}


def step(steps: list[Json], asked: str, told: Json) -> Done:
    """A step checked off, or not after all."""
    index = int(asked.removeprefix("steps/"))
    is_done = told["done"]
    steps[index] |= {"done_at": told["at"] if is_done else None, "done_by": told["by"] if is_done else None}
    return ("step-done" if is_done else "step-undone"), {"steps_done": sum(bool(s["done_at"]) for s in steps)}


class Desk:
    """What belongs to a desk and a person rather than to an alert."""

    def __init__(self, console: Any) -> None:
        self.console = console
        self.filters: dict[str, Json] = {}
        self.noise: Json = {"chattering": [], "standing": []}

    def routes(self) -> list[Route]:
        """Where it is told."""
        return [
            Route("/api/desks", self._told(lambda: [{**desk, "mine": True} for desk in DESKS])),
            Route("/api/people", self._told(lambda: list(PEOPLE))),
            Route("/api/noise", self._told(lambda: self.noise)),
            Route("/api/filters", self._told(self._filters)),
            Route("/api/filters/{name}", self.keep, methods=["PUT"]),
            Route("/api/filters/{name}", self.drop, methods=["DELETE"]),
            Route("/api/search", self.search),
        ]

    @staticmethod
    def _told(make: Callable[[], Any]) -> Any:
        async def tell(request: Request) -> Response:
            return JSONResponse(make())

        return tell

    def _filters(self) -> Json:
        return {"filters": [{"name": name, "query": query} for name, query in self.filters.items()]}

    async def keep(self, request: Request) -> Response:
        """A filter kept under its name."""
        self.filters[request.path_params["name"]] = (await request.json())["query"]
        return Response(status_code=204)

    async def drop(self, request: Request) -> Response:
        """And forgotten."""
        self.filters.pop(request.path_params["name"], None)
        return Response(status_code=204)

    async def search(self, request: Request) -> Response:
        """Wearers and alerts, closed ones too, by any of their words."""
        wanted = request.query_params["q"].casefold()
        found = [
            alert
            for alert in self.console.alerts.values()
            if wanted in f"{alert['wearer']} {alert['wearer_name']} {alert['order']}".casefold()
        ]
        wearers = [
            {
                "id": alert["wearer"],
                "name": alert["wearer_name"],
                "order": alert["order"],
                "programme": alert["programme"],
                "devices": [alert["device"]],
            }
            for alert in found
        ]
        return JSONResponse({"wearers": wearers, "alerts": found[:20]})

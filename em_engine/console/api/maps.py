"""What maps draw: an alert, the places of all orders, where everyone is."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from em_engine.alerts.alert import BreachState
from em_engine.console import maps
from em_engine.console.access import Session
from em_engine.console.api.alerts import known
from em_engine.console.api.answers import GeoJson, etag, geojson_answer, json_answer
from em_engine.console.api.guards import Address, Console, Here, PlaceSeer, Reason, WearerSeer
from em_engine.console.api.models import Drawing, MapSource
from em_engine.console.directory import PROTECTED_DESK
from em_engine.console.roles import Permission
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import MINUTE

router = APIRouter(prefix="/api", tags=["maps"])
LOOK_EVERY = 10 * MINUTE
"""A map on a screen follows what it shows by itself; the audit notes one look in so long."""


@router.get("/alerts/{id}/map", response_model=Drawing, response_class=GeoJson)
def alert_map(
    id: str, session: WearerSeer, address: Address, console: Here, x_reason: Reason = "alert handling"
) -> Response:
    """The alert's zone, trail and fixes. The look is in the audit before the answer leaves."""
    alert = known(console, id, session)
    sees_protected = may_see_protected(session)
    what = "looked at the alert's map" + (" with the protected person" if sees_protected else "")
    look = partial(console.audit.look, who=session.name, what=what, why=x_reason, every=LOOK_EVERY)
    look(subject=id, address=address)
    desk = console.desk
    with desk.record.reading() as reading:
        drawn = maps.alert_map(
            alert, desk.directory(), reading, now=desk.clock(), sees_protected=sees_protected
        )
    return geojson_answer(drawn)


@router.get("/places", response_model=Drawing, response_class=GeoJson)
def places(
    session: PlaceSeer, console: Here, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The zones of all orders; the ETag is the rulebook's revision."""
    directory = console.desk.directory()
    tag = etag(f"{directory.rulebook.revision}{'' if session.programmes is None else session.programmes}")
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers={"ETag": tag})
    return geojson_answer(maps.places(directory, session.sees), tag=tag, cache="private, no-cache")


@router.get("/positions", response_model=Drawing, response_class=GeoJson)
def positions(
    session: WearerSeer, address: Address, console: Here, x_reason: Reason = "overview"
) -> Response:
    """Where everyone is, as far as each order and your roles allow."""
    sees_protected = may_see_protected(session)
    what = "looked at all positions" + (" with protected persons" if sees_protected else "")
    console.audit.look(who=session.name, what=what, why=x_reason, address=address, every=LOOK_EVERY)
    desk = console.desk
    with desk.record.reading() as reading:
        drawn = maps.positions(
            desk.directory(),
            reading,
            in_breach=_cases_in_breach(console),
            sees_protected=sees_protected,
            sees=session.sees,
        )
    return geojson_answer(drawn)


@router.get("/map-source", response_model=MapSource)
def map_source(_session: PlaceSeer, console: Here) -> Response:
    """Where the ground under the maps comes from, beside what is built in."""
    tiles = console.settings.tiles
    if tiles is None:
        return json_answer({"url": None, "attribution": "", "zoom_max": 0})
    return json_answer(tiles.model_dump())


def may_see_protected(session: Session) -> bool:
    """Whether protected persons may be shown: to who may see them, at the desk that may."""
    return session.may(Permission.SEE_PROTECTED) and session.works_at(PROTECTED_DESK)


def _cases_in_breach(console: Console) -> frozenset[str]:
    """The cases in which a breach goes on, acknowledged or not."""
    everything = console.desk.queue.open(AlertQuery(limit=100_000))
    return frozenset(alert.case for alert in everything if alert.breach is BreachState.OPEN)

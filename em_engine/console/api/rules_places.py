"""Places by name for who draws zones: municipalities, counties, the country, and imported addresses."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from em_engine.console.api.answers import json_answer
from em_engine.console.api.models import Strict
from em_engine.console.api.rules_door import PREFIX, Bench, Reader
from em_engine.console.problems import Problem
from em_engine.console.workbench.workbench import Workbench
from em_engine.rulebook.gazetteer import AddressUnknown, Area, Gazetteer, Level
from em_engine.rulebook.gazetteer.addresses import Address
from em_engine.rulebook.gazetteer.making import WATERS_KM, zone_of_address, zone_of_areas
from em_engine.rulebook.gazetteer.search import STORE_NAME

router = APIRouter(prefix=f"{PREFIX}/places", tags=["places"])
Typed = Annotated[str, Query(min_length=1, max_length=120, description="A name as people write it.")]
Number = Annotated[str, Query(min_length=1, max_length=20, description="The area's official number.")]
Radius = Annotated[float, Query(gt=0, le=100_000)]
Waters = Annotated[float, Query(ge=0, le=50)]


class PlaceView(Strict):
    """A place that may be meant. An area is asked for by its number, an address by its name."""

    level: str
    number: str
    name: str
    outline_accuracy_m: float


class PlacesView(Strict):
    """The likeliest first."""

    places: list[PlaceView]
    has_addresses: bool


class PlaceZoneView(Strict):
    """A zone made of a place, as a file of the rulebook would have it."""

    name: str
    properties: dict[str, Any]
    geometry: dict[str, Any]


@router.get("", response_model=PlacesView)
def search(q: Typed, bench: Bench, _session: Reader) -> Response:
    """What a text may be the name of."""
    known = _gazetteer(bench)
    hits = known.search(q, limit=8)
    places = [_of_area(hit.area) if hit.area is not None else _of_address(hit.address) for hit in hits]
    return json_answer({"places": places, "has_addresses": known.has_addresses})


@router.get("/area", response_model=PlaceZoneView)
def area(
    level: Level, number: Number, bench: Bench, _session: Reader, waters_km: Waters = WATERS_KM
) -> Response:
    """The zone of an area, with how far its outline may be off."""
    known = _gazetteer(bench)
    found = [one for one in known.areas if one.level is level and one.number == number]
    if not found:
        raise Problem(404, f"there is no {level} {number!r}")
    return json_answer(_zone(zone_of_areas(known, found, waters_km=waters_km).feature))


@router.get("/address", response_model=PlaceZoneView)
def address(q: Typed, radius_m: Radius, bench: Bench, _session: Reader) -> Response:
    """A circle around an address."""
    known = _gazetteer(bench)
    try:
        found = known.address(q)
    except AddressUnknown as unknown:
        raise Problem(404, unknown.why) from unknown
    return json_answer(
        _zone(zone_of_address(found, radius_m=radius_m, origin=known.origin_of(found)).feature)
    )


def _gazetteer(bench: Workbench) -> Gazetteer:
    return Gazetteer(bench.data / STORE_NAME)


def _of_area(one: Area) -> dict[str, Any]:
    accuracy_m = one.origin.accuracy_m
    return {
        "level": one.level.value,
        "number": one.number,
        "name": one.title,
        "outline_accuracy_m": accuracy_m,
    }


def _of_address(one: Address | None) -> dict[str, Any]:
    assert one is not None, "a place found is an area or an address"
    return {"level": "address", "number": "", "name": one.text, "outline_accuracy_m": 0.0}


def _zone(feature: Any) -> dict[str, Any]:
    properties = feature["properties"]
    return {"name": properties["name"], "properties": properties, "geometry": feature["geometry"]}

"""Places by name over HTTP: found while somebody types, and made zones that a draft takes."""

from typing import Any

import pytest

from em_engine.rulebook.gazetteer.areas import Origin
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports.layers import Wish

TABLE = (
    "kommunenummer;kommunenavn;adressenavn;nummer;bokstav;EPSG-kode;Nord;Øst;postnummer;poststed\n"
    "3212;NESODDEN;Åsveien;12;;4258;59.86;10.66;1450;NESODDTANGEN\n"
)


async def named(authors: Any, text: str) -> Any:
    return (await authors.author.get("/api/rules/places", params={"q": text})).json()


async def test_what_is_typed_finds_areas_with_how_far_their_outline_may_be_off(authors: Any) -> None:
    found = await named(authors, "nesoden")
    assert found["has_addresses"] is False
    assert found["places"][0] == {
        "level": "municipality",
        "number": "3212",
        "name": "Nesodden, Akershus (3212)",
        "outline_accuracy_m": 1500.0,
    }


async def test_an_area_is_a_zone_that_a_draft_takes(authors: Any) -> None:
    asked = {"level": "municipality", "number": "3212"}
    zone = (await authors.author.get("/api/rules/places/area", params=asked)).json()
    draft = await authors.draft()
    body = {"geometry": zone["geometry"], "properties": zone["properties"], "file": "zones/nesodden.geojson"}
    url = f"/api/rules/drafts/{draft}/zones/nesodden"
    saved = await authors.author.put(url, json=body, headers={"If-None-Match": "*"})
    assert (saved.status_code, saved.json()["errors"]) == (200, 0), saved.text
    zones = (await authors.author.get(f"/api/rules/books/{draft}/zones")).json()["features"]
    (taken,) = [one for one in zones if one["id"] == "nesodden"]
    assert taken["properties"]["outline_accuracy_m"] == 1500.0


async def test_an_address_of_the_imported_register_is_a_circle(authors: Any, bench: Any) -> None:
    source = bench.folder / "adresser.csv"
    source.write_text(TABLE, "utf-8")
    origin = Origin(source="Kartverket", licence="CC BY 4.0", date="2026-11-01")
    take_in(source, bench.folder / "gazetteer.sqlite", origin=origin, wish=Wish())
    found = await named(authors, "aasveien 12")
    assert found["places"][0]["name"] == "Åsveien 12, 1450 Nesoddtangen (Nesodden)"
    asked = {"q": found["places"][0]["name"], "radius_m": 150}
    zone = (await authors.author.get("/api/rules/places/address", params=asked)).json()
    assert zone["geometry"] == {"type": "Point", "coordinates": [10.66, 59.86]}
    assert (zone["properties"]["radius_m"], zone["properties"]["source_date"]) == (150.0, "2026-11-01")


@pytest.mark.parametrize(
    ("path", "asked", "status", "code", "values"),
    [
        ("area", {"level": "municipality", "number": "9999"}, 404, None, None),
        ("area", {"level": "planet", "number": "1"}, 422, "request.wrong", ["level"]),
        ("area", {"level": "county"}, 422, "request.missing", ["number"]),
        ("address", {"q": "Åsveien 12", "radius_m": 150}, 404, "address.none", []),
        ("address", {"q": "Åsveien 12", "radius_m": 0}, 422, "request.least", ["radius_m", 0]),
        ("address", {"q": "", "radius_m": 9}, 422, "request.short", ["q", 1]),
    ],
)
async def test_what_is_not_there_is_told_in_code(
    authors: Any, path: str, asked: dict[str, Any], status: int, code: str | None, values: list[Any] | None
) -> None:
    answer = await authors.author.get(f"/api/rules/places/{path}", params=asked)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told.get("code"), told.get("values")) == (code, values)

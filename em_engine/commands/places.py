"""What `em gazetteer` and `em rules zone` do, and print."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from em_engine.commands.importing import finish
from em_engine.rulebook.gazetteer import Area, Gazetteer, Level
from em_engine.rulebook.gazetteer.addresses import Address
from em_engine.rulebook.gazetteer.areas import Origin
from em_engine.rulebook.gazetteer.making import zone_of_address, zone_of_areas
from em_engine.rulebook.gazetteer.search import STORE_NAME, Hit
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports.layers import Wish


def search_command(text: str, data: Path, *, limit: int, as_json: bool) -> int:
    """Print what a text may be the name of; 1 where nothing is called so."""
    hits = Gazetteer(data / STORE_NAME).search(text, limit=limit)
    if as_json:
        click.echo(json.dumps([_told(hit) for hit in hits], ensure_ascii=False, indent=2))
    elif not hits:
        click.echo(f"nothing is called {text!r}", err=True)
    for hit in () if as_json else hits:
        click.echo(_line(hit))
    return 0 if hits else 1


def import_command(source: Path, data: Path, *, origin: Origin, wish: Wish, as_json: bool) -> None:
    """Take in an official file. Raises ImportRefused."""
    taken = take_in(source, data / STORE_NAME, origin=origin, wish=wish)
    click.echo(
        json.dumps(taken.as_json(), ensure_ascii=False) if as_json else f"{source}: {taken.in_words()}"
    )


def sources_command(data: Path, *, as_json: bool) -> None:
    """Print what was imported."""
    rows = Gazetteer(data / STORE_NAME).origins()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        doubt = f", outlines within {row['accuracy_m']:g} m" if row["accuracy_m"] else ""
        click.echo(
            f"{row['rows']:>9,} {row['what']}  {row['source']} ({row['date']}, {row['licence']}{doubt})"
        )


def areas_command(
    folder: Path,
    data: Path,
    asked: Mapping[str, Sequence[str]],
    *,
    name: str | None,
    waters_km: float,
    replace: bool,
    as_json: bool,
) -> None:
    """Write a zone of areas, asked for by level. Raises ImportRefused, PlaceUnknown."""
    known = Gazetteer(data / STORE_NAME)
    areas = [known.area(text, Level(level)) for level, texts in asked.items() for text in texts]
    made = zone_of_areas(known, areas, name=name, waters_km=waters_km)
    finish(folder, made.name, [made], replace=replace, dry_run=False, as_json=as_json)


def address_command(
    folder: Path, data: Path, text: str, *, radius_m: float, name: str | None, replace: bool, as_json: bool
) -> None:
    """Write a circle around an address. Raises ImportRefused, PlaceUnknown."""
    known = Gazetteer(data / STORE_NAME)
    address = known.address(text)
    made = zone_of_address(address, radius_m=radius_m, origin=known.origin_of(address), name=name)
    finish(folder, made.name, [made], replace=replace, dry_run=False, as_json=as_json)


def _told(hit: Hit) -> dict[str, Any]:
    """A place found, as JSON."""
    return _area_told(hit.area) if hit.area is not None else _address_told(hit.address)


def _area_told(area: Area) -> dict[str, Any]:
    origin = area.origin
    return {
        "level": area.level.value,
        "number": area.number,
        "name": area.names[0],
        "county": area.county,
        "outline_accuracy_m": origin.accuracy_m,
        "source": origin.source,
    }


def _address_told(address: Address | None) -> dict[str, Any]:
    assert address is not None, "a place found is an area or an address"
    return {
        "level": "address",
        "name": address.text,
        "municipality": address.municipality,
        "lon": address.lon,
        "lat": address.lat,
    }


def _line(hit: Hit) -> str:
    if hit.area is None:
        told = _address_told(hit.address)
        return f"address       {told['name']}  [{told['lon']}, {told['lat']}]"
    return f"{hit.area.level:<13} {hit.area.title}, outline within {hit.area.origin.accuracy_m:,.0f} m"

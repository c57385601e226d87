"""`em gazetteer` and `em rules zone`: places by name, without a network."""

from pathlib import Path

import click

from em_engine.commands.options import Folder, as_json_option, clean_refusals, refuse

data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True,
    help="The engine's data folder, in which imported files are kept.",
)  # fmt: skip


@click.group()
def gazetteer() -> None:
    """Municipalities, counties and addresses by name, without a network."""


@gazetteer.command("search")
@click.argument("text")
@data_option
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many at most.")
@as_json_option
def gazetteer_search(text: str, data: Path, limit: int, as_json: bool) -> None:
    """What a text may be the name of, the likeliest first."""
    from em_engine.commands.places import search_command

    raise SystemExit(search_command(text, data, limit=limit, as_json=as_json))


@gazetteer.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
@click.option("--accuracy-m", type=click.FloatRange(0.0, 50_000.0), default=50.0, show_default=True,
              help="How far the outlines of areas may be off.")  # fmt: skip
@click.option("--from", "origin", default="Kartverket", show_default=True, help="Whose data it is.")
@click.option("--licence", default="CC BY 4.0", show_default=True, help="What its owner asks for.")
@click.option("--date", default="", help="Of the data; of addresses their own if not given.")
@click.option("--layer", help="Which layer of areas, where the file has several.")
@click.option("--crs", help="The coordinate system of areas where the file does not say it, like EPSG:25833.")
@as_json_option
def gazetteer_import(
    source: Path,
    *,
    data: Path,
    accuracy_m: float,
    origin: str,
    licence: str,
    date: str,
    layer: str | None,
    crs: str | None,
    as_json: bool,
) -> None:
    """Take in an official file: Matrikkelen - Adresse (CSV), or administrative units in any GIS format."""
    from em_engine.commands.places import import_command
    from em_engine.rulebook.gazetteer.areas import Origin
    from em_engine.rulebook.imports import ImportRefused
    from em_engine.rulebook.imports.layers import Wish

    named = Origin(source=f"{origin}, {source.name}", licence=licence, date=date, accuracy_m=accuracy_m)
    with clean_refusals(ImportRefused):
        import_command(source, data, origin=named, wish=Wish(layer=layer, crs=crs), as_json=as_json)


@gazetteer.command("sources")
@data_option
@as_json_option
def gazetteer_sources(data: Path, as_json: bool) -> None:
    """What was imported: from where, of which date, under which licence."""
    from em_engine.commands.places import sources_command

    sources_command(data, as_json=as_json)


@click.command("zone")
@click.option("--into", "folder", type=Folder, required=True, help="The rulebook that gets the zone.")
@click.option("--municipality", "municipalities", multiple=True, help="By name or number; may be repeated.")
@click.option("--county", "counties", multiple=True, help="By name or number; may be repeated.")
@click.option("--country", "countries", multiple=True, help="By name: Norge; others once imported.")
@click.option("--address", help="As on an envelope: Storgata 1, Oslo.")
@click.option("--radius-m", type=click.FloatRange(1.0, 100_000.0), help="How far around the address.")
@click.option("--name", help="The zone's name; made of the place's if not given.")
@click.option("--waters-km", type=click.FloatRange(0.0, 50.0), default=22.2, show_default=True,
              help="How far an area reaches off its coast, if its outline ends there.")  # fmt: skip
@data_option
@click.option("--replace", is_flag=True, help="Write over a zone of that name.")
@as_json_option
def rules_zone(
    *,
    folder: Path,
    municipalities: tuple[str, ...],
    counties: tuple[str, ...],
    countries: tuple[str, ...],
    address: str | None,
    radius_m: float | None,
    name: str | None,
    waters_km: float,
    data: Path,
    replace: bool,
    as_json: bool,
) -> None:
    """A zone by name: municipalities, counties, a country, or a circle around an address."""
    from em_engine.commands.places import address_command, areas_command
    from em_engine.rulebook.gazetteer import PlaceUnknown
    from em_engine.rulebook.imports import ImportRefused

    asked = {"municipality": municipalities, "county": counties, "country": countries}
    if any(asked.values()) == (address is not None) or (address is None) != (radius_m is None):
        refuse(f"{folder}: say --municipality, --county or --country; or --address with --radius-m")
    with clean_refusals(ImportRefused, PlaceUnknown):
        if address is None:
            areas_command(
                folder, data, asked, name=name, waters_km=waters_km, replace=replace, as_json=as_json
            )
        else:
            address_command(
                folder, data, address, radius_m=radius_m or 0.0, name=name, replace=replace, as_json=as_json
            )

"""`em rules import`, `em rules export` and `em rules ring`: zones from and to the files of others."""

from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import File, Folder, as_json_option, clean_refusals, refuse


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", "folder", type=Folder, required=True, help="The rulebook that gets the zones.")
@click.option("--as", "name", help="The new file's name in zones/; the source's own if not given.")
@click.option("--layer", help="Which layer, where the source has several.")
@click.option("--name-field", help="The field that names the zones.")
@click.option("--only", multiple=True, metavar="NAME", help="Only the feature of that name; may be repeated.")
@click.option("--prefix", default="", help="Put before every zone's name.")
@click.option("--crs", help="The coordinate system where the source does not say it, like EPSG:25833.")
@click.option("--encoding", help="Of the names in a shapefile that does not say it, like latin1.")
@click.option("--radius-m", type=click.FloatRange(1.0, 100_000.0), help="How far places and lines reach.")
@click.option("--buffer-m", type=float, default=0.0, help="Widen every zone by so much; negative narrows.")
@click.option(
    "--simplify-m", type=click.FloatRange(0.0), default=0.0, help="Leave out corners that matter less."
)
@click.option("--replace", is_flag=True, help="Write over a file of that name.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@as_json_option
def rules_import(
    source: Path, folder: Path, *, name: str | None, replace: bool, dry_run: bool, as_json: bool, **how: Any
) -> None:
    """Zones from GeoJSON, KML, KMZ, GPX, GML, GeoPackage, Shapefile (.zip), FlatGeobuf, TopoJSON or WKT."""
    from em_engine.commands.importing import import_command
    from em_engine.rulebook.imports import ImportRefused
    from em_engine.rulebook.imports.layers import Wish
    from em_engine.rulebook.imports.zones import Shaping

    with clean_refusals(ImportRefused):
        wish = Wish(**{field: how.pop(field) for field in ("layer", "crs", "encoding")})
        import_command(
            source,
            folder,
            wish,
            shaping=Shaping(**how),
            name=name,
            replace=replace,
            dry_run=dry_run,
            as_json=as_json,
        )


@click.command("ring")
@click.argument("zone")
@click.option("--into", "folder", type=Folder, required=True, help="The rulebook that has the zone.")
@click.option("--name", help="The new zone's name; the zone's with -ring behind it if not given.")
@click.option("--buffer-m", type=click.FloatRange(1.0, 200_000.0), help="How far around.")
@click.option("--minutes", type=click.FloatRange(0.1, 600.0), help="Response time, in place of a distance.")
@click.option(
    "--speed-kmh",
    type=click.FloatRange(1.0, 250.0),
    default=50.0,
    show_default=True,
    help="How fast the wearer may come.",
)
@click.option("--replace", is_flag=True, help="Write over a ring of that name.")
@as_json_option
def rules_ring(
    zone: str,
    folder: Path,
    *,
    name: str | None,
    buffer_m: float | None,
    minutes: float | None,
    speed_kmh: float,
    replace: bool,
    as_json: bool,
) -> None:
    """A zone around a zone: so far, or as far as a wearer comes while help is on its way."""
    from em_engine.commands.importing import ring_command
    from em_engine.rulebook.imports import ImportRefused

    if (buffer_m is None) == (minutes is None):
        refuse(f"{folder}: say either --buffer-m or --minutes")
    reach_m = buffer_m if buffer_m is not None else (minutes or 0.0) / 60.0 * speed_kmh * 1000.0
    with clean_refusals(ImportRefused):
        ring_command(zone, folder, name=name, reach_m=reach_m, replace=replace, as_json=as_json)


@click.command("export")
@click.argument("folder", type=Folder)
@click.argument("target", type=File)
@click.option("--zone", "zones", multiple=True, help="Only this zone; may be repeated.")
@click.option("--crs", help="The coordinate system to write, like EPSG:25833; WGS 84 if not given.")
@click.option("--as-areas", is_flag=True, help="Write circles and corridors as outlines.")
def rules_export(folder: Path, target: Path, zones: tuple[str, ...], crs: str | None, as_areas: bool) -> None:
    """A rulebook's zones as GeoJSON, GeoPackage, KML, Shapefile, FlatGeobuf or WKT, by the file's ending."""
    from em_engine.commands.importing import export_command
    from em_engine.rulebook.imports import ImportRefused

    with clean_refusals(ImportRefused):
        export_command(folder, target, zones, crs=crs, as_areas=as_areas)

"""`em rules import`, `em rules export` and `em rules ring`: zones from and to the files of others."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import shapely

from em_engine.commands.options import File, Folder, as_json_option, clean_refusals
from em_engine.rulebook import load
from em_engine.rulebook.imports import ImportRefused, coordinates
from em_engine.rulebook.imports.export import export_zones
from em_engine.rulebook.imports.layers import Feature, Wish, read_features
from em_engine.rulebook.imports.saving import save
from em_engine.rulebook.imports.zones import Made, Shaping, make_zones, slug
from em_engine.rulebook.models import Rulebook, Zone
from em_engine.rulebook.problems import nearest


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
    with clean_refusals(ImportRefused):
        wish = Wish(layer=how["layer"], crs=how["crs"], encoding=how["encoding"])
        kept = ("name_field", "prefix", "only", "radius_m", "buffer_m", "simplify_m")
        shaping = Shaping(**{field: how[field] for field in kept})
        made = make_zones(source, read_features(source, wish), shaping)
        _finish(
            folder,
            name or slug(source.name.split(".")[0]),
            made,
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
    with clean_refusals(ImportRefused):
        if (buffer_m is None) == (minutes is None):
            raise ImportRefused(folder, "say either --buffer-m or --minutes")
        reach_m = buffer_m if buffer_m is not None else (minutes or 0.0) / 60.0 * speed_kmh * 1000.0
        around = _zone_named(load(folder), zone, folder)
        area = coordinates.widened(around.geometry, reach_m + (around.radius_m or 0.0))
        ring = name or f"{zone}-ring"
        feature = Feature(place=f"the ring of {zone}", geometry=area, fields={"name": ring})
        made = make_zones(folder / "zones" / zone, [feature], Shaping(name_field="name"))
        _finish(folder, slug(ring), made, replace=replace, dry_run=False, as_json=as_json)


@click.command("export")
@click.argument("folder", type=Folder)
@click.argument("target", type=File)
@click.option("--zone", "zones", multiple=True, help="Only this zone; may be repeated.")
@click.option("--crs", help="The coordinate system to write, like EPSG:25833; WGS 84 if not given.")
@click.option("--as-areas", is_flag=True, help="Write circles and corridors as outlines.")
def rules_export(folder: Path, target: Path, zones: tuple[str, ...], crs: str | None, as_areas: bool) -> None:
    """A rulebook's zones as GeoJSON, GeoPackage, KML, Shapefile, FlatGeobuf or WKT, by the file's ending."""
    with clean_refusals(ImportRefused):
        rulebook = load(folder)
        chosen = [_zone_named(rulebook, zone, folder) for zone in zones] or list(rulebook.zones.values())
        export_zones(chosen, target, crs=crs, as_areas=as_areas)
        click.echo(f"{target}: {len(chosen)} zones")


def _zone_named(rulebook: Rulebook, name: str, folder: Path) -> Zone:
    if name not in rulebook.zones:
        raise ImportRefused(folder, f"there is no zone {name!r}; {nearest(name, rulebook.zones)}")
    return rulebook.zones[name]


def _finish(
    folder: Path, name: str, made: Sequence[Made], *, replace: bool, dry_run: bool, as_json: bool
) -> None:
    target = folder / "zones" / f"{name}.geojson" if dry_run else save(folder, name, made, replace=replace)
    if as_json:
        told = [{"zone": one.name, "corners": one.corners, "notices": list(one.notices)} for one in made]
        click.echo(
            json.dumps(
                {"file": str(target), "is_saved": not dry_run, "zones": told}, ensure_ascii=False, indent=2
            )
        )
        return
    for one in made:
        kind = shapely.from_geojson(json.dumps(one.feature["geometry"])).geom_type
        notices = "".join(f"; {notice}" for notice in one.notices)
        click.echo(f"  {one.name}: {kind}, {one.corners:,} corners{notices}")
    click.echo(f"{target}: {len(made)} zones {'would be written' if dry_run else 'written'}")

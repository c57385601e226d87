"""Zones from and to the files of others, as `em rules import`, `ring` and `export` do it."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from em_engine.rulebook import load
from em_engine.rulebook.imports import ImportRefused, coordinates
from em_engine.rulebook.imports.export import export_zones
from em_engine.rulebook.imports.layers import Feature, Wish, read_features
from em_engine.rulebook.imports.saving import save
from em_engine.rulebook.imports.zones import Made, Shaping, make_zones, slug
from em_engine.rulebook.models import Rulebook, Zone
from em_engine.rulebook.problems import nearest


def import_command(
    source: Path,
    folder: Path,
    wish: Wish,
    *,
    shaping: Shaping,
    name: str | None,
    replace: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make zones of a source and write them into the rulebook. Raises ImportRefused."""
    made = make_zones(source, read_features(source, wish), shaping)
    name = name or slug(source.name.split(".")[0])
    finish(folder, name, made, replace=replace, dry_run=dry_run, as_json=as_json)


def ring_command(
    zone: str, folder: Path, *, name: str | None, reach_m: float, replace: bool, as_json: bool
) -> None:
    """Write a zone that reaches so far around another. Raises ImportRefused, RulebookRefused."""
    around = _zone_named(load(folder), zone, folder)
    area = coordinates.widened(around.geometry, reach_m + (around.radius_m or 0.0))
    ring = name or f"{zone}-ring"
    feature = Feature(place=f"the ring of {zone}", geometry=area, fields={"name": ring})
    made = make_zones(folder / "zones" / zone, [feature], Shaping(name_field="name"))
    finish(folder, slug(ring), made, replace=replace, dry_run=False, as_json=as_json)


def export_command(
    folder: Path, target: Path, zones: Sequence[str], *, crs: str | None, as_areas: bool
) -> None:
    """Write a rulebook's zones, or these of them. Raises ImportRefused, RulebookRefused."""
    rulebook = load(folder)
    chosen = [_zone_named(rulebook, zone, folder) for zone in zones] or list(rulebook.zones.values())
    export_zones(chosen, target, crs=crs, as_areas=as_areas)
    click.echo(f"{target}: {len(chosen)} zones")


def _zone_named(rulebook: Rulebook, name: str, folder: Path) -> Zone:
    if name not in rulebook.zones:
        raise ImportRefused(folder, f"there is no zone {name!r}; {nearest(name, rulebook.zones)}")
    return rulebook.zones[name]


def finish(
    folder: Path, name: str, made: Sequence[Made], *, replace: bool, dry_run: bool, as_json: bool
) -> None:
    """Write the zones, and tell what was written. Raises ImportRefused."""
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
        notices = "".join(f"; {notice}" for notice in one.notices)
        click.echo(f"  {one.name}: {one.feature['geometry']['type']}, {one.corners:,} corners{notices}")
    click.echo(f"{target}: {len(made)} zones {'would be written' if dry_run else 'written'}")

"""Orders for the tags of a load, so that an engine has something to decide about each of their fixes."""

import json
from pathlib import Path
from typing import Any, Final

import click
import yaml

from simulators.load import Walkers
from simulators.load_packets import tag_of
from simulators.season.rules import write_rules

ORDERS_MAX: Final = 20_000
"""Files of a folder: more is no rulebook that anybody keeps."""
_HOME_M, _FORBIDDEN_M, _EAST_DEG = 400.0, 150.0, 0.03


def load_rules_command(folder: Path, *, tags: int, seed: int) -> int:
    """Writes the rulebook; 2 where it would be too large or cannot be written."""
    if tags > ORDERS_MAX:
        click.echo(f"--rules writes an order a tag, at most {ORDERS_MAX:,}", err=True)
        return 2
    try:
        write_rules(rulebook_files(tags, seed), folder)
    except OSError as error:
        click.echo(str(error), err=True)
        return 2
    click.echo(
        f"{folder}: {tags:,} orders; now em engine, then em simulate --tags {tags} --mqtt URL", err=True
    )
    return 0


def rulebook_files(tags: int, seed: int) -> dict[str, bytes]:
    """Everyone at home at night, out of one place, and heard: the files by name."""
    homes = Walkers(tags, seed).home.tolist()
    files = {"programme.yaml": b"name: A load\ntime_zone: Europe/Oslo\n"}
    features: list[dict[str, Any]] = []
    for number, (lon, lat) in enumerate(homes):
        name = tag_of(number)
        files[f"orders/{name}.yaml"] = yaml.safe_dump(_order(name), sort_keys=False).encode()
        features.append(_circle(f"{name}-home", lon, lat, _HOME_M))
        features.append(_circle(f"{name}-forbidden", lon + _EAST_DEG, lat, _FORBIDDEN_M))
    files["zones/load.geojson"] = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return files


def _order(name: str) -> dict[str, Any]:
    return {
        "order": name.upper(),
        "programme": "home-detention",
        "time_zone": "Europe/Oslo",
        "valid": {"from": "2026-01-01T00:00", "to": "2036-01-01T00:00"},
        "wearer": {"id": f"W-{name}", "devices": [name]},
        "record": "everything",
        "conditions": [
            {"id": "nights", "kind": "curfew", "zone": f"{name}-home", "weekly": ["daily 21:00-06:00"]},
            {"id": "away-from-there", "kind": "exclusion", "zone": f"{name}-forbidden", "buffer_m": 100},
            {"id": "alive", "kind": "device-health", "heartbeat_every": "PT15M", "fix_every": "PT10M"},
        ],
    }


def _circle(name: str, lon: float, lat: float, radius_m: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": name,
        "properties": {"radius_m": radius_m},
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
    }

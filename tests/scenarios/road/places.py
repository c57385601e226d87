"""Rulebooks made in a test from documents, as an author would have written them; and where things are."""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from em_engine.rulebook import Rulebook, load_files

Document = dict[str, Any]
MIDDLE = (10.75, 59.91)
METRES_PER_DEGREE = 111_400.0


def degrees(east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    """Metres from the middle of town as longitude and latitude."""
    lon, lat = MIDDLE
    scale = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return lon + east_m / scale, lat + north_m / METRES_PER_DEGREE


def circle(name: str, east_m: float, north_m: float, radius_m: float) -> Document:
    """A round zone."""
    return {
        "type": "Feature",
        "id": name,
        "properties": {"radius_m": radius_m},
        "geometry": {"type": "Point", "coordinates": degrees(east_m, north_m)},
    }


BAN = circle("ban", 0.0, 0.0, 300.0)
HEALTH: Document = {"id": "alive", "kind": "device-health", "battery_low_pct": 20}
STAY_OUT: Document = {"id": "stay-out", "kind": "exclusion", "zone": "ban"}


def keep_apart(person: str) -> Document:
    """A contact ban with both rings."""
    return {"id": "keep-apart", "kind": "contact-ban", "with": person, "alert_m": 500, "warn_m": 1500}


def order(
    number: int, *conditions: Document, phone: bool = False, devices: Sequence[str] | None = None
) -> Document:
    """The order of wearer W-number with tag-number; with a `phone`, that of a protected person too."""
    written: Document = {
        "order": f"O-{number:04d}",
        "programme": "contact-ban",
        "time_zone": "Europe/Oslo",
        "valid": {"from": "2020-01-01T00:00", "to": "2040-01-01T00:00"},
        "wearer": {"id": f"W-{number}", "devices": list(devices or [f"tag-{number:04d}"])},
        "record": "everything",
        "conditions": list(conditions),
    }
    if phone:
        written["protected"] = [{"id": f"P-{number}", "devices": [f"phone-{number:04d}"]}]
    return written


def documents(orders: Sequence[Document], zones: Sequence[Document] = (BAN,)) -> dict[str, bytes]:
    """The files of a rulebook. JSON is YAML."""
    files = {f"orders/{one['order']}.yaml": json.dumps(one).encode() for one in orders}
    collection = {"type": "FeatureCollection", "features": list(zones)}
    return files | {"zones/zones.geojson": json.dumps(collection).encode()}


def rulebook(*orders: Document, zones: Sequence[Document] = (BAN,)) -> Rulebook:
    """The rulebook of these orders and zones."""
    return load_files(documents(orders, zones))


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files, in a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return folder


@cache
def everyday(count: int) -> Rulebook:
    """So many wearers, each to stay out and to be well."""
    return rulebook(*(order(number, STAY_OUT, HEALTH) for number in range(1, count + 1)))

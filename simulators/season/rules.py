"""The rulebook of a season, as its author would have written it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
import yaml

from simulators.season.duties import Case

VALID = {"from": "2026-11-02T00:00", "to": "2027-03-01T00:00"}


def rulebook_files(cases: Sequence[Case]) -> dict[str, bytes]:
    """The files of a rulebook's folder, by their names in it."""
    files = {"programme.yaml": _yaml({"name": "An invented season", "time_zone": "Europe/Oslo"})}
    for case in cases:
        files[f"orders/{case.id}.yaml"] = _yaml(_order(case))
    features = [feature for case in cases for feature in _features(case)]
    files["zones/season.geojson"] = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return files


def write_rules(files: Mapping[str, bytes], folder: Path) -> None:
    """The files in their folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def _yaml(document: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=110).encode()


def _order(case: Case) -> dict[str, Any]:
    protected = [{"id": f"{case.id}-p", "devices": [case.phone]}]
    return {
        "order": case.id,
        "programme": case.programme,
        "time_zone": "Europe/Oslo",
        "valid": VALID,
        "wearer": {"id": f"W-{case.id}", "devices": [case.tag]},
        **({"protected": protected} if case.duty("contact-ban") else {}),
        "record": "breaches-only" if case.programme == "contact-ban" else "everything",
        "conditions": [duty.document(case.id) for duty in case.duties],
    }


def _features(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": f"{case.id}-{duty.id}",
            "properties": {},
            "geometry": json.loads(shapely.to_geojson(case.ground.drawn(duty.zone))),
        }
        for duty in case.duties
        if duty.zone is not None
    ]

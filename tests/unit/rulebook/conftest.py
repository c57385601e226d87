"""A small rulebook that is right, for tests to break in one place."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ORDER = """\
order: OVA-2026-0042
programme: contact-ban
time_zone: Europe/Oslo
valid: {from: 2026-03-01T00:00, to: 2026-09-01T00:00}      # civil time, half-open
wearer: {id: W-17, devices: [tag-0017]}
protected: [{id: P-3, devices: [phone-0003]}]
record: breaches-only            # everything | situational | breaches-only
conditions:
  - {id: home-of-p3, kind: exclusion, zone: p3-home, buffer_m: 500}
  - {id: keep-apart, kind: contact-ban, with: P-3, alert_m: 1000}          # warn_m defaults to twice alert_m
  - {id: oslo, kind: inclusion, zone: oslo-municipality, weekly: ["daily 00:00-24:00"]}
  - id: nights
    kind: curfew
    zone: w17-home
    weekly: ["mon-fri 21:00-06:00", "sat-sun 19:00-08:00"]
    holidays: {calendar: "NO", as: sun}
    grace: {late: PT10M, early: PT5M}
    leave: [{from: 2026-05-17T09:00, to: 2026-05-17T23:30, reason: national day, authorised_by: court}]
  - {id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT1M, battery_low_pct: 20}
  - {id: office, kind: attendance, zone: friomsorg-oslo, weekly: ["wed 10:00-10:30"], minimum: PT10M}
"""


def square(lon: float, lat: float, side: float) -> list[list[list[float]]]:
    east, north = lon + side, lat + side
    return [[[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]]


def feature(name: str, kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "id": name, "properties": properties, "geometry": geometry}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


ZONES = collection(
    feature("p3-home", "Polygon", square(10.78, 59.92, 0.005), title="Home of P-3"),
    feature("oslo-municipality", "Polygon", square(10.5, 59.8, 0.4)),
    feature("w17-home", "Point", [10.70, 59.90], radius_m=50),
    feature("friomsorg-oslo", "Polygon", square(10.74, 59.91, 0.002)),
)

Write = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def right() -> dict[str, str | bytes]:
    """The example of the blueprint with the zones it names: a rulebook nothing can be said against."""
    return {"orders/ova.yaml": ORDER, "zones/oslo.geojson": ZONES}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files into a fresh folder."""

    def written(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return written

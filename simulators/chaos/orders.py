"""The rulebook that a seed's people live under, and the revision that may take its place in the middle."""

import json
from collections.abc import Mapping
from typing import Final

from em_engine.rulebook import Rulebook, load_files
from simulators.chaos.people import CURFEW, GROUND, MEETS, PHONE, ZONE_M

_PROGRAMME: Final = b"""\
time_zone: Europe/Oslo
retention: [{positions: P7D}]
"""


def rulebook_of(roles: Mapping[str, str], *, is_revised: bool = False) -> Rulebook:
    """One order a wearer. The revision draws the forbidden place wider, and bars everybody from one more."""
    orders = {f"orders/{device}.yaml": _order(device, role, is_revised) for device, role in roles.items()}
    return load_files(
        {"zones/places.geojson": _zones(ban_m=340 if is_revised else 300), "programme.yaml": _PROGRAMME}
        | {name: order.encode() for name, order in orders.items()}
    )


def _zones(*, ban_m: int) -> bytes:
    places = (("ban", ZONE_M, ban_m), ("home", 0.0, 300), ("quay", 4 * ZONE_M, 200))
    features = [
        {
            "type": "Feature",
            "id": name,
            "properties": {"radius_m": radius_m},
            "geometry": {"type": "Point", "coordinates": GROUND.degrees([(east_m, 0.0)])[0].tolist()},
        }
        for name, east_m, radius_m in places
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _order(device: str, role: str, is_revised: bool) -> str:
    more = ""
    if role in ("quiet", "stays out"):
        more = f"  - {{id: nights, kind: curfew, zone: home, weekly: [{CURFEW}]}}\n"
    if role == "comes near":
        more = "  - {id: keep-apart, kind: contact-ban, with: P-1, alert_m: 500}\n"
    if role == MEETS:
        more = "  - {id: never-together, kind: non-association, group: crew, alert_m: 150}\n"
    if is_revised:
        more += "  - {id: no-quay, kind: exclusion, zone: quay}\n"
    protected = f"protected: [{{id: P-1, devices: [{PHONE}]}}]\n" if role == "comes near" else ""
    return f"""\
order: O-{device}
programme: contact-ban
time_zone: Europe/Oslo
wearer: {{id: W-{device}, devices: [{device}]}}
{protected}conditions:
  - {{id: keep-out, kind: exclusion, zone: ban}}
  - {{id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT8M}}
{more}"""

"""Seeded alerts, places and tracks of an Oslo that does not exist, in the shape the interface tells."""

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

TYPES: tuple[tuple[str, str, str, Json], ...] = (
    (
        "exclusion.entered",
        "critical",
        "contact-ban",
        {"margin_m": -184.0, "error_m": 12.0, "zone": "p3-home", "probability": 0.998},
    ),
    (
        "contact.alert",
        "critical",
        "contact-ban",
        {"distance_m": 243.0, "alert_m": 300.0, "with": "P-3", "probability": 0.97},
    ),
    ("device.strap", "high", "home-detention", {"event": "strap-open"}),
    (
        "curfew.late",
        "high",
        "conditional-release",
        {
            "window": {"from": "2026-11-21T20:00:00Z", "to": "2026-11-22T05:00:00Z"},
            "distance_m": 2310.0,
            "zone": "home",
        },
    ),
    ("inclusion.left", "medium", "remand", {"margin_m": -640.0, "zone": "oslo"}),
    ("device.silent", "medium", "day-release", {"silence_s": 912, "allowed_s": 300}),
    ("device.battery-low", "low", "leave", {"battery_pct": 17.0, "threshold_pct": 20.0}),
)
REASONS: dict[str, Json] = {
    "exclusion.entered": {
        "nb": "{0} er 184 m inne i forbudssonen p3-home.",
        "nn": "{0} er 184 m inne i forbodssona p3-home.",
        "en": "{0} is 184 m inside the exclusion zone p3-home.",
    },
    "contact.alert": {
        "nb": "{0} er 243 m fra P-3; ordren krever minst 300 m.",
        "nn": "{0} er 243 m frå P-3; ordren krev minst 300 m.",
        "en": "{0} is 243 m from P-3; the order demands at least 300 m.",
    },
    "device.strap": {
        "nb": "Reimen til {0} ble åpnet.",
        "nn": "Reima til {0} vart opna.",
        "en": "The strap of {0} was opened.",
    },
    "curfew.late": {
        "nb": "{0} skulle ha vært hjemme klokken 21.00 og er 2,3 km unna.",
        "nn": "{0} skulle ha vore heime klokka 21.00 og er 2,3 km unna.",
        "en": "{0} should have been home at 21:00 and is 2.3 km away.",
    },
    "inclusion.left": {
        "nb": "{0} er 640 m utenfor oslo.",
        "nn": "{0} er 640 m utanfor oslo.",
        "en": "{0} is 640 m outside oslo.",
    },
    "device.silent": {
        "nb": "Lenken til {0} har ikke gitt livstegn på 15 min.",
        "nn": "Lenkja til {0} har ikkje gjeve livsteikn på 15 min.",
        "en": "The tag of {0} has given no sign of life for 15 min.",
    },
    "device.battery-low": {
        "nb": "Batteriet til {0} er på 17 %.",
        "nn": "Batteriet til {0} er på 17 %.",
        "en": "The battery of {0} is at 17 %.",
    },
}
NAMES = ("Ask Bergli", "Eir Dalheim", "Liv Fossnes", "Odd Granmo", "Siv Hauknes", "Tor Lindvik", "Una Myrset")
OUTCOMES: tuple[Json, ...] = (
    {"id": "breach", "nb": "Brudd", "nn": "Brot", "en": "Breach"},
    {"id": "equipment", "nb": "Feil på utstyret", "nn": "Feil på utstyret", "en": "Equipment fault"},
    {"id": "position-error", "nb": "Feil posisjon", "nn": "Feil posisjon", "en": "Position error"},
    {"id": "authorised-absence", "nb": "Lovlig fravær", "nn": "Lovleg fråvær", "en": "Authorised absence"},
    {"id": "other", "nb": "Annet", "nn": "Anna", "en": "Other"},
)


def rfc3339(at: datetime) -> str:
    """The instant as the interface tells it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def make_alert(number: int, *, severity: str | None = None, age: timedelta | None = None) -> Json:
    """Alert `number` of an endless, repeatable row; most are of medium or low severity, as in life."""
    chance = random.Random(number)
    kinds = [kind for kind in TYPES if severity in (None, kind[1])]
    weights = [{"critical": 1, "high": 3, "medium": 9, "low": 7}[kind[1]] for kind in kinds]
    kind, own_severity, programme, evidence = chance.choices(kinds, weights)[0]
    opened = now() - (age or timedelta(seconds=chance.randrange(40, 20_000)))
    wearer = f"W-{number:03d}"
    return {
        "id": f"{number:032x}",
        "type": kind,
        "severity": own_severity,
        "case": f"C-{number:04d}",
        "order": f"OVA-2026-{number:04d}",
        "condition": "keep-apart",
        "wearer": wearer,
        "wearer_name": NAMES[number % len(NAMES)],
        "device": f"tag-{number:04d}",
        "programme": programme,
        "time_zone": "Europe/Oslo",
        "opened_at": rfc3339(opened),
        "detected_at": rfc3339(opened + timedelta(seconds=20)),
        "raised_at": rfc3339(opened + timedelta(seconds=20)),
        "cleared_at": None,
        "confidence": 0.984,
        "late": number % 17 == 0,
        "repeats": 3 if number % 5 == 0 else 1,
        "state": "unacknowledged",
        "breach": "open",
        "latched": kind == "device.strap",
        "acknowledged_at": None,
        "acknowledged_by": None,
        "closed_at": None,
        "closed_by": None,
        "outcome": None,
        "note": None,
        "comments": 0,
        "version": 1,
        "evidence": {**evidence, "fixed_at": rfc3339(opened)},
        "rulebook": "3f1c9a7be0d2",
        "changed_at": rfc3339(opened),
        **unworked(kind),
        "reason": {tag: text.format(wearer) for tag, text in REASONS[kind].items()},
    }


def unworked(kind: str) -> Json:
    """Of an alert nobody has worked on: whose it would be, and when what is due."""
    return {
        "desk": "police" if kind.startswith(("exclusion", "contact")) else "centre",
        "claimed_at": None,
        "claimed_by": None,
        "shelved_at": None,
        "shelved_by": None,
        "shelved_until": None,
        "shelved_reason": None,
        "level": 0,
        "escalated_at": None,
        "escalated_to": None,
        "inhibited_by": [],
        "raised_again": 0,
        "worsenings": 0,
        "asks_reason": False,
        "seen_reason": None,
        "steps": 3,
        "steps_done": 0,
        "due": {
            "acknowledge": rfc3339(now() + timedelta(seconds=95)),
            "close": rfc3339(now() + timedelta(hours=3)),
            "escalate": {"at": rfc3339(now() + timedelta(seconds=250)), "to": "supervisor", "level": 1},
            "lapse": None,
        },
    }


def seeded(count: int) -> list[Json]:
    """`count` open alerts: some acknowledged by others, some whose breach has ceased."""
    alerts = [make_alert(number) for number in range(1, count + 1)]
    for index, alert in enumerate(alerts):
        if index % 6 == 4:
            alert |= {
                "state": "acknowledged",
                "acknowledged_by": "kari",
                "acknowledged_at": alert["detected_at"],
            }
        if index % 7 == 5:
            alert |= {"breach": "cleared", "cleared_at": rfc3339(now() - timedelta(minutes=4))}
    return alerts


def feature(kind: str, coordinates: Any, /, **properties: Any) -> Json:
    """One GeoJSON feature."""
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def circle(lon: float, lat: float, radius_m: float) -> list[list[list[float]]]:
    """A polygon of 64 corners around a place."""
    north, east = radius_m / 111_320, radius_m / (111_320 * math.cos(math.radians(lat)))
    turns = [2 * math.pi * step / 64 for step in range(65)]
    return [[[lon + east * math.cos(turn), lat + north * math.sin(turn)] for turn in turns]]


def map_of(alert: Json) -> Json:
    """Zone, buffer, trail, fixes, the other person and the line between, somewhere around Grünerløkka."""
    chance = random.Random(alert["id"])
    lon, lat = 10.7585, 59.9235
    steps = 24
    path = [
        [lon - 0.011 + 0.00047 * n, lat - 0.0042 + 0.00017 * n + chance.gauss(0, 4e-5)] for n in range(steps)
    ]
    newest = now() - timedelta(seconds=14)
    features = [
        feature(
            "Polygon", circle(lon, lat, 260), role="zone", name="p3-home", title="Torshov", kind="exclusion"
        ),
        feature("Polygon", circle(lon, lat, 560), role="buffer"),
        feature("LineString", path, role="trail"),
        *(
            feature(
                "Point",
                at,
                role="fix",
                source="gnss",
                accuracy_m=chance.choice([9.0, 14.0, 32.0]),
                in_breach=n > 16,
                fixed_at=rfc3339(newest - timedelta(seconds=30 * (steps - 1 - n))),
            )
            for n, at in enumerate(path)
        ),
        *(
            feature(
                "Point",
                [lon + 0.0042 + 0.0002 * n, lat + 0.0007],
                role="other-fix",
                accuracy_m=18.0,
                fixed_at=rfc3339(newest - timedelta(minutes=n)),
            )
            for n in (4, 2, 0)
        ),
        feature("LineString", [path[-1], [lon + 0.0042, lat + 0.0007]], role="pair", distance_m=265.3),
    ]
    return {"type": "FeatureCollection", "features": features}


PLACES: Json = {
    "type": "FeatureCollection",
    "features": [
        feature("Polygon", circle(10.7585, 59.9235, 260), role="exclusion", name="p3-home"),
        feature("Polygon", circle(10.795, 59.916, 350), role="exclusion", name="ensjo-school"),
        feature("Polygon", circle(10.72, 59.927, 60), role="inclusion", name="w17-home"),
        feature("Polygon", circle(10.768, 59.944, 60), role="inclusion", name="w22-home"),
    ],
}


def positions(count: int = 40) -> Json:
    """Wearers here and there in Oslo; every ninth not heard from for an hour."""
    features = []
    for number in range(1, count + 1):
        chance = random.Random(number)
        at = [10.755 + chance.gauss(0, 0.035), 59.927 + abs(chance.gauss(0, 0.016))]
        age = timedelta(hours=1) if number % 9 == 0 else timedelta(seconds=chance.randrange(60))
        features.append(
            feature(
                "Point",
                at,
                person=f"W-{number:03d}",
                name=NAMES[number % len(NAMES)],
                role="wearer",
                accuracy_m=12.0,
                fixed_at=rfc3339(now() - age),
            )
        )
    return {"type": "FeatureCollection", "features": features}

"""Warnings for what cannot be done: two places at once, too short a way, help that comes too late."""

import pytest

from em_engine.rulebook.loader import check_files

ZONES = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": "home", "properties": {"radius_m": 100},
 "geometry": {"type": "Point", "coordinates": [10.70, 59.90]}},
{"type": "Feature", "id": "work", "properties": {"radius_m": 100},
 "geometry": {"type": "Point", "coordinates": [10.70, 60.10]}},
{"type": "Feature", "id": "town", "properties": {"radius_m": 9000},
 "geometry": {"type": "Point", "coordinates": [10.70, 59.90]}}
]}"""
"""Work lies 22 km north of home: 25 minutes at 54 km/h. The town holds the home."""


def told(*conditions: str, programme: str = "", head: str = "programme: home-detention") -> list[str]:
    lines = [
        "order: A-1", head, "wearer: {id: W-1, devices: [tag-1]}",
        *(["protected: [{id: P-1, devices: [phone-1]}]"] if "contact-ban" in head else []),
        "conditions:", "  - {id: alive, kind: device-health, heartbeat_every: PT5M}",
        *(f"  - {one}" for one in conditions),
    ]  # fmt: skip
    files = {"orders/a.yaml": "\n".join(lines).encode(), "zones/z.geojson": ZONES.encode()}
    rulebook, problems = check_files(
        {**files, **({"programme.yaml": programme.encode()} if programme else {})}
    )
    assert rulebook is not None, problems
    return [str(one) for one in problems if one.code in ("curfew.no-way", "ring.response")]


def curfew(*weekly: str, more: str = "") -> str:
    return f"{{id: nights, kind: curfew, zone: home, weekly: [{', '.join(map(repr, weekly))}]{more}}}"


def office(weekly: str, zone: str = "work") -> str:
    return f"{{id: office, kind: attendance, zone: {zone}, weekly: ['{weekly}'], minimum: PT10M}}"


def test_an_appointment_elsewhere_within_a_curfew_is_warned_of_at_its_line() -> None:
    (warned,) = told(curfew("daily 21:00-08:00"), office("wed 07:00-07:30"))
    assert warned.startswith("orders/a.yaml:7:")
    assert "'wed 07:00-07:30' lies within the curfew 'nights' (daily 21:00-08:00) 22.0 km away" in warned


@pytest.mark.parametrize(
    ("weekly", "minutes"),
    [("mon 08:10-09:00", "10 min"), ("sun 20:00-20:50", "10 min")],
    ids=["after", "before"],
)
def test_a_way_too_long_for_the_time_between_is_warned_of(weekly: str, minutes: str) -> None:
    (warned,) = told(curfew("daily 21:00-08:00"), office(weekly))
    assert f"are {minutes}, and the way takes 24 at best" in warned


@pytest.mark.parametrize(
    "conditions",
    [
        (curfew("daily 21:00-08:00"), office("mon 08:30-09:00")),
        (curfew("daily 21:00-08:00"), office("wed 07:00-07:30", zone="town")),
        (curfew("daily 21:00-08:00"), "{id: there, kind: inclusion, zone: work}"),
        (curfew("mon-sat 21:00-08:00"), office("mon 00:00-01:00")),
    ],
    ids=["time enough", "the same place", "no windows", "no curfew that night"],
)  # fmt: skip
def test_what_can_be_done_is_not_warned_of(conditions: tuple[str, ...]) -> None:
    assert told(*conditions) == []


def test_a_curfew_over_the_end_of_the_week_is_seen() -> None:
    (warned,) = told(curfew("sun 21:00-08:00"), office("mon 07:00-07:30"))
    assert "lies within the curfew" in warned


BAN = "programme: contact-ban"
APART = "{id: apart, kind: contact-ban, with: P-1, alert_m: 1000}"


def test_a_ring_crossed_before_help_comes_is_warned_of_with_what_would_do() -> None:
    response = "response: {within: PT8M, speed_kmh: 50}"
    far = "{id: far, kind: exclusion, zone: work, buffer_m: 500}"
    warned = told(APART, far, head=BAN, programme=response)
    crossed = [one.split(": ", 1)[1].split(" (", 1)[0] for one in warned]
    assert crossed == [
        "a wearer at 50 km/h crosses the ring of 2000 m in 2 min, and help takes 8 min",
        "a wearer at 50 km/h crosses the ring of 500 m in 36 s, and help takes 8 min",
    ]
    assert all("`response`): 6,667 m would do" in one for one in warned)
    assert told(APART, far, head=BAN) == [], "the centre says nothing of help"
    wide = "{id: far, kind: exclusion, zone: work, buffer_m: 7000}"
    assert told(APART.replace("1000", "4000"), wide, head=BAN, programme=response) == []
    assert told(far, programme=response) == [], "nobody is protected by it"

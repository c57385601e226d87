"""The worked examples of the author's guide, played: what they say happens is what happens."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import check
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.gazetteer import Gazetteer, Level
from em_engine.rulebook.gazetteer.making import zone_of_areas
from em_engine.rulebook.models import Rulebook
from em_engine.vocabulary import (
    ChangeKind,
    DeviceEvent,
    Micros,
    ReportKind,
    TestResult,
    instant,
    micros,
)
from tests.reference.reports import Report, as_batch

RULES = Path(__file__).resolve().parents[3] / "rules"
GUIDE = tuple(RULES / name for name in ("README.md", "KINDS.md"))
HOME = (10.75, 59.91)
METRE = 1 / 111_195


def section(title: str) -> str:
    text = "\n## ".join(page.read_text(encoding="utf-8") for page in GUIDE)
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def block(title: str, language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}.*?\n(.*?)^```$", section(title), flags=re.DOTALL | re.MULTILINE)[
        number
    ]


def circle(name: str, east_m: float, radius_m: float) -> dict[str, Any]:
    lon = HOME[0] + east_m * METRE / 0.5015
    geometry = {"type": "Point", "coordinates": [lon, HOME[1]]}
    return {"type": "Feature", "id": name, "properties": {"radius_m": radius_m}, "geometry": geometry}


def rulebook_of(folder: Path, order: str, *zones: dict[str, Any], **schedules: str) -> Rulebook:
    files = {"orders/o.yaml": order, **{f"schedules/{name}": text for name, text in schedules.items()}}
    files["zones/z.geojson"] = json.dumps({"type": "FeatureCollection", "features": zones})
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    rulebook, problems = check(folder)
    assert rulebook is not None, "\n".join(map(str, problems))
    return rulebook


class Play:
    """The days of one rulebook: fixes at civil times in Oslo, metres east of the home of the example."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.heart = Heart(compile_rules(rulebook))
        self.zone = Binding(rulebook).zone(rulebook.orders[0])
        self.told: list[Any] = []

    def fix(self, device: str, at: str, east_m: float, north_m: float = 0.0) -> None:
        lon, lat = HOME[0] + east_m * METRE / 0.5015, HOME[1] + north_m * METRE
        self.tell(device, at, kind=ReportKind.FIX, lon=lon, lat=lat, accuracy_m=5.0)

    def tell(self, device: str, at: str, **said: Any) -> None:
        when = self._instant(at)
        report = Report(device=device, at=when, received_at=when, **said)
        self.told += self.heart.step(as_batch([report]), when).changes

    def wait(self, until: str) -> None:
        self.told += self.heart.step(None, self._instant(until)).changes

    def _instant(self, civil: str) -> Micros:
        return micros(datetime.fromisoformat(civil).replace(tzinfo=self.zone))

    def stays(self, device: str, start: str, end: str, east_m: float, north_m: float = 0.0) -> None:
        """A fix a minute, from the first time to the last."""
        at = datetime.fromisoformat(start)
        while at <= datetime.fromisoformat(end):
            self.fix(device, at.isoformat(), east_m, north_m)
            at += timedelta(minutes=1)

    def opened(self) -> list[tuple[str, str]]:
        """What was opened of places and people, and since when."""
        return [one for one in self.told_as("opened") if not one[0].startswith("device.")]

    def told_as(self, change: str) -> list[tuple[str, str]]:
        """What was opened, or cleared, and the time that is told of it."""
        times = {ChangeKind.OPENED: "opened_at", ChangeKind.CLEARED: "cleared_at"}
        return [
            (one.type.value, f"{instant(getattr(one, times[one.change])).astimezone(self.zone):%m-%d %H:%M}")
            for one in self.told
            if one.change == change
        ]


def windows(rulebook: Rulebook, condition: int, start: str, end: str) -> list[str]:
    order = rulebook.orders[0]
    zone = Binding(rulebook).zone(order)
    at, last = (micros(datetime.fromisoformat(text).replace(tzinfo=zone)) for text in (start, end))
    found = []
    for part in Binding(rulebook).parts(order, order.conditions[condition]):
        now = at
        while now < last:
            stretch = part.schedule.at(now)
            if stretch.binds:
                ends = (stretch.start, stretch.end)
                found.append(" to ".join(f"{instant(one).astimezone(zone):%m-%d %H:%M}" for one in ends))
            now = stretch.end
    return found


def test_times_as_the_guide_writes_them(tmp_path: Path) -> None:
    rulebook = rulebook_of(tmp_path, block("Times", "yaml"), circle("w7-home", 0, 50))
    assert windows(rulebook, 0, "2026-03-02T13:00", "2026-03-04T12:00") == [
        "03-02 14:00 to 03-03 06:00",
        "03-03 21:00 to 03-04 06:00",
    ]
    assert windows(rulebook, 0, "2026-05-15T12:00", "2026-05-19T12:00") == [
        "05-15 21:00 to 05-16 06:00",
        "05-18 21:00 to 05-19 06:00",
    ]


def test_the_calendar_of_the_guide(tmp_path: Path) -> None:
    order = block("Times", "yaml").replace('weekly: ["mon-fri 21:00-06:00", "sat-sun 19:00-08:00"]', "")
    order = re.sub(r"(?m)^    (once|holidays|leave|  ?- \{from).*\n", "", order)
    order = re.sub(r"(?m)^      - .*\n", "", order).replace(
        "zone: w7-home", "zone: w7-home\n    calendar: roster.ics"
    )
    roster = {"roster.ics": block("Calendars", "ics")}
    rulebook = rulebook_of(tmp_path, order, circle("w7-home", 0, 50), **roster)
    assert windows(rulebook, 0, "2026-03-02T13:00", "2026-03-17T20:00") == [
        "03-02 22:30 to 03-03 12:30",
        "03-03 22:30 to 03-04 12:30",
        "03-04 22:30 to 03-05 12:30",
        "03-16 22:30 to 03-17 12:30",
    ]
    assert windows(rulebook, 0, "2026-03-30T13:00", "2026-04-01T12:00") == ["03-31 22:30 to 04-01 12:30"]


def test_an_allowed_meeting_of_the_guide(tmp_path: Path) -> None:
    order = block("Meetings that are allowed", "yaml")
    play = Play(rulebook_of(tmp_path, order, circle("p51-home", 5_000, 50)))
    for device in ("phone-0051", "tag-0051"):
        play.fix(device, "2026-05-12T08:31", 0)
    for device in ("phone-0051", "tag-0051"):
        play.fix(device, "2026-05-12T15:59", 0)
    assert play.opened() == []
    for device in ("phone-0051", "tag-0051"):
        play.fix(device, "2026-05-12T16:01", 0)
    assert play.opened() == [("contact.warning", "05-12 16:00"), ("contact.alert", "05-12 16:00")]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            "2026-05-30T12:00",
            "2026-06-02T12:00",
            ["05-30 19:00 to 05-31 07:00", "05-31 19:00 to 06-01 06:00", "06-01 22:00 to 06-02 06:00"],
        ),
        (
            "2026-11-30T12:00",
            "2026-12-05T12:00",
            ["11-30 22:00 to 12-01 00:00", "12-04 23:00 to 12-05 06:00"],
        ),
    ],
    ids=["the second phase begins", "the last one does"],
)
def test_the_phases_of_the_guide(tmp_path: Path, start: str, end: str, expected: list[str]) -> None:
    order = block("Easing in phases", "yaml")
    rulebook = rulebook_of(tmp_path, order, circle("w12-home", 0, 50), circle("oslo", 0, 20_000))
    assert windows(rulebook, 0, start, end) == expected
    assert windows(rulebook, 1, "2026-05-31T00:00", "2026-07-01T00:00") == ["03-01 00:00 to 06-01 00:00"]


def road(name: str, *east_north_m: tuple[float, float], radius_m: float) -> dict[str, Any]:
    line = [(HOME[0] + x * METRE / 0.5015, HOME[1] + y * METRE) for x, y in east_north_m]
    geometry = {"type": "LineString", "coordinates": line}
    return {"type": "Feature", "id": name, "properties": {"radius_m": radius_m}, "geometry": geometry}


def test_the_way_through_a_forbidden_area_of_the_guide(tmp_path: Path) -> None:
    order = block("A way through a forbidden area", "yaml")
    way = road("road-to-work", (0, 0), (4_000, 0), radius_m=40)
    places = circle("district", 2_000, 500), circle("clinic", 2_000, 60), circle("region", 0, 50_000)
    play = Play(rulebook_of(tmp_path, order, *places, way))
    for minute, east_m in enumerate(range(0, 4_001, 250)):
        play.fix("tag-0070", f"2026-05-12T08:{minute:02d}", east_m)
    assert play.opened() == []
    for minute, north_m in ((30, 0), (31, 90), (32, 180)):
        play.fix("tag-0070", f"2026-05-12T08:{minute}", 2_000, north_m)
    assert sorted(play.opened()) == [
        ("exclusion.approach", "05-12 08:30"),
        ("exclusion.entered", "05-12 08:30"),
    ]


def test_the_route_of_the_guide(tmp_path: Path) -> None:
    order = block("Keeping to an area or a route", "yaml")
    way = road("way-to-town", (0, 0), (10_000, 0), radius_m=150)
    play = Play(rulebook_of(tmp_path, order, circle("prison", 0, 100), circle("town", 10_000, 2_000), way))
    for minute in range(50):  # the train there, the town, and half the way back
        play.fix("tag-0074", f"2026-05-09T09:{minute:02d}", 200 * minute)
    play.stays("tag-0074", "2026-05-09T09:50", "2026-05-09T16:00", 10_000, 120)
    for minute in range(1, 25):
        play.fix("tag-0074", f"2026-05-09T16:{minute:02d}", 10_000 - 200 * minute)
    assert play.opened() == []
    play.stays("tag-0074", "2026-05-09T16:25", "2026-05-09T17:06", 5_000, 900)
    assert play.opened() == [("inclusion.left", "05-09 16:24"), ("curfew.late", "05-09 17:05")]


def test_the_allowance_of_the_guide(tmp_path: Path) -> None:
    order = block("An allowance of absence", "yaml").replace("fix_every: PT30M", "fix_every: P9D")
    play = Play(rulebook_of(tmp_path, order.replace("PT15M", "P9D"), circle("w8-home", 0, 50)))
    for day, minutes in ((4, 20), (5, 20), (6, 5)):  # a Monday and the two days after it
        play.stays("tag-0008", f"2026-05-{day:02d}T21:58", f"2026-05-{day:02d}T22:00", 0)
        play.stays("tag-0008", f"2026-05-{day:02d}T22:01", f"2026-05-{day:02d}T22:{minutes:02d}", 400)
        play.stays(
            "tag-0008",
            f"2026-05-{day:02d}T22:{minutes + 1:02d}",
            f"2026-05-{day:02d}T22:{minutes + 3:02d}",
            0,
        )
    opened = [one for one in play.opened() if one[0] != "curfew.unconfirmed"]
    assert opened == [("curfew.left", "05-05 22:09"), ("curfew.left", "05-06 22:00")]


def test_the_travel_ban_of_the_guide(tmp_path: Path) -> None:
    order = block("Travel bans", "yaml")
    play = Play(
        rulebook_of(
            tmp_path, order, circle("trondheim-kommune", 0, 20_000), circle("trøndelag-fylke", 0, 90_000)
        )
    )
    play.stays("tag-0090", "2026-05-12T12:00", "2026-05-12T12:02", 40_000)
    assert play.opened() == []
    play.stays("tag-0090", "2026-05-12T14:00", "2026-05-12T14:02", 95_000)
    assert play.opened() == [("inclusion.left", "05-12 14:00")]
    play.stays("tag-0090", "2026-05-13T00:30", "2026-05-13T00:32", 40_000)
    assert play.opened()[1:] == [("inclusion.left", "05-13 00:30")]


@pytest.mark.parametrize(
    ("lon", "has_left"),
    [
        (10.395, False),  # the market square
        (10.62, False),  # 220 m behind the border as it is drawn
        (10.64, False),  # 1,180 m: less than the outline may be off
        (10.66, True),
    ],
)
def test_the_travel_ban_of_the_guide_at_the_border_that_ships(
    tmp_path: Path, lon: float, has_left: bool
) -> None:
    known = Gazetteer()
    zones = [
        dict(zone_of_areas(known, [known.area(name, level)]).feature)
        for name, level in (("Trondheim", Level.MUNICIPALITY), ("Trøndelag", Level.COUNTY))
    ]
    play = Play(rulebook_of(tmp_path, block("Travel bans", "yaml"), *zones))
    east_m, north_m = (lon - HOME[0]) * 0.5015 / METRE, (63.40 - HOME[1]) / METRE
    play.stays("tag-0090", "2026-06-01T12:00", "2026-06-01T12:30", east_m, north_m)
    assert play.opened() == ([("inclusion.left", "06-01 12:00")] if has_left else [])


def test_keeping_out_of_a_place_of_the_guide(tmp_path: Path) -> None:
    """Up to the ring, into the street, out; then to the school before its hours begin, and no word since."""
    order = block("Keeping out of a place", "yaml").replace("fix_every: PT1M", "fix_every: P9D")
    places = circle("her-street", 2_000, 100), circle("her-school", 5_000, 80)
    play = Play(rulebook_of(tmp_path, order.replace("PT5M", "P9D"), *places))
    for minute, east_m in enumerate((1_400, 1_700, 2_000, 1_700, 1_400)):
        play.stays(
            "tag-0071", f"2026-05-12T06:{10 * minute:02d}", f"2026-05-12T06:{10 * minute + 3:02d}", east_m
        )
    assert [one for one, _ in play.opened()] == ["exclusion.approach", "exclusion.entered"]
    assert [one for one, _ in play.told_as("cleared")] == ["exclusion.entered", "exclusion.approach"]
    play.stays("tag-0071", "2026-05-12T07:20", "2026-05-12T07:40", 5_000)
    play.wait("2026-05-12T17:00")
    assert play.opened()[2:] == [("exclusion.entered", "05-12 07:30")]
    assert play.told_as("cleared")[2:] == [("exclusion.entered", "05-12 16:30")]


def test_how_sure_it_must_be_of_the_guide(tmp_path: Path) -> None:
    """Six metres within the ring with fixes of five: `likely`, and no more. Then two kilometres into town."""
    order = block("How sure it must be", "yaml").replace("fix_every: PT2M", "fix_every: PT9M")
    places = circle("her-home", 2_000, 100), circle("her-town", 8_000, 2_000)
    play = Play(rulebook_of(tmp_path, order, *places))
    play.fix("tag-0076", "2026-05-12T12:00", 1_400)
    play.fix("tag-0076", "2026-05-12T12:01", 1_607.5)
    assert play.opened() == [("exclusion.approach", "05-12 12:00")]
    play.fix("tag-0076", "2026-05-12T12:09", 4_000)
    play.fix("tag-0076", "2026-05-12T12:11", 8_000)
    assert len(play.opened()) == 1
    play.fix("tag-0076", "2026-05-12T12:12", 8_000)
    assert play.opened()[1:] == [("exclusion.entered", "05-12 12:10")]


def test_the_levels_of_a_programme_of_the_guide(tmp_path: Path) -> None:
    order = block("Home at night", "yaml").replace("fix_every: PT30M", "fix_every: PT10M")
    (tmp_path / "programme.yaml").write_text(block("How sure it must be", "yaml", 1), encoding="utf-8")
    rulebook = rulebook_of(tmp_path, order, circle("w75-home", 0, 50))
    assert rulebook.orders[0].conditions[0].terms.certainty == "proved"


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (("2026-05-12T20:55", "2026-05-12T21:30"), ("curfew.late", "05-12 21:10")),
        (("2026-05-13T01:01", "2026-05-13T01:30"), ("curfew.left", "05-13 01:00")),
        (("2026-05-13T05:11", "2026-05-13T05:40"), ("curfew.early", "05-13 05:10")),
    ],
)
def test_home_at_night_of_the_guide(tmp_path: Path, away: tuple[str, str], expected: tuple[str, str]) -> None:
    play = Play(rulebook_of(tmp_path, block("Home at night", "yaml"), circle("w75-home", 0, 50)))
    at = datetime.fromisoformat("2026-05-12T20:40")
    while at < datetime.fromisoformat("2026-05-13T06:10"):
        is_away = away[0] <= at.isoformat()[:16] <= away[1]
        play.fix("tag-0075", at.isoformat(), 3_000 if is_away else 0)
        at += timedelta(minutes=1)
    assert play.opened() == [expected]


def test_home_at_night_unconfirmed(tmp_path: Path) -> None:
    play = Play(rulebook_of(tmp_path, block("Home at night", "yaml"), circle("w75-home", 0, 50)))
    play.stays("tag-0075", "2026-05-12T20:40", "2026-05-12T23:00", 0)
    play.wait("2026-05-13T00:00")
    assert play.opened() == [("curfew.unconfirmed", "05-12 23:30")]


def test_a_tag_that_is_heard_of_the_guide(tmp_path: Path) -> None:
    play = Play(rulebook_of(tmp_path, block("A tag that is heard", "yaml")))
    play.fix("tag-0072", "2026-05-12T12:00", 0)
    play.wait("2026-05-12T13:00")
    play.fix("tag-0072", "2026-05-12T13:00", 0)
    for minute, battery_pct in ((1, 26), (2, 25), (3, 29), (4, 30)):
        play.tell("tag-0072", f"2026-05-12T13:0{minute}", kind=ReportKind.HEARTBEAT, battery_pct=battery_pct)
    play.tell("tag-0072", "2026-05-12T13:05", kind=ReportKind.EVENT, event=DeviceEvent.STRAP_OPEN)
    assert play.told_as("opened") == [
        ("device.silent", "05-12 12:15"),
        ("device.no-fix", "05-12 12:30"),
        ("device.battery-low", "05-12 13:02"),
        ("device.strap", "05-12 13:05"),
    ]
    assert sorted(play.told_as("cleared")) == [
        ("device.battery-low", "05-12 13:04"),
        ("device.no-fix", "05-12 13:00"),
        ("device.silent", "05-12 13:00"),
    ]


@pytest.mark.parametrize(("until", "is_missed"), [("10:35", False), ("10:28", True)])
def test_an_appointment_of_the_guide(tmp_path: Path, until: str, is_missed: bool) -> None:
    """2026-05-13 is a Wednesday."""
    play = Play(rulebook_of(tmp_path, block("Appointments", "yaml"), circle("friomsorg", 0, 60)))
    play.fix("tag-0073", "2026-05-13T10:09", 900)
    play.stays("tag-0073", "2026-05-13T10:10", f"2026-05-13T{until}", 0)
    play.fix("tag-0073", "2026-05-13T10:36" if until == "10:35" else "2026-05-13T10:28:30", 900)
    play.wait("2026-05-13T12:00")
    assert play.opened() == [("attendance.missed", "05-13 11:00")] * is_missed


def test_sobriety_tests_of_the_guide(tmp_path: Path) -> None:
    """A Thursday in order, a Friday with a failed test at night and none before, a Saturday that passes."""
    order = block("Sobriety tests", "yaml").replace("PT15M", "P9D").replace("PT30M", "P9D")
    play = Play(rulebook_of(tmp_path, order))
    tests = (("14T07:30", TestResult.PASS), ("15T22:30", TestResult.FAIL), ("16T07:10", TestResult.PASS))
    for at, result in tests:
        said = {"event": DeviceEvent.SOBRIETY_TEST, "result": result}
        play.tell("tag-0074", f"2026-05-{at}", kind=ReportKind.EVENT, **said)
    assert play.opened() == [("sobriety.missed", "05-15 08:00"), ("sobriety.failed", "05-15 22:30")]
    assert play.told_as("cleared") == [("sobriety.missed", "05-15 08:00"), ("sobriety.failed", "05-16 07:10")]

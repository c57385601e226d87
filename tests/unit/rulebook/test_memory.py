"""A check that remembers finds what a check without memory finds, whatever was edited in between."""

import json
import random
from collections.abc import Callable, Hashable
from typing import TypeVar

import pytest

from em_engine.rulebook.loader import check_files
from em_engine.rulebook.memory import Memory
from em_engine.rulebook.models import Rulebook
from em_engine.rulebook.problems import Problem
from em_engine.rulebook.survey import survey
from em_engine.vocabulary import parse_rfc3339
from tests.unit.rulebook.conftest import ORDER, ZONES, collection, feature, square

T = TypeVar("T")
Files = dict[str, bytes]
AT = parse_rfc3339("2026-06-01T00:00:00Z")

PAIR = """\
order: OVA-2026-0061
programme: contact-ban
valid: {from: 2026-03-01T00:00, to: 2026-05-01T00:00}
wearer: {id: W-61, devices: [tag-0061]}
protected: [{id: P-61, devices: [phone-0061]}, {id: W-17}]
conditions:
  - {id: apart, kind: contact-ban, with: [P-61, W-17], alert_m: 500, allow: [{schedule: handover}]}
  - {id: court, kind: exclusion, zone: court, buffer_m: 300, except: [way]}
"""
GROUPED = """\
order: VRT-2026-008{n}
programme: remand
wearer: {{id: W-8{n}, devices: [tag-008{n}]}}
conditions:
  - {{id: apart, kind: non-association, group: hk-oslo, alert_m: 50, dwell: PT2M, except: [w17-home]}}
  - {{id: nights, kind: curfew, zone: court, schedule: nights}}
  - id: work
    kind: attendance
    zone: friomsorg-oslo
    calendar: roster.ics
    minimum: PT1H
    phases: [{{from: 2026-06-01T00:00, zone: way}}]
  - {{id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT30S}}
"""
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:one
DTSTART;TZID=Europe/Oslo:20260302T080000
DTEND;TZID=Europe/Oslo:20260302T120000
RRULE:FREQ=WEEKLY;BYDAY=MO
END:VEVENT
END:VCALENDAR
"""
OTHERS = collection(
    feature("court", "Polygon", square(10.74, 59.915, 0.001)),
    feature("way", "LineString", [[10.70, 59.90], [10.76, 59.92]], radius_m=20),
    feature("school", "Point", [10.71, 59.91], radius_m=8),
)
BOOK: Files = {
    path: text.encode()
    for path, text in {
        "programme.yaml": "name: Oslo\nresponse: {within: PT8M, speed_kmh: 50}\n",
        "protocols.yaml": "contact.alert: {severity: critical, desk: police}\n",
        "orders/ova.yaml": ORDER,
        "orders/pair.yaml": PAIR,
        "orders/vrt-1.yaml": GROUPED.format(n=1),
        "orders/vrt-2.yaml": GROUPED.format(n=2),
        "schedules/nights.yaml": 'schedule: nights\nweekly: ["daily 22:00-06:00"]\n',
        "schedules/handover.yaml": 'schedule: handover\nweekly: ["fri 16:00-16:30"]\n',
        "schedules/roster.ics": CALENDAR,
        "zones/oslo.geojson": ZONES,
        "zones/others.geojson": OTHERS,
    }.items()
}
WORDS = ("court", "way", "w17-home", "school", "nights", "handover", "roster.ics", "W-17", "P-61", "tag-0061")
TEXTS = ("PT5M", "PT1H", "500", "20", "2026-05-01", "2027-01-01", "10.74", "59.91", "Europe/Oslo", "[", "}")


def test_after_any_edits_the_same_is_found_as_by_a_whole_check() -> None:
    edits = random.Random(6)
    memory, files = Memory(), dict(BOOK)
    told = 0
    for number in range(80):
        files = dict(BOOK) if number % 15 == 0 else edited(files, edits)
        at = edits.choice((None, AT))
        found = check_files(files, at=at, memory=memory)
        assert told_of(found) == told_of(check_files(files, at=at))
        told += len(found[1])
    assert told > 250  # else the edits broke next to nothing, and nothing was proved


def test_what_is_read_of_a_rulebook_is_the_same_too() -> None:
    memory = Memory()
    before = survey(BOOK, memory=memory)
    moved = BOOK | {"orders/pair.yaml": b"# moved down by a line\n" + BOOK["orders/pair.yaml"]}
    after, whole = survey(moved, memory=memory), survey(moved)
    assert after.orders == whole.orders != before.orders
    assert [(one.name, one.file, one.line, one.index) for one in after.zones] == [
        (one.name, one.file, one.line, one.index) for one in whole.zones
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "read"),
    [
        ("orders/pair.yaml", b"tag-0061", b"tag-0062", {"orders/pair.yaml"}),
        ("schedules/nights.yaml", b"22:00", b"23:00", {"schedules/nights.yaml"}),
        ("zones/others.geojson", b"10.71", b"10.72", {"zones/others.geojson"}),
    ],
)
def test_only_what_changed_is_read(path: str, old: bytes, new: bytes, read: set[str]) -> None:
    memory = Watched()
    survey(BOOK, memory=memory)
    memory.made.clear()
    survey(BOOK | {path: BOOK[path].replace(old, new)}, memory=memory)
    assert {name for name in memory.made if name in BOOK} == read


def test_a_zone_drawn_anew_is_the_only_one_read_and_only_orders_that_name_it_are_checked() -> None:
    memory = Watched()
    survey(BOOK, memory=memory)
    memory.made.clear()
    survey(BOOK | {"zones/others.geojson": OTHERS.replace("10.71", "10.72").encode()}, memory=memory)
    assert memory.made.count("zone") == 1
    assert memory.made.count("order") == 0  # nothing names the school
    memory.made.clear()
    survey(BOOK | {"zones/others.geojson": OTHERS.replace("10.741", "10.742").encode()}, memory=memory)
    assert memory.made.count("order") == 3  # the court is named by three of four


def test_memory_has_an_end_and_without_room_there_is_none() -> None:
    small = Memory(room=1000)
    made = [small.recall(number, lambda number=number: [number], size=200) for number in range(10)]
    assert small.recall(9, list) is made[9]
    assert small.recall(0, list) == []  # forgotten long ago
    none = Memory(room=0)
    assert none.recall("key", lambda: 1) == 1
    assert none.recall("key", lambda: 2) == 2


class Watched(Memory):
    """Notes what had to be made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def recall(self, key: Hashable, make: Callable[[], T], *, size: int = 0) -> T:
        def watched() -> T:
            named = key
            while isinstance(named, tuple):
                named = named[0]
            self.made.append(str(named))
            return make()

        return super().recall(key, watched, size=size)


def told_of(found: tuple[Rulebook | None, tuple[Problem, ...]]) -> object:
    rulebook, problems = found
    if rulebook is None:
        return problems
    drawn = {name: (zone.geometry.wkt, zone.radius_m) for name, zone in rulebook.zones.items()}
    rest = (rulebook.revision, rulebook.orders, rulebook.schedules, rulebook.calendars, rulebook.programme)
    return problems, drawn, rest, rulebook.protocols


def edited(files: Files, edits: random.Random) -> Files:
    """The files with one thing done to one of them, as an author or an accident would."""
    path = edits.choice(sorted(files))
    changed = EDITS[edits.randrange(len(EDITS))](path, files[path].decode(errors="replace"), edits)
    rest = {name: content for name, content in files.items() if name != path}
    return (rest or dict(BOOK)) | {name: text.encode() for name, text in changed.items()}


def _line_gone(path: str, text: str, edits: random.Random) -> dict[str, str]:
    lines = text.split("\n")
    lines.pop(edits.randrange(len(lines)))
    return {path: "\n".join(lines)}


def _word(path: str, text: str, edits: random.Random) -> dict[str, str]:
    words = edits.choice((WORDS, TEXTS))
    found = [word for word in words if word in text]
    return {
        path: text.replace(edits.choice(found), edits.choice(words), edits.randint(-1, 1)) if found else text
    }


def _copied(path: str, text: str, edits: random.Random) -> dict[str, str]:
    stem, ending = path.rsplit(".", 1)
    return {path: text, f"{stem}-{edits.randint(1, 3)}.{ending}": text}


def _gone(path: str, text: str, edits: random.Random) -> dict[str, str]:
    return {}


def _bad_sign(path: str, text: str, edits: random.Random) -> dict[str, str]:
    at = edits.randrange(len(text) + 1)
    return {path: text[:at] + edits.choice("\x07:]{ \n") + text[at:]}


def _zone_first(path: str, text: str, edits: random.Random) -> dict[str, str]:
    """Puts a zone before all others, so that those behind it stand elsewhere."""
    try:
        features = json.loads(text)["features"]
    except (ValueError, KeyError, TypeError):
        return {path: text}
    return {path: collection(feature(edits.choice(WORDS), "Point", [10.7, 59.9], radius_m=60), *features)}


EDITS = (_line_gone, _word, _word, _copied, _gone, _bad_sign, _zone_first)

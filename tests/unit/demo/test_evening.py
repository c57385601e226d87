"""The staged evening: what its tags send, and what the engine makes of it."""

import asyncio
import json
from pathlib import Path

import pytest

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.rulebook.loader import load
from em_engine.vocabulary import HOUR, MINUTE, AlertType, ChangeKind, Micros, parse_rfc3339
from simulators.demo.cast import demo_rules
from simulators.demo.evening import Evening, play
from tests.unit.demo.conftest import decided, heard

OPENED, CLEARED = ChangeKind.OPENED, ChangeKind.CLEARED
FIVE_MINUTES = [
    ("W-01", OPENED, AlertType.EXCLUSION_APPROACH),
    ("W-01", OPENED, AlertType.EXCLUSION_ENTERED),
    ("W-02", OPENED, AlertType.EXCLUSION_CROSSED),
    ("W-03", OPENED, AlertType.CURFEW_LATE),
    ("W-03", CLEARED, AlertType.CURFEW_LATE),
    ("W-04", OPENED, AlertType.CONTACT_WARNING),
    ("W-04", OPENED, AlertType.CONTACT_ALERT),
    ("W-05", OPENED, AlertType.DEVICE_STRAP),
    ("W-06", OPENED, AlertType.DEVICE_SILENT),
    ("W-07", OPENED, AlertType.DEVICE_BATTERY_LOW),
    ("W-07", OPENED, AlertType.DEVICE_BATTERY_CRITICAL),
    ("W-02", CLEARED, AlertType.EXCLUSION_CROSSED),
    ("W-05", CLEARED, AlertType.DEVICE_STRAP),
]
ON_PURPOSE = {
    AlertType.DEVICE_STRAP, AlertType.DEVICE_SILENT, AlertType.DEVICE_BATTERY_LOW
}  # fmt: skip
ACTORS = {f"W-{number:02d}" for number in (1, 2, 3, 4, 5, 6, 7, 41, 42, 43)}


def test_every_report_can_be_read_and_has_no_field_the_wire_does_not_know(start: Micros):
    told = [Delivery(report.topic, report.payload, report.at) for report in heard(start, 1, HOUR)]
    decoded = decode(told)
    assert decoded.quarantined == ()
    assert decoded.unknown_fields == 0
    assert len(decoded.batch) == len(told) > 1_000


def test_reports_come_in_order_and_every_device_of_the_rulebook_is_heard_at_once(start: Micros):
    reports = heard(start, 1, HOUR)
    assert [r.at for r in reports] == sorted(r.at for r in reports)
    orders = load(demo_rules()).orders
    devices = {d for o in orders for person in (o.wearer, *o.protected) for d in person.devices}
    soon = {r.topic.split("/")[2] for r in reports if r.at < start + MINUTE // 2}
    assert soon == devices


def test_a_device_counts_its_reports_without_holes_and_goes_on_counting_the_next_evening(start: Micros):
    counts: dict[str, list[int]] = {}
    for report in heard(start, 1, HOUR):
        counts.setdefault(report.topic.split("/")[2], []).append(json.loads(report.payload)["seq"])
    for seqs in counts.values():
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        assert seqs[-1] < (start + HOUR) // 1_000_000


def test_the_same_seed_tells_the_same_evening_and_another_another(start: Micros):
    again = Evening(start, 1).reports()
    first = heard(start, 1, 5 * MINUTE)
    assert [next(again) for _ in first] == list(first)
    assert heard(start, 2, 5 * MINUTE) != first


@pytest.mark.parametrize(
    "at",
    ["2026-11-22T18:03:20Z", "2026-11-22T22:58:01Z", "2026-10-25T00:30:10Z", "2027-03-28T00:58:30Z"],
    ids=["evening", "midnight", "the hour that comes twice", "the hour that is skipped"],
)
def test_within_five_minutes_an_operator_sees_every_act(tmp_path: Path, at: str):
    start = parse_rfc3339(at)
    told = {(c.wearer, c.change, c.type) for c in decided(tmp_path, start, 5 * MINUTE)}
    assert told == set(FIVE_MINUTES)


def test_the_acts_come_in_their_order(tmp_path: Path, start: Micros):
    seen = {(c.wearer, c.change, c.type): c.at for c in decided(tmp_path, start, 5 * MINUTE)}
    assert seen[FIVE_MINUTES[0]] < seen[FIVE_MINUTES[1]]
    assert seen[FIVE_MINUTES[3]] < seen[FIVE_MINUTES[4]]
    assert seen[FIVE_MINUTES[5]] < seen[FIVE_MINUTES[6]]
    assert seen[FIVE_MINUTES[9]] < seen[FIVE_MINUTES[10]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "at",
    ["2026-11-23T11:00:00Z", "2026-10-25T03:00:00Z", "2027-03-28T03:00:00Z"],
    ids=["a monday", "after the night that is longer", "after the night that is shorter"],
)
def test_everyday_life_keeps_every_order_for_hours(tmp_path: Path, at: str):
    start = parse_rfc3339(at)
    opened = [c for c in decided(tmp_path, start, 5 * HOUR) if c.change is OPENED]
    unmeant = [(c.wearer, c.type) for c in opened if c.wearer not in ACTORS and c.type not in ON_PURPOSE]
    assert unmeant == []
    afterwards = [c for c in opened if c.at > start + 10 * MINUTE and c.wearer not in ACTORS]
    assert 5 * 5 <= len(afterwards) <= 5 * 15


def test_recorded_tracks_run_into_their_zones(tmp_path: Path, start: Micros):
    told = {(c.wearer, c.type) for c in decided(tmp_path, start, 2 * HOUR)}
    assert {(wearer, AlertType.EXCLUSION_ENTERED) for wearer in ("W-41", "W-42", "W-43")} <= told


async def test_play_publishes_each_report_when_the_clock_reaches_it(start: Micros):
    class Told:
        def __init__(self) -> None:
            self.now, self.out = start, list[tuple[Micros, str]]()

        async def until(self, at: Micros) -> None:
            self.now = max(self.now, at)

        async def publish(self, topic: str, payload: bytes) -> None:
            self.out.append((self.now, topic))
            if len(self.out) == 200:
                raise asyncio.CancelledError

    told = Told()
    with pytest.raises(asyncio.CancelledError):
        await play(Evening(start, 1), told.publish, told)
    assert told.out == [(report.at, report.topic) for report in heard(start, 1, 5 * MINUTE)[:200]]

"""The engine deletes by itself what may no longer be kept, once a night, and writes it down."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import time
from pathlib import Path

import pytest

from em_engine.console.audit import Audit
from em_engine.metrics import Metrics
from em_engine.record.interface import RecordUnavailable, Writing
from em_engine.record.rows import KeptPosition, Role, RulebookRow
from em_engine.record.sqlite import SqliteRecord
from em_engine.record.traces import PIECE, found_in, traces
from em_engine.rulebook import load_files
from em_engine.runners import recovery
from em_engine.runners.deletion import hold, release
from em_engine.runners.retention import AGAIN, Retention, next_hour
from em_engine.vocabulary import HOUR, MINUTE, Micros, parse_rfc3339, rfc3339
from tests.scenarios.road.bench import HandClock
from tests.scenarios.road.places import STAY_OUT, degrees, documents, order

DAY: Micros = 24 * HOUR
PROGRAMME = b"time_zone: Europe/Oslo\nretention:\n  - {positions: P7D, alerts: P30D}\n"
RULEBOOK = load_files(documents([order(1, STAY_OUT)]) | {"programme.yaml": PROGRAMME})


def kept(case: str, at: Micros, east_m: float) -> KeptPosition:
    lon, lat = degrees(east_m)
    return KeptPosition(case, "W-1", Role.WEARER, "tag-0001", at, lon, lat, 5.0)


class Night:
    """A record of two cases with a position a day, and the engine's broom over it."""

    def __init__(self, folder: Path, record: SqliteRecord, audit: Audit, clock: HandClock) -> None:
        self.folder, self.record, self.audit, self.clock = folder, record, audit, clock
        self.metrics = Metrics()
        self.began = clock.now
        files = recovery.files_of(RULEBOOK)
        with record.transaction() as writing:
            writing.keep_rulebook(RulebookRow(RULEBOOK.revision, files, clock.now))
            writing.keep_positions(
                [kept(case, clock.now - (10 - day) * DAY, 100.0 * day + far)
                 for case, far in (("O-0001", 0.25), ("O-0002", 50_000.25)) for day in range(10)]
            )  # fmt: skip
        self.broom = self.made()

    def made(self) -> Retention:
        """As an engine makes it when it begins."""
        return Retention(
            self.record, self.folder, self.audit, lambda: RULEBOOK,
            hour=time(3, 30), clock=self.clock, metrics=self.metrics,
        )  # fmt: skip

    def left(self, case: str) -> int:
        with self.record.reading() as reading:
            return len(reading.positions(case, since=0, until=1 << 62))

    def written(self) -> list[tuple[str, str, str, str]]:
        return [(e["who"], e["what"], e["subject"], e["why"]) for e in self.audit.entries()]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    clock = HandClock()
    with contextlib.ExitStack() as stack:
        record = stack.enter_context(contextlib.closing(SqliteRecord(tmp_path / "record.sqlite3")))
        audit = stack.enter_context(contextlib.closing(Audit(tmp_path / "audit.sqlite3", clock)))
        yield Night(tmp_path, record, audit, clock)


def test_it_deletes_at_the_settled_hour_and_not_before(night: Night):
    assert night.broom.turn() == ()
    night.clock.now = parse_rfc3339("2026-11-19T03:29:59+01:00")
    assert night.broom.turn() == ()
    assert night.left("O-0001") == 10
    night.clock.now = parse_rfc3339("2026-11-19T03:30:00+01:00")
    done = night.broom.turn()
    assert [(one.case, one.positions, one.sought, one.found) for one in done] == [
        ("O-0001", 4, 4, 0),
        ("O-0002", 4, 4, 0),
    ]
    assert night.broom.turn() == ()


def test_what_was_deleted_is_in_no_file_and_in_the_audit(night: Night):
    night.broom.turn()
    night.clock.now += DAY
    night.broom.turn()
    gone = [kept("O-0001", night.began, 0.25)]
    assert found_in(night.folder, gone) == set()
    assert found_in(night.folder, [kept("O-0001", 0, 900.25)]), "or the search finds nothing at all"
    assert (
        "engine",
        "deletes what may no longer be kept",
        "O-0001",
        "4 positions, 0 alerts",
    ) in night.written()
    assert night.metrics.registry.get_sample_value("em_retention_deleted_total", {"what": "positions"}) == 8


def test_what_is_held_stays_until_it_is_released(night: Night):
    night.broom.turn()
    hold(night.record, "O-0001", reason="appeal", at=night.clock())
    night.clock.now += DAY
    night.broom.turn()
    assert (night.left("O-0001"), night.left("O-0002")) == (10, 6)
    assert release(night.record, "O-0001")
    night.clock.now += DAY
    night.broom.turn()
    assert night.left("O-0001") == 5


def test_a_night_on_which_the_engine_was_down_is_made_good(night: Night):
    night.broom.turn()
    night.clock.now += 2 * DAY + 12 * HOUR  # long after that night's hour
    assert sum(one.positions for one in night.made().turn()) == 12
    assert night.made().turn() == (), "not twice, whoever begins"


def test_a_record_that_is_held_up_is_tried_again(night: Night):
    night.broom.turn()
    night.clock.now += DAY
    night.broom._record = Refusing(night.record)
    assert night.broom.turn() == ()
    night.broom._record = night.record
    assert night.broom.turn() == (), "not at once"
    night.clock.now += AGAIN
    assert sum(one.positions for one in night.broom.turn()) == 10


class Refusing:
    """A record in which nothing can be forgotten."""

    def __init__(self, record: SqliteRecord) -> None:
        self.reading = record.reading

    def forgetting(self) -> AbstractContextManager[Writing]:
        raise RecordUnavailable("somebody reads")


@pytest.mark.parametrize(
    ("after", "at"),
    [
        ("2026-11-18T03:29:59+01:00", "2026-11-18T03:30:00+01:00"),
        ("2026-11-18T03:30:00+01:00", "2026-11-19T03:30:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T23:59:00+02:00", "2026-10-25T03:30:00+01:00"),
    ],
)
def test_the_hour_is_that_of_the_centre_all_year(after: str, at: str):
    found = next_hour(time(3, 30), "Europe/Oslo", parse_rfc3339(after))
    assert rfc3339(found) == rfc3339(parse_rfc3339(at))


def test_an_hour_that_spring_skips_is_the_end_of_the_gap():
    found = next_hour(time(2, 30), "Europe/Oslo", parse_rfc3339("2026-03-29T01:00:00+01:00"))
    assert found == parse_rfc3339("2026-03-29T03:00:00+02:00")


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("before", [0, 3, PIECE - 20, PIECE - 8, PIECE - 1, PIECE, 3 * PIECE + 5])
def test_a_position_is_found_wherever_in_a_file_it_stands(tmp_path: Path, which: int, before: int):
    fix, other = kept("O-0001", MINUTE, 12.5), kept("O-0001", MINUTE, 13.5)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(bytes(before) + traces(fix)[which] + bytes(7))
    assert found_in(tmp_path, [fix, other]) == {fix}

"""Only what the law allows is kept, and no longer than the centre may: proved by looking into the files."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.record import journal
from em_engine.record.rows import KeptPosition, Role
from em_engine.record.sqlite import SqliteReaders
from em_engine.record.traces import traces
from em_engine.rulebook import Rulebook, load_files
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros, rfc3339
from tests.scenarios.road.bench import INSIDE_M, Bench, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, degrees, documents, order

DAY: Micros = 24 * HOUR
PROGRAMME = b"retention:\n  - {programme: contact-ban, positions: P7D, alerts: P30D}\n"


def rules(record: str) -> Rulebook:
    written = order(1, STAY_OUT, HEALTH) | {"record": record}
    return load_files(documents([written]) | {"programme.yaml": PROGRAMME})


def kept(east_m: float) -> KeptPosition:
    lon, lat = degrees(east_m)
    return KeptPosition("O-0001", "W-1", Role.WEARER, "tag-0001", 0, lon, lat)


def everything_in(folder: Path) -> bytes:
    """Every byte in every file; of the journal what its entries say, unpacked."""
    raw = b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
    readers = SqliteReaders(folder / "record.sqlite3")
    with readers.reading() as reading:
        first = (reading.newest_snapshot() or (0, b""))[0]
        for _, entry in journal.entries_after(reading, first):
            if isinstance(entry, journal.Inputs):
                raw += entry.batch.rows[["lon", "lat"]].copy().tobytes()
    readers.close()
    return raw


def is_in(data: bytes, east_m: float) -> bool:
    return any(trace in data for trace in traces(kept(east_m)))


async def walked(bench: Bench, *places_m: float) -> None:
    """A fix a minute at these places."""
    for east_m in places_m:
        bench.tag("tag-0001").fix(east_m)
        await bench.settle()
        await bench.passes(60 * SECOND)


@pytest.mark.parametrize(("record", "stays"), [("breaches-only", False), ("everything", True)])
async def test_of_a_breaches_only_case_no_byte_of_a_lawful_position_outlives_the_journal(
    tmp_path: Path, record: str, stays: bool
):
    bench = Bench(tmp_path, rules(record))
    bench.snapshot_every = 5 * MINUTE
    lawful = [1_000.25 + 0.5 * number for number in range(3)]
    async with bench.running():
        await walked(bench, *lawful, INSIDE_M, 1.5, *(2_000.25 + number for number in range(20)))
    data = everything_in(tmp_path)
    assert [is_in(data, east_m) for east_m in lawful] == [stays] * 3
    assert is_in(data, 1.5), "where the breach was may be kept, or this test looks for the wrong bytes"


async def a_day_passes(bench: Bench) -> None:
    """In one leap, as for an engine that was halted; then some rests."""
    for span in (25 * HOUR, 6 * MINUTE, 6 * MINUTE, 6 * MINUTE):
        bench.clock.now += span
        await until(lambda now=bench.clock.now: bench.engine._attended_at >= now)
        await until(lambda now=bench.clock.now: bench.engine._snapshot_due > now)
        await bench.settle()


@pytest.mark.parametrize(("record", "stays"), [("breaches-only", False), ("everything", True)])
async def test_of_a_breaches_only_tag_that_fell_silent_no_byte_is_left_after_a_day(
    tmp_path: Path, record: str, stays: bool
):
    """The sixteen fixes the engine works with, the last it trusts, and where geometry was asked."""
    bench = Bench(tmp_path, rules(record))
    bench.snapshot_every = 5 * MINUTE
    lawful = [1_000.25 + 10 * number for number in range(18)]
    async with bench.running():
        await walked(bench, *lawful)
        assert is_in(everything_in(tmp_path), lawful[-1]), "at first it is there, and must be"
        await a_day_passes(bench)
        assert [is_in(everything_in(tmp_path), east_m) for east_m in lawful] == [stays] * 18
    async with bench.running():
        await walked(bench, 1_500.0, INSIDE_M, 1.5)
        assert [alert.type for alert in bench.alerts() if alert.type.value.startswith("exclusion")] == [
            "exclusion.entered"
        ], "who is seen again is judged as ever"


def ran(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["retention", *words], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture
async def data(tmp_path: Path) -> Any:
    """A record of a quarter of an hour, and when it ended."""
    bench = Bench(tmp_path, rules("everything"))
    bench.snapshot_every = 5 * MINUTE
    async with bench.running():
        await walked(bench, 1_000.25, INSIDE_M, 1.5, *(2_000.25 + number for number in range(20)))
    return tmp_path, bench.clock.now


async def test_what_is_too_old_is_deleted_and_looked_for(data: Any):
    folder, end = data
    where = ("--data", str(folder), "--at", rfc3339(end + 7 * DAY - 22 * MINUTE))
    assert ran("prove", *where)[0] == 1
    code, told = ran("run", *where)
    assert code == 0, told
    assert "contact-ban" in told
    assert "0 found" in told
    bytes_left = everything_in(folder)
    assert not is_in(bytes_left, 1_000.25)
    assert is_in(bytes_left, 2_000.25 + 19)
    assert ran("prove", *where)[0] == 0


async def test_a_day_too_early_nothing_is_deleted(data: Any):
    folder, end = data
    code, told = ran("run", "--data", str(folder), "--at", rfc3339(end + 6 * DAY))
    assert (code, "deleted 0 positions" in told) == (0, True)


async def test_what_the_engine_still_holds_of_it_is_found_and_said(data: Any):
    """The newest sixteen fixes of a device are the engine's working state, and stand in its two snapshots."""
    folder, end = data
    code, told = ran("run", "--data", str(folder), "--at", rfc3339(end + 8 * DAY))
    assert code == 1
    assert 16 <= int(told.split("; ")[1].split()[-2]) < 23


async def test_a_case_that_is_held_is_kept_until_it_is_released(data: Any):
    folder, end = data
    where = ("--data", str(folder))
    late = (*where, "--at", rfc3339(end + 7 * DAY - 22 * MINUTE))
    assert ran("hold", "O-0001", "--reason", "appeal, court of Oslo", *where)[0] == 0
    assert ran("run", *late) == (0, "O-0001: held, appeal, court of Oslo\n")
    assert is_in(everything_in(folder), 1_000.25)
    assert ran("release", "O-0001", *where)[0] == 0
    assert ran("run", *late)[0] == 0
    assert not is_in(everything_in(folder), 1_000.25)


def test_a_hold_says_why(tmp_path: Path):
    assert ran("hold", "O-0001", "--reason", " ", "--data", str(tmp_path))[0] == 2
    assert ran("run", "--data", str(tmp_path))[0] == 2

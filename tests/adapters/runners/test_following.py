"""A revision approved while the engine runs: taken between batches, nothing lost, nothing twice."""

import logging
from pathlib import Path

import pytest

from em_engine.record.journal import Rules, entries_after
from em_engine.rulebook import load_files
from em_engine.rulebook.releases import LOG, Releases
from em_engine.runners.following import Following, in_force
from em_engine.vocabulary import MINUTE, SECOND
from tests.scenarios.road.bench import INSIDE_M, NOON, OUTSIDE_M, Bench
from tests.scenarios.road.places import HEALTH, STAY_OUT, circle, documents, order, write

SILENT = {**HEALTH, "heartbeat_every": "PT5M"}


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases")


def release(releases: Releases, files: dict[str, bytes], at: int) -> str:
    """Proposed and approved at once."""
    name = f"draft-{len(releases.entries())}"
    revision = releases.propose(
        write(releases.folder.parent / name, files), who="Kari", why="x", at=at
    ).revision
    releases.approve(revision, who="Ola", why="y", at=at)
    return revision


def files_of(*conditions: dict, radius_m: float = 300.0, orders: int = 1) -> dict[str, bytes]:
    zones = [circle("ban", 0.0, 0.0, radius_m)]
    return documents([order(number + 1, *conditions) for number in range(orders)], zones)


def bench_over(releases: Releases, tmp_path: Path, *conditions: dict) -> Bench:
    release(releases, files_of(*conditions), NOON)
    bench = Bench(tmp_path, in_force(releases, NOON))
    bench.following = Following(releases, bench.rulebook.revision)
    return bench


async def walk(bench: Bench, *east_m: float) -> None:
    for where in east_m:
        bench.tag("tag-0001").fix(where)
        await bench.settle()
        await bench.passes(28 * SECOND)


async def test_an_open_breach_goes_on_under_the_new_revision(releases: Releases, tmp_path: Path):
    bench = bench_over(releases, tmp_path, STAY_OUT)
    async with bench.running():
        await walk(bench, OUTSIDE_M, INSIDE_M)
        revision = release(releases, files_of(STAY_OUT, HEALTH), bench.clock.now)
        await walk(bench, INSIDE_M, OUTSIDE_M, OUTSIDE_M)
        assert bench.judging.heart.rules.revision == revision
        assert bench.lines() == [("exclusion.entered", "opened"), ("exclusion.entered", "cleared")]


async def test_a_change_that_makes_the_breach_lawful_takes_it_back_and_says_so(
    releases: Releases, tmp_path: Path
):
    bench = bench_over(releases, tmp_path, STAY_OUT, HEALTH)
    async with bench.running():
        await walk(bench, OUTSIDE_M, INSIDE_M)
        release(releases, files_of(HEALTH), bench.clock.now)
        await walk(bench, INSIDE_M)
        assert bench.lines() == [("exclusion.entered", "opened"), ("exclusion.entered", "withdrawn")]
        assert "because" in bench.history()[-1].payload["evidence"]


async def test_it_takes_effect_at_its_time_and_not_before(releases: Releases, tmp_path: Path):
    bench = bench_over(releases, tmp_path, STAY_OUT)
    later = NOON + 10 * MINUTE
    draft = write(tmp_path / "draft", files_of(STAY_OUT, radius_m=3_000.0))
    revision = releases.propose(draft, who="Kari", why="x", at=NOON).revision
    releases.approve(revision, who="Ola", why="y", at=NOON, effective_from=later)
    async with bench.running():
        await walk(bench, OUTSIDE_M, OUTSIDE_M)
        assert bench.told() == []
        await bench.passes(later - bench.clock.now)
        await walk(bench, OUTSIDE_M, OUTSIDE_M)
        (alert,) = bench.alerts()
        assert alert.type.value == "exclusion.entered"
        assert alert.opened_at >= later


async def test_a_new_wearer_is_known_at_once(releases: Releases, tmp_path: Path):
    bench = bench_over(releases, tmp_path, STAY_OUT)
    async with bench.running() as engine:
        assert engine.devices_expected == 1
        release(releases, files_of(STAY_OUT, orders=2), bench.clock.now)
        await bench.passes(20 * SECOND)
        assert engine.devices_expected == 2
        for east_m in (OUTSIDE_M, INSIDE_M):
            bench.tag("tag-0002").fix(east_m)
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert [alert.wearer for alert in bench.alerts()] == ["W-2"]


async def test_changes_as_often_as_you_like_lengthen_nobody_s_silence(releases: Releases, tmp_path: Path):
    """A revision every minute must not put off for ever what five minutes of silence are to tell."""
    bench = bench_over(releases, tmp_path, SILENT)
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        for number in range(6):
            release(releases, files_of(SILENT, {**STAY_OUT, "id": f"out-{number}"}), bench.clock.now)
            await bench.passes(MINUTE)
        assert bench.lines() == [("device.silent", "opened")]


async def test_the_journal_says_which_revision_judged_and_is_lived_again_the_same(
    releases: Releases, tmp_path: Path
):
    bench = bench_over(releases, tmp_path, STAY_OUT, SILENT)
    first = bench.rulebook.revision
    async with bench.running():
        await walk(bench, OUTSIDE_M, INSIDE_M)
        second = release(releases, files_of(STAY_OUT, SILENT, radius_m=350.0), bench.clock.now)
        await walk(bench, INSIDE_M)
        with bench.record.reading() as reading:
            told = [entry for _, entry in entries_after(reading, 0) if isinstance(entry, Rules)]
        before = bench.lines()
    assert [entry.revision for entry in told][-1] == second
    assert first in [entry.revision for entry in told]
    assert not told[-1].was_deaf
    bench.rulebook = in_force(releases, bench.clock.now)
    async with bench.running():
        assert bench.judging.heart.rules.revision == second
        await walk(bench, INSIDE_M)
        assert bench.lines() == before


async def test_releases_that_cannot_be_read_leave_the_engine_judging(
    releases: Releases, tmp_path: Path, caplog
):
    bench = bench_over(releases, tmp_path, STAY_OUT)
    async with bench.running():
        with caplog.at_level(logging.ERROR):
            log = releases.folder / LOG
            whole = log.read_bytes()
            log.write_bytes(b"{\n")
            await walk(bench, OUTSIDE_M, INSIDE_M)
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert "goes on judging" in caplog.text
        assert bench.following.refusal is not None
        log.write_bytes(whole)
        await walk(bench, INSIDE_M)
        assert bench.following.refusal is None
        assert bench.lines() == [("exclusion.entered", "opened")]


def test_a_plain_folder_is_no_folder_of_releases(tmp_path: Path):
    folder = write(tmp_path / "book", files_of(STAY_OUT))
    assert not Releases.stand_in(folder)
    assert load_files(files_of(STAY_OUT)).orders

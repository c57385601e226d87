"""The heart made again: the same alerts whatever it is made from, and under whatever rulebook it goes on."""

import contextlib
import logging
import sqlite3

import msgspec
import pytest

from em_engine.monitoring import snapshot
from em_engine.record.interface import RecordFull
from em_engine.record.journal import entries_after
from em_engine.record.sqlite import SqliteRecord
from em_engine.vocabulary import MINUTE, SECOND, ChangeKind, DeviceEvent
from tests.adapters.runners.faulty import FaultyRecord
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, Bench, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, circle, order, rulebook

RULES = rulebook(order(1, STAY_OUT, HEALTH))
ENTERED = [("exclusion.entered", "opened")]


async def enter(bench: Bench) -> None:
    """Tag 1 walks into the ban, and stays."""
    tag = bench.tag("tag-0001")
    for east_m in (OUTSIDE_M, INSIDE_M):
        tag.fix(east_m)
        await bench.settle()
        await bench.passes(28 * SECOND)


async def leave(bench: Bench) -> None:
    """Out again."""
    for _ in range(2):
        bench.tag("tag-0001").fix(OUTSIDE_M)
        await bench.settle()
        await bench.passes(28 * SECOND)


def delete_snapshots(bench: Bench) -> None:
    with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
        file.execute("DELETE FROM snapshots")
        file.commit()


def damage_newest_snapshot(bench: Bench) -> None:
    with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
        file.execute(
            "UPDATE snapshots SET checksum = checksum + 1"
            " WHERE position = (SELECT max(position) FROM snapshots)"
        )
        assert file.total_changes == 1
        file.commit()


def rewrite_snapshots(bench: Bench) -> None:
    """As if another version of the engine had written them: another layout within, all checksums right."""
    with contextlib.closing(SqliteRecord(bench.folder / "record.sqlite3")) as record:
        with record.reading() as reading:
            position, blob = reading.newest_snapshot()
        revision, now, dumped = msgspec.msgpack.decode(blob)
        other = msgspec.msgpack.decode(dumped) | {"layout": "of tomorrow"}
        blob = msgspec.msgpack.encode((revision, now, msgspec.msgpack.encode(other)))
        with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
            file.execute("DELETE FROM snapshots")
            file.commit()
        with record.transaction() as writing:
            writing.save_snapshot(position, blob, at=now)


def untouched(bench: Bench) -> None:
    """The snapshot of a clean stop, as it is."""


@pytest.mark.parametrize(
    "meanwhile", [untouched, delete_snapshots, damage_newest_snapshot, rewrite_snapshots]
)
async def test_a_breach_goes_on_over_a_restart_whatever_the_heart_is_made_from(bench_of, meanwhile):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
        assert bench.lines() == ENTERED
    meanwhile(bench)
    async with bench.running():
        await leave(bench)
        assert bench.told() == [("exclusion.entered", "cleared")]
        assert len(bench.history()) == 2


async def test_from_a_snapshot_and_from_the_journal_alone_the_heart_is_the_same_to_the_last_byte(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    with bench.opened() as judging:
        judging.recover()
        rested = state_of(judging)
    delete_snapshots(bench)
    with bench.opened() as judging:
        judging.recover()
        assert state_of(judging) == rested


def state_of(judging):
    return judging.position, judging.now, snapshot.dump(judging.heart)


async def test_a_damaged_snapshot_gives_way_to_the_one_before_and_the_journal_it_still_has(bench_of):
    bench = bench_of(RULES)
    for _ in range(2):
        async with bench.running():
            await bench.passes(MINUTE)
    async with bench.running():
        await enter(bench)
    damage_newest_snapshot(bench)
    async with bench.running():
        await leave(bench)
        assert bench.told() == [("exclusion.entered", "cleared")]


async def test_a_snapshot_nobody_can_read_is_told_and_what_was_open_is_judged_anew(bench_of, caplog):
    """The journal before it is trimmed away: nothing is left of what the engine knew."""
    bench = bench_of(RULES)
    for _ in range(2):
        async with bench.running():
            await bench.passes(MINUTE)
    async with bench.running():
        await enter(bench)
        bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
    forgets(bench)
    with caplog.at_level(logging.ERROR):
        async with bench.running():
            assert "layout of another version" in caplog.text
            assert bench.lines()[-2:] == [("exclusion.entered", "withdrawn"), ("device.strap", "withdrawn")]
            assert "could not read" in bench.history()[-1].payload["evidence"]["because"]
            await bench.passes(4 * SECOND)
            bench.tag("tag-0001").fix(INSIDE_M)
            bench.tag("tag-0001").heartbeat(strap_closed=False)
            await bench.settle()
            await bench.passes(28 * SECOND)
            bench.tag("tag-0001").fix(INSIDE_M)
            await bench.settle()
            open_now = [alert.type.value for alert in bench.alerts() if alert.breach == "open"]
            assert sorted(open_now) == ["device.strap", "exclusion.entered"]
    async with bench.running():  # and it is not forgotten twice
        told = [entry.what for entry in bench.history()]
        assert told.count(ChangeKind.WITHDRAWN) == 2


def forgets(bench: Bench) -> None:
    rewrite_snapshots(bench)
    with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
        file.execute("DELETE FROM journal WHERE position <= (SELECT max(position) FROM snapshots)")
        file.commit()


async def test_killed_between_forgetting_and_its_snapshot_nothing_is_told_twice(bench_of):
    """The withdrawals are committed, the new snapshot is not: the next start finds the old one again."""
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    forgets(bench)
    with bench.opened() as judging:
        judging.recover()
        judging.resume(bench.clock())
    async with bench.running():
        assert bench.lines() == [*ENTERED, ("exclusion.entered", "withdrawn")]


# The rulebook changes -------------------------------------------------------------------------------


async def test_a_condition_that_is_gone_takes_its_open_alert_back_with_the_reason(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    bench.rulebook = rulebook(order(1, HEALTH))
    for _ in range(2):
        async with bench.running():
            assert bench.lines() == [*ENTERED, ("exclusion.entered", "withdrawn")]
            assert bench.history()[-1].payload["evidence"] == {
                "because": "the rulebook no longer holds this condition"
            }


async def test_of_a_breach_taken_back_no_position_is_kept_any_longer(bench_of):
    """`breaches-only`: what was kept while the breach stood is all that is."""
    only = {**order(1, STAY_OUT, HEALTH), "record": "breaches-only"}
    bench = bench_of(rulebook(only))
    async with bench.running():
        await enter(bench)
    bench.rulebook = rulebook({**order(1, HEALTH), "record": "breaches-only"})
    async with bench.running():
        kept = positions(bench)
        assert len(kept) == 1
        bench.tag("tag-0001").fix(INSIDE_M)
        await bench.settle()
        assert positions(bench) == kept


def positions(bench: Bench) -> list[int]:
    with bench.record.reading() as reading:
        return [row.fixed_at for row in reading.positions("O-0001", since=0, until=1 << 62)]


async def test_a_zone_redrawn_around_nobody_ends_the_breach_with_the_next_fix(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    bench.rulebook = rulebook(order(1, STAY_OUT, HEALTH), zones=[circle("ban", 9_000.0, 0.0, 300.0)])
    async with bench.running():
        for _ in range(2):
            bench.tag("tag-0001").fix(INSIDE_M)
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert bench.told() == [("exclusion.entered", "cleared")]


async def test_a_zone_redrawn_with_the_wearer_still_in_it_leaves_the_breach_open_and_tells_it_once(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    bench.rulebook = rulebook(order(1, STAY_OUT, HEALTH), zones=[circle("ban", 0.0, 0.0, 400.0)])
    async with bench.running():
        for _ in range(2):
            bench.tag("tag-0001").fix(INSIDE_M)
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert bench.lines() == ENTERED
        await leave(bench)
        assert bench.told() == [("exclusion.entered", "cleared")]


async def test_a_new_order_begins_to_be_judged_and_the_others_go_on(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
        bench.tag("tag-0002").event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
        assert bench.measure("em_quarantined_total") == 1
    bench.rulebook = rulebook(order(1, STAY_OUT, HEALTH), order(2, HEALTH))
    async with bench.running():
        bench.tag("tag-0002").event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
        assert bench.lines() == [*ENTERED, ("device.strap", "opened")]
        assert bench.measure("em_quarantined_total") == 0


async def test_a_refusal_while_the_rulebook_changes_leaves_nothing_half(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    bench.rulebook = rulebook(order(1, STAY_OUT, HEALTH), order(2, HEALTH))

    def wrap(record):
        faulty = FaultyRecord(record)
        faulty.refusal, faulty.at_the_end = RecordFull("no room left"), True
        return faulty

    bench.wrap = wrap
    async with bench.running() as engine:
        await until(lambda: bench.record.refused >= 2)
        bench.record.refusal = None
        await until(lambda: engine.pulse.record_refusal is None)
        bench.tag("tag-0002").event(DeviceEvent.STRAP_OPEN)
        await leave(bench)
        assert bench.told() == [("exclusion.entered", "cleared"), ("device.strap", "open")]


async def test_a_stop_leaves_a_snapshot_of_the_newest_entry(bench_of):
    bench = bench_of(RULES)
    async with bench.running():
        await enter(bench)
    with bench.opened(), bench.record.reading() as reading:
        position, _ = reading.newest_snapshot()
        assert position == reading.newest_position()
        assert list(entries_after(reading, position)) == []

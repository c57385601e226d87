"""The alert queue over a real record: one numbered history of what the engine told and what operators did."""

import asyncio
import json
import threading
from contextlib import closing

import numpy as np
import pytest

from em_engine.alerts.life import Acknowledge, ActionRefused, Close, Comment, Outcome, State
from em_engine.alerts.queue import ENGINE, AlertQueue, StaleVersion, UnknownAlert
from em_engine.ingest.wire import Quarantined
from em_engine.record.interface import RecordFull
from em_engine.record.journal import Wake, encode
from em_engine.record.rows import AlertQuery, Hole, KeptPosition, Role
from em_engine.record.sqlite import SqliteRecord
from em_engine.vocabulary import AlertType, Change, ChangeKind, Severity

OPENED, REPEATED, WORSENED, CLEARED = list(ChangeKind)[:4]


def change(alert="a1", kind=OPENED, at=100, **other):
    told = {
        "alert": alert,
        "change": kind,
        "at": at,
        "type": AlertType.EXCLUSION_ENTERED,
        "severity": Severity.HIGH,
        "case": "case-1",
        "order": "OVA-1",
        "condition": alert,
        "wearer": "W-1",
        "device": "tag-1",
        "opened_at": 90,
        "detected_at": at,
        "cleared_at": at if kind is CLEARED else None,
        "confidence": 0.91234567,
        "late": False,
        "evidence": {"margin_m": -12.5, "zone": "p3-home"},
        "rulebook": "r1",
    }
    return Change(**{**told, **other})


@pytest.fixture
def record(tmp_path):
    with closing(SqliteRecord(tmp_path / "record.db")) as record:
        yield record


@pytest.fixture
def queue(record):
    return AlertQueue(record)


def commit(queue, *changes, at=1000, **other):
    return queue.commit(entry=encode(Wake(at=at)), changes=changes, at=at, **other)


def numbers(queue):
    return [entry.number for entry in queue.history(0)]


def test_one_commit_holds_all_that_follows_from_a_batch(queue, record):
    noise = Quarantined(topic="em/1/x/fix", received_at=5, reason="no JSON", payload=b"\xff", device="x")
    kept = KeptPosition("case-1", "W-1", Role.WEARER, "tag-1", 100, 10.7, 59.9, 9.0, 1, True)
    hole = Hole("tag-1", 5, 9, 1000)
    done = commit(queue, change(), quarantined=[noise], positions=[kept], holes=[hole])
    assert (done.position, done.last_number) == (1, 1)
    assert [alert.id for alert in done.alerts] == ["a1"]
    with record.reading() as reading:
        assert list(reading.journal_after(0)) == [(1, encode(Wake(at=1000)))]
        assert reading.positions("case-1", since=0, until=200) == [kept]
        assert reading.open_holes() == [hole]
    assert [row.reason for row in queue.quarantined()] == ["no JSON"]
    assert queue.quarantined(after=1) == []
    assert queue.quarantined_ever() == 1


def test_an_alert_comes_back_from_the_record_as_it_was_committed(queue):
    (alert,) = commit(queue, change()).alerts
    assert queue.alert("a1") == alert
    assert queue.open() == [alert]
    assert queue.alerts(["a1", "none", "a1"]) == {"a1": alert}


def test_a_commit_that_fails_leaves_nothing_and_the_next_one_goes_on(tmp_path):
    with closing(SqliteRecord(tmp_path / "small.db", bytes_max=400_000)) as record:
        queue = AlertQueue(record)
        commit(queue, change())
        with pytest.raises(RecordFull):
            queue.commit(entry=bytes(800_000), changes=[change("a2"), change(kind=REPEATED, at=200)], at=2000)
        assert (queue.latest(), numbers(queue)) == (1, [1])
        assert queue.alert("a1").repeats == 0
        assert commit(queue, change("a2")).last_number == 2


def test_changes_and_actions_enter_one_history_without_gaps(queue):
    (alert,) = commit(queue, change(), at=1000).alerts
    alert = queue.act("a1", Acknowledge(note="mine"), by="kari", at=1100, version=alert.version)
    commit(queue, change(kind=WORSENED, at=200, severity=Severity.CRITICAL), at=1200)
    alert = queue.alert("a1")
    alert = queue.act("a1", Comment(note="no answer"), by="ola", at=1300, version=alert.version)
    alert = queue.act(
        "a1", Close(outcome=Outcome.BREACH, note="police"), by="ola", at=1400, version=alert.version
    )
    told = [(entry.number, entry.at, entry.what, entry.by) for entry in queue.history(0)]
    assert told == [
        (1, 1000, "opened", ENGINE),
        (2, 1100, "acknowledged", "kari"),
        (3, 1200, "worsened", ENGINE),
        (4, 1300, "commented", "ola"),
        (5, 1400, "closed", "ola"),
    ]
    assert queue.alert_history("a1") == queue.history(0)
    assert queue.history(2, limit=2) == queue.history(0)[2:4]
    assert (alert.opened_number, alert.changed_number, alert.version) == (1, 5, 5)
    assert queue.latest() == 5


def test_the_history_says_what_the_engine_said_and_what_the_operator_wrote(queue):
    (alert,) = commit(queue, change()).alerts
    queue.act("a1", Acknowledge(note="mine"), by="kari", at=1100, version=alert.version)
    commit(queue, change(kind=WORSENED, at=200), at=1200)
    opened, acknowledged, worsened = queue.history(0)
    assert opened.payload == {**json.loads(json.dumps(change().as_json())), "raised_again": False}
    assert acknowledged.payload == {"note": "mine", "reason": None}
    assert worsened.payload["raised_again"] is True
    alert = queue.alert("a1")
    queue.act("a1", Close(outcome=Outcome.TEST, note="a drill"), by="ola", at=1300, version=alert.version)
    assert queue.history(3)[0].payload == {"outcome": "test", "note": "a drill"}


def test_told_twice_is_told_once(queue):
    changes = [change(), change(kind=REPEATED, at=200), change("a2", at=200), change(kind=CLEARED, at=300)]
    commit(queue, *changes)
    before = queue.open()
    again = commit(queue, *changes, *changes)
    assert (again.last_number, again.alerts) == (4, ())
    assert queue.open() == before
    assert numbers(queue) == [1, 2, 3, 4]


def test_several_changes_of_one_alert_in_one_batch_are_each_in_the_history(queue):
    (alert,) = commit(queue, change(), change(kind=REPEATED, at=200), change(kind=CLEARED, at=300)).alerts
    assert (alert.repeats, alert.cleared_at, alert.version) == (1, 300, 3)
    assert (alert.opened_number, alert.changed_number) == (1, 3)


def test_a_commit_without_an_entry_leaves_the_journal_as_it_is(queue, record):
    assert queue.commit(entry=None, changes=[change()], at=1).position is None
    with record.reading() as reading:
        assert reading.newest_position() == 0


def test_a_stale_screen_is_told_what_the_alert_is_now(queue):
    (seen,) = commit(queue, change()).alerts
    first = queue.act("a1", Acknowledge(), by="kari", at=1100, version=seen.version)
    with pytest.raises(StaleVersion) as refused:
        queue.act("a1", Close(outcome=Outcome.TEST, note="x"), by="ola", at=1101, version=seen.version)
    assert refused.value.current == first
    assert numbers(queue) == [1, 2]


def test_a_refused_action_leaves_no_trace(queue):
    (seen,) = commit(queue, change()).alerts
    with pytest.raises(ActionRefused):
        queue.act("a1", Close(outcome=Outcome.OTHER), by="ola", at=1101, version=seen.version)
    assert queue.alert("a1") == seen
    assert numbers(queue) == [1]


def test_an_alert_nobody_told_of_is_unknown(queue):
    with pytest.raises(UnknownAlert):
        queue.act("none", Acknowledge(), by="kari", at=1, version=1)
    with pytest.raises(UnknownAlert):
        queue.alert("none")
    with pytest.raises(UnknownAlert):
        queue.alert_history("none")


def test_only_closing_takes_an_alert_out_of_the_queue(queue):
    commit(queue, change("a1"), change("a2"), change("a1", CLEARED, 200))
    assert {alert.id for alert in queue.open()} == {"a1", "a2"}
    alert = queue.alert("a1")
    queue.act("a1", Close(outcome=Outcome.REASONABLE_EXCUSE), by="kari", at=300, version=alert.version)
    assert [alert.id for alert in queue.open()] == ["a2"]
    assert [alert.id for alert in queue.open(AlertQuery(is_closed=True))] == ["a1"]
    assert [alert.id for alert in queue.open(AlertQuery(is_closed=None))] == ["a2", "a1"]
    commit(queue, change("a1", WORSENED, 400))
    assert {alert.id for alert in queue.open()} == {"a1", "a2"}


def test_the_queue_is_counted(queue):
    commit(queue, change("a1"), change("a2"), change("a3", severity=Severity.CRITICAL))
    queue.act("a1", Acknowledge(), by="kari", at=1, version=1)
    counts = queue.counts()
    assert (counts.open, counts.unacknowledged) == (3, 2)
    assert counts.by_severity == {
        Severity.CRITICAL: 1,
        Severity.HIGH: 2,
        Severity.MEDIUM: 0,
        Severity.LOW: 0,
    }


def test_a_column_s_number_forgotten_in_the_evidence_does_not_stop_the_lane(queue):
    evidence = {
        "margin_m": np.float64(-12.5),
        "count": np.int64(3),
        "trail": np.array([1, 2]),
        "gone": float("nan"),
    }
    commit(queue, change(evidence=evidence))
    assert queue.alert("a1").evidence == {"margin_m": -12.5, "count": 3, "trail": [1, 2], "gone": None}


def test_everything_is_there_after_a_restart(tmp_path):
    path = tmp_path / "record.db"
    with closing(SqliteRecord(path)) as record:
        queue = AlertQueue(record)
        commit(queue, change())
        seen = queue.act("a1", Acknowledge(), by="kari", at=1100, version=1)
    with closing(SqliteRecord(path)) as record:
        queue = AlertQueue(record)
        assert queue.latest() == 2
        assert queue.open() == [seen]
        assert queue.act("a1", Comment(note="still here"), by="ola", at=1200, version=2).changed_number == 3


def test_of_many_operators_acting_on_one_version_one_wins(queue):
    (seen,) = commit(queue, change()).alerts
    won, told = [], []

    def operator(name):
        try:
            won.append(queue.act("a1", Acknowledge(), by=name, at=1100, version=seen.version))
        except StaleVersion as stale:
            told.append(stale.current)

    threads = [threading.Thread(target=operator, args=(f"operator {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert told == won * 7


def test_commits_and_actions_from_many_threads_leave_no_gap_and_lose_nothing(queue):
    def engine():
        for n in range(60):
            commit(queue, change("a1", REPEATED, at=100 + n), at=1000 + n)

    def operator(name):
        left = 20
        while left:
            alert = queue.alert("a1")
            try:
                queue.act("a1", Comment(note="x"), by=name, at=1, version=alert.version)
                left -= 1
            except StaleVersion:
                continue

    commit(queue, change())
    threads = [threading.Thread(target=engine)]
    threads += [threading.Thread(target=operator, args=(name,)) for name in ("kari", "ola")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alert = queue.alert("a1")
    assert (alert.repeats, alert.comments, alert.version) == (60, 40, 101)
    assert numbers(queue) == list(range(1, 102))


# Following


async def follow(queue, after, until):
    """A feed's loop: every entry after `after`, until number `until`."""
    followed = []
    while after < until:
        await asyncio.wait_for(queue.past(after), timeout=10)
        entries = await asyncio.to_thread(queue.history, after, 7)
        followed += entries
        after = entries[-1].number
    return followed


async def test_many_feeds_follow_without_loss_or_double(queue):
    def engine():
        for n in range(100):
            commit(queue, change(f"a{n % 5}", REPEATED, at=100 + n), at=1000 + n)

    feeds = [asyncio.create_task(follow(queue, after, 100)) for after in (0, 0, 40)]
    await asyncio.to_thread(engine)
    whole, twin, later = await asyncio.gather(*feeds)
    assert [entry.number for entry in whole] == list(range(1, 101))
    assert twin == whole
    assert later == whole[40:]


async def test_what_is_there_already_is_not_waited_for(queue):
    commit(queue, change())
    assert await asyncio.wait_for(queue.past(0), timeout=10) == 1


async def test_a_commit_without_news_wakes_nobody(queue):
    commit(queue, change())
    waiting = asyncio.create_task(queue.past(1))
    woken = []
    stop = queue.on_change(lambda: woken.append(queue.latest()))
    commit(queue)
    commit(queue, change())
    await asyncio.sleep(0)
    assert not waiting.done()
    commit(queue, change("a2"))
    assert await asyncio.wait_for(waiting, timeout=10) == 2
    stop()
    commit(queue, change("a3"))
    assert woken == [2]


async def test_a_feed_that_gave_up_is_forgotten(queue):
    waiting = asyncio.create_task(queue.past(0))
    await asyncio.sleep(0)
    assert len(queue._bell._wakes) == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(queue._bell._wakes) == 0


def test_a_listener_whose_loop_has_closed_harms_no_commit(queue):
    loop = asyncio.new_event_loop()
    loop.close()
    queue.on_change(lambda: loop.call_soon_threadsafe(print))
    assert commit(queue, change()).last_number == 1


def test_an_alert_is_told_to_the_listener_only_once_it_can_be_read(queue):
    seen = []
    queue.on_change(lambda: seen.append(queue.alert("a1").state))
    commit(queue, change())
    queue.act("a1", Acknowledge(), by="kari", at=1, version=1)
    assert seen == [State.UNACKNOWLEDGED, State.ACKNOWLEDGED]

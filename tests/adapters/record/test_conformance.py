"""What every store of the record promises; each store in conftest.STORES must pass all of it."""

import threading
from dataclasses import dataclass
from itertools import pairwise

import pytest

from em_engine.record.interface import RecordCorrupt
from em_engine.record.rows import (
    AlertQuery,
    AlertRow,
    Hole,
    KeptPosition,
    Role,
    RulebookRow,
)


class Interrupted(Exception):
    """Something went wrong in the middle of a transaction."""


@dataclass(frozen=True)
class Noise:
    """A message that could not be read."""

    topic: str = "em/1/tag-1/fix"
    received_at: int = 7
    reason: str = "no JSON"
    payload: bytes = b"\xff\x00"
    device: str | None = "tag-1"


def alert_row(id="a", **changed):
    row = AlertRow(
        id=id,
        is_closed=False,
        urgency=4,
        waiting=10,
        case="case-1",
        order="OVA-1",
        condition="home",
        type="exclusion.entered",
        wearer="W-1",
        device="tag-1",
        body=b"{}",
    )
    return row._replace(**changed)


def position(**changed):
    kept = KeptPosition(
        case="case-1",
        person="W-1",
        role=Role.WEARER,
        device="tag-1",
        fixed_at=100,
        lon=10.75,
        lat=59.91,
        accuracy_m=9.0,
        source=1,
        in_breach=False,
    )
    return kept._replace(**changed)


def append(record, *entries):
    with record.transaction() as writing:
        return [writing.append_journal(entry) for entry in entries]


def journal(record, after=0):
    with record.reading() as reading:
        return list(reading.journal_after(after))


# The journal


def test_positions_count_the_journal_from_one(record):
    assert append(record, b"first", b"") == [1, 2]
    assert append(record, b"third") == [3]
    assert journal(record) == [(1, b"first"), (2, b""), (3, b"third")]
    assert journal(record, after=2) == [(3, b"third")]
    assert journal(record, after=3) == []


def test_an_empty_record_knows_that_it_is_empty(record):
    with record.reading() as reading:
        assert reading.newest_position() == 0
        assert reading.newest_number() == 0
        assert reading.newest_snapshot() is None
        assert reading.quarantined_ever() == 0
        assert list(reading.journal_after(0)) == []


def test_what_was_committed_is_there_when_the_record_is_opened_again(opened):
    append(opened(), b"first")
    again = opened()
    assert journal(again) == [(1, b"first")]
    assert append(again, b"second") == [2]


def test_a_transaction_left_by_an_exception_leaves_no_trace(record):
    append(record, b"stands")
    with pytest.raises(Interrupted), record.transaction() as writing:  # noqa: PT012 - that is the whole of it
        writing.append_journal(b"falls")
        writing.append_history(at=1, alert="a", what="opened", by="engine", payload=b"{}")
        writing.put_alert(alert_row())
        writing.quarantine([Noise()])
        writing.keep_positions([position()])
        writing.put_holes([Hole("tag-1", 5, 9, 1)])
        writing.keep_rulebook(RulebookRow("r1", b"zip", 1))
        writing.save_snapshot(1, b"state", at=1)
        writing.put_setting("key", "value")
        raise Interrupted
    with record.reading() as reading:
        assert list(reading.journal_after(0)) == [(1, b"stands")]
        assert reading.newest_position() == 1
        assert reading.newest_number() == 0
        assert reading.alert("a") is None
        assert reading.quarantined_ever() == 0
        assert reading.last_position("case-1", "W-1") is None
        assert reading.open_holes_count() == 0
        assert reading.rulebooks() == []
        assert reading.newest_snapshot() is None
        assert reading.setting("key") is None


def test_numbers_of_a_transaction_that_fell_are_given_again(record):
    """No gap in history may look like something that was removed."""
    with pytest.raises(Interrupted), record.transaction() as writing:  # noqa: PT012 - that is the whole of it
        writing.append_history(at=1, alert="a", what="opened", by="engine", payload=b"{}")
        raise Interrupted
    with record.transaction() as writing:
        assert writing.append_history(at=1, alert="a", what="opened", by="engine", payload=b"{}") == 1


def test_a_transaction_sees_its_own_writing_and_nobody_else_does_before_it_ends(record):
    with record.transaction() as writing:
        writing.append_journal(b"new")
        assert writing.newest_position() == 1
        assert journal(record) == []
    assert journal(record) == [(1, b"new")]


def test_a_look_stays_as_it_was_while_others_commit(record):
    append(record, b"first")
    with record.reading() as reading:
        assert reading.newest_position() == 1
        append(record, b"second")
        assert reading.newest_position() == 1
        assert list(reading.journal_after(0)) == [(1, b"first")]
    assert len(journal(record)) == 2


def test_nothing_can_be_asked_or_written_through_a_transaction_that_has_ended(record):
    with record.transaction() as writing:
        pass
    with pytest.raises(AssertionError, match="has ended"):
        writing.append_journal(b"late")
    assert journal(record) == []


def test_a_transaction_within_a_transaction_is_a_mistake_of_ours_and_no_deadlock(record):
    with record.transaction(), pytest.raises(AssertionError, match="within"), record.transaction():
        pass
    assert append(record, b"goes on") == [1]


# Snapshots


def snapshot(record, position, blob):
    with record.transaction() as writing:
        writing.save_snapshot(position, blob, at=position)


def newest_snapshot(record):
    with record.reading() as reading:
        return reading.newest_snapshot()


def trim(record, before, limit=1000):
    with record.transaction() as writing:
        return writing.trim_journal(before, limit=limit)


def test_the_newest_snapshot_is_given_whole(record):
    blob = bytes(range(256)) * 20_000
    snapshot(record, 3, b"old")
    snapshot(record, 8, blob)
    assert newest_snapshot(record) == (8, blob)


def test_a_snapshot_of_a_position_replaces_the_one_before(record):
    snapshot(record, 3, b"first try")
    snapshot(record, 3, b"second try")
    assert newest_snapshot(record) == (3, b"second try")


def test_without_two_snapshots_nothing_is_trimmed(record):
    append(record, *[b"x"] * 10)
    assert trim(record, before=10) == 0
    snapshot(record, 8, b"state")
    assert trim(record, before=10) == 0
    assert len(journal(record)) == 10


def test_trimming_keeps_what_the_older_of_the_two_snapshots_needs(record):
    append(record, *[b"x"] * 10)
    for position in (2, 4, 8):
        snapshot(record, position, b"state")
    assert trim(record, before=100) == 4
    assert [position for position, _ in journal(record, after=4)] == [5, 6, 7, 8, 9, 10]


def test_trimming_goes_no_further_than_asked_and_in_bounded_steps(record):
    append(record, *[b"x"] * 10)
    snapshot(record, 8, b"state")
    snapshot(record, 9, b"state")
    assert [trim(record, before=6, limit=3), trim(record, before=6, limit=3), trim(record, before=6)] == [
        3,
        2,
        0,
    ]
    assert [position for position, _ in journal(record, after=5)] == [6, 7, 8, 9, 10]


def test_positions_go_on_after_everything_was_trimmed(opened):
    record = opened()
    append(record, *[b"x"] * 4)
    snapshot(record, 4, b"state")
    snapshot(record, 5, b"state")
    assert trim(record, before=100) == 4
    record = opened()
    assert append(record, b"fifth") == [5]
    assert journal(record, after=4) == [(5, b"fifth")]


def test_reading_from_before_what_was_trimmed_is_an_error_and_not_a_shorter_journal(record):
    append(record, *[b"x"] * 4)
    snapshot(record, 2, b"state")
    snapshot(record, 3, b"state")
    trim(record, before=100)
    with pytest.raises(RecordCorrupt, match="lacks position 1"):
        journal(record)


# Alerts


def alerts(record, **asked):
    with record.reading() as reading:
        return [row.id for row in reading.alerts(AlertQuery(**asked))]


def put(record, *rows):
    with record.transaction() as writing:
        for row in rows:
            writing.put_alert(row)


def test_an_alert_comes_back_as_it_was_put_and_the_last_put_stands(record):
    first, second = alert_row(device=None), alert_row(body=b'{"later": true}', urgency=9, is_closed=True)
    put(record, first)
    with record.reading() as reading:
        assert reading.alert("a") == first
        assert reading.alert("b") is None
    put(record, second)
    with record.reading() as reading:
        assert reading.alert("a") == second


def test_alerts_come_in_the_order_of_the_queue(record):
    put(
        record,
        alert_row("closed", is_closed=True, urgency=0, waiting=-5),
        alert_row("late", waiting=30),
        alert_row("less urgent", urgency=5, waiting=1),
        alert_row("early", waiting=20),
        alert_row("twin", waiting=20),
        alert_row("closed last", is_closed=True, urgency=0, waiting=-9),
    )
    assert alerts(record) == ["early", "twin", "late", "less urgent"]
    assert alerts(record, is_closed=True) == ["closed last", "closed"]
    assert alerts(record, is_closed=None)[-2:] == ["closed last", "closed"]
    assert alerts(record, limit=2) == ["early", "twin"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"case": "case-2"}, ["b"]),
        ({"wearer": "W-1"}, ["a"]),
        ({"type": "device.strap"}, ["b"]),
        ({"text": "W-2"}, ["b"]),
        ({"text": "w-2"}, ["b"]),
        ({"text": "ova"}, ["a", "b"]),
        ({"text": "tag-1"}, ["a"]),
        ({"text": "strap"}, ["b"]),
        ({"text": "50%"}, ["b"]),
        ({"text": "%"}, ["b"]),
        ({"text": "_"}, []),
        ({"case": "case-1", "text": "W-2"}, []),
    ],
    ids=str,
)
def test_alerts_are_narrowed_by_what_is_asked(record, asked, found):
    other = {"case": "case-2", "wearer": "W-2", "type": "device.strap", "device": None, "condition": "50%"}
    put(record, alert_row("a"), alert_row("b", **other))
    assert alerts(record, **asked) == found


def test_open_alerts_are_counted_by_urgency(record):
    put(record, alert_row("a"), alert_row("b"), alert_row("c", urgency=7), alert_row("d", is_closed=True))
    with record.reading() as reading:
        assert reading.open_counts() == {4: 2, 7: 1}


# History


def test_history_is_numbered_without_a_gap_and_read_from_any_number(record):
    with record.transaction() as writing:
        for at in range(5):
            writing.append_history(at=at, alert="ab"[at % 2], what="repeated", by="engine", payload=b"{}")
    with record.reading() as reading:
        assert [row.number for row in reading.history(after=0, limit=100)] == [1, 2, 3, 4, 5]
        assert [row.number for row in reading.history(after=2, limit=2)] == [3, 4]
        assert reading.history(after=5, limit=100) == []
        assert [(row.number, row.at) for row in reading.alert_history("a")] == [(1, 0), (3, 2), (5, 4)]
        assert reading.newest_number() == 5


def test_two_threads_write_a_history_without_gaps(record):
    def write(name):
        for at in range(100):
            with record.transaction() as writing:
                writing.append_journal(name)
                writing.append_history(
                    at=at, alert=name.decode(), what="repeated", by="engine", payload=b"{}"
                )

    def look():
        # Each commit appends to both: a look that saw half of one would see them differ.
        while any(thread.is_alive() for thread in threads):
            with record.reading() as reading:
                seen.append((reading.newest_position(), reading.newest_number()))

    seen = []
    threads = [threading.Thread(target=write, args=(name,)) for name in (b"one", b"two")]
    looker = threading.Thread(target=look)
    for thread in (*threads, looker):
        thread.start()
    for thread in (*threads, looker):
        thread.join()
    with record.reading() as reading:
        assert [row.number for row in reading.history(after=0, limit=1000)] == list(range(1, 201))
        assert [row.at for row in reading.alert_history("one")] == list(range(100))
    assert all(position == number for position, number in seen)
    assert all(earlier <= later for earlier, later in pairwise(seen))

"""What every store promises of all that is not journal, snapshot or alert; see test_conformance."""

import math

import pytest

from em_engine.record.rows import (
    QUARANTINE_ROWS_MAX,
    Hole,
    Role,
    RulebookRow,
)
from tests.adapters.record.test_conformance import Noise, append, position

# Quarantine


def test_unreadable_messages_are_kept_with_their_reason(record):
    with record.transaction() as writing:
        writing.quarantine([Noise(), Noise(device=None, reason="empty", payload=b"")])
    with record.reading() as reading:
        first, second = reading.quarantined(after=0, limit=10)
        assert first == (1, 7, "em/1/tag-1/fix", "tag-1", "no JSON", b"\xff\x00")
        assert (second.number, second.device, second.reason, second.payload) == (2, None, "empty", b"")
        assert reading.quarantined(after=1, limit=10) == [second]
        assert reading.quarantined_ever() == 2


def test_quarantine_keeps_the_newest_and_goes_on_counting(record):
    beyond = 3
    noise = Noise()
    with record.transaction() as writing:
        writing.quarantine([noise] * QUARANTINE_ROWS_MAX)
        writing.quarantine([noise] * beyond)
    with record.reading() as reading:
        assert reading.quarantined(after=0, limit=1)[0].number == beyond + 1
        assert reading.quarantined_ever() == QUARANTINE_ROWS_MAX + beyond


# Kept positions


def keep(record, *rows):
    with record.transaction() as writing:
        writing.keep_positions(rows)


def positions(record, case="case-1", since=0, until=10**18, **asked):
    with record.reading() as reading:
        return reading.positions(case, since=since, until=until, **asked)


def test_a_position_comes_back_as_it_was_kept(record):
    kept = position()
    keep(record, kept)
    assert positions(record) == [kept]


def test_an_unknown_accuracy_stays_unknown(record):
    keep(record, position(accuracy_m=math.nan))
    (found,) = positions(record)
    assert math.isnan(found.accuracy_m)


def test_positions_are_found_by_case_time_and_role(record):
    fixes = [position(fixed_at=at) for at in (30, 10, 20)]
    hers = position(person="P-1", role=Role.PROTECTED, device="phone-1", fixed_at=15)
    keep(record, *fixes, hers, position(case="case-2", fixed_at=15))
    assert [found.fixed_at for found in positions(record)] == [10, 15, 20, 30]
    assert [found.fixed_at for found in positions(record, since=10, until=20)] == [10, 15]
    assert positions(record, role=Role.PROTECTED) == [hers]
    assert [found.fixed_at for found in positions(record, role=Role.WEARER)] == [10, 20, 30]
    assert [found.fixed_at for found in positions(record, limit=2)] == [20, 30]


def test_the_last_position_of_a_person(record):
    keep(
        record, position(fixed_at=30), position(fixed_at=10), position(person="P-1", device="p", fixed_at=99)
    )
    with record.reading() as reading:
        assert reading.last_position("case-1", "W-1") == position(fixed_at=30)
        assert reading.last_position("case-2", "W-1") is None


def test_a_position_told_twice_is_kept_once_and_what_is_in_breach_stays_so(record):
    keep(record, position(), position(in_breach=True))
    keep(record, position(), position(lon=99.0))
    assert positions(record) == [position(in_breach=True)]


def test_positions_are_forgotten_by_case_and_time(record):
    keep(record, *[position(case=case, fixed_at=at) for case in ("case-1", "case-2") for at in (10, 20, 30)])
    with record.transaction() as writing:
        assert writing.forget_positions(case="case-1", before=30) == 2
    assert [found.fixed_at for found in positions(record)] == [30]
    assert [found.fixed_at for found in positions(record, "case-2")] == [10, 20, 30]
    with record.transaction() as writing:
        assert writing.forget_positions(before=21) == 2
    assert [found.fixed_at for found in positions(record, "case-2")] == [30]


# Holes, rulebooks, settings


def test_a_hole_is_seen_asked_for_and_filled(record):
    hole = Hole(device="tag-1", from_seq=5, to_seq=9, seen_at=100)
    later = Hole(device="tag-0", from_seq=1, to_seq=1, seen_at=200)
    with record.transaction() as writing:
        writing.put_holes([later, hole])
    with record.reading() as reading:
        assert reading.open_holes() == [hole, later]
        assert reading.open_holes(device="tag-0") == [later]
        assert reading.open_holes(limit=1) == [hole]
    with record.transaction() as writing:
        writing.put_holes([hole._replace(asked_at=110), later._replace(filled_at=210)])
    with record.reading() as reading:
        assert reading.open_holes() == [hole._replace(asked_at=110)]
        assert reading.open_holes_count() == 1


@pytest.mark.parametrize(
    "left",
    [[(5, 5, 900), (6, 9, None)], [(5, 6, None), (8, 9, None)], [(5, 8, None)]],
    ids=["from its edge", "from within", "from its end"],
)
def test_what_is_left_of_a_hole_was_seen_when_the_hole_was(record, left):
    with record.transaction() as writing:
        writing.put_holes([Hole(device="tag-1", from_seq=5, to_seq=9, seen_at=100)])
    with record.transaction() as writing:
        writing.put_holes(
            [Hole("tag-1", first, last, seen_at=900, filled_at=filled) for first, last, filled in left]
        )
    with record.reading() as reading:
        assert {hole.seen_at for hole in reading.open_holes()} == {100}


def test_a_hole_torn_anew_where_one_was_filled_was_seen_anew(record):
    for hole in (
        Hole(device="tag-1", from_seq=5, to_seq=9, seen_at=100),
        Hole(device="tag-1", from_seq=5, to_seq=9, seen_at=200, filled_at=200),
        Hole(device="tag-1", from_seq=5, to_seq=9, seen_at=300),
    ):
        with record.transaction() as writing:
            writing.put_holes([hole])
    with record.reading() as reading:
        assert [hole.seen_at for hole in reading.open_holes()] == [300]


def test_a_rulebook_stays_as_it_first_judged(record):
    with record.transaction() as writing:
        writing.keep_rulebook(RulebookRow("r2", b"zip", 20))
        writing.keep_rulebook(RulebookRow("r1", b"zap", 10))
        writing.keep_rulebook(RulebookRow("r2", b"other", 30))
    with record.reading() as reading:
        assert reading.rulebook("r2") == RulebookRow("r2", b"zip", 20)
        assert reading.rulebook("r3") is None
        assert reading.rulebooks() == [("r1", 10), ("r2", 20)]


def test_the_last_value_put_under_a_key_stands(opened):
    with opened().transaction() as writing:
        writing.put_setting("sent", "17")
        writing.put_setting("sent", "18")
    with opened().reading() as reading:
        assert reading.setting("sent") == "18"
        assert reading.setting("other") is None


def test_the_record_says_how_much_room_it_takes_and_has(record):
    before = record.size()
    append(record, bytes(1_000_000))
    after = record.size()
    assert after.used >= before.used + 900_000
    assert after.free > 0

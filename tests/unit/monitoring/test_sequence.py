"""Numbers that devices count by: what is missing, what came before, what came late."""

from collections.abc import Sequence

import pytest

from em_engine.monitoring.patience import BY_TIME
from em_engine.monitoring.sequence import Hole, Sequences, Sifted
from em_engine.vocabulary import HOUR, SECOND, ReportKind, Rows, blank_reports


def taken(counts: Sequences, *numbers: int, at: tuple[int, ...] = ()) -> tuple[list[bool], list[Hole]]:
    """Whether each of a tag's messages was a duplicate, and the holes told; made at `at`, or as numbered."""
    sifted = counts.sift(("tag",), messages(numbers, at or numbers), max(at or numbers))
    return sifted.is_duplicate.tolist(), sifted.holes


def messages(numbers: Sequence[int], at: Sequence[int], kind: ReportKind = ReportKind.HEARTBEAT) -> Rows:
    """One tag's messages, received as they were made."""
    rows = blank_reports(len(numbers))
    rows["kind"], rows["seq"], rows["at"], rows["received_at"] = kind, numbers, at, at
    return rows


def open_holes(counts: Sequences) -> list[tuple[int, int]]:
    """What is missing now."""
    return [(hole.from_seq, hole.to_seq) for hole in counts.holes()]


def test_a_first_upload_newest_first_is_taken_whole() -> None:
    counts = Sequences()
    assert taken(counts, 5, 3, 2, 1, 4)[0] == [False] * 5
    assert open_holes(counts) == []


def test_what_lies_between_a_lower_number_and_the_first_is_missing() -> None:
    counts = Sequences()
    taken(counts, 9)
    assert taken(counts, 3)[0] == [False]
    assert open_holes(counts) == [(4, 8)]
    assert taken(counts, 6)[0] == [False]
    assert open_holes(counts) == [(4, 5), (7, 8)]


@pytest.mark.parametrize("again", [3, 9])
def test_a_number_heard_before_is_a_duplicate(again: int) -> None:
    counts = Sequences()
    taken(counts, 9, 3)
    assert taken(counts, again)[0] == [True]


def test_a_device_that_counts_anew_has_a_new_first_number() -> None:
    counts = Sequences()
    taken(counts, 50, 51, at=(100, 110))
    assert taken(counts, 7, at=(120,))[0] == [False]
    assert taken(counts, 5, at=(115,))[0] == [False]
    assert open_holes(counts) == [(6, 6)]


def test_the_counts_survive_a_snapshot() -> None:
    counts = Sequences()
    taken(counts, 9, 7)
    again = Sequences.load(counts.dump())
    assert taken(again, 7)[0] == [True]
    assert taken(again, 5)[0] == [False]
    assert open_holes(again) == [(6, 6), (8, 8)]


# What waits -----------------------------------------------------------------------------------------


def heard(counts: Sequences, *messages_at: tuple[int, float], until: float | None = None) -> Sifted:
    """What comes of messages of these numbers, each received at so many seconds."""
    at = [second(seconds) for _, seconds in messages_at]
    end = at[-1] if until is None else second(until)
    return counts.sift(("tag",), messages([number for number, _ in messages_at], at), end)


def fixes(counts: Sequences, *messages_at: tuple[int, float]) -> Sifted:
    """What comes of fixes of these numbers, likewise; made in the order of their numbers."""
    at = [second(seconds) for _, seconds in messages_at]
    numbers = [number for number, _ in messages_at]
    rows = messages(numbers, at, ReportKind.FIX)
    rows["at"] = numbers
    return counts.sift(("tag",), rows, at[-1])


def second(number: float) -> int:
    """So many seconds after the beginning of the test."""
    return HOUR + round(number * SECOND)


def test_a_message_above_a_hole_waits_until_it_is_filled() -> None:
    counts = Sequences()
    sifted = heard(counts, (1, 0), (4, 1), (5, 1.1), (2, 1.2), (3, 1.5))
    assert sifted.waits.tolist() == [False, True, True, False, False]
    told = [(one.number, one.at, one.after) for one in sifted.released]
    assert told == [(1, second(1.5), 4), (2, second(1.5), 4)]
    assert not sifted.released[0].is_torn


def test_it_waits_for_two_seconds_at_most() -> None:
    counts = Sequences()
    assert heard(counts, (1, 0), (4, 1), (5, 1.5), until=2.9).released == []
    assert counts.patience.next_due == second(3)
    late = heard(counts, (6, 3.2))
    assert [(one.number, one.at, one.after) for one in late.released] == [
        (1, second(3), BY_TIME),
        (2, second(3), BY_TIME),
    ]
    assert all(one.is_torn for one in late.released)
    assert not late.waits.any()


def test_time_alone_lets_it_go() -> None:
    counts = Sequences()
    heard(counts, (1, 0), (3, 1))
    assert [one.number for one in counts.sift((), blank_reports(0), second(3)).released] == [1]


def test_only_what_is_missing_below_a_message_may_change_what_it_says() -> None:
    assert heard(Sequences(), (1, 0), (9, 1), (2, 1.1)).is_torn.tolist() == [False, True, False]


def test_what_is_missing_below_the_fix_before_says_nothing_of_a_message() -> None:
    """Number 2 was taken before the fix of number 3: it may change that one, and none after it."""
    counts = Sequences()
    assert fixes(counts, (1, 0), (3, 1), (4, 2), (5, 10)).is_torn.tolist() == [False, True, False, False]


def test_a_heartbeat_hides_no_hole() -> None:
    counts = Sequences()
    fixes(counts, (1, 0))
    assert heard(counts, (3, 1)).is_torn.tolist() == [True]
    assert fixes(counts, (4, 2), (5, 3)).is_torn.tolist() == [True, False]


def test_a_fix_in_the_hole_parts_it() -> None:
    counts = Sequences()
    fixes(counts, (1, 0), (9, 1))
    assert fixes(counts, (4, 4), (10, 4.2)).is_torn.tolist() == [True, False]
    assert fixes(counts, (6, 5), (5, 5.1)).is_torn.tolist() == [True, False]


def test_a_hole_below_the_first_is_below_its_fix() -> None:
    counts = Sequences()
    fixes(counts, (9, 0), (10, 0.5))
    assert fixes(counts, (5, 1), (11, 4)).is_torn.tolist() == [False, False]
    counts = Sequences()
    heard(counts, (9, 0), (10, 0.5))
    assert fixes(counts, (5, 1), (11, 4), (12, 5)).is_torn.tolist() == [False, True, False]


@pytest.mark.parametrize("first", [1, 2, 3, 4, 5, 6])
def test_how_messages_are_cut_into_batches_decides_nothing(first: int) -> None:
    """Most are sifted in columns, those about holes one by one."""
    messages_at = [(1, 0), (2, 60), (4, 120), (5, 125), (6, 130), (7, 190), (8, 250), (10, 300)]
    whole, parted = Sequences(), Sequences()
    torn = fixes(whole, *messages_at).is_torn.tolist()
    first_torn = fixes(parted, *messages_at[:first]).is_torn.tolist()
    assert first_torn + fixes(parted, *messages_at[first:]).is_torn.tolist() == torn
    assert torn == [False, False, True, False, False, False, False, True]
    assert whole.dump() == parted.dump()


def test_which_fixes_were_heard_above_a_hole_survives_a_snapshot() -> None:
    counts = Sequences()
    fixes(counts, (1, 0), (3, 1))
    again = Sequences.load(counts.dump())
    assert fixes(again, (4, 2)).is_torn.tolist() == [False]
    assert again.dump() != counts.dump()


def test_an_event_waits_for_nothing() -> None:
    counts = Sequences()
    rows = messages([1, 3], [0, SECOND], kind=ReportKind.EVENT)
    assert not counts.sift(("tag",), rows, SECOND).waits.any()


def test_who_waits_survives_a_snapshot() -> None:
    counts = Sequences()
    heard(counts, (1, 0), (3, 1))
    again = Sequences.load(counts.dump())
    assert [one.number for one in heard(again, (2, 1.5)).released] == [1]

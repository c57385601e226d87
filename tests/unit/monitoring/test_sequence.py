"""Numbers that devices count by: what is missing, what came before, what came late."""

import numpy as np
import pytest

from em_engine.monitoring.sequence import Hole, Sequences


def taken(counts: Sequences, *numbers: int, at: tuple[int, ...] = ()) -> tuple[list[bool], list[Hole]]:
    """Whether each of a tag's messages was a duplicate, and the holes told; made at `at`, or as numbered."""
    seq = np.array(numbers)
    made = np.array(at or numbers)
    duplicates, _, holes = counts.sift(("tag",), np.zeros(len(seq), dtype=np.intp), seq, made, made)
    return duplicates.tolist(), holes


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

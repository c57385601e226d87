"""Several tracks as one stream: by the latest time each file has reached, whatever the batch."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from em_engine.vocabulary import Batch, blank_reports
from simulators.tracks import Track, merge


def track(name: str, *times: int, device: str | None = None) -> Track:
    rows = blank_reports(len(times))
    rows["at"] = times
    rows["received_at"] = np.maximum.accumulate(times) if times else []
    return Track(name=name, devices=(device or name,), rows=rows)


def order(batches: list[Batch]) -> list[tuple[str, int]]:
    return [(batch.devices[row["device"]], int(row["at"])) for batch in batches for row in batch.rows]


def test_files_are_merged_by_the_latest_time_each_has_reached() -> None:
    # b's late 5 arrives with its 30, after a's 20, though its own time is long before.
    merged = order([*merge([track("a", 10, 20, 40), track("b", 15, 30, 5)])])
    assert merged == [("a", 10), ("b", 15), ("a", 20), ("b", 30), ("b", 5), ("a", 40)]


def test_the_clock_of_arrival_never_falls() -> None:
    (batch,) = merge([track("a", 10, 40), track("b", 30, 20)])
    assert batch.rows["received_at"].tolist() == [10, 30, 30, 40]


def test_a_newest_first_file_arrives_all_at_once_in_its_own_order() -> None:
    (batch,) = merge([track("a", 30, 20, 10)])
    assert order([batch]) == [("a", 30), ("a", 20), ("a", 10)]
    assert set(batch.rows["received_at"]) == {30}


def test_the_order_in_which_files_are_given_does_not_matter() -> None:
    files = [track("b", 10, 20), track("a", 10, 20), track("c", 10, device="a")]
    assert order([*merge(files)]) == order([*merge(files[::-1])])


def test_two_files_of_one_device_are_one_device() -> None:
    (batch,) = merge([track("x", 10, device="a"), track("y", 20, device="a")])
    assert batch.devices == ("a",)
    assert batch.rows["device"].tolist() == [0, 0]


def test_what_arrives_after_the_end_is_left_out() -> None:
    assert order([*merge([track("a", 10, 20, 5, 30)], until=20)]) == [("a", 10), ("a", 20), ("a", 5)]


def test_no_rows_are_no_batches() -> None:
    assert [*merge([])] == []
    assert [*merge([track("a")])] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(
    files=st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=4), rows=st.integers(1, 9)
)
def test_every_batch_size_gives_the_same_rows(files: list[list[int]], rows: int) -> None:
    tracks = [track(f"d{index}", *times) for index, times in enumerate(files)]
    whole, cut = [*merge(tracks)], [*merge(tracks, rows=rows)]
    assert all(len(batch) <= rows for batch in cut)
    assert order(cut) == order(whole)
    for device, times in zip([f"d{index}" for index in range(len(files))], files, strict=True):
        assert [at for name, at in order(whole) if name == device] == times


def test_a_batch_holds_at_least_one_row() -> None:
    with pytest.raises(AssertionError, match="at least one row"):
        next(merge([track("a", 1)], rows=0))

"""A day of messages in one batch: taken in runs they say what they say one by one."""

import numpy as np
import pytest

from em_engine.monitoring.sequence import Sequences
from em_engine.vocabulary import MINUTE, SECOND, Micros, ReportKind, Rows, blank_reports

NAMES = ("quiet", "shuffled", "lossy", "stored")
COUNT = 120


def day(seed: int) -> Rows:
    """Four tags: one whose messages all come, one overtaken on the way, one that loses some in a burst,
    one that counts anew half way and sends what it has stored newest first."""
    chance = np.random.default_rng(seed)
    rows = np.concatenate([_of(device, chance) for device in range(len(NAMES))])
    return rows[np.argsort(rows["received_at"], kind="stable")]


def _of(device: int, chance: np.random.Generator) -> Rows:
    rows = blank_reports(COUNT)
    rows["device"], rows["seq"] = device, np.arange(COUNT) + 10
    rows["kind"] = np.where(chance.random(COUNT) < 0.1, ReportKind.EVENT, ReportKind.FIX)
    rows["at"] = (np.arange(COUNT) + 1) * 30 * SECOND
    late: np.ndarray = np.zeros(COUNT, dtype=np.int64)
    if device == 1:
        late = np.where(chance.random(COUNT) < 0.2, chance.integers(0, 100 * SECOND, COUNT), 0)
    if device == 3:
        rows["seq"][COUNT // 2 :] -= COUNT // 2
        late[70:90] = 20 * MINUTE - 2 * rows["at"][70:90] + 2 * rows["at"][70]
    rows["received_at"] = rows["at"] + SECOND + late
    if device == 2:
        rows["received_at"] = rows["at"][-1] + rows["at"] // 60
        rows = rows[chance.random(COUNT) > 0.1]
    return np.asarray(rows)


def told(rows: Rows, size: int) -> tuple[object, ...]:
    """What the counts say of the messages in batches of that size, and what they know in the end."""
    counts, columns, holes, released = Sequences(), [], [], set[tuple[int, Micros, bool]]()
    for first in range(0, len(rows), size):
        batch = rows[first : first + size]
        sifted = counts.sift(NAMES, batch, int(batch["received_at"][-1]))
        columns += list(zip(sifted.is_duplicate, sifted.is_torn, sifted.waits, strict=True))
        holes += sifted.holes
        released |= {(one.number, one.at, one.is_torn) for one in sifted.released}
    return columns, holes, released, counts.dump()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_taken_in_runs_is_what_is_taken_one_by_one(seed: int) -> None:
    rows = day(seed)
    one_by_one = told(rows, 1)
    assert any(waits for *_, waits in one_by_one[0])  # type: ignore[attr-defined]
    assert told(rows, len(rows)) == one_by_one
    assert told(rows, 37) == one_by_one

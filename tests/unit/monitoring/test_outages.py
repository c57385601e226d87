"""Which silences are one outage: how many, of how many, how close together, and what they have in common."""

from collections.abc import Sequence

import numpy as np
import pytest

from em_engine.monitoring.outages import Silences, find
from em_engine.vocabulary import MINUTE, NEVER, SECOND, Micros

ALLOWED = 10 * MINUTE
NOW = 1_000 * MINUTE
DEAD, QUIET, ALIVE = 10 * MINUTE, 5 * MINUTE, 5 * MINUTE - 1


def silences(for_long: Sequence[Micros], *, told: int = 0, **labels: Sequence[int]) -> Silences:
    """Devices that have been silent for so long; of the first `told` that is told already."""
    count = len(for_long)
    heard_at = NOW - np.array(for_long)
    is_told = np.arange(count) < told
    return Silences(
        device=tuple(f"tag-{number}" for number in range(count)),
        case=tuple(f"case-{number}" for number in range(count)),
        received_at=heard_at,
        heard_at=heard_at,
        silent_at=np.where(is_told, NEVER, heard_at + ALLOWED),
        is_told=is_told,
        allowed=np.full(count, ALLOWED),
        labels={
            "everything": np.zeros(count, dtype=np.int64),
            **{name: np.array(given) for name, given in labels.items()},
        },
    )


def found(given: Silences) -> list[tuple[str, int]]:
    return [(outage.shared, len(outage.members)) for outage in find(given, NOW)]


@pytest.mark.parametrize(
    ("for_long", "members"),
    [
        ([DEAD] * 5, 5),
        ([DEAD] * 4, None),
        ([DEAD] * 5 + [ALIVE] * 5, 5),
        ([DEAD] * 5 + [ALIVE] * 6, None),
        ([DEAD] * 5 + [QUIET] * 5, 10),
        ([DEAD] * 4 + [QUIET] * 6, None),
        ([DEAD] * 4 + [DEAD + 15 * MINUTE], 5),
        ([DEAD] * 5 + [DEAD - 1] * 5, 10),
        ([DEAD - 1] * 9, None),
        ([], None),
    ],
    ids=[
        "five", "four", "half", "less than half", "half with the quiet", "four overdue", "long and short",
        "about to be", "nobody overdue yet", "nobody",
    ],
)  # fmt: skip
def test_five_overdue_and_half_quiet_are_an_outage(for_long: list[Micros], members: int | None) -> None:
    assert found(silences(for_long)) == ([] if members is None else [("everything", members)])


@pytest.mark.parametrize(("earlier", "is_one"), [(15 * MINUTE, True), (15 * MINUTE + SECOND, False)])
def test_silences_count_together_that_began_within_a_quarter_of_an_hour(
    earlier: Micros, is_one: bool
) -> None:
    """Four were told before; a fifth falls silent later."""
    given = silences([DEAD + earlier] * 4 + [DEAD], told=4)
    assert found(given) == ([("everything", 5)] if is_one else [])


def test_nothing_new_is_nothing_to_tell() -> None:
    assert found(silences([DEAD] * 9, told=9)) == []


def test_what_is_narrower_explains_what_the_whole_does_not() -> None:
    dead_and_alive = [DEAD] * 6 + [ALIVE] * 20
    assert found(silences(dead_and_alive, region=[7] * 8 + [9] * 18)) == [("region", 6)]
    assert found(silences(dead_and_alive, firmware=[1] * 6 + [2] * 20, region=[7] * 8 + [9] * 18)) == [
        ("firmware", 6)
    ]
    assert found(silences(dead_and_alive, region=[-1] * 26)) == []


def test_two_regions_that_fail_are_two_outages() -> None:
    given = silences([DEAD] * 10 + [ALIVE] * 40, region=[1] * 5 + [2] * 5 + [3] * 40)
    assert found(given) == [("region", 5), ("region", 5)]

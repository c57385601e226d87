"""Rows found by their keys: one a key at most, or several."""

import numpy as np
import pytest

from em_engine.monitoring.columns import Incidence

ONE_EACH = [(0, 7), (2, 5), (3, 0)]
SEVERAL = [*ONE_EACH, (2, 6), (0, 1)]


@pytest.mark.parametrize("pairs", [ONE_EACH, SEVERAL, []], ids=["one-each", "several", "none"])
@pytest.mark.parametrize("keys", [[0, 1, 2, 3, 4], [3, 0], [2], [1], [1, 4], [2, 2, 0], []], ids=str)
def test_the_rows_of_each_key_come_in_its_place_and_in_order(
    pairs: list[tuple[int, int]], keys: list[int]
) -> None:
    places, rows = Incidence(pairs, 5).of(np.array(keys, dtype=np.intp))
    found = list(zip(places.tolist(), rows.tolist(), strict=True))
    assert found == [
        (place, row) for place, key in enumerate(keys) for one, row in sorted(pairs) if one == key
    ]

"""What a group remembers of a member's place, and how long."""

import numpy as np
import pytest

from em_engine.monitoring import snapshot
from em_engine.vocabulary import SECOND
from tests.properties.worlds import NOON, degrees
from tests.unit.law.yard import Yard, apart, wearer


@pytest.mark.parametrize(("record", "stays"), [("breaches-only", False), ("everything", True)])
def test_a_member_s_place_is_forgotten_after_a_day_as_his_order_wants_it(record: str, stays: bool) -> None:
    """What the engine remembers of a member who is heard no more, as it would be written into a snapshot."""
    yard = Yard(wearer("A", apart(), record=record), wearer("B", apart()))
    for second in (0, 60):
        yard.fix(second, "A", 40.0)
        yard.fix(second, "B", 400.0)
    lon = np.float64(degrees(40.0, 0.0)[0]).tobytes()
    assert lon in remembered_by(yard)
    yard.wait(86_400 + 61)
    yard.heart.forget(NOON + (86_400 + 61) * SECOND)
    assert (lon in remembered_by(yard)) is stays
    assert not yard.heart.remembers_too_much(NOON + (86_400 + 61) * SECOND)
    yard.fix(86_500, "A", 40.0)
    yard.fix(86_501, "B", 40.0)
    yard.fix(86_570, "A", 41.0)
    yard.fix(86_571, "B", 41.0)
    assert ("B", "opened", "contact.alert") in yard.told


def remembered_by(yard: Yard) -> bytes:
    """All that the heart knows, as bytes."""
    return snapshot.dump(yard.heart)

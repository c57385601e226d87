"""How long somebody was there: which looks are remembered, and those that fall on one instant."""

from typing import Any

import numpy as np

from em_engine.law.presence import PRESENCE_FIELDS, begin, join, lasted, note
from em_engine.vocabulary import MINUTE, SECOND, Micros

WINDOW: Micros = 256 * MINUTE
"""Its parts are two minutes long."""


def counted(start: Micros = 0) -> Any:
    """A row that counts the looks of a window."""
    state = np.zeros(1, dtype=np.dtype(PRESENCE_FIELDS))[0]
    begin(state, start, start + WINDOW)
    return state


def test_of_each_128th_part_the_first_look_is_remembered() -> None:
    state = counted()
    for at in (100 * MINUTE, 102 * MINUTE - SECOND, 102 * MINUTE):
        note(state, at, is_there=True)
    assert lasted(state) == 22 * MINUTE


def test_who_is_there_and_elsewhere_at_one_instant_is_not_there() -> None:
    state = counted()
    note(state, 100 * MINUTE, is_there=True)
    note(state, 100 * MINUTE, is_there=False)
    assert lasted(state) == 0


def test_looks_of_the_same_window_are_put_together_and_those_of_a_later_one_replace_them() -> None:
    state, other, later = counted(), counted(), counted(WINDOW)
    note(state, 100 * MINUTE, is_there=True)
    note(other, 130 * MINUTE, is_there=True)
    join(state, other)
    assert lasted(state) == 40 * MINUTE
    join(state, later)
    assert lasted(state) == 0

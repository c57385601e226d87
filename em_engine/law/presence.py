"""How long somebody was in a place during a window, by looks that come in any order.

A moment counts if a look in the place lies within ten minutes of it, and between the two none that says he
was elsewhere: what nobody knows counts for him, what no look vouches for does not. Of each part of the window
the first look of either sort is remembered; so late looks are put among the others wherever they belong, and
what comes twice changes nothing.
"""

from typing import Any, Final

import numpy as np

from em_engine.law.evidence import COLD_AFTER
from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, Micros

PARTS: Final = 128
PRESENCE_FIELDS: Final = [
    ("counts_from", np.int64),  # the window whose looks these are; BEFORE_ALL before any
    ("counts_to", np.int64),
    ("came_at", np.int64),  # the look in the place that went before it
    ("there_at", np.int64, (PARTS,)),  # first look in the place, NEVER where there is none
    ("elsewhere_at", np.int64, (PARTS,)),  # first look that says he was not
]


def begin(state: Any, start: Micros, end: Micros) -> None:
    """Looks count for this window from now on. One row, changed in place."""
    state["counts_from"], state["counts_to"] = start, end
    state["came_at"] = BEFORE_ALL
    state["there_at"] = state["elsewhere_at"] = NEVER


def note(state: Any, at: Micros, *, is_there: bool) -> None:
    """A look within the window."""
    start, end = int(state["counts_from"]), int(state["counts_to"])
    name = "there_at" if is_there else "elsewhere_at"
    part = min(max(0, at - start) // max(MINUTE, -(-(end - start) // PARTS)), PARTS - 1)
    state[name][part] = min(int(state[name][part]), at)


def note_before(state: Any, at: Micros) -> None:
    """He was in the place when last looked at before the window."""
    state["came_at"] = max(int(state["came_at"]), at)


def join(state: Any, other: Any) -> None:
    """The looks that another row of the same condition has of that window, or of a later one."""
    if other["counts_from"] > state["counts_from"]:
        begin(state, int(other["counts_from"]), int(other["counts_to"]))
    if other["counts_from"] == state["counts_from"]:
        state["came_at"] = max(int(state["came_at"]), int(other["came_at"]))
        for name in ("there_at", "elsewhere_at"):
            state[name] = np.minimum(state[name], other[name])


def came(state: Any) -> bool:
    """Whether any look was in the place."""
    return bool((state["there_at"] != NEVER).any())


def lasted(state: Any) -> Micros:
    """How much of the window counts, in which he came."""
    start, counted_to, total = int(state["counts_from"]), BEFORE_ALL, 0
    elsewhere_at = state["elsewhere_at"][state["elsewhere_at"] != NEVER].tolist()
    for at in [int(state["came_at"]), *state["there_at"][state["there_at"] != NEVER].tolist()]:
        if at == BEFORE_ALL:
            continue
        since = max([at - COLD_AFTER, start, counted_to, *(one for one in elsewhere_at if one <= at)])
        until = min([at + COLD_AFTER, int(state["counts_to"]), *(one for one in elsewhere_at if one >= at)])
        total += max(0, until - since)
        counted_to = max(counted_to, until)
    return total

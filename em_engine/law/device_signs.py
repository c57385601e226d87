"""What a device's reports say beside what they tell of: how wrong its clock is, how long its charge lasts.

Both are kept in a row of state, which is changed in place.
"""

from typing import Any, Final

import numpy as np

from em_engine.vocabulary import BEFORE_ALL, HOUR, MINUTE, Indices, Micros, Rows, Tristate, rfc3339

CLOCK_FIELDS: Final = [
    ("clock_off", np.int64),  # of the run's first report: its own time of sending less ours
    ("clock_first_at", np.int64),  # when that was received
    ("clock_run", np.int16),  # how many reports in a row were off by as much
]
CLOCK_REPORTS: Final = 3
CLOCK_LASTS: Final[Micros] = MINUTE
"""A backlog sent at once is late by different amounts, or all within a moment: neither is a wrong clock."""
CLOCK_AGREES: Final[Micros] = MINUTE

CHARGE_FIELDS: Final = [
    ("battery_at", np.int64),
    ("battery_pct", np.float32),
    ("drains_since", np.int64),  # when it was last charged, as far as we heard
    ("drain_pct", np.float32),  # an hour
]
GAUGE_WAVERS_PCT: Final = 2.0
"""A charge that rises by less was not charged."""
DRAIN_OVER: Final[Micros] = 3 * HOUR
"""What a device did before that says little of how it drains now."""
DRAIN_KNOWN_AFTER: Final[Micros] = 15 * MINUTE
DRAIN_PCT_MIN: Final = 0.1
"""Percent an hour below which nothing is forecast: it would last for weeks, and rounding looks like it."""


def is_clock_off(row: Any, off: Micros, received_at: Micros) -> bool:
    """Whether this report, off by more than is allowed, proves with those before it that the clock is."""
    if row["clock_run"] and abs(off - int(row["clock_off"])) <= CLOCK_AGREES:
        row["clock_run"] = min(int(row["clock_run"]) + 1, CLOCK_REPORTS)
    else:
        row["clock_run"], row["clock_off"], row["clock_first_at"] = 1, off, received_at
    lasted = received_at - int(row["clock_first_at"])
    return bool(row["clock_run"] >= CLOCK_REPORTS and lasted >= CLOCK_LASTS)


def describe_clock(off: Micros, sent_at: Micros) -> dict[str, Any]:
    """How wrong a clock is, as evidence: to be taken from the device's times to make them right."""
    return {"sent_at": rfc3339(sent_at), "clock_ahead_s": round(off / 1e6)}


def note_charges(state: Rows, rows: Indices, reports: Rows) -> None:
    """Newer charges than the last: how fast they fall is learnt from them. One a row."""
    at, charge_pct = reports["at"], reports["battery_pct"].astype(np.float64)
    before_at, before_pct = state["battery_at"][rows], state["battery_pct"][rows].astype(np.float64)
    state["battery_at"][rows], state["battery_pct"][rows] = at, charge_pct
    begins = (before_at == BEFORE_ALL) | (reports["charging"] == Tristate.YES.value)
    begins |= charge_pct >= before_pct + GAUGE_WAVERS_PCT
    state["drains_since"][rows[begins]], state["drain_pct"][rows[begins]] = at[begins], 0.0
    falls = ~begins & (at > before_at)
    rows, span = rows[falls], (at - np.maximum(before_at, 0))[falls]
    since = state["drains_since"][rows]
    # The mean since it was charged; later the younger hours weigh more.
    weight = np.maximum(1.0 - np.exp(-span / DRAIN_OVER), span / (at[falls] - since))
    fell_pct = (before_pct - charge_pct)[falls] * HOUR / span
    state["drain_pct"][rows] = (1.0 - weight) * state["drain_pct"][rows] + weight * fell_pct


def describe_charge(row: Any) -> dict[str, Any]:
    """The newest charge and how long it lasts at this rate, as evidence; nothing where nothing was told."""
    at, drain_pct = int(row["battery_at"]), float(row["drain_pct"])
    if at == BEFORE_ALL:
        return {}
    told: dict[str, Any] = {"battery_pct": round(float(row["battery_pct"]), 1)}
    if drain_pct >= DRAIN_PCT_MIN and at - int(row["drains_since"]) >= DRAIN_KNOWN_AFTER:
        left = int(float(row["battery_pct"]) / drain_pct * HOUR)
        told |= {
            "drain_pct_an_hour": round(drain_pct, 1),
            "left_s": left // 1_000_000,
            "empty_at": rfc3339(at + left),
        }
    return told

"""A season: so many wearers for so many days, what their devices sent, and what was truly broken.

    made = make(seed=1, numbers=range(100), days=7)

Each case is made from the seed and its number alone, so a season may be made in parts.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from em_engine.vocabulary import SECOND, Batch, Micros, Rows, parse_rfc3339, rfc3339
from simulators.season.attacks import Attacks, at_the_door
from simulators.season.days import live, live_protected
from simulators.season.duties import DAY_S, Case
from simulators.season.faults import line_of, region_cuts, transmit
from simulators.season.life import Deed
from simulators.season.people import case_of, chance_of
from simulators.season.radio_truth import radio_breaches
from simulators.season.rules import rulebook_files
from simulators.season.tag import Wearing, charge, reports
from simulators.season.truth import Breach, breaches_of
from simulators.season.way import Path

START: Final[Micros] = parse_rfc3339("2026-11-02T00:00:00+01:00")
"""A Monday, after the clocks went back and long before they go forward."""
DAYS_MAX: Final = 115
BATCH_ROWS: Final = 10_000
_TAG, _PHONE, _REGION, _ATTACKS = 3, 4, 6, 8


@dataclass(frozen=True, kw_only=True)
class Season:
    """Cases, and everything that came of them. `rows` are in order of arrival and index `devices`."""

    days: int
    cases: tuple[Case, ...]
    ways: dict[str, tuple[Path, Path | None]] = field(repr=False)
    devices: tuple[str, ...] = field(repr=False)
    rows: Rows = field(repr=False)
    breaches: tuple[Breach, ...] = field(repr=False)

    @property
    def device_days(self) -> float:
        """Wearers' tags only: protected persons' phones raise no alert about them."""
        return float(len(self.cases) * self.days)

    @property
    def until(self) -> Micros:
        """When it ends."""
        return START + self.days * DAY_S * SECOND

    def batches(self) -> Iterable[Batch]:
        """The rows in batches."""
        for first in range(0, len(self.rows), BATCH_ROWS):
            yield Batch(devices=self.devices, rows=self.rows[first : first + BATCH_ROWS])

    def rulebook_files(self) -> dict[str, bytes]:
        """The rulebook that fits."""
        return rulebook_files(self.cases)

    def truth(self) -> dict[str, Any]:
        """`TRUTH.json`."""
        return {
            "breaches": [_breach(one, self.days) for one in self.breaches],
            "device_days": self.device_days,
        }

    def truth_text(self) -> str:
        """`TRUTH.json` as text."""
        return json.dumps(self.truth(), indent=1) + "\n"


def instant_of(seconds: float) -> Micros:
    """Seconds of the season as an instant."""
    return START + round(seconds * SECOND)


def _breach(one: Breach, days: int) -> dict[str, Any]:
    is_over = one.to_s < days * DAY_S
    return {
        "case": one.case,
        "condition": one.condition,
        "type": one.type.value,
        "from": rfc3339(instant_of(one.from_s)),
        "to": rfc3339(instant_of(one.to_s)) if is_over else None,
    }


def make(*, seed: int, numbers: Iterable[int], days: int) -> Season:
    """The season of these cases. Raises ValueError where it would reach the night the clocks change."""
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(f"a season has 1 to {DAYS_MAX} days, not {days}")
    lives = [_live(seed, number, days) for number in numbers]
    parts = [rows for one in lives for rows in one.rows]
    devices = tuple(name for one in lives for name in one.devices)
    for place, rows in enumerate(parts):
        rows["device"] = place
    arrived = np.concatenate(parts)
    arrived = arrived[np.argsort(arrived["received_at"], kind="stable")]
    return Season(
        days=days,
        cases=tuple(one.case for one in lives),
        ways={one.case.id: one.ways for one in lives},
        devices=devices,
        rows=arrived,
        breaches=tuple(breach for one in lives for breach in one.breaches),
    )


@dataclass(frozen=True, kw_only=True)
class _Lived:
    """One case, lived to its end."""

    case: Case
    ways: tuple[Path, Path | None]
    devices: tuple[str, ...]
    rows: tuple[Rows, ...]
    breaches: Sequence[Breach]


def _live(seed: int, number: int, days: int) -> _Lived:
    case = case_of(seed, number, days)
    protected = live_protected(case, seed) if case.duty("contact-ban") else None
    life = live(case, seed, protected)
    ways = (life.diary.path(days * DAY_S), protected)
    may_rest = protected is None
    tag = Wearing(
        ground=case.ground,
        path=ways[0],
        days=days,
        home=case.places["home"] if case.has_beacon else None,
        off=life.off,
        done=life.done,
        may_rest=may_rest,
    )
    attacks = Attacks(chance_of(seed, number, _ATTACKS), case.tag, case.ground, days=days, start=START)
    rows = [_arrived(seed, case, tag, _TAG, attacks)]
    if protected is not None:
        phone = replace(tag, path=protected, home=None, off=(), done=())
        rows.append(_arrived(seed, case, phone, _PHONE, None))
    radio = radio_breaches(
        case,
        ways,
        (rows[0], rows[1] if protected is not None else None),
        start=START,
        done=life.done,
        clock=attacks.clock,
        charge=charge(chance_of(seed, number, _TAG + 10), days),
    )
    return _Lived(
        case=case,
        ways=ways,
        devices=(case.tag, case.phone)[: len(rows)],
        rows=tuple(rows),
        breaches=[*breaches_of(case, *ways, end_s=float(days * DAY_S)), *radio],
    )


def _arrived(seed: int, case: Case, wearing: Wearing, which: int, attacks: Attacks | None) -> Rows:
    number = case.number
    level = charge(chance_of(seed, number, which + 10), wearing.days)
    made = reports(chance_of(seed, number, which), wearing, start=START, level=level)
    if attacks is not None:
        made = attacks.on(made)
    network = chance_of(seed, number, which + 20)
    cuts = region_cuts(np.random.default_rng((seed, _REGION, case.town)), wearing.days)
    line = line_of(network, may_rest=wearing.may_rest, region=cuts, shielded=wearing.while_(Deed.SHIELDED))
    return at_the_door(transmit(network, made, line, days=wearing.days, start=START))

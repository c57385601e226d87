"""What the heart holds of one wearer at one time: why something was raised, and why it was not."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from em_engine.law.breach import Phase
from em_engine.law.certainty import PROBABILITY, TO_CLEAR, level_of
from em_engine.law.watch import Bond
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.law.zone_watch import ZoneWatch
from em_engine.monitoring.heart import Heart
from em_engine.vocabulary import BEFORE_ALL, NEVER, AlertType, Micros, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStanding:
    """One alert type of a condition; `share` is the belief gathered so far, 0 to 1, `needed` how much is."""

    type: AlertType
    phase: Phase
    since: Micros | None
    share: float
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FixStanding:
    """The newest trusted fix of a device, and how deep in the condition's zone it lies where there is one."""

    device: str
    at: Micros
    radius_m: float
    source: Source
    depth_m: float | None
    heartbeat_at: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One condition at one time. `start` and `end` are those of the window, or of the time between two."""

    order: str
    condition: str
    kind: str
    zone: str | None
    binds: bool
    in_window: bool
    start: Micros
    end: Micros
    fixes: tuple[FixStanding, ...]
    slots: tuple[SlotStanding, ...]


def standing(heart: Heart, wearer: str) -> Iterator[Standing]:
    """How every condition of the wearer stands in the heart, in the rulebook's order."""
    for columns in heart.rules.watches:
        for row, bond in enumerate(columns.watch.bonds):
            order = heart.rules.orders[bond.case]
            if order.wearer.id == wearer:
                yield _of_row(heart, columns.watch, row, kind=columns.kind.name)


def _of_row(heart: Heart, watch: WindowedWatch, row: int, *, kind: str) -> Standing:
    bond, state = watch.bonds[row], watch.state[row]
    return Standing(
        order=heart.rules.orders[bond.case].id,
        condition=bond.condition,
        kind=kind,
        zone=getattr(bond.terms, "zone", None),
        binds=bool(state["binds"]),
        in_window=bool(state["in_window"]),
        start=int(state["start"]),
        end=int(state["end"]),
        fixes=tuple(_fixes(heart, watch, bond)),
        slots=tuple(_slots(watch, row)),
    )


def _fixes(heart: Heart, watch: WindowedWatch, bond: Bond) -> Iterator[FixStanding]:
    for seat in (*bond.wearer_seats, *bond.other_seats):
        known = heart.seats[seat]
        if known["at"] == BEFORE_ALL:
            continue
        yield FixStanding(
            device=heart.rules.seats[seat].device,
            at=int(known["at"]),
            radius_m=float(known["radius_m"]),
            source=Source(int(known["source"])),
            depth_m=_depth_m(watch, bond, known["ecef"]),
            heartbeat_at=None if known["heartbeat_at"] == BEFORE_ALL else int(known["heartbeat_at"]),
        )


def _depth_m(watch: WindowedWatch, bond: Bond, ecef: Any) -> float | None:
    if not isinstance(watch, ZoneWatch) or bond.zone < 0:
        return None
    return float(watch.drawn.depth_m(np.array([bond.zone]), ecef[None, :])[0])


def _slots(watch: WindowedWatch, row: int) -> Iterator[SlotStanding]:
    for number in range(watch.each):
        slot = watch.slots[row, number]
        phase = Phase(int(slot["phase"]))
        since = int(slot["opened_at"] if phase in (Phase.OPEN, Phase.RETURNING) else slot["since"])
        yield SlotStanding(
            type=watch.type_at_opening(row, number),
            phase=phase,
            since=None if since in (BEFORE_ALL, NEVER) or phase is Phase.CLEAR else since,
            share=1.0 / (1.0 + exp(-float(slot["belief"])))
            if phase in (Phase.SUSPECTED, Phase.RETURNING)
            else 0.0,
            needed=PROBABILITY[TO_CLEAR if phase is Phase.RETURNING else level_of(watch.bonds[row].terms)],
        )

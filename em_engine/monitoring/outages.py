"""Silences that come together: many devices at once are one outage, told once. Pure, over columns of devices.

This is the one view across cases. It keeps no state in the heart: what it finds is told by the runner, and
what follows for each case enters the heart as an input of its own (`Heart.excuse`), so that a case can still
be judged anywhere from its inputs alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.law.device_health import DeviceHealthWatch
from em_engine.monitoring.heart import Heart
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    AlertType,
    Booleans,
    Change,
    ChangeKind,
    Indices,
    Micros,
    Severity,
    Times,
    alert_id,
)

MEMBERS_MIN: Final = 5
"""Fewer are told one by one."""
SHARE_MIN: Final = 0.5
"""Of the devices that have something in common, so many are quiet when it is that which fails."""
TOGETHER: Final[Micros] = 15 * MINUTE
"""Silences that began within so long of each other may have one cause."""
CASE: Final = "outage"
"""Stands where other alerts name their case."""
MEMBERS_SHOWN: Final = 200
_CORNER: Final = np.array([-180.0, -90.0])
_CELL_DEGREES: Final = np.array([0.2, 0.1])
"""A region: some 11 km each way in southern Norway, what a base station's failure darkens."""

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silences:
    """Every device that an order wants to hear: (n,) columns."""

    device: tuple[str, ...]
    case: tuple[str, ...]
    received_at: Times  # BEFORE_ALL where nothing ever was
    heard_at: Times  # the same, or when its silence began to count
    silent_at: Times  # from when on its silence is forbidden; NEVER where it is told already
    is_told: Booleans
    allowed: Times
    labels: Mapping[str, Labels]  # what they may have in common, the widest first; -1 where unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Devices that fell silent together, and what they have in common."""

    shared: str  # everything, firmware, region
    label: int
    began_at: Micros  # the last that was heard of any of them
    members: Indices  # rows of the silences: overdue, or quiet for half of what they are allowed


def find(silences: Silences, at: Micros) -> Iterator[Outage]:
    """The outages that make devices overdue by `at`, the widest first; none where nobody becomes so."""
    newly = silences.silent_at <= at
    if not newly.any():
        return
    since = int(silences.heard_at[newly].min()) - TOGETHER
    overdue = (newly | silences.is_told) & (silences.heard_at >= since)
    quiet = (at - silences.heard_at >= silences.allowed // 2) & (silences.heard_at >= since)
    unexplained = newly.copy()
    for shared, labels in silences.labels.items():
        for label in np.unique(labels[unexplained & (labels >= 0)]):
            ours = labels == label
            members = ours & (overdue | quiet)
            if _is_outage(int((ours & overdue).sum()), int(members.sum()), int(ours.sum())):
                unexplained &= ~ours
                rows = np.flatnonzero(members)
                began_at = int(silences.heard_at[rows].max())
                yield Outage(shared=shared, label=int(label), began_at=began_at, members=rows)


def _is_outage(overdue: int, members: int, all_of_them: int) -> bool:
    return overdue >= MEMBERS_MIN and members >= SHARE_MIN * all_of_them


def outage_change(
    name: str,
    kind: ChangeKind,
    *,
    opened_at: Micros,
    at: Micros,
    evidence: Mapping[str, Any],
    severity: Severity,
    revision: str,
) -> Change:
    """What is told of an outage. It stands under no order; `name` says what its members have in common."""
    return Change(
        alert=alert_id(CASE, name, AlertType.OUTAGE_GROUP, opened_at),
        change=kind,
        at=at,
        type=AlertType.OUTAGE_GROUP,
        severity=severity,
        case=CASE,
        order=CASE,
        condition=name,
        wearer="",
        device=None,
        opened_at=opened_at,
        detected_at=at,
        cleared_at=max(at, opened_at) if kind is ChangeKind.CLEARED else None,
        confidence=1.0,
        late=False,
        evidence=evidence,
        rulebook=revision,
    )


def describe_members(devices: Sequence[str], cases: Sequence[str]) -> dict[str, Any]:
    """Who is part of an outage, as evidence: no more than a screen can show, and how many there are."""
    return {
        "count": len(devices),
        "devices": list(devices[:MEMBERS_SHOWN]),
        "cases": list(dict.fromkeys(cases))[:MEMBERS_SHOWN],
    }


def silences_of(heart: Heart, firmware: Mapping[str, str]) -> Silences | None:
    """The heart's devices as `find` wants them; None where no order wants to hear any."""
    for columns in heart.rules.watches:
        if isinstance(columns.watch, DeviceHealthWatch):
            return _silences(heart, columns.watch, firmware)
    return None


def is_any_due(heart: Heart, at: Micros) -> bool:
    """Whether any device may become overdue by then: asked at every step, so it looks at little."""
    for columns in heart.rules.watches:
        if isinstance(columns.watch, DeviceHealthWatch):
            due = columns.watch.due_by(at)
            return len(due) > 0 and bool((columns.watch.silences(due)[1] <= at).any())
    return False


def _silences(heart: Heart, watch: DeviceHealthWatch, firmware: Mapping[str, str]) -> Silences:
    asked = np.flatnonzero(watch.state["binds"] & (watch.heartbeat_allowed != NEVER))
    heard_at, silent_at = watch.silences(asked)
    bonds = [watch.bonds[row] for row in asked]
    seats = heart.seats[np.array([bond.wearer_seats[0] for bond in bonds], dtype=np.intp)]
    versions = {version: number for number, version in enumerate(sorted(set(firmware.values())))}
    devices = tuple(str(bond.device) for bond in bonds)
    return Silences(
        device=devices,
        case=tuple(heart.rules.orders[bond.case].id for bond in bonds),
        received_at=watch.state["received_at"][asked],
        heard_at=heard_at,
        silent_at=silent_at,
        is_told=watch.is_told_silent(asked),
        allowed=watch.heartbeat_allowed[asked],
        labels={
            "everything": np.zeros(len(bonds), dtype=np.int64),
            "firmware": np.array(
                [versions.get(firmware.get(one, ""), -1) for one in devices], dtype=np.int64
            ),
            "region": _regions(seats["at"], seats["lonlat"]),
        },
    )


def _regions(at: Times, lonlat: NDArray[np.float64]) -> Labels:
    """A number for each cell of the map; -1 where the device was never seen."""
    cell = np.floor((lonlat - _CORNER) / _CELL_DEGREES).astype(np.int64)
    return np.where(at == BEFORE_ALL, -1, cell[:, 0] * 10_000 + cell[:, 1])

"""One fault: what it is, whom it hits and when; and the order in which several are suffered."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import BEFORE_ALL, NEVER, Batch, Booleans, Micros, ReportKind, Rows

METRES_PER_DEGREE: Final = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A round piece of the Earth: what one cell or one exchange serves."""

    lon: float
    lat: float
    radius_m: float

    def holds(self, lon: float, lat: float) -> bool:
        """Whether the position lies in it."""
        return bool(np.hypot(*metres_between((self.lon, self.lat), (lon, lat))) <= self.radius_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a fault hits, and when: half-open. No devices means all."""

    devices: tuple[str, ...] = ()
    start: Micros = BEFORE_ALL
    end: Micros = NEVER
    region: Region | None = None

    def rows(self, batch: Batch, *, by: str = "received_at") -> Booleans:
        """Which reports it holds for: by when they arrive, or by when they were made (`at`)."""
        hit = np.array([self._hits(batch, number) for number in range(len(batch.devices))], dtype=bool)
        at = batch.rows[by]
        is_hit = hit[batch.rows["device"]] if len(hit) else np.zeros(len(at), dtype=bool)
        return np.asarray(is_hit & (at >= self.start) & (at < self.end))

    def _hits(self, batch: Batch, number: int) -> bool:
        if self.devices and batch.devices[number] not in self.devices:
            return False
        return self.region is None or self.region.holds(*_whereabouts(batch, number, self.start))


def _whereabouts(batch: Batch, number: int, at: Micros) -> tuple[float, float]:
    """The newest position of a device before an instant; its first one where it has none yet."""
    rows = batch.rows[(batch.rows["device"] == number) & (batch.rows["kind"] == ReportKind.FIX)]
    before = rows[rows["at"] < at]
    known = before[-1:] if len(before) else rows[:1]
    return (float(known["lon"][0]), float(known["lat"][0])) if len(known) else (np.nan, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault by its name in `named.FAULTS`, with the terms of that kind."""

    name: str
    terms: Any
    scope: Scope
    change: "Change"


@dataclass(frozen=True, slots=True)
class Hit:
    """One fault as it strikes: whom and when, and its own chance."""

    scope: Scope
    chance: Generator

    def rows(self, batch: Batch, *, by: str = "received_at") -> Booleans:
        """Which reports it holds for."""
        return self.scope.rows(batch, by=by)


Change = Callable[[Batch, Any, Hit], Batch]
"""What a fault makes of the reports. Must not touch the rows it was given."""


def suffer(batch: Batch, faults: Sequence[Fault], *, seed: int) -> Batch:
    """The reports after every fault in turn, in their order of arrival."""
    for number, fault in enumerate(faults):
        batch = fault.change(batch, fault.terms, Hit(fault.scope, chance_of(seed, number, fault.name)))
        batch = in_order(batch, batch.rows)
    return batch


def chance_of(seed: int, number: int, name: str) -> Generator:
    """A fault's own chance: adding another fault does not move it."""
    return np.random.default_rng((seed, number, zlib.crc32(name.encode())))


def in_order(batch: Batch, rows: Rows) -> Batch:
    """The batch with other rows, in their order of arrival."""
    return replace(batch, rows=rows[np.argsort(rows["received_at"], kind="stable")])


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Metres east and north from one position to another nearby."""
    scale = METRES_PER_DEGREE * np.cos(np.radians(one[1]))
    return (other[0] - one[0]) * scale, (other[1] - one[1]) * METRES_PER_DEGREE


def moved(rows: Rows, which: Booleans, *, east_m: Any, north_m: Any) -> None:
    """Moves positions in place, by so many metres each."""
    lat = rows["lat"][which]
    rows["lon"][which] += east_m / (METRES_PER_DEGREE * np.cos(np.radians(lat)))
    rows["lat"][which] = lat + north_m / METRES_PER_DEGREE

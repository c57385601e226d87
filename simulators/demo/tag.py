"""A tag as it reports: positions with an error that drifts, heartbeats, and what happens to it."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Any, Final

import numpy as np

from em_engine.vocabulary import MINUTE, SECOND, Floats, Micros, rfc3339
from simulators.world import FRAME, Itinerary

ROOT: Final = "em/1"
DRIFT_M: Final = 3.5  # standard deviation of each axis under open sky
DRIFT_S: Final = 90.0  # how long an error lasts
LATENCY_S: Final = (0.4, 2.0)  # from the fix to the message, over a mobile network
FIRMWARE: Final = "4.2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A message as it leaves a tag."""

    at: Micros
    topic: str
    payload: bytes


@dataclass
class Script:
    """What is going to happen to a tag. Spans are half-open; all of it must be written before it begins."""

    silent: list[tuple[Micros, Micros]] = field(default_factory=list)
    strap_open: list[tuple[Micros, Micros]] = field(default_factory=list)
    quick: list[tuple[Micros, Micros]] = field(default_factory=list)  # a fix each 10 s, a heartbeat each 30 s
    battery: list[tuple[Micros, float]] = field(default_factory=list)  # straight between these

    def is_silent(self, at: Micros) -> bool:
        """Whether the tag is off, or out of every network's reach."""
        return _covers(self.silent, at)

    def is_open(self, at: Micros) -> bool:
        """Whether the strap is open."""
        return _covers(self.strap_open, at)

    def fix_every(self, at: Micros, usual: Micros) -> Micros:
        """How long to the next fix."""
        return 10 * SECOND if _covers(self.quick, at) else usual

    def heartbeat_every(self, at: Micros, usual: Micros) -> Micros:
        """How long to the next heartbeat."""
        return min(30 * SECOND, usual) if _covers(self.quick, at) else usual

    def battery_pct(self, at: Micros, usual: float) -> float:
        """The charge: the usual one but between the first and the last written level."""
        if not self.battery or not self.battery[0][0] <= at < self.battery[-1][0]:
            return usual
        after = bisect_right(self.battery, at, key=lambda level: level[0])
        (start, low), (end, high) = self.battery[after - 1], self.battery[after]
        return low + (high - low) * (at - start) / (end - start)


@dataclass
class Tag:
    """One device on its way through the world; `reports` is what it sends, in order, without end."""

    device: str
    itinerary: Itinerary
    start: Micros
    seed: int
    home: Floats | None = None  # where its beacon stands; without one it takes fixes indoors too
    heartbeat_every: Micros = 5 * MINUTE
    fix_every: Micros = MINUTE
    first_seq: int = 1
    foresee: Callable[[Micros], None] = lambda _: None  # told before the tag looks at an instant
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self._chance = np.random.default_rng((self.seed, *self.device.encode()))
        self._drift = self._chance.normal(0.0, DRIFT_M, size=2)
        self._seq = self.first_seq - 1
        self._charge_phase = self._chance.uniform(0.0, 24.0)
        self.first_fix_at = self.start + int(self._chance.integers(1, 9)) * SECOND

    def reports(self) -> Iterator[Report]:
        """Fixes and heartbeats at their times, and at once when the beacon or the strap changes."""
        at, next_beat, sent_at = self.first_fix_at, self.first_fix_at, self.start
        next_fix, was_home, was_open, last = at, False, False, at
        while True:
            self.foresee(at)
            is_home, is_open, silent = self.is_home(at), self.script.is_open(at), self.script.is_silent(at)
            told: list[tuple[str, dict[str, Any]]] = []
            if is_open != was_open:
                told.append(("event", self._event("strap-open" if is_open else "strap-closed", at)))
            if is_home != was_home or (at >= next_fix and not is_home):
                told.append(("fix", self._fix(at, (at - last) / SECOND)))
                last = at
            if at >= next_beat or is_home != was_home or is_open != was_open:
                told.append(("heartbeat", self._heartbeat(at)))
                next_beat = at + self.script.heartbeat_every(at, self.heartbeat_every)
            for kind, message in [] if silent else told:
                sent_at = max(sent_at + 1, at + int(self._chance.uniform(*LATENCY_S) * SECOND))
                yield self._report(kind, message, sent_at)
            was_home, was_open = is_home, is_open
            next_fix = next_fix if at < next_fix else at + self.script.fix_every(at, self.fix_every)
            at = min(next_fix, next_beat, at + 10 * SECOND)

    def is_home(self, at: Micros) -> bool:
        """Whether the beacon at home hears the tag."""
        return self.home is not None and bool(np.hypot(*(self.itinerary.where(at) - self.home)) < 15.0)

    def _fix(self, at: Micros, since_s: float) -> dict[str, Any]:
        kept = exp(-since_s / DRIFT_S)
        self._drift = kept * self._drift + self._chance.normal(0.0, DRIFT_M * sqrt(1 - kept * kept), size=2)
        lon, lat = FRAME.to_degrees(self.itinerary.where(at) + self._drift)
        return {
            "fixed_at": rfc3339(at),
            "lat": round(float(lat), 6),
            "lon": round(float(lon), 6),
            "accuracy_m": round(float(self._chance.uniform(6.0, 11.0)), 1),
            "source": "gnss",
            "speed_mps": round(self.itinerary.speed_mps(at), 1),
            "hdop": round(float(self._chance.uniform(0.7, 1.4)), 1),
            "satellites": int(self._chance.integers(8, 15)),
        }

    def _heartbeat(self, at: Micros) -> dict[str, Any]:
        hours = (at / (60 * MINUTE) + self._charge_phase) % 24.0
        usual = 45.0 + 50.0 * (1 - hours / 22.0) if hours < 22.0 else 45.0 + 25.0 * (hours - 22.0)
        heartbeat = {
            "battery_pct": round(self.script.battery_pct(at, usual), 1),
            "charging": hours >= 22.0,
            "strap": "open" if self.script.is_open(at) else "closed",
            "case": "closed",
            "motion": self.itinerary.speed_mps(at) > 0.0,
            "firmware": FIRMWARE,
        }
        return heartbeat if self.home is None else heartbeat | {"beacon": self._beacon(at)}

    def _beacon(self, at: Micros) -> str:
        return "in-range" if self.is_home(at) else "out-of-range"

    def _event(self, event: str, at: Micros) -> dict[str, Any]:
        return {"event": event, "happened_at": rfc3339(at)}

    def _report(self, kind: str, message: dict[str, Any], sent_at: Micros) -> Report:
        self._seq += 1
        whole = {"seq": self._seq, "sent_at": rfc3339(sent_at), **message}
        payload = json.dumps(whole, separators=(",", ":")).encode()
        return Report(at=sent_at, topic=f"{ROOT}/{self.device}/{kind}", payload=payload)


def _covers(spans: list[tuple[Micros, Micros]], at: Micros) -> bool:
    return any(start <= at < end for start, end in spans)

"""A device while the story goes on: where it is, what it sees, what it says, and what reaches the network."""

from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Any, Final

import numpy as np

from em_engine.vocabulary import NEVER, SECOND, Micros, ReportKind, Source, Tristate
from simulators.faults.network import micros_of
from simulators.scenarios.document import DeviceDocument
from simulators.scenarios.ground import Ground, apart_m
from simulators.world import Itinerary, Leg

BEACON_REACH_M: Final = 25.0
LOOKS_EVERY: Final[Micros] = 10 * SECOND
"""How often a device that moves looks whether its beacon is near."""
BURST_GAP: Final[Micros] = SECOND // 10
_AXIS: Final = 1.515
"""A 68 % radius is so many standard deviations of one axis (the law's page, 1.1)."""
Spot = tuple[float, float]


@dataclass(slots=True)
class Seeming:
    """Where a fooled receiver believes to be: at a place, or on its way there."""

    start: Spot
    place: Spot
    since: Micros
    speed_mps: float

    def where(self, at: Micros) -> Spot:
        """The place it shows."""
        whole_m = apart_m(self.start, self.place)
        gone_m = (at - self.since) / SECOND * self.speed_mps
        share = 1.0 if whole_m == 0.0 else min(1.0, gone_m / whole_m)
        (east_m, north_m), (to_east_m, to_north_m) = self.start, self.place
        return east_m + (to_east_m - east_m) * share, north_m + (to_north_m - north_m) * share


@dataclass(slots=True)
class Actor:
    """One device. `reports` is what reaches the network, each with its `received_at`, unsorted."""

    name: str
    terms: DeviceDocument
    ground: Ground
    starts: Micros
    chance: np.random.Generator
    reports: list[dict[str, Any]] = field(default_factory=list)

    # What a story changes.
    fix_every: Micros = NEVER
    heartbeat_every: Micros = NEVER
    accuracy_m: float | None = None
    error_m: float = 0.0
    source: Source = Source.GNSS
    strap: Tristate = Tristate.YES
    case: Tristate = Tristate.YES
    battery_pct: float = 80.0
    is_charging: bool = False
    is_off: bool = False
    is_offline: bool = False
    is_nowhere: bool = False
    clock_off: Micros = 0
    seeming: Seeming | None = None
    frozen: Spot | None = None

    # What follows.
    way: Itinerary = field(init=False)
    _next_fix: Micros = 0
    _next_beat: Micros = 0
    _looked_at: Micros = 0
    _drift: Any = None
    _drifted_at: Micros = 0
    _seq: int = 0
    _was_home: bool | None = None
    _fixed: Spot | None = None  # where it was at its last fix
    _kept: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        terms = self.terms
        self.way = Itinerary(origin=np.array(self.ground.place(terms.at)))
        self.fix_every = NEVER if terms.fix_every is None else micros_of(terms.fix_every)
        self.heartbeat_every = NEVER if terms.heartbeat_every is None else micros_of(terms.heartbeat_every)
        self.accuracy_m, self.error_m = terms.accuracy_m, terms.error_m
        self.source = Source[terms.source.upper()]
        self.battery_pct = terms.battery_pct
        self._next_fix = self.starts if self.fix_every != NEVER else NEVER
        self._next_beat = self.starts + SECOND if self.heartbeat_every != NEVER else NEVER
        self._drift = self.chance.normal(0.0, 1.0, 2)
        self._drifted_at = self._looked_at = self.starts

    # Time ------------------------------------------------------------------------------------

    def live_until(self, end: Micros) -> None:
        """Everything it does by itself before `end`."""
        while (at := min(self._next_fix, self._next_beat, self._next_look())) < end:
            self._looked_at = at
            is_home = self.is_home(at)
            came_or_went = self._was_home is not None and is_home != self._was_home
            self._was_home = is_home
            if at >= self._next_fix or came_or_went:
                self._next_fix = at + self.fix_every if self.fix_every != NEVER else NEVER
                if (self._takes_fixes(at) or came_or_went) and self.fix_every != NEVER:
                    self.fix(at)
            if at >= self._next_beat or came_or_went:
                self._next_beat = at + self.heartbeat_every if self.heartbeat_every != NEVER else NEVER
                self.heartbeat(at + SECOND // 2 if came_or_went else at)

    def _next_look(self) -> Micros:
        watches = self.terms.beacon is not None and self.way.free_from() > self._looked_at
        return self._looked_at + LOOKS_EVERY if watches else NEVER

    def fix_each(self, every: Micros, at: Micros) -> None:
        """From now on a fix so often; NEVER is none."""
        self.fix_every, self._next_fix = every, at if every != NEVER else NEVER

    def heartbeat_each(self, every: Micros, at: Micros) -> None:
        """From now on a heartbeat so often; NEVER is none."""
        self.heartbeat_every, self._next_beat = every, at if every != NEVER else NEVER

    def go(self, at: Micros, places: list[Spot], speed_mps: float) -> None:
        """On its way from where it is, along straight lines."""
        here = self.way.where(at)
        self.way.legs = [leg for leg in self.way.legs if leg.start < at]
        if self.way.legs and self.way.legs[-1].end > at:  # broken off
            last = self.way.legs.pop()
            gone_m = (at - last.start) / SECOND * last.speed_mps
            before = last.line[: int(np.searchsorted(last.milestones_m, gone_m))]
            self.way.legs.append(Leg(last.start, np.vstack([before, here]), last.speed_mps))
        line = np.vstack([here, *places]) if places else np.vstack([here, here])
        start = max(at, self.way.free_from())
        self.way.legs.append(Leg(start, line, speed_mps))

    # Saying ----------------------------------------------------------------------------------

    def fix(self, at: Micros, **instead: Any) -> None:
        """A position fix now; what is given stands instead of what it would say."""
        spot = instead.pop("spot", None) or self._shown(at)
        self._fixed = tuple(self.way.where(at))
        lon, lat = (0.0, 0.0) if self.is_nowhere else self.ground.degrees(np.array(spot))[0]
        said = {"lon": float(lon), "lat": float(lat), "source": self.source}
        if self.accuracy_m is not None:
            said["accuracy_m"] = self.accuracy_m
        if "measured" in instead:
            instead["at"] = instead.pop("measured")
        self._say(ReportKind.FIX, at, {**said, **instead})

    def heartbeat(self, at: Micros) -> None:
        """A sign of life, with what it knows of itself."""
        said: dict[str, Any] = {
            "battery_pct": self.battery_pct,
            "charging": Tristate.YES if self.is_charging else Tristate.NO,
            "strap_closed": self.strap,
            "case_closed": self.case,
        }
        if self.terms.beacon is not None:
            said["beacon_in_range"] = Tristate.YES if self.is_home(at) else Tristate.NO
        if self.terms.tells_motion:
            said["motion"] = Tristate.YES if self.way.speed_mps(at) > 0.0 else Tristate.NO
        self._say(ReportKind.HEARTBEAT, at, said)

    def event(self, at: Micros, **said: Any) -> None:
        """Something happened to it."""
        self._say(ReportKind.EVENT, at, said)

    def again(self, at: Micros, last: int) -> None:
        """The last so many messages once more."""
        for number, report in enumerate(self.reports[-last:]):
            self.reports.append(report | {"received_at": at + SECOND + number * BURST_GAP})

    def upload(self, at: Micros) -> None:
        """What was kept, in a burst."""
        for number, report in enumerate(self._kept):
            self.reports.append(report | {"received_at": at + SECOND + number * BURST_GAP})
        self._kept = []

    def _say(self, kind: ReportKind, at: Micros, said: dict[str, Any]) -> None:
        if self.is_off:
            return
        self._seq += 1
        latency = micros_of(self.terms.latency)
        report = {"device": self.name, "kind": kind, "at": at + self.clock_off}
        report |= {"sent_at": at + self.clock_off, "received_at": at + latency, **said}
        if self.terms.counts:
            report["seq"] = self._seq
        if self.is_offline:
            self._kept.append(report)
            return
        self.reports.append(self._together(report))

    def _together(self, report: dict[str, Any]) -> dict[str, Any]:
        """A device that uploads now and then brings what it has at the next such time."""
        if self.terms.upload_every is None:
            return report
        every = micros_of(self.terms.upload_every)
        due = -(-(report["received_at"] - self.starts) // every) * every + self.starts
        return report | {"received_at": due}

    # Seeing ----------------------------------------------------------------------------------

    def is_home(self, at: Micros) -> bool:
        """Whether it hears its beacon."""
        if self.terms.beacon is None:
            return False
        place = self.ground.place(self.terms.beacon)
        return apart_m(tuple(self.way.where(at)), place) <= BEACON_REACH_M

    def _takes_fixes(self, at: Micros) -> bool:
        has_come = self._fixed is None or apart_m(self._fixed, tuple(self.way.where(at))) > 1.0
        if self.terms.rests and self.way.speed_mps(at) == 0.0 and not has_come:
            return False
        return self.terms.fixes_at_beacon or not self.is_home(at)

    def _shown(self, at: Micros) -> Spot:
        """Where the receiver believes to be."""
        if self.frozen is not None:
            return self.frozen
        if self.seeming is not None:
            return self.seeming.where(at)
        kept = exp(-(at - self._drifted_at) / max(1, micros_of(self.terms.error_lasts)))
        self._drift = kept * self._drift + self.chance.normal(0.0, sqrt(1.0 - kept * kept), 2)
        self._drifted_at = at
        east_m, north_m = self.way.where(at) + self._drift * self.error_m / _AXIS
        return float(east_m), float(north_m)

    def fool(self, at: Micros, place: Spot, speed_mps: float = 1e9) -> None:
        """Its receiver shows another place, at once or on the way there."""
        self.seeming = Seeming(self._shown(at), place, at, speed_mps)

    def freeze(self, at: Micros) -> None:
        """Its receiver repeats where it is now."""
        self.frozen = self._shown(at)

"""What others do to a device: spoofing, a stolen credential, and clocks that jump. Rare, and no fault of the
wearer's: what a fix says then is not where he is."""

from datetime import timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import SECOND, Batch, Micros, Rows
from simulators.faults import Fault, Region, Scope, network, radio, suffer
from simulators.season.duties import DAY_S, Ground, Stretch

A_DAY: Final = {"clock-jump": 1 / 500, "jump": 1 / 500, "drag-off": 1 / 2000, "stolen-credential": 1 / 2000}
"""How often each befalls a device: made up, rare enough that life goes on."""
LASTS_MIN: Final = {
    "clock-jump": (10.0, 240.0),
    "jump": (1.0, 10.0),
    "drag-off": (10.0, 60.0),
    "stolen-credential": (5.0, 30.0),
}
CLOCK_WITHIN_S: Final = 300.0
AHEAD_S: Final = 120.0


class Attacks:
    """What befalls one device in a season."""

    def __init__(self, chance: Generator, device: str, ground: Ground, *, days: int, start: Micros) -> None:
        self._device = device
        self._seed = int(chance.integers(1 << 31))
        self.clock: list[Stretch] = []  # when its clock is wrong by more than any order allows
        self._faults: list[Fault] = []
        for name, rate in A_DAY.items():
            for _ in range(int(chance.poisson(rate * days))):
                since_s = chance.uniform(0.0, days * DAY_S)
                until_s = since_s + 60.0 * chance.uniform(*LASTS_MIN[name])
                self._add(chance, name, ground, since=start, span=(since_s, until_s))

    def _add(self, chance: Generator, name: str, ground: Ground, *, since: Micros, span: Stretch) -> None:
        start, end = (since + int(edge * SECOND) for edge in span)
        scope, way = Scope(start=start, end=end), chance.uniform(0.0, 360.0)
        far_m = chance.uniform(500.0, 30_000.0)
        match name:
            case "clock-jump":
                by_s = float(chance.uniform(60.0, 5400.0))
                terms = radio.ClockJump(by=timedelta(seconds=by_s), is_behind=bool(chance.random() < 0.5))
                self._faults.append(Fault(name=name, terms=terms, scope=scope, change=radio.jump_clock))
                if by_s > CLOCK_WITHIN_S:
                    self.clock.append(span)
            case "jump":
                east_m, north_m = far_m * np.sin(np.radians(way)), far_m * np.cos(np.radians(way))
                moved = radio.Jump(east_m=float(east_m), north_m=float(north_m))
                self._faults.append(Fault(name=name, terms=moved, scope=scope, change=radio.jump))
            case "drag-off":
                led = radio.DragOff(bearing_deg=way, speed_mps=float(chance.uniform(0.5, 4.0)))
                self._faults.append(Fault(name=name, terms=led, scope=scope, change=radio.drag_off))
            case "stolen-credential":
                [[lon, lat]] = ground.to_degrees(chance.uniform(-8_000.0, 8_000.0, (1, 2)))
                region = Region(lon=float(lon), lat=float(lat), radius_m=1.0)
                stolen = network.StolenCredential(speaks_for=self._device, first_seq=1 << 40)
                scope = Scope(start=start, end=end, region=region)
                self._faults.append(Fault(name=name, terms=stolen, scope=scope, change=network.impersonate))

    def on(self, rows: Rows) -> Rows:
        """The reports as they leave the device after all of it, in the order of their `received_at`."""
        if not self._faults:
            return rows
        return suffer(Batch(devices=(self._device,), rows=rows), self._faults, seed=self._seed).rows


def at_the_door(rows: Rows) -> Rows:
    """Times as the wire leaves them: what lies ahead of its arrival is set back by what its device's clock is
    ahead of ours."""
    is_ahead = rows["at"] > rows["received_at"] + int(AHEAD_S * SECOND)
    told = rows["sent_at"][is_ahead] - rows["at"][is_ahead]
    rows["at"][is_ahead] = rows["received_at"][is_ahead] - np.maximum(0, told)
    return rows

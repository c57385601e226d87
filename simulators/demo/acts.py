"""What an operator is shown: the opening of the evening act by act, and what still happens afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from em_engine.vocabulary import MINUTE, SECOND, Floats, Micros
from simulators.demo.cast import Member
from simulators.demo.lines import first_metres, last_metres, length_m, passing_m
from simulators.demo.stage import evening_curfew_from
from simulators.demo.tag import Tag
from simulators.world import FRAME, Leg, Streets

CALM_EVERY: Final = 4 * MINUTE
CALM_FROM: Final = 9 * MINUTE
ON_STAGE: Final = ("W-01", "W-02", "W-03", "W-04", "W-05", "W-06", "W-07", "P-1")
CYCLING_MPS: Final = 4.5
TRAM_MPS: Final = 7.5
WALKING_MPS: Final = 1.5
OUTSIDE_M: Final = 310.0  # how far from Torshov the evening begins
APART_M: Final = 820.0  # how far from each other two people begin
NEAREST_M: Final = 90.0  # how near they come

SAGENE: Final = (10.7541, 59.9378)
TORSHOV: Final = (10.7700, 59.9352)
SCHOUS_PLASS: Final = (10.7601, 59.9192)
BIRKELUNDEN: Final = (10.7602, 59.9284)
BOGSTADVEIEN: Final = ((10.7160, 59.9289), (10.7205, 59.9270), (10.7246, 59.9247), (10.7296, 59.9212))
ROSENHOFF: Final = (10.7838, 59.9380)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The people of the demo with their tags, and the streets they play in."""

    start: Micros
    streets: Streets
    members: Mapping[str, Member]
    tags: Mapping[str, Tag]

    def way(self, *stops: tuple[float, float]) -> Floats:
        """The way along the streets through some places in degrees."""
        nodes = [self.streets.nearest(FRAME.to_metres(np.array(stop))) for stop in stops]
        parts = [self.streets.way(a, b) for a, b in pairwise(nodes)]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    def go(self, who: str, line: Floats, *, at: Micros, speed_mps: float) -> Leg:
        """Send somebody along a line."""
        leg = Leg(start=at, line=line, speed_mps=speed_mps)
        self.tags[who].itinerary.add(leg)
        return leg

    def place(self, who: str, where: Floats) -> None:
        """Put somebody somewhere before the evening begins."""
        self.tags[who].itinerary.origin = where


def open_evening(stage: Stage) -> None:
    """Everything an operator sees within the first five minutes."""
    for act in (approach_and_enter, cross, miss_and_keep_curfew, meet, open_strap, fall_silent, run_down):
        act(stage)


def approach_and_enter(stage: Stage) -> None:
    """W-01 cycles towards Torshov, goes in, and leaves after some minutes."""
    line = _torshov_line(stage)
    stage.place("W-01", line[0])
    _watch(stage, "W-01", until=stage.start + 9 * MINUTE)
    inside = stage.go("W-01", line, at=stage.start + 20 * SECOND, speed_mps=CYCLING_MPS)
    leave = max(inside.end + MINUTE, stage.start + 5 * MINUTE)
    stage.go("W-01", line[::-1], at=leave, speed_mps=CYCLING_MPS)


def cross(stage: Stage) -> None:
    """W-02 rides past Olaf Ryes plass, forbidden to him, with one fix on this side and the next beyond."""
    line, middle_s = _tram_line(stage)
    stage.place("W-02", line[0])
    between = stage.tags["W-02"].first_fix_at + 90 * SECOND
    stage.go("W-02", line, at=between - int(middle_s * SECOND), speed_mps=TRAM_MPS)


def miss_and_keep_curfew(stage: Stage) -> None:
    """W-03 is still on the way when the curfew begins, and comes home 100 seconds late."""
    home = stage.members["W-03"].home
    assert home is not None, "who has a curfew has a home"
    arrive = evening_curfew_from(stage.start) + 100 * SECOND
    leave = stage.start + 5 * SECOND
    line = last_metres(_home_line(stage, home), (arrive - leave) / SECOND * WALKING_MPS)
    stage.place("W-03", line[0])
    _watch(stage, "W-03", until=stage.start + 6 * MINUTE)
    stage.go("W-03", line, at=leave, speed_mps=WALKING_MPS)


def meet(stage: Stage) -> None:
    """W-04 cycles down Bogstadveien while P-1 walks up; at ninety metres both stop, then he turns."""
    street = first_metres(stage.way(*BOGSTADVEIEN), APART_M)
    stage.place("W-04", street[0])
    stage.place("P-1", street[-1])
    at = stage.start + 105 * SECOND
    _watch(stage, "W-04", "P-1", until=stage.start + 12 * MINUTE)
    seconds = (length_m(street) - NEAREST_M) / (CYCLING_MPS + WALKING_MPS)
    down = stage.go("W-04", first_metres(street, seconds * CYCLING_MPS), at=at, speed_mps=CYCLING_MPS)
    up = stage.go("P-1", first_metres(street[::-1], seconds * WALKING_MPS), at=at, speed_mps=WALKING_MPS)
    turn = stage.start + 6 * MINUTE
    stage.go("W-04", down.line[::-1], at=max(turn, down.end), speed_mps=CYCLING_MPS)
    stage.go("P-1", up.line[::-1], at=max(turn + MINUTE, up.end), speed_mps=WALKING_MPS)


def open_strap(stage: Stage) -> None:
    """The strap of W-05 is open for a minute and a half."""
    _open(stage, "W-05", stage.start + 170 * SECOND, 90 * SECOND)


def fall_silent(stage: Stage) -> None:
    """W-06 is heard no more after 45 seconds, for ten minutes."""
    at = stage.start + 45 * SECOND
    stage.tags["W-06"].script.silent.append((at, at + 10 * MINUTE))


def run_down(stage: Stage) -> None:
    """The battery of W-07 falls below twenty, then below ten per cent, and is charged at last."""
    levels = (
        (0, 24.0),
        (60, 20.5),
        (75, 19.0),
        (205, 11.0),
        (225, 9.0),
        (500, 7.0),
        (2400, 60.0),
        (2500, 75.0),
    )
    _watch(stage, "W-07", until=stage.start + 10 * MINUTE)
    stage.tags["W-07"].script.battery += [(stage.start + s * SECOND, pct) for s, pct in levels]


class Afterwards:
    """Now and then an event, one in four minutes, for as long as the evening lasts."""

    def __init__(self, stage: Stage, *, seed: int) -> None:
        self._stage = stage
        self._chance = np.random.default_rng((seed, 4))
        self._next = stage.start + CALM_FROM
        self._extras = [m.id for m in stage.members.values() if m.is_wearer and m.id not in ON_STAGE]
        self._acts: Sequence[Callable[[Micros], None]] = (
            self._strap,
            self._near,
            self._silence,
            self._pass_by,
            self._battery,
            self._warn,
            self._fiddle,
        )
        self._turn = 0

    def foresee(self, until: Micros) -> None:
        """Write every event that begins before an instant."""
        while self._next < until:
            self._acts[self._turn % len(self._acts)](self._next)
            self._turn += 1
            self._next += CALM_EVERY

    def _strap(self, at: Micros) -> None:
        _open(self._stage, self._someone(), at, 45 * SECOND)

    def _silence(self, at: Micros) -> None:
        who = self._someone(alone=True)
        overdue = self._stage.members[who].heartbeat_every + 4 * MINUTE
        self._stage.tags[who].script.silent.append((at, at + overdue))

    def _battery(self, at: Micros) -> None:
        levels = ((0, 26.0), (6, 17.0), (26, 15.0), (60, 60.0))
        self._stage.tags[self._someone()].script.battery[:] = [(at + m * MINUTE, pct) for m, pct in levels]

    def _near(self, at: Micros) -> None:
        """W-01 comes near Torshov again, thinks better of it, and turns."""
        self._out_and_back("W-01", _torshov_line(self._stage), at, OUTSIDE_M - 150.0)

    def _pass_by(self, at: Micros) -> None:
        """W-02 rides the same line back to where he came from, or forth again."""
        line, _ = _tram_line(self._stage)
        there = self._stage.tags["W-02"].itinerary.where(at)
        away = np.hypot(*(line[0] - there)) > np.hypot(*(line[-1] - there))
        self._stage.go("W-02", line[::-1] if away else line, at=at, speed_mps=TRAM_MPS)

    def _warn(self, at: Micros) -> None:
        """W-04 comes near enough to P-1 for a warning."""
        self._out_and_back("W-04", self._stage.way(*BOGSTADVEIEN), at, APART_M - 450.0)

    def _fiddle(self, at: Micros) -> None:
        """Somebody fiddles with the strap for the time of one heartbeat."""
        _open(self._stage, self._someone(), at, 15 * SECOND)

    def _out_and_back(self, who: str, line: Floats, at: Micros, length_m: float) -> None:
        part = first_metres(line, length_m)
        there = self._stage.go(who, part, at=at, speed_mps=CYCLING_MPS)
        back = self._stage.go(who, part[::-1], at=there.end + 30 * SECOND, speed_mps=CYCLING_MPS)
        self._stage.tags[who].script.quick.append((at, back.end + MINUTE))

    def _someone(self, *, alone: bool = False) -> str:
        """Anyone who is not on stage; `alone`: whom nobody has to be kept apart from."""
        found = [who for who in self._extras if not (alone and self._stage.members[who].apart_from)]
        return str(self._chance.choice(found))


def _watch(stage: Stage, *people: str, until: Micros) -> None:
    for who in people:
        stage.tags[who].script.quick.append((stage.start, until))


def _open(stage: Stage, who: str, at: Micros, span: Micros) -> None:
    stage.tags[who].script.strap_open.append((at, at + span))


def _torshov_line(stage: Stage) -> Floats:
    """From some way outside Torshov, along the streets, to its middle."""
    line = stage.way(SAGENE, TORSHOV)
    zone, _ = stage.members["W-01"].keep_out[0]
    return last_metres(line, length_m(line) - passing_m(line, zone, away_m=OUTSIDE_M))


def _tram_line(stage: Stage) -> tuple[Floats, float]:
    """Thorvald Meyers gate past Olaf Ryes plass, and the seconds until the tram is in the middle of it."""
    zone, _ = stage.members["W-02"].keep_out[0]
    lon, lat = FRAME.to_degrees(np.array(zone.centroid.coords[0]))
    line = stage.way(SCHOUS_PLASS, (float(lon), float(lat)), BIRKELUNDEN)
    return line, passing_m(line, zone.centroid, away_m=15.0) / TRAM_MPS


def _home_line(stage: Stage, home: Floats) -> Floats:
    """From Rosenhoff along the streets to a home nearby."""
    lon, lat = FRAME.to_degrees(home)
    return stage.way(ROSENHOFF, (float(lon), float(lat)))

"""Where a tag believes it is: a position a minute, with an error that lasts, grows indoors and among walls,
and is reported imperfectly.

Every number here was chosen before the engine was run on it, from what it names. `recorded` is the ground
truth beside our recordings (`fit.py` draws both side by side), `trade` the ranges that vendors and test
programmes publish, and these are published measurements:

- Kjærgaard et al., Indoor Positioning Using GPS Revisited, Pervasive 2010: good receivers err by less than
  5 m (root of the mean square) in wooden houses and less than 10 m in most of brick and concrete;
- Wu et al., Environmental Health Insights 4 (2010): 50 to 80 in a hundred fixes of wearable loggers in houses
  lie within 20 m of the truth;
- Al-Azizi and Shafri, doi 10.1155/2017/6750346: phones in the open err by less than 10 m 95 times in 100.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import Booleans, Floats, Indices, Source
from simulators.season.way import Doing, Path

EVERY_S: Final = 60.0
OPEN_M: Final = 3.2  # Al-Azizi; recorded: 1.0 and 3.6 m at the median for two phones
STREET_M: Final = 14.0  # recorded among towers: 28 m at the median, 62 m at the 95th percentile at worst
INDOORS_M: Final = (3.5, 17.0)  # by house: Kjærgaard's wooden houses to the worst half of Wu's
TAIL: Final = 0.45
TAIL_LASTS_S: Final = 600.0
DRIFT_M: Final = (50.0, 300.0)  # trade: indoors
DRIFTS_A_MINUTE: Final = 1.0 / 360.0  # recorded: none in 10.8 h at home, of 1.8 that this expects
MOVING: Final = ((0.20, 5.0), (0.35, 40.0), (0.45, 250.0))
"""Shares of the variance and how long each lasts, in seconds. Recorded in cars: a lag of 10 s leaves 0.64 to
0.73, 30 s 0.44 to 0.62, a minute 0.07 to 0.52."""
STILL: Final = ((0.45, 120.0), (0.55, 1000.0))
"""Who stays keeps his reflections. Recorded in a camp: a minute leaves 0.84, five 0.49, ten 0.37."""
CIRCLE: Final = 1.515  # the 68 % radius of a two-dimensional normal error of sigma 1
COLD_AFTER_S: Final = 600.0
GROSS_WHEN_COLD: Final = 0.02  # recorded: first fixes 0.6 to 1.5 km off after long gaps
WRONG_ROUTER: Final = 3e-4  # a Wi-Fi router that has moved house
MULTIPATH: Final = 0.01
PLACE_M: Final = 20.0
IN_TUNNELS: Final = (Doing.DRIVEN, Doing.BY_BUS, Doing.BY_TRAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Fixes as taken: (n,) columns."""

    at_s: Floats
    xy_m: Floats  # (n, 2)
    accuracy_m: Floats
    source: Indices
    speed_mps: Floats

    def take(self, which: Indices | Booleans) -> "Readings":
        """These rows."""
        return Readings(
            at_s=self.at_s[which],
            xy_m=self.xy_m[which],
            accuracy_m=self.accuracy_m[which],
            source=self.source[which],
            speed_mps=self.speed_mps[which],
        )


def lasting_noise(chance: Generator, count: int, lasts_s: float, *, every_s: float = EVERY_S) -> Floats:
    """(n,) a Gauss-Markov process of unit variance, a value a minute unless told otherwise."""
    kept = np.exp(-every_s / lasts_s)
    taps = kept ** np.arange(int(np.ceil(np.log(0.003) / np.log(kept))))
    white = chance.normal(size=count + len(taps) - 1)
    return np.convolve(white, taps / np.sqrt((taps**2).sum()), mode="valid")


def satellite_noise(chance: Generator, is_still: Booleans, *, every_s: float = EVERY_S) -> Floats:
    """(n, 2) the error of unit variance on each axis: slow where somebody stays, quicker on the way."""
    axes = []
    for _ in range(2):
        moving, still = (
            sum(
                np.sqrt(share) * lasting_noise(chance, len(is_still), lasts_s, every_s=every_s)
                for share, lasts_s in parts
            )
            for parts in (MOVING, STILL)
        )
        axes.append(np.where(is_still, still, moving))
    return np.stack(axes, axis=1)


def tail(chance: Generator, count: int, *, every_s: float = EVERY_S) -> Floats:
    """(n,) how much worse than usual it is: some quarters of an hour are several times worse than others."""
    return np.asarray(np.exp(TAIL * lasting_noise(chance, count, TAIL_LASTS_S, every_s=every_s)))


def episodes(
    chance: Generator, count: int, *, rate: float, minutes: tuple[int, int]
) -> tuple[Floats, Indices]:
    """(n,) how far through its episode each minute is, from 0 to 1 (NaN outside), and which episode; an
    episode begins in a minute with probability `rate`."""
    share, which = np.full(count, np.nan), np.full(count, -1)
    starts = np.flatnonzero(chance.random(count) < rate)
    for number, start in enumerate(starts):
        length = int(chance.integers(minutes[0], minutes[1] + 1))
        share[start : start + length] = (np.arange(length)[: count - start] + 0.5) / length
        which[start : start + length] = number
    return share, which


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sky:
    """What a receiver has to cope with, minute by minute."""

    at_s: Floats
    true_m: Floats
    doing: Indices
    place: Indices  # what is constant in a place is constant here, today and tomorrow
    is_urban: Booleans
    sigma_m: Floats

    @property
    def is_indoors(self) -> Booleans:
        return np.asarray(self.doing == Doing.INDOORS)


def observe(chance: Generator, path: Path, at_s: Floats, *, is_off: Booleans) -> Readings:
    """What the receiver makes of these minutes, but for those in which it is off or finds nothing."""
    sky = _sky(chance, path, at_s)
    source, is_lost = _sources(chance, sky)
    is_lost |= is_off
    error_m, accuracy_m = _satellites(chance, sky, _is_cold(at_s, is_lost | (source == Source.CELL)))
    for other, model in ((Source.WIFI, _routers), (Source.CELL, _masts)):
        which = source == other
        other_error_m, other_accuracy_m = model(chance, sky)
        error_m[which], accuracy_m[which] = other_error_m[which], other_accuracy_m[which]
    moved = np.hypot(*(path.where(at_s + 1.0) - sky.true_m).T)
    speed = np.where(source == Source.GNSS, np.abs(moved + chance.normal(0.0, 0.2, len(at_s))), np.nan)
    taken = Readings(
        at_s=at_s, xy_m=sky.true_m + error_m, accuracy_m=accuracy_m, source=source, speed_mps=speed
    )
    return taken.take(~is_lost)


def _sky(chance: Generator, path: Path, at_s: Floats) -> _Sky:
    doing = path.activity(at_s).astype(np.intp)
    is_urban = lasting_noise(chance, len(at_s), 900.0) > 0.6
    true_m = path.where(at_s)
    _, place = np.unique(np.round(true_m / PLACE_M), axis=0, return_inverse=True)
    place = place.reshape(-1)
    houses_m = np.geomspace(*INDOORS_M, 101)[chance.integers(0, 101, int(place.max(initial=0)) + 1)]
    is_walled = is_urban | (doing == Doing.BY_TRAIN)
    usual_m = np.where(doing == Doing.INDOORS, houses_m[place], np.where(is_walled, STREET_M, OPEN_M))
    sigma_m = usual_m * tail(chance, len(at_s))
    return _Sky(at_s=at_s, true_m=true_m, doing=doing, place=place, is_urban=is_urban, sigma_m=sigma_m)


def _sources(chance: Generator, sky: _Sky) -> tuple[Indices, Booleans]:
    """Satellites outside but for tunnels; indoors whatever is there."""
    count = len(sky.at_s)
    level = 1.0 / (1.0 + np.exp(-1.702 * lasting_noise(chance, count, 900.0)))
    indoors = np.select(
        [level < 0.45, level < 0.88, level < 0.93], [Source.GNSS, Source.WIFI, Source.CELL], -1
    )
    source = np.where(sky.is_indoors, indoors, int(Source.GNSS))
    tunnel, _ = episodes(chance, count, rate=0.01, minutes=(1, 4))
    is_lost = (source == -1) | (~np.isnan(tunnel) & np.isin(sky.doing, IN_TUNNELS))
    is_lost |= chance.random(count) < 0.01
    return source, is_lost


def _is_cold(at_s: Floats, is_lost: Booleans) -> Booleans:
    """The first satellite fix after a long while without."""
    taken = np.flatnonzero(~is_lost)
    is_cold = np.zeros(len(at_s), dtype=bool)
    is_cold[taken] = np.diff(at_s[taken], prepend=-np.inf) > COLD_AFTER_S
    return is_cold


def _satellites(chance: Generator, sky: _Sky, is_cold: Booleans) -> tuple[Floats, Floats]:
    count = len(sky.at_s)
    is_still = sky.is_indoors | (sky.doing == Doing.LINGERING)
    sigma_m = sky.sigma_m * np.where(is_cold, 4.0, 1.0)
    error_m = sigma_m[:, None] * satellite_noise(chance, is_still)
    # What it reports knows most of what ails it, not all.
    accuracy_m = CIRCLE * sigma_m**0.8 * np.exp(chance.normal(0.0, 0.25, count)) * 1.5
    for excursion_m, is_told in (
        _drifts(chance, sky),
        _multipath(chance, sky),
        _cold_misses(chance, is_cold),
    ):
        error_m += excursion_m
        told_m = np.where(is_told, 0.8, 0.2) * np.hypot(*excursion_m.T)
        accuracy_m = np.hypot(accuracy_m, told_m)
    return error_m, np.maximum(accuracy_m, 3.0)


def _drifts(chance: Generator, sky: _Sky) -> tuple[Floats, Booleans]:
    """Indoors the position wanders off for minutes and comes back; six times in ten the tag knows."""
    count = len(sky.at_s)
    share, which = episodes(chance, count, rate=DRIFTS_A_MINUTE, minutes=(5, 40))
    kinds = max(1, int(which.max(initial=0)) + 1)
    bearing, reach_m = chance.uniform(0.0, 2.0 * np.pi, kinds), chance.uniform(*DRIFT_M, kinds)
    is_told = chance.random(kinds) < 0.6
    size_m = np.where(
        sky.is_indoors & (which >= 0), reach_m[which] * np.sin(np.pi * np.nan_to_num(share)), 0.0
    )
    return _thrown(size_m, bearing[which]), is_told[which]


def _multipath(chance: Generator, sky: _Sky) -> tuple[Floats, Booleans]:
    """Among walls a reflection throws one to three fixes aside; half of them say so."""
    count = len(sky.at_s)
    _, which = episodes(chance, count, rate=MULTIPATH, minutes=(1, 3))
    kinds = max(1, int(which.max(initial=0)) + 1)
    bearing, reach_m = chance.uniform(0.0, 2.0 * np.pi, kinds), 20.0 + chance.exponential(50.0, kinds)
    is_told = chance.random(kinds) < 0.5
    is_thrown = (which >= 0) & sky.is_urban & ~sky.is_indoors
    return _thrown(np.where(is_thrown, reach_m[which], 0.0), bearing[which]), is_told[which]


def _cold_misses(chance: Generator, is_cold: Booleans) -> tuple[Floats, Booleans]:
    """A first fix may be far off, and does not know."""
    count = len(is_cold)
    is_miss = is_cold & (chance.random(count) < GROSS_WHEN_COLD)
    size_m = np.where(is_miss, chance.uniform(300.0, 1_500.0, count), 0.0)
    return _thrown(size_m, chance.uniform(0.0, 2.0 * np.pi, count)), np.zeros(count, dtype=bool)


def _routers(chance: Generator, sky: _Sky) -> tuple[Floats, Floats]:
    """Wi-Fi: off by the same in the same place, wavering a little; now and then a router that moved."""
    count = len(sky.at_s)
    places = int(sky.place.max(initial=0)) + 1
    error_m = chance.normal(0.0, 18.0, (places, 2))[sky.place] + chance.normal(0.0, 8.0, (count, 2))
    is_wrong = chance.random(count) < WRONG_ROUTER
    size_m = np.where(is_wrong, np.exp(chance.uniform(np.log(500.0), np.log(20_000.0), count)), 0.0)
    error_m = error_m + _thrown(size_m, chance.uniform(0.0, 2.0 * np.pi, count))
    return error_m, chance.uniform(20.0, 60.0, count)


def _masts(chance: Generator, sky: _Sky) -> tuple[Floats, Floats]:
    """Cell: hundreds of metres off, and it says so."""
    count = len(sky.at_s)
    places = int(sky.place.max(initial=0)) + 1
    error_m = chance.normal(0.0, 350.0, (places, 2))[sky.place] + chance.normal(0.0, 120.0, (count, 2))
    return error_m, chance.uniform(500.0, 1_500.0, count)


def _thrown(size_m: Floats, bearing: Floats) -> Floats:
    return np.asarray(size_m[:, None] * np.stack([np.cos(bearing), np.sin(bearing)], axis=1))

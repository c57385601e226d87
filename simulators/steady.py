"""A steady history to measure with: the people of a season, a fix a minute and a heartbeat in five, in order.

Nothing is late, lost or strange here, and nobody's truth is known: what it costs to judge a long history is
all it is for. A season has everything else.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

import numpy as np

from em_engine.vocabulary import MINUTE, SECOND, Batch, Floats, ReportKind, Rows, Source, blank_reports
from simulators.season.duties import DAY_S, Case
from simulators.season.people import case_of
from simulators.season.rules import rulebook_files
from simulators.season.world import START

SPEED_MPS: Final = 8.0
ERROR_M: Final = 5.0
STAYS: Final = 0.9  # of an error, a minute later
BEAT_EVERY: Final = 5
ROAMS: Final = 0.1
"""How often one who breaks rules is out late, of all evenings."""
_MINUTES: Final = DAY_S // 60
_HOUR: Final = 3600.0


class Steady:
    """So many wearers for so many days, with the orders of a season's seven programmes.

    Of the last day only so many minutes are told, where all would be too much.
    """

    def __init__(self, *, tags: int, days: int, seed: int = 1, minutes: int = _MINUTES) -> None:
        self.cases = tuple(case_of(seed, number, days) for number in range(tags))
        self.tags, self.days = tags, days - 1 + minutes / _MINUTES
        self._seed, self._until = seed, START + ((days - 1) * _MINUTES + minutes) * MINUTE
        self._carried = [
            (case, is_protected)
            for case in self.cases
            for is_protected in ((False, True) if case.duty("contact-ban") else (False,))
        ]
        self.devices = tuple(case.phone if protected else case.tag for case, protected in self._carried)

    def rulebook_files(self) -> Mapping[str, bytes]:
        """The rulebook that fits."""
        return rulebook_files(self.cases)

    def batches(self) -> Iterator[Batch]:
        """Everything that is reported, in order of arrival, a day at a time."""
        for day in range(ceil(self.days)):
            rows = self._day(day)
            yield Batch(devices=self.devices, rows=rows[rows["at"] < self._until])

    def _day(self, day: int) -> Rows:
        chance = np.random.default_rng((self._seed, day))
        errors = _errors(chance, len(self.devices))
        parts = [
            _reports(case, _way(chance, case, day, is_protected=protected) + errors[:, number], number, day)
            for number, (case, protected) in enumerate(self._carried)
        ]
        rows = np.concatenate(parts)
        return rows[np.argsort(rows["received_at"], kind="stable")]


def _errors(chance: np.random.Generator, count: int) -> Floats:
    """What receivers are off by, (minutes, devices, 2) metres: who is off stays off for a while."""
    fresh = chance.normal(0.0, ERROR_M * np.sqrt(1.0 - STAYS**2), (_MINUTES, count, 2))
    for minute in range(1, _MINUTES):
        fresh[minute] += STAYS * fresh[minute - 1]
    return np.asarray(fresh)


def _way(chance: np.random.Generator, case: Case, day: int, *, is_protected: bool) -> Floats:
    """Where one person is each minute of a day: (minutes, 2) metres."""
    prefix = "protected-" if is_protected else ""
    home = case.places["protected" if is_protected else "home"]
    stays = list[tuple[float, float, Floats]]()
    if day % 7 < 5:
        stays.append((chance.uniform(7.2, 8.5), chance.uniform(15.5, 16.5), case.places[f"{prefix}work"]))
    haunt = case.places[f"{prefix}haunt-{chance.integers(4)}"]
    if chance.random() < 0.3:
        stays.append((16.7, chance.uniform(17.0, 17.5), haunt))
    if chance.random() < (ROAMS if case.breaks_rules else 0.0):
        stays.append((chance.uniform(20.5, 22.0), chance.uniform(22.5, 23.3), haunt))
    times, spots = [0.0], [home]
    for start, end, spot in stays:
        on_the_way_s = float(np.hypot(*(spot - home))) / SPEED_MPS
        left = max(start * _HOUR, times[-1])
        back = max(end * _HOUR, left + on_the_way_s)
        times += [left, left + on_the_way_s, back, back + on_the_way_s]
        spots += [home, spot, spot, home]
    at = np.arange(_MINUTES) * 60.0
    return np.stack([np.interp(at, times, [spot[axis] for spot in spots]) for axis in (0, 1)], axis=1)


def _reports(case: Case, way: Floats, number: int, day: int) -> Rows:
    """The fixes and heartbeats of a device over a day; its place among others spreads them over a minute."""
    minute = np.arange(_MINUTES)
    rows = blank_reports(_MINUTES + _MINUTES // BEAT_EVERY)
    fixes, beats = rows[:_MINUTES], rows[_MINUTES:]
    began = START + (day * _MINUTES + minute) * MINUTE + number % 60 * SECOND
    fixes["kind"], fixes["source"], fixes["at"] = ReportKind.FIX, Source.GNSS, began
    fixes["lon"], fixes["lat"] = np.round(case.ground.to_degrees(way), 7).T
    fixes["accuracy_m"], fixes["hdop"], fixes["satellites"] = 8.0, 0.9, 9
    sent = day * _MINUTES + minute
    fixes["seq"] = sent + (sent + BEAT_EVERY - 1) // BEAT_EVERY
    beats["kind"], beats["at"] = ReportKind.HEARTBEAT, began[::BEAT_EVERY] + 30 * SECOND
    beats["seq"] = fixes["seq"][::BEAT_EVERY] + 1
    beats["battery_pct"], beats["charging"], beats["strap_closed"], beats["case_closed"] = 80.0, 0, 1, 1
    moved_m = np.hypot(*np.diff(way, axis=0, append=way[-1:]).T)
    beats["motion"] = moved_m[::BEAT_EVERY] > 60.0
    if case.has_beacon:
        beats["beacon_in_range"] = np.hypot(*(way[::BEAT_EVERY] - case.places["home"]).T) < 50.0
    rows["device"], rows["sent_at"] = number, rows["at"]
    rows["received_at"] = rows["at"] + 2 * SECOND
    return rows

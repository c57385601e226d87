"""Recordings of real receivers as a season of their own: where the truth is known, zones are laid in its way.

Three sorts: drives whose reference was measured beside them; a day at home with one outing; days with single
fixes far from where anybody was. Times are moved to the season's beginning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Final

import numpy as np
from shapely import Point

from em_engine.vocabulary import SECOND, Booleans, Floats, Micros, Rows, Times, parse_rfc3339
from simulators.season.duties import DAY_S, Case, Duty, Ground
from simulators.season.truth import breaches_of
from simulators.season.way import Doing, Path
from simulators.season.world import START, Season
from simulators.tracks import Track, read

DRIVES: Final = ("gsdc-b-pixel4", "gsdc-b-pixel4xl", "berlin-potsdamer-spp")
HOME_DAY: Final = "hadza-d1-homeday"
OUTING: Final = ("2018-03-11T06:03:00Z", "2018-03-11T06:37:00Z")
FALSE_FIXES: Final[Mapping[str, Sequence[str]]] = {
    "geolife-001-10-23": ("2008-10-23T10:32:53Z",),
    "geolife-002-10-25": ("2008-10-25T08:16:22Z", "2008-10-25T08:21:20Z", "2008-10-26T04:26:57Z"),
}
ZONES: Final = 12
MINUTE_PHASES_S: Final = (0, 30)
HOMES_M: Final = (60.0, 100.0)
FALSE_ZONE_M: Final = 150.0
NEEDED: Final = (*DRIVES, *(f"{one}.truth" for one in DRIVES), HOME_DAY, *FALSE_FIXES)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One recording: what the receiver said, and where it was."""

    name: str
    ground: Ground
    rows: Rows
    path: Path
    duties: tuple[Duty, ...]


def missing_in(folder: File) -> list[str]:
    """Which recordings are not there."""
    return [f"{name}.csv" for name in NEEDED if not (folder / f"{name}.csv").is_file()]


def recordings(folder: File, names: Iterable[str] = NEEDED) -> Season:
    """The recordings as a season: each as it was taken, the drives also with a fix a minute."""
    wanted = set(names)
    taken = [
        one
        for make, its_names in ((_drives, DRIVES), (_home_day, (HOME_DAY,)), (_false_fixes, FALSE_FIXES))
        for one in make(folder, [name for name in its_names if name in wanted])
    ]
    days = max(int(one.path.at_s[-1] // DAY_S) + 1 for one in taken)
    cases = tuple(_case(number, one, days) for number, one in enumerate(taken))
    rows = np.concatenate([_numbered(one.rows, number) for number, one in enumerate(taken)])
    return Season(
        days=days,
        cases=cases,
        ways={case.id: (one.path, None) for case, one in zip(cases, taken, strict=True)},
        devices=tuple(case.tag for case in cases),
        rows=rows[np.argsort(rows["received_at"], kind="stable")],
        breaches=tuple(
            breach
            for case, one in zip(cases, taken, strict=True)
            for breach in breaches_of(case, one.path, None, end_s=float(one.path.at_s[-1]))
        ),
    )


def _case(number: int, one: Taken, days: int) -> Case:
    return Case(
        id=f"R-{number:02d}-{one.name}",
        number=number,
        programme="remand",
        ground=one.ground,
        town=0,
        duties=one.duties,
        places={"home": np.zeros(2)},
        has_beacon=False,
        breaks_rules=True,
        days=days,
    )


def _numbered(rows: Rows, number: int) -> Rows:
    numbered = rows.copy()
    numbered["device"], numbered["seq"] = number, np.arange(1, len(rows) + 1)
    return numbered


def _drives(folder: File, names: Iterable[str]) -> Iterator[Taken]:
    for place, name in enumerate(names):
        track, truth = read(folder / f"{name}.csv"), read(folder / f"{name}.truth.csv")
        ground, since = _ground(truth), int(truth.rows["at"][0])
        path = _path(truth, ground, since)
        rows = track.rows[(track.rows["at"] >= since) & (track.rows["at"] <= truth.rows["at"][-1])]
        duties = tuple(_zones(np.random.default_rng((place, ZONES)), path))
        yield Taken(name=name, ground=ground, rows=_moved(rows, since), path=path, duties=duties)
        for phase_s in MINUTE_PHASES_S:
            slow = rows[_each_minute(rows["at"], phase_s)]
            name_too = f"{name}-each-minute-{phase_s}"
            yield Taken(name=name_too, ground=ground, rows=_moved(slow, since), path=path, duties=duties)


def _each_minute(at: Times, phase_s: int) -> Booleans:
    """The first fix of every minute that begins so many seconds after the full one."""
    minute = (at // SECOND + phase_s) // 60
    return np.asarray(np.diff(minute, prepend=minute[0] - 1) > 0)


def _zones(chance: np.random.Generator, path: Path) -> Iterator[Duty]:
    """Round zones in the way and beside it."""
    for number in range(ZONES):
        at_s = chance.uniform(0.05, 0.95) * path.at_s[-1]
        middle = path.where(np.array([at_s]))[0] + chance.normal(0.0, 60.0, 2)
        zone = Point(middle).buffer(chance.uniform(40.0, 150.0))
        yield Duty(id=f"zone-{number:02d}", kind="exclusion", zone=zone)


def _home_day(folder: File, names: Iterable[str]) -> Iterator[Taken]:
    for name in names:
        track = read(folder / f"{name}.csv")
        ground, since = _ground(track), int(track.rows["at"][0])
        whole = _path(track, ground, since)
        out_s = [(parse_rfc3339(one) - since) / SECOND for one in OUTING]
        is_out = (whole.at_s >= out_s[0]) & (whole.at_s <= out_s[1])
        home = np.median(whole.xy_m[~is_out], axis=0)
        path = Path(at_s=whole.at_s, xy_m=np.where(is_out[:, None], whole.xy_m, home), doing=whole.doing)
        zones = {f"home-{size_m:.0f}": Point(home).buffer(size_m) for size_m in HOMES_M}
        duties = tuple(Duty(id=name, kind="inclusion", zone=zone) for name, zone in zones.items())
        yield Taken(name=name, ground=ground, rows=_moved(track.rows, since), path=path, duties=duties)


def _false_fixes(folder: File, names: Iterable[str]) -> Iterator[Taken]:
    for name in names:
        track = read(folder / f"{name}.csv")
        ground, since = _ground(track), int(track.rows["at"][0])
        whole = _path(track, ground, since)
        is_false = np.isin(track.rows["at"], [parse_rfc3339(one) for one in FALSE_FIXES[name]])
        assert is_false.any(), f"{name}: the false fixes are not there"
        path = Path(at_s=whole.at_s[~is_false], xy_m=whole.xy_m[~is_false], doing=whole.doing[~is_false])
        duties = tuple(
            Duty(id=f"zone-{number}", kind="exclusion", zone=Point(place).buffer(FALSE_ZONE_M))
            for number, place in enumerate(whole.xy_m[is_false])
        )
        yield Taken(name=name, ground=ground, rows=_moved(track.rows, since), path=path, duties=duties)


def _ground(track: Track) -> Ground:
    return Ground(lon=float(np.median(track.rows["lon"])), lat=float(np.median(track.rows["lat"])))


def _path(track: Track, ground: Ground, since: Micros) -> Path:
    rows = track.rows[np.diff(track.rows["at"], prepend=track.rows["at"][0] - 1) > 0]
    xy_m: Floats = ground.to_metres(np.stack([rows["lon"], rows["lat"]], axis=1))
    doing = np.full(len(rows), Doing.DRIVEN, dtype=np.int8)
    return Path(at_s=(rows["at"] - since) / SECOND, xy_m=xy_m, doing=doing)


def _moved(rows: Rows, since: Micros) -> Rows:
    """The reports as if recording had begun with the season, each arriving a second after it was taken."""
    moved = rows.copy()
    moved["at"] += START - since
    moved["received_at"] = np.maximum.accumulate(moved["at"] + SECOND)
    moved["sent_at"] = moved["at"]
    return moved

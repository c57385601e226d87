"""History to try rulebooks on: tracks, real or simulated, or what an engine has recorded; and how long each
device in them was monitored."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from em_engine.alerts.alert import Alert
from em_engine.commands.imagining import Imagining, simulated
from em_engine.commands.progress import Progress
from em_engine.commands.recorded import recorded
from em_engine.rulebook import Order, Rulebook
from em_engine.vocabulary import BEFORE_ALL, HOUR, Batch, Micros, Rows, Times, rfc3339
from simulators.spans import Span, read_truth
from simulators.tracks import Track, merge, read

DAY: Final[Micros] = 24 * HOUR


class HistoryRefused(Exception):
    """What was given as history cannot be judged by these rulebooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which history a rulebook is tried on, as the command line has it."""

    tracks: Sequence[Path] = ()
    device: str | None = None
    until: Micros | None = None
    truth: Path | None = None
    data: Path | None = None  # of an engine, whose record is the history
    since: Micros | None = None
    imagining: Imagining | None = None  # where a past is made up
    progress: Progress = field(default_factory=Progress)

    @property
    def is_named(self) -> bool:
        """Whether any history is named."""
        return bool(self._named())

    def _named(self) -> tuple[str, ...]:
        given = {"--history": self.tracks, "--recorded": self.data, "--simulated": self.imagining}
        return tuple(name for name, value in given.items() if value)

    def check(self) -> None:
        """Refuses what names no past, or more than one. Raises HistoryRefused."""
        named = self._named()
        if not named:
            either = "or --recorded DATA, or --simulated DAYS"
            raise HistoryRefused(f"--history is missing: the tracks to try the rulebook on; {either}")
        if len(named) > 1:
            raise HistoryRefused(f"{' and '.join(named)} are two histories: give one of them")
        if self.device is not None and len(self.tracks) != 1:
            raise HistoryRefused("--device names the device of one track; none, or several are given")


_OF_PLACE: Final = ("exclusion.", "inclusion.", "contact.", "curfew.l")
"""Types of alerts that positions alone can tell, as they begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Tracks read, and for how long each device in them was monitored."""

    tracks: tuple[Track, ...] = field(repr=False)
    begin: Micros
    end: Micros
    reports: int
    days: Mapping[str, float]  # by device: how long it was monitored
    breaches: tuple[Span, ...] | None = None  # what really happened, where that is known
    whole_since: Micros = BEFORE_ALL  # before it only some positions are known
    notices: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)
    _by_time: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def batches(self, part: str = "judging") -> Iterable[Batch]:
        """The reports in order of arrival, with progress told."""
        return self.progress.over(merge(self.tracks, until=self.end), part=part, total=self.reports)

    def tells(self, alert: Alert) -> bool:
        """Whether the history can tell of such an alert: kept positions say nothing of silence."""
        return alert.opened_at >= self.whole_since or alert.type.value.startswith(_OF_PLACE)

    def place_of(self, alert: Alert, wearers: Container[str]) -> list[float] | None:
        """Where the fix that proved the alert lies, if it is a wearer's own: nobody else's place is told."""
        if alert.device not in wearers:
            return None
        for track in self.tracks:
            if alert.device in track.devices:
                rows = self._at(track, alert.detected_at)
                is_theirs = rows["device"] == track.devices.index(alert.device)
                proved = rows[is_theirs & ~np.isnan(rows["lon"])]
                if len(proved):
                    return [round(float(proved[name][0]), 6) for name in ("lon", "lat")]
        return None

    def _at(self, track: Track, at: Micros) -> Rows:
        """The track's rows of that instant."""
        if track.name not in self._by_time:
            self._by_time[track.name] = np.argsort(track.rows["at"], kind="stable")
        order = self._by_time[track.name]
        low, high = (
            np.searchsorted(track.rows["at"], at, side=side, sorter=order) for side in ("left", "right")
        )
        rows: Rows = track.rows[order[low:high]]
        return rows

    def device_days(self, devices: Iterable[str]) -> float:
        """How many days these devices were monitored, together."""
        return sum(self.days.get(device, 0.0) for device in set(devices))

    def as_json(self) -> dict[str, Any]:
        """What the history holds."""
        return {
            "files": [track.name for track in self.tracks],
            "reports": self.reports,
            "devices": len(self.days),
            "from": rfc3339(self.begin),
            "to": rfc3339(self.end),
            "notices": list(self.notices),
        }

    def told(self) -> str:
        """The same in a line."""
        holds = f"{self.reports} reports, {len(self.days)} devices of ours, {len(self.tracks)} files"
        return f"history: {holds}, {rfc3339(self.begin)} to {rfc3339(self.end)}"


def read_history(past: Past, rulebooks: Sequence[Rulebook]) -> History:
    """The history as these rulebooks will meet it; what cannot be read is told on stderr.

    Raises TrackRefused, ScoreRefused, and HistoryRefused where nothing in it can be judged.
    """
    past.check()
    tracks = tuple(_read(path, past.device) for path in past.tracks)
    whole_since, notices = BEFORE_ALL, tuple[str, ...]()
    if past.data is not None:
        held = recorded(past.data, since=past.since, until=past.until)
        tracks, whole_since, notices = held.tracks, held.whole_since, held.notices
    if past.imagining is not None:
        span = {"since": past.since, "until": past.until}
        track, notice = simulated(past.imagining, rulebooks, **span, progress=past.progress)
        tracks, notices = (track,), (notice,)
    end = _end(tracks) if past.until is None else past.until
    heard = _heard(tracks, end)
    known = {device for rulebook in rulebooks for order in rulebook.orders for device in devices_of(order)}
    unknown = sorted(heard.keys() - known)
    if not heard.keys() & known:
        raise HistoryRefused(
            f"no order names {', '.join(unknown) or 'a device'} of the history: "
            "nothing could be judged; --device renames the device of a track"
        )
    for notice in notices:
        click.echo(notice, err=True)
    if unknown:
        click.echo(f"no order names {', '.join(unknown)}: those reports decide nothing", err=True)
    return History(
        tracks=tracks,
        begin=min(int(times[0]) for times in heard.values()),
        end=end,
        reports=sum(map(len, heard.values())),
        days={device: _days(times, end) for device, times in heard.items() if device in known},
        breaches=None if past.truth is None else tuple(read_truth(past.truth)[0]),
        whole_since=whole_since,
        notices=notices,
        progress=past.progress,
    )


def _read(path: Path, device: str | None) -> Track:
    track = read(path, device)
    for told in (*track.notes, *track.faults):
        click.echo(str(told), err=True)
    if track.faults_total:
        click.echo(f"{track.name}: {len(track)} reports kept, {track.faults_total} rows set aside", err=True)
    return track


def _end(tracks: Sequence[Track]) -> Micros:
    return max((int(track.rows["received_at"][-1]) for track in tracks if len(track)), default=0)


def _heard(tracks: Sequence[Track], end: Micros) -> dict[str, Times]:
    """When each device was heard, up to the end."""
    heard: dict[str, list[Times]] = {}
    for track in tracks:
        rows = track.rows[track.rows["received_at"] <= end]
        for number, device in enumerate(track.devices):
            heard.setdefault(device, []).append(rows["received_at"][rows["device"] == number])
    times = {device: np.sort(np.concatenate(parts)) for device, parts in heard.items()}
    if not any(map(len, times.values())):
        raise HistoryRefused("the history holds no reports, so there is no time to judge")
    return {device: parts for device, parts in times.items() if len(parts)}


def _days(times: Times, end: Micros) -> float:
    """How long a device was monitored; of a silence at most a day counts.

    Recordings of different years are tried together: what lies between them was nobody's device-day.
    """
    silences = np.diff(np.append(times, end))
    return float(np.minimum(silences, DAY).sum() / DAY)


def devices_of(order: Order) -> set[str]:
    """Every device that bears on the order."""
    return {device for person in (order.wearer, *order.protected) for device in person.devices}


def worn_in(orders: Iterable[Order]) -> frozenset[str]:
    """The devices that wearers wear, and no protected person carries."""
    known = list(orders)
    carried = {device for order in known for person in order.protected for device in person.devices}
    return frozenset(device for order in known for device in order.wearer.devices) - carried

"""History to try rulebooks on: tracks, real or simulated, or what an engine has recorded; and how long each
device in them was monitored."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from em_engine.alerts.alert import Alert
from em_engine.commands.imagining import Imagining, simulated
from em_engine.commands.progress import Progress
from em_engine.commands.recorded import recorded
from em_engine.commands.shares import devices_of
from em_engine.commands.survey import Heard, gone_through, places
from em_engine.rulebook import Order, Rulebook
from em_engine.rulebook.coded import Said, in_code
from em_engine.vocabulary import BEFORE_ALL, Batch, Micros, rfc3339
from simulators.spans import Span, read_truth
from simulators.tracks import Recording, merge, opened


class HistoryRefused(Exception):
    """What was given as history cannot be judged by these rulebooks; `why` may have a code."""

    def __init__(self, why: str, *, of: Path | None = None) -> None:
        self.why = why
        super().__init__(why if of is None else f"{of}: {why}")


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
            told = "--device names the device of one track; none, or several are given"
            raise HistoryRefused(Said("history.device", told))


_OF_PLACE: Final = ("exclusion.", "inclusion.", "contact.", "curfew.l")
"""Types of alerts that positions alone can tell, as they begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Tracks, held or read a part at a time, and for how long each device in them was monitored."""

    tracks: tuple[Recording, ...] = field(repr=False)
    begin: Micros
    end: Micros
    reports: int
    counts: Mapping[str, int]  # by device: how many reports it sent
    days: Mapping[str, float]  # by device that an order names: how long it was monitored
    breaches: tuple[Span, ...] | None = None  # what really happened, where that is known
    whole_since: Micros = BEFORE_ALL  # before it only some positions are known
    notices: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)

    def batches(self, part: str = "judging") -> Iterable[Batch]:
        """The reports in order of arrival, with progress told."""
        return self.progress.over(merge(self.tracks, until=self.end), part=part, total=self.reports)

    def tells(self, alert: Alert) -> bool:
        """Whether the history can tell of such an alert: kept positions say nothing of silence."""
        return alert.opened_at >= self.whole_since or alert.type.value.startswith(_OF_PLACE)

    def places_of(self, alerts: Iterable[Alert], wearers: Container[str]) -> Mapping[str, list[float]]:
        """Where the fixes lie that proved the alerts, by their ids, as far as they are a wearer's own: nobody
        else's place is told."""
        wanted = {one.id: (one.device, one.detected_at) for one in alerts if one.device in wearers}
        found = places(self.tracks, set(wanted.values()))
        return {id: found[proof] for id, proof in wanted.items() if proof in found}

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
            "notice_codes": [in_code(one) for one in self.notices],
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
    tracks = tuple[Recording, ...](_read(path, past.device) for path in past.tracks)
    whole_since, notices = BEFORE_ALL, tuple[str, ...]()
    if past.data is not None:
        held = recorded(past.data, since=past.since, until=past.until)
        tracks, whole_since, notices = held.tracks, held.whole_since, held.notices
    if past.imagining is not None:
        span = {"since": past.since, "until": past.until}
        track, notice = simulated(past.imagining, rulebooks, **span, progress=past.progress)
        tracks, notices = (track,), (notice,)
    heard = _heard(tracks, past)
    known = {device for rulebook in rulebooks for order in rulebook.orders for device in devices_of(order)}
    _check_devices(heard, known)
    for notice in notices:
        click.echo(notice, err=True)
    return History(
        tracks=tracks,
        begin=heard.begin,
        end=heard.end,
        reports=sum(heard.counts.values()),
        counts=heard.counts,
        days={device: days for device, days in heard.days.items() if device in known},
        breaches=None if past.truth is None else tuple(read_truth(past.truth)[0]),
        whole_since=whole_since,
        notices=notices,
        progress=past.progress,
    )


def _heard(tracks: Sequence[Recording], past: Past) -> Heard:
    total = sum(map(len, tracks))
    with past.progress.counting(part="reading", total=total, is_whole=False) as count:
        heard = gone_through(tracks, past.until, count)
    if heard is None:
        raise HistoryRefused(
            Said("history.empty", "the history holds no reports, so there is no time to judge")
        )
    return heard


def _check_devices(heard: Heard, known: Container[str]) -> None:
    unknown = sorted(device for device in heard.counts if device not in known)
    if len(unknown) == len(heard.counts):
        told = (
            "no order names {} of the history: nothing could be judged; "
            "--device renames the device of a track"
        )
        raise HistoryRefused(Said("history.unknown", told, ", ".join(unknown)))
    if unknown:
        click.echo(f"no order names {', '.join(unknown)}: those reports decide nothing", err=True)


def _read(path: Path, device: str | None) -> Recording:
    track = opened(path, device)
    for told in (*track.notes, *track.faults):
        click.echo(str(told), err=True)
    if track.faults_total:
        click.echo(f"{track.name}: {len(track)} reports kept, {track.faults_total} rows set aside", err=True)
    return track


def worn_in(orders: Iterable[Order]) -> frozenset[str]:
    """The devices that wearers wear, and no protected person carries."""
    known = list(orders)
    carried = {device for order in known for person in order.protected for device in person.devices}
    return frozenset(device for order in known for device in order.wearer.devices) - carried

"""A scenario's file read: everything that is wrong with it at once, each with line and column."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from em_engine.rulebook import Problem, Rulebook
from em_engine.rulebook.civil import begins_at
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.problems import Path as Place
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.sources import text_of
from em_engine.rulebook.yaml_tree import Listed, Mapped, YamlDocument, read_yaml
from em_engine.vocabulary import HOUR, Batch, Micros, instant
from simulators.faults import Fault
from simulators.faults.named import Reader, read_fault
from simulators.scenarios.document import DeviceDocument, ScenarioDocument
from simulators.scenarios.expecting import Expectation, Moment, Tally, expectation
from simulators.scenarios.ground import Ground
from simulators.scenarios.rules import people_of, rulebook_of
from simulators.scenarios.sentences import NotUnderstood, Sentence, span_of, understand
from simulators.tracks import TrackRefused, read
from simulators.tracks.merge import arrivals

_DOCUMENT: Final = Shape(ScenarioDocument)
_DEVICE: Final = Shape(DeviceDocument)
_AT: Final = re.compile(r"at ((?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})?)")
_AFTER: Final = re.compile(r"after (\d+(?:\.\d+)? (?:s|min|h))")
_BYTES_MAX: Final = 1_000_000


DAY: Final[Micros] = 24 * HOUR


class ScenarioRefused(Exception):
    """A scenario that cannot be run. `problems` holds every error, sorted by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, and when."""

    at: Micros
    sentence: Sentence
    line: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """A story that can be run."""

    path: Path
    title: str
    about: str
    proves: tuple[str, ...]
    starts: Micros
    ends: Micros
    zone: ZoneInfo
    seed: int
    ground: Ground
    rulebook: Rulebook = field(repr=False)
    devices: Mapping[str, DeviceDocument]
    recorded: Batch = field(repr=False)
    people: Mapping[str, tuple[str, ...]]
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]
    expectations: tuple[Expectation, ...]
    tallies: tuple[Tally, ...]
    others_allowed: bool
    known: str

    def clock(self, at: Micros) -> str:
        """The instant as the story writes it, with the day where it is another than the first."""
        civil, first = instant(at).astimezone(self.zone), instant(self.starts).astimezone(self.zone)
        return civil.strftime("%H:%M:%S" if civil.date() == first.date() else "%Y-%m-%d %H:%M:%S")


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file. Raises ScenarioRefused, or OSError where it cannot be read."""
    findings = Findings(prefix="" if str(path.parent) == "." else str(path.parent))
    content = path.read_bytes()[:_BYTES_MAX]
    text = text_of(path.name, content, findings)
    document = None if text is None else read_yaml(path.name, text, findings)
    scenario = None if document is None or text is None else _read(path, document, text, findings)
    if scenario is None or findings.has_errors:
        raise ScenarioRefused(tuple(one for one in findings.told() if one.severity == "error"))
    return scenario


def _read(path: Path, document: YamlDocument, text: str, findings: Findings) -> Scenario | None:
    if not isinstance(document.data, Mapped):
        findings.error(document, (), "document", "a scenario should be a mapping of fields")
        return None
    head = _DOCUMENT.read(document, (), document.data, findings)
    if head is None:
        return None
    starts, ends = begins_at(head.starts, head.time_zone), begins_at(head.ends, head.time_zone)
    if ends <= starts:
        findings.error(document, ("ends",), "ends", "the story ends before it begins")
        return None
    ground = Ground(origin=head.origin, places=_places(document, head.origin, findings))
    rulebook = rulebook_of(document, text, ground=ground, folder=path.parent, findings=findings)
    devices = dict(_devices(document, ground, findings))
    known = {device: (device,) for device in devices} | ({} if rulebook is None else people_of(rulebook))
    told = _Telling(
        document=document,
        findings=findings,
        zone=ZoneInfo(head.time_zone),
        starts=starts,
        ends=ends,
        ground=ground,
        people=known,
        devices=devices,
        about=frozenset({*known, *(order.id for order in rulebook.orders)} if rulebook else ()),
    )
    told.read(document.data["story"])
    faults = _faults(document, told, findings)
    if rulebook is None or findings.has_errors:
        return None
    return Scenario(
        path=path,
        title=head.scenario,
        about=head.about,
        proves=head.proves,
        starts=starts,
        ends=ends,
        zone=ZoneInfo(head.time_zone),
        seed=head.seed,
        ground=ground,
        rulebook=rulebook,
        devices=devices,
        recorded=_recorded(document, path.parent, head.tracks, findings),
        people=known,
        steps=tuple(told.steps),
        faults=faults,
        expectations=tuple(told.expectations),
        tallies=tuple(told.tallies),
        others_allowed=head.others == "allowed",
        known=head.known,
    )


def civil_time(text: str, after: Micros, zone: ZoneInfo) -> Micros:
    """`21:40` is the next such time at or after the instant; with a day it is that. Raises ValueError."""
    if " " in text:
        return begins_at(datetime.fromisoformat(text.replace(" ", "T")), zone.key)
    today = instant(after).astimezone(zone).date()
    times = (datetime.fromisoformat(f"{today + timedelta(days=days)}T{text}") for days in (0, 1, 2))
    return next(at for civil in times if (at := begins_at(civil, zone.key)) >= after)


# What there is ---------------------------------------------------------------------------------


def _places(
    document: YamlDocument, origin: tuple[float, float], findings: Findings
) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    ground = Ground(origin=origin)
    written = document.data.get("places")
    for name, data in written.items() if isinstance(written, Mapped) else ():
        if isinstance(data, Listed) and len(data) == 2 and all(_is_number(one) for one in data):
            found[name] = (float(data[0]), float(data[1]))
        elif isinstance(data, Mapped) and {"lon", "lat"} == set(data) and all(map(_is_number, data.values())):
            found[name] = ground.metres(float(data["lon"]), float(data["lat"]))
        else:
            hint = "write [400, -20], metres east and north of the origin, or {lon: 10.75, lat: 59.91}"
            findings.error(document, ("places", name), "place", f"{name!r} is no place", hint=hint)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _devices(
    document: YamlDocument, ground: Ground, findings: Findings
) -> Iterator[tuple[str, DeviceDocument]]:
    written = document.data.get("devices")
    for name, data in written.items() if isinstance(written, Mapped) else ():
        read = _DEVICE.read(document, ("devices", name), data, findings)
        if read is None:
            continue
        for key in ("at", "beacon") if read.beacon is not None else ("at",):
            try:
                ground.place(getattr(read, key))
            except ValueError as error:
                findings.error(document, ("devices", name, key), "place", str(error))
        yield name, read


def _recorded(document: YamlDocument, folder: Path, named: Iterable[str], findings: Findings) -> Batch:
    """The reports of the tracks, in their order of arrival."""
    tracks = []
    for number, name in enumerate(named):
        try:
            tracks.append(read(folder / name))
        except TrackRefused as refusal:
            findings.error(document, ("tracks", number), "track", str(refusal))
    rows, devices = arrivals(tracks)
    return Batch(devices=devices, rows=rows)


def _faults(document: YamlDocument, told: "_Telling", findings: Findings) -> tuple[Fault, ...]:
    written = document.data.get("faults")

    def degrees(place: str) -> tuple[float, float]:
        lon, lat = told.ground.degrees(np.array(told.ground.place(place)))[0]
        return float(lon), float(lat)

    reader = Reader(partial(told.time_of, after=told.starts), degrees)
    read = (
        read_fault(document, ("faults", number), one, reader=reader, findings=findings)
        for number, one in enumerate(written if isinstance(written, Listed) else ())
    )
    return tuple(one for one in read if one is not None)


# The story -------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Telling:
    """The story as it is read, sentence by sentence."""

    document: YamlDocument
    findings: Findings
    zone: ZoneInfo
    starts: Micros
    ends: Micros
    ground: Ground
    people: Mapping[str, tuple[str, ...]]
    devices: Mapping[str, DeviceDocument]
    about: frozenset[str]  # whom an alert may be about; nobody where the rulebook could not be read
    steps: list[Step] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)

    def read(self, story: Any) -> None:
        """Every entry: a bare sentence holds for the whole story, the others from their time on."""
        now = self.starts
        for number, entry in enumerate(story):
            place: Place = ("story", number)
            if isinstance(entry, str):
                self._sentence(entry, place, self.starts)
            elif isinstance(entry, Mapped) and len(entry) == 1:
                (key, said), *_ = entry.items()
                now = self._moment(key, (*place, key), now)
                for at, text in enumerate(said) if isinstance(said, Listed) else ((None, said),):
                    self._sentence(text, (*place, key) if at is None else (*place, key, at), now)
            else:
                hint = "write `- at 21:40: W-1 goes to school on foot`, or a bare sentence that expects"
                self._wrong(place, "this is no moment of a story", hint)

    def _moment(self, key: str, place: Place, now: Micros) -> Micros:
        at, after = _AT.fullmatch(key), _AFTER.fullmatch(key)
        try:
            moment = self.time_of(at[1], now) if at else now + span_of(after[1]) if after else None
        except ValueError:  # 25:00
            moment = None
        if moment is None:
            self._wrong_key(place, f"`{key}` is no moment; write `at 21:40` or `after 10 min`")
        elif not self.starts <= moment <= self.ends:
            self._wrong_key(place, f"`{key}` lies outside the story, or before what stands above it")
        return now if moment is None else moment

    def time_of(self, text: str, after: Micros) -> Micros:
        """A civil time of the story. Raises ValueError where there is no such time."""
        return civil_time(text, after, self.zone)

    def _sentence(self, text: Any, place: Place, at: Micros) -> None:
        if not isinstance(text, str):
            self._wrong(place, "a sentence should be a text; write it in quotes if it holds a colon")
            return
        line = self._line(place)
        try:
            if text.startswith(("expect ", "allow ")):
                self._expect(expectation(text, Moment(at, self.ends, line, self.time_of)), place)
            else:
                sentence = understand(text)
                self._check(sentence)
                self.steps.append(Step(at, sentence, line))
        except NotUnderstood as error:
            self._wrong(place, str(error), error.hint)
        except ValueError as error:
            self._wrong(place, str(error))

    def _expect(self, read: Expectation | Tally, place: Place) -> None:
        if isinstance(read, Tally):
            self.tallies.append(read)
            return
        if self.about and read.who is not None and read.who not in self.about:
            self._wrong(place, f"nobody is called {read.who!r}", _named(self.about))
        self.expectations.append(read)

    def _check(self, sentence: Sentence) -> None:
        """Whoever and wherever it names must be there."""
        words = sentence.words
        who = words.get("who")
        if self.about and who is not None and not self.devices.keys() & set(self.people.get(who, ())):
            raise NotUnderstood(f"{who!r} has no device in this scenario", _named(self.people))
        for place in (words.get("place"), *(words.get("places") or "").split(", ")):
            if place:
                self.ground.place(place)

    def _line(self, place: Place) -> int:
        return int(self.findings.position(self.document, place).rsplit(":", 2)[1])

    def _wrong(self, place: Place, message: str, hint: str = "") -> None:
        self.findings.error(self.document, place, "story", message, hint=hint)

    def _wrong_key(self, place: Place, message: str) -> None:
        self.findings.error_at_key(self.document, place, "story", message)


def _named(people: Iterable[str]) -> str:
    return f"there are {', '.join(sorted(people))}" if people else ""

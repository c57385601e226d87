"""The evening an operator watches: everyone's reports in time order, live or at any other speed."""

import heapq
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros
from simulators.demo.acts import ON_STAGE, Afterwards, Stage, open_evening
from simulators.demo.cast import Member, demo_rules, read_cast
from simulators.demo.everyday import Everyday
from simulators.demo.recorded import recordings
from simulators.demo.tag import Report, Tag
from simulators.world import Itinerary, Streets

Publish = Callable[[str, bytes], Awaitable[None]]


class Clock(Protocol):
    """A clock that can be waited on."""

    async def until(self, at: Micros) -> None:
        """Return when it is `at`, at once if that is past."""


class Evening:
    """Everyone in a demo rulebook, from an instant on.

    The same start, seed and rulebook tell the same reports.
    """

    def __init__(self, start: Micros, seed: int = 1, rules: Path | None = None) -> None:
        self.start = start
        self._streets = Streets.from_file()
        self._recordings = {recording.device: recording for recording in recordings()}
        members = read_cast(rules or demo_rules())
        cast = {m.id: m for m in members if m.device not in self._recordings}
        self._lives = self._everyday(cast, seed)
        self._tags = {m.id: self._tag(m, seed) for m in cast.values()}
        stage = Stage(start=start, streets=self._streets, members=cast, tags=self._tags)
        open_evening(stage)
        self._afterwards = Afterwards(stage, seed=seed)
        self._foreseen = start

    def reports(self) -> Iterator[Report]:
        """What every device sends, in the order it is sent, without end. To be read once."""
        played = [r.reports(self.start, first_seq=self._first_seq) for r in self._recordings.values()]
        told = [tag.reports() for tag in self._tags.values()]
        return heapq.merge(*told, *played, key=lambda report: report.at)

    @property
    def _first_seq(self) -> int:
        """Counts on from evening to evening: no tag sends more than one report a second."""
        return self.start // SECOND

    def _everyday(self, cast: dict[str, Member], seed: int) -> dict[str, Everyday]:
        homes = {m.id: m.home for m in cast.values() if m.home is not None}
        return {
            m.id: Everyday(m, self._streets, homes, seed=seed, start=self.start)
            for m in cast.values()
            if m.id not in ON_STAGE
        }

    def _tag(self, member: Member, seed: int) -> Tag:
        life = self._lives.get(member.id)
        origin = np.zeros(2) if member.home is None else member.home
        return Tag(
            device=member.device,
            itinerary=life.itinerary if life else Itinerary(origin=origin),
            start=self.start,
            seed=seed,
            home=member.home if member.is_wearer else None,
            heartbeat_every=max(20 * SECOND, min(5 * MINUTE, member.heartbeat_every // 3)),
            first_seq=self._first_seq,
            foresee=self._foresee,
        )

    def _foresee(self, at: Micros) -> None:
        """Plan everything well before any tag looks at it."""
        while self._foreseen < at + HOUR:
            self._foreseen += HOUR
            for life in self._lives.values():
                life.foresee(self._foreseen)
            self._afterwards.foresee(self._foreseen)


async def play(evening: Evening, publish: Publish, clock: Clock) -> None:
    """Publish every report when the clock reaches it. Goes on until it is cancelled."""
    for report in evening.reports():
        await clock.until(report.at)
        await publish(report.topic, report.payload)

"""The synthetic wearer proves the whole road: broken anywhere, it is seen, and nobody sees him."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from em_engine.alerts.alert import BreachState
from em_engine.commands.explained import explain
from em_engine.console.desk import Link, Status
from em_engine.console.health import unready_because
from em_engine.record.interface import Record, RecordFull
from em_engine.record.sqlite import SqliteReaders
from em_engine.runners.judging import Judged, Judging
from em_engine.runners.local import LocalEngine
from em_engine.runners.proof import Proof
from em_engine.runners.synthetic import CASE, DEVICE
from em_engine.vocabulary import MINUTE, SECOND
from tests.adapters.runners.faulty import FaultyRecord
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, Bench, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, order, rulebook

RULES = rulebook(order(1, STAY_OUT, HEALTH))
PATIENTLY, AT_ONCE = 60.0, 0.3
"""How long a round waits that must be answered, and one that cannot be."""


class Road(Bench):
    """A bench whose engine judges the synthetic wearer too."""

    proof: Proof

    @contextlib.asynccontextmanager
    async def proving(
        self, *, kind: type[Judging] = Judging, tells: bool = False
    ) -> AsyncIterator[LocalEngine]:
        judging: Any = partial(kind, answer=lambda *told: self.proof.answer(*told))
        async with self.running(judging=judging, tells=tells) as engine:
            self.proof = self.made(PATIENTLY)
            yield engine

    def made(self, within_s: float) -> Proof:
        """As an engine makes it when it begins."""
        return Proof(
            self.record,
            self.queue,
            self.engine._transport,
            lambda: self.judging.rulebook,
            clock=self.clock,
            root="em/1",
            every=timedelta(minutes=2),
            within=timedelta(seconds=within_s),
            metrics=self.judging.metrics,
        )

    async def round(self, *, within_s: float = PATIENTLY) -> bool:
        """The next one, two minutes later; with less patience by an engine that has just begun."""
        for _ in range(30):
            self.clock.now += 4 * SECOND
        if within_s != self.proof._within_s:
            self.proof = self.made(within_s)
        return await self.proof.turn()

    def gaps(self) -> list[tuple[str, str, BreachState]]:
        return [
            (alert.case, alert.condition, alert.breach)
            for alert in self.alerts()
            if alert.type == "monitoring.gap" and alert.case == "engine"
        ]


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, RULES)


def status(road: Road) -> Status:
    return Status(link=Link(connected=True, since=0), proof_failing_since=road.proof.proven.failing_since)


async def test_every_round_is_answered_there_and_back(road: Road):
    async with road.proving():
        assert [await road.round() for _ in range(3)] == [True] * 3
        assert road.proof.proven.at == road.clock()
        assert road.proof.proven.due_at == road.clock() + 2 * MINUTE + round((30 + PATIENTLY) * SECOND)
        assert road.measure("em_proof_age_seconds") == 0.0
        assert road.measure("em_proof_road_seconds_count") == 3
        assert unready_because(status(road)) == []
        road.clock.now += MINUTE
        assert road.measure("em_proof_age_seconds") == 60.0


async def test_nobody_sees_him(road: Road):
    async with road.proving(tells=True) as engine:
        for _ in range(2):
            assert await road.round()
        await road.settle()
        assert road.history() == []
        assert road.alerts() == []
        with road.record.reading() as reading:
            assert reading.cases() == [], "no position of his is kept"
        assert (engine.devices_expected, engine.devices_heard(road.clock())) == (1, 0)
        assert engine.pulse.last_report_at is None, "his word says nothing of anybody's device"
        assert road.queue.quarantined_ever() == 0
        counted = road.judging.metrics.render().decode()
        assert 'type="exclusion.crossed"' not in counted
    assert [topic for topic, _ in road.broker.published if "/alerts/" in topic] == []


async def test_he_goes_through_the_broker_as_a_tag_does(road: Road):
    async with road.proving():
        assert await road.round()
    assert [topic for topic, _ in road.broker.published] == [f"em/1/{DEVICE}/fix"] * 2


async def test_he_is_judged_on_from_a_snapshot(road: Road):
    for _ in range(3):
        async with road.proving():
            assert await road.round()


async def test_others_are_judged_and_explained_beside_him(road: Road):
    async with road.proving():
        for east_m in (OUTSIDE_M, INSIDE_M):
            road.tag("tag-0001").fix(east_m)
            await road.settle()
            await road.passes(28 * SECOND)
        assert await road.round()
        (alert,) = road.alerts()
        assert (alert.type, alert.case) == ("exclusion.entered", "O-0001")
        readers = SqliteReaders(road.folder / "record.sqlite3")
        with contextlib.closing(readers):
            assert explain(readers, alert.id).rederived.reproduced is True


# Broken in the middle ---------------------------------------------------------------------------


async def test_a_broker_that_is_away_is_seen_and_over_when_it_is_back(road: Road):
    async with road.proving():
        assert await road.round()
        road.broker.go_down()
        assert not await road.round(within_s=AT_ONCE)
        assert road.gaps() == [("engine", "road", BreachState.OPEN)]
        assert "not been proved since" in unready_because(status(road))[0]
        assert not await road.round(within_s=AT_ONCE)
        assert len(road.gaps()) == 1, "told once"
        road.broker.come_up()
        assert await road.round()
        assert road.gaps() == [("engine", "road", BreachState.CLEARED)]
        assert unready_because(status(road)) == []


async def test_a_broker_that_takes_and_does_not_bring_is_seen(road: Road):
    async with road.proving():
        session = next(iter(road.broker._sessions.values()))
        wants, session.wants = session.wants, lambda _: False  # type: ignore[method-assign]
        assert not await road.round(within_s=AT_ONCE)
        assert road.gaps() == [("engine", "road", BreachState.OPEN)]
        session.wants = wants  # type: ignore[method-assign]
        assert await road.round()


async def test_a_commit_that_fails_is_seen(road: Road):
    faulty: list[FaultyRecord] = []

    def wrap(record: Record) -> Record:
        faulty.append(FaultyRecord(record))
        return faulty[-1]  # type: ignore[return-value]

    road.wrap = wrap
    async with road.proving():
        assert await road.round()
        faulty[-1].at_the_end, faulty[-1].refusal = True, RecordFull("no room left")
        assert not await road.round(within_s=AT_ONCE)
        assert road.proof.proven.failing_since is not None, "though no alert can be written either"
        assert road.gaps() == []
        faulty[-1].refusal = None
        assert await road.round()
        assert road.proof.proven.failing_since is None


class Stuck(Judging):
    """A heart that stops in the middle of a batch."""

    free = threading.Event()

    def judge(self, *batch: Any, **more: Any) -> Judged:
        assert self.free.wait(60.0)
        return super().judge(*batch, **more)


@pytest.fixture
def stuck() -> Iterator[Callable[[bool], None]]:
    yield lambda is_stuck: Stuck.free.clear() if is_stuck else Stuck.free.set()
    Stuck.free.set()


async def test_a_heart_that_is_stuck_is_seen_and_its_late_answer_opens_the_road(road: Road, stuck: Any):
    stuck(False)
    async with road.proving(kind=Stuck):
        assert await road.round()
        stuck(True)
        assert not await road.round(within_s=AT_ONCE)
        assert road.gaps() == [("engine", "road", BreachState.OPEN)]
        stuck(False)
        resting = asyncio.create_task(road.proof._rest(PATIENTLY))
        await until(lambda: road.gaps() == [("engine", "road", BreachState.CLEARED)])
        resting.cancel()
        await asyncio.gather(resting, return_exceptions=True)
        assert road.proof.proven.road_s is not None


async def test_the_sentence_says_that_it_is_the_road(road: Road):
    async with road.proving():
        road.broker.go_down()
        assert not await road.round(within_s=AT_ONCE)
        (alert,) = road.alerts()
        assert alert.evidence["proof_within_s"] == AT_ONCE
        assert alert.wearer == ""
        assert CASE not in alert.case

"""Where the parts are put together: one engine with its console on one machine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from em_engine.alerts.deadlines import ANY_TYPE
from em_engine.alerts.queue import AlertQueue
from em_engine.alerts.timekeeper import Timekeeper
from em_engine.console.access import Access
from em_engine.console.audit import Audit
from em_engine.console.desk import Desk, Link, Status
from em_engine.console.papers import Papers
from em_engine.console.server import create_app, serve
from em_engine.console.settings import ConsoleSettings
from em_engine.console.workbench.workbench import workbench
from em_engine.ingest import delivery
from em_engine.ingest.delivery import Clock, Transport, never_falling, system_clock
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.ingest.staged import ClockRefused, StagedClock, mark
from em_engine.metrics import Metrics
from em_engine.record.interface import RecordError
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook import Rulebook, load
from em_engine.rulebook.releases import Releases
from em_engine.runners.following import Following, in_force
from em_engine.runners.judging import Judging
from em_engine.runners.local import WAITS_MAX_S, LocalEngine
from em_engine.runners.notices import DeviceNotices
from em_engine.runners.outbox import MqttOutbox
from em_engine.runners.proof import Proof, Proven
from em_engine.runners.retention import Retention
from em_engine.runners.webhook_store import WebhookStore
from em_engine.runners.webhooks import Webhook, WebhookOutbox, secret_in
from em_engine.settings import EngineSettings
from em_engine.vocabulary import Micros, micros

RECONNECT_MAX_S: Final = 5.0
"""How long the engine waits at most before it looks for a lost broker again: while it waits it is deaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What `assembled` puts together."""

    engine: LocalEngine
    outbox: MqttOutbox
    notices: DeviceNotices
    timekeeper: Timekeeper
    retention: Retention | None
    proof: Proof | None
    webhooks: tuple[WebhookOutbox, ...]
    transport: Transport
    access: Access
    audit: Audit
    papers: Papers
    desk: Desk
    console: ConsoleSettings


@contextlib.contextmanager
def assembled(settings: EngineSettings, *, clock: Clock = system_clock) -> Iterator[Parts]:
    """All parts, opened; nothing runs yet.

    Raises RulebookRefused, ReleaseRefused, RecordError, ClockRefused, and OSError where the data folder
    cannot be used.
    """
    of_people, staged = never_falling(clock), _staged(settings)  # who signs in does so by the machine's time
    clock = of_people if staged is None else staged
    rules = _rules(settings, clock())
    mark(settings.data, staged)
    settings.data.mkdir(parents=True, exist_ok=True)
    metrics = Metrics()
    with contextlib.ExitStack() as stack:
        durability = Durability(settings.record.durability)
        record = SqliteRecord(settings.data / "record.sqlite3", durability=durability)
        stack.callback(record.close)
        access = Access(settings.data / "access.sqlite3", of_people)
        stack.callback(access.close)
        audit = Audit(settings.data / "audit.sqlite3", of_people)
        stack.callback(audit.close)
        papers = Papers(settings.data / "desk.sqlite3", clock)
        stack.callback(papers.close)
        queue = AlertQueue(record)
        transport = _transport(settings, clock, staged)
        engine, proof = _engine(
            record, queue, transport, rules=rules, settings=settings, clock=clock, metrics=metrics
        )
        desk = Desk(
            queue=queue,
            record=record,
            rulebook=lambda: engine.judging.rulebook,
            status=lambda: _status(engine, transport, proof.proven, desk),
            clock=clock,
            metrics=metrics,
            version=version("em-engine"),
            staged_speed=None if staged is None else staged.speed,
        )
        yield Parts(
            engine=engine,
            outbox=MqttOutbox(record, queue, transport, root=settings.broker.root),
            notices=_notices(desk, transport, settings),
            timekeeper=_timekeeper(desk),
            retention=_retention(desk, record, audit, settings),
            proof=proof if settings.proof.is_on and staged is None else None,
            webhooks=_webhooks(desk, settings, stack),
            transport=transport,
            access=access,
            audit=audit,
            papers=papers,
            desk=desk,
            console=ConsoleSettings(
                is_behind_tls=settings.http.is_behind_tls, sign_in=settings.sign_in, tiles=settings.tiles
            ),
        )


def _staged(settings: EngineSettings) -> StagedClock | None:
    """The clock set by hand, where there is one. Nobody beyond the screen may be told of what it shows."""
    if settings.staged_clock is None:
        return None
    if settings.webhooks:
        raise ClockRefused("webhooks would tell people of what never was: leave them out with a staged clock")
    starts_at = settings.staged_clock.starts_at
    return StagedClock(micros(starts_at), settings.staged_clock.speed)


def _transport(settings: EngineSettings, clock: Clock, staged: StagedClock | None) -> MqttTransport:
    speed = 1.0 if staged is None else staged.speed
    return MqttTransport(mqtt_settings(settings), root=settings.broker.root, clock=clock, clock_speed=speed)


def _rules(settings: EngineSettings, at: Micros) -> tuple[Rulebook, Following | None]:
    """The rulebook to begin with, and where to look for the next: a plain folder stays as it is."""
    releases = _releases(settings)
    if releases is None:
        return load(settings.rules), None
    rulebook = in_force(releases, at)
    return rulebook, Following(releases, rulebook.revision)


def _engine(
    record: SqliteRecord,
    queue: AlertQueue,
    transport: Transport,
    *,
    rules: tuple[Rulebook, Following | None],
    settings: EngineSettings,
    clock: Clock,
    metrics: Metrics,
) -> tuple[LocalEngine, Proof]:
    """What judges, and what proves that it does."""
    rulebook, following = rules
    _measure_room(metrics, record)
    proof = Proof(
        record,
        queue,
        transport,
        lambda: judging.rulebook,
        clock=clock,
        root=settings.broker.root,
        every=settings.proof.every,
        within=settings.proof.answer_within,
        metrics=metrics,
    )
    judging = Judging(record, queue, rulebook, metrics=metrics, answer=proof.answer)
    engine = LocalEngine(
        judging,
        transport,
        clock,
        root=settings.broker.root,
        snapshot_every=settings.record.snapshot_every // timedelta(microseconds=1),
        waits_max_s=clock.waits_max_s if isinstance(clock, StagedClock) else WAITS_MAX_S,
        following=following,
    )
    return engine, proof


def _releases(settings: EngineSettings) -> Releases | None:
    return Releases(settings.rules) if Releases.stand_in(settings.rules) else None


def _measure_room(metrics: Metrics, record: SqliteRecord) -> None:
    """Asked whenever the measures are; not a number where the disk does not say."""

    def room(which: int) -> float:
        try:
            return record.size()[which]
        except RecordError:
            return float("nan")

    metrics.record_used.set_function(lambda: room(0))
    metrics.record_free.set_function(lambda: room(1))


def _timekeeper(desk: Desk) -> Timekeeper:
    return Timekeeper(desk.queue, lambda type: desk.rulebook().protocols.get(type, ANY_TYPE), desk.clock)


def _retention(desk: Desk, record: SqliteRecord, audit: Audit, settings: EngineSettings) -> Retention | None:
    if not settings.retention.is_on:
        return None
    return Retention(
        record,
        settings.data,
        audit,
        desk.rulebook,
        hour=settings.retention.hour,
        clock=desk.clock,
        metrics=desk.metrics,
    )


def _notices(desk: Desk, transport: Transport, settings: EngineSettings) -> DeviceNotices:
    return DeviceNotices(
        desk.record,
        desk.queue,
        desk.rulebook,
        transport=transport,
        clock=desk.clock,
        root=settings.broker.root,
    )


def _webhooks(desk: Desk, settings: EngineSettings, stack: contextlib.ExitStack) -> tuple[WebhookOutbox, ...]:
    if not settings.webhooks:
        return ()
    store = WebhookStore(settings.data / "webhooks.sqlite3")
    stack.callback(store.close)
    hooks = [
        Webhook(
            name=one.name,
            url=one.url,
            secret=secret_in(one.secret.get_secret_value()),
            what=one.what,
            severities=frozenset(severity.value for severity in one.severities),
        )
        for one in settings.webhooks
    ]
    return tuple(WebhookOutbox(hook, desk.queue, store, clock=desk.clock) for hook in hooks)


def mqtt_settings(settings: EngineSettings) -> MqttSettings:
    """The broker's part of the settings, as the transport wants it."""
    broker = settings.broker
    return MqttSettings(
        url=broker.url,
        client_id=broker.client_id,
        username=broker.username,
        password=None if broker.password is None else broker.password.get_secret_value(),
        ca_file=_text(broker.ca_file),
        cert_file=_text(broker.cert_file),
        key_file=_text(broker.key_file),
        retry_max_s=RECONNECT_MAX_S,
    )


@contextlib.asynccontextmanager
async def running(parts: Parts, settings: EngineSettings) -> AsyncIterator[str]:
    """The engine and its console at work; gives the console's address. What fails inside ends the context."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bench = workbench(parts.desk, settings.data, _releases(settings))
    app = create_app(
        parts.desk, parts.access, parts.audit, parts.console, papers=parts.papers, workbench=bench
    )
    http = settings.http
    async with parts.transport, asyncio.TaskGroup() as tasks:
        work = [
            tasks.create_task(parts.engine.run(), name="engine"),
            tasks.create_task(parts.outbox.run(), name="outbox"),
            tasks.create_task(parts.notices.run(), name="notices"),
            tasks.create_task(parts.timekeeper.run(), name="timekeeper"),
            *(tasks.create_task(one.run(), name="webhook") for one in parts.webhooks),
            *([tasks.create_task(parts.proof.run(), name="proof")] if parts.proof else []),
            *([tasks.create_task(parts.retention.run(), name="retention")] if parts.retention else []),
            tasks.create_task(
                serve(
                    app,
                    http.host,
                    http.port,
                    certificate=http.certificate,
                    key=http.key,
                    listening=_once(ready),
                ),
                name="console",
            ),
        ]
        try:
            yield await ready
        finally:
            bench.trials.close()
            for task in work:
                task.cancel()


def _once(ready: "asyncio.Future[str]") -> Callable[[str], None]:
    def tell(address: str) -> None:
        if not ready.done():
            ready.set_result(address)

    return tell


def _status(engine: LocalEngine, transport: Transport, proven: Proven, desk: Desk) -> Status:
    status = Status(
        link=_link(transport.link, desk.clock()),
        last_report_at=engine.pulse.last_report_at,
        devices_heard=engine.devices_heard(desk.clock()),
        devices_expected=engine.devices_expected,
        journal_position=engine.judging.position,
        proved_at=proven.at,
        proof_due_at=proven.due_at,
        proof_failing_since=proven.failing_since,
        record_refusal=engine.pulse.record_refusal,
    )
    try:
        with desk.record.reading() as reading:
            holes = reading.open_holes_count()
        return replace(status, holes=holes, quarantined=desk.queue.quarantined_ever())
    except RecordError as refusal:
        return replace(status, record_refusal=status.record_refusal or str(refusal))


def _link(link: delivery.Link, now: Micros) -> Link:
    """As the desk shows it: a broker that stands still is heard no more than one that is away."""
    if link.connected and not link.is_heard(now):
        return Link(connected=False, since=link.heard_until)
    return Link(connected=link.connected, since=link.since)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

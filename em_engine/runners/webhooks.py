"""Alerts out to other systems: signed webhooks, in order, again and again until they are taken.

Every entry of the alert history is one CloudEvent (version 1.0, JSON), signed as Standard Webhooks asks. One
hook's events go out one after the other, each at least once: receivers know one again by its `id`. What a
receiver keeps refusing becomes a dead letter, kept and told of, and the next one goes out. No event says
where anybody is.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import AlertQueue, HistoryEntry
from em_engine.console.views import without_whereabouts
from em_engine.record.interface import RecordError
from em_engine.runners.webhook_store import Progress, WebhookStore
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros, rfc3339

_log = logging.getLogger(__name__)

WAITS: Final[tuple[Micros, ...]] = (5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE)
"""How long after each failure it is tried again; the last one from then on."""
REFUSALS_MAX: Final = 5
"""So often refused by a receiver that is there, and it is a dead letter."""
UNREACHABLE_MAX: Final[Micros] = 72 * HOUR
"""So long without reaching anybody, and it is a dead letter."""
ANSWERS_WITHIN_S: Final = 15.0
READ_MAX: Final = 200
WAITS_MAX_S: Final = 30.0
_IS_AWAY: Final = frozenset({408, 425, 429, 502, 503, 504})
"""Answers that say that nobody is there to take anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One receiver. Of what it is told, empty sets narrow nothing."""

    name: str
    url: str
    secret: bytes
    what: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    source: str = "em-engine"

    def wants(self, entry: HistoryEntry, alert: Alert) -> bool:
        """Whether the entry is told to it."""
        return (not self.what or entry.what in self.what) and (
            not self.severities or alert.severity.value in self.severities
        )


class Refused(Exception):
    """The receiver did not take it; `is_away` where nobody would take anything."""

    def __init__(self, reason: str, *, is_away: bool) -> None:
        self.is_away = is_away
        super().__init__(reason)


class WebhookOutbox:
    """One hook's events, from where they stopped."""

    def __init__(
        self,
        webhook: Webhook,
        queue: AlertQueue,
        store: WebhookStore,
        *,
        clock: Callable[[], Micros],
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._webhook = webhook
        self._queue = queue
        self._store = store
        self._clock = clock
        self._client = client or httpx.AsyncClient(timeout=ANSWERS_WITHIN_S, follow_redirects=False)

    async def run(self) -> None:
        """Tell for ever; a receiver or a record that is away is waited for."""
        async with self._client:
            while True:
                try:
                    wait_s = await self.turn()
                except RecordError as error:
                    _log.warning("webhook %s waits for the record: %s", self._webhook.name, error)
                    wait_s = 2.0
                await self._wait(wait_s)

    async def turn(self) -> float | None:
        """Tells what can be told now; how long to wait then, in seconds. None: until there is more."""
        while True:
            progress = self._store.progress(self._webhook.name, begin=self._queue.latest)
            if progress.due_at > self._clock():
                return min((progress.due_at - self._clock()) / SECOND, WAITS_MAX_S)
            entries = await asyncio.to_thread(self._queue.history, progress.told, READ_MAX)
            if not entries:
                return None
            alerts = await asyncio.to_thread(self._queue.alerts, [entry.alert for entry in entries])
            for entry in entries:
                if not await self._tell(entry, alerts[entry.alert]):
                    break

    async def _tell(self, entry: HistoryEntry, alert: Alert) -> bool:
        """Whether the next one may go out."""
        name = self._webhook.name
        if self._webhook.wants(entry, alert):
            try:
                await self._post(entry, alert)
            except Refused as refusal:
                return self._failed(entry, refusal)
        self._store.told(name, entry.number)
        return True

    def _failed(self, entry: HistoryEntry, refusal: Refused) -> bool:
        name, now = self._webhook.name, self._clock()
        progress = self._store.progress(name, begin=self._queue.latest)
        attempts = progress.attempts + 1
        since = progress.failing_since or now
        if (not refusal.is_away and attempts >= REFUSALS_MAX) or now - since >= UNREACHABLE_MAX:
            _log.error("webhook %s does not take %d: a dead letter (%s)", name, entry.number, refusal)
            self._store.bury(name, entry.number, at=now, attempts=attempts, reason=str(refusal))
            return True
        wait = WAITS[min(attempts, len(WAITS)) - 1]
        _log.warning("webhook %s: %s; again in %d s", name, refusal, wait // SECOND)
        failed = Progress(
            told=progress.told, attempts=attempts, due_at=now + wait, failing_since=since, reason=str(refusal)
        )
        self._store.keep(name, failed)
        return False

    async def _post(self, entry: HistoryEntry, alert: Alert) -> None:
        id, body = event_id(entry), encode(entry, alert, source=self._webhook.source)
        headers = signed(self._webhook.secret, id, body, at=self._clock())
        headers["Content-Type"] = "application/cloudevents+json; charset=utf-8"
        try:
            answer = await self._client.post(self._webhook.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Refused(f"{type(error).__name__}: {error}", is_away=True) from error
        if not answer.is_success:
            raise Refused(f"answered {answer.status_code}", is_away=answer.status_code in _IS_AWAY)

    async def _wait(self, wait_s: float | None) -> None:
        if wait_s is not None:
            await asyncio.sleep(wait_s)
            return
        progress = self._store.progress(self._webhook.name, begin=self._queue.latest)
        await self._queue.past(progress.told)


def event_id(entry: HistoryEntry) -> str:
    """The event's id: told twice, it is the same."""
    return f"{entry.alert}-{entry.number}"


def encode(entry: HistoryEntry, alert: Alert, *, source: str) -> bytes:
    """The entry as a CloudEvent."""
    data: dict[str, Any] = {
        "number": entry.number,
        "what": entry.what,
        "by": entry.by,
        "alert": alert.id,
        "version": alert.version,
        "type": alert.type.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "breach": alert.breach.value,
        "case": alert.case,
        "order": alert.order,
        "condition": alert.condition,
        "wearer": alert.wearer,
        "opened_at": rfc3339(alert.opened_at),
        "told": without_whereabouts(entry.payload),
    }
    event = {
        "specversion": "1.0",
        "id": event_id(entry),
        "source": source,
        "type": f"em.alert.{entry.what}",
        "subject": alert.id,
        "time": rfc3339(entry.at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return msgspec.json.encode(event)


def signed(secret: bytes, id: str, body: bytes, *, at: Micros) -> dict[str, str]:
    """The headers of Standard Webhooks: id, time in seconds, and HMAC-SHA256 over both and the body."""
    seconds = str(at // SECOND)
    mac = hmac.new(secret, b".".join((id.encode(), seconds.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def secret_in(text: str) -> bytes:
    """The bytes of a secret as it is handed out, `whsec_` and base64. Raises ValueError."""
    secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    if not 24 <= len(secret) <= 64:
        raise ValueError("a webhook's secret has 24 to 64 bytes, written whsec_ and base64")
    return secret

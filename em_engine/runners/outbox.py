"""Alerts out over MQTT: the history followed from where the last run stopped, every change told at least
once."""

import asyncio
import logging
from typing import Final

import msgspec

from em_engine.alerts.queue import ENGINE, AlertQueue, HistoryEntry
from em_engine.ingest.delivery import NotPublishedError, Transport
from em_engine.record.interface import Record, RecordError
from em_engine.runners.publishing import publish
from em_engine.runners.threads import in_thread

_log = logging.getLogger(__name__)

_CURSOR: Final = "outbox.mqtt.told"
_AT_ONCE: Final = 200
_RETRY_S: Final = 2.0


class MqttOutbox:
    """Publishes `{root}/alerts/{severity}`, one message a change, in the order of the history.

    The number of the last told entry is kept in the record after the broker has it, so a crash repeats at
    most the few that were on their way: receivers know a change by its alert's id and `number`.
    """

    def __init__(self, record: Record, queue: AlertQueue, transport: Transport, *, root: str) -> None:
        self._record = record
        self._queue = queue
        self._transport = transport
        self._root = root

    async def run(self) -> None:
        """Tell for ever; a broker or a record that is away is waited for."""
        while True:
            try:
                told = await in_thread(self._told)
                if self._queue.latest() <= told:
                    await self._queue.past(told)
                await self._tell_after(told)
            except (NotPublishedError, RecordError) as error:
                _log.warning("alerts wait to be told over MQTT: %s", error)
                await asyncio.sleep(_RETRY_S)

    async def _tell_after(self, told: int) -> None:
        entries = await in_thread(lambda: self._queue.history(told, _AT_ONCE))
        for entry in entries:
            if entry.by == ENGINE:
                await publish(self._transport, self._topic(entry), self._message(entry))
        if entries:
            await in_thread(lambda: self._keep(entries[-1].number))

    def _topic(self, entry: HistoryEntry) -> str:
        return f"{self._root}/alerts/{entry.payload['severity']}"

    def _message(self, entry: HistoryEntry) -> bytes:
        return msgspec.json.encode({"number": entry.number, **entry.payload})

    def _told(self) -> int:
        with self._record.reading() as reading:
            return int(reading.setting(_CURSOR) or 0)

    def _keep(self, number: int) -> None:
        with self._record.transaction() as writing:
            writing.put_setting(_CURSOR, str(number))

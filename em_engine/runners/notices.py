"""What the protocols tell devices: notices to protected persons, commands to wearers' tags, also by hand.

Follows the alert history as `MqttOutbox` does, from a place of its own. What has grown old meanwhile is not
told: a warning that comes an hour late frightens and helps nobody. Neither message names a place.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

import msgspec

from em_engine.alerts.queue import ENGINE, AlertQueue, HistoryEntry, UnknownAlert
from em_engine.ingest.delivery import Clock, NotPublishedError, Transport
from em_engine.ingest.encode import command_topic
from em_engine.record.interface import Record, RecordError
from em_engine.rulebook.models import CommandName, Notice, Order, Rulebook, TagCommand
from em_engine.runners.publishing import publish
from em_engine.vocabulary import MINUTE, AlertType, ChangeKind, Micros, rfc3339

_log = logging.getLogger(__name__)

CURSOR: Final = "notices.told"
FRESH: Final[Micros] = 10 * MINUTE
"""What is older than this is told to no device any more."""
_AT_ONCE: Final = 200
_RETRY_S: Final = 2.0
_KINDS: Final = frozenset(kind.value for kind in ChangeKind)


class Message(NamedTuple):
    """One message to one device's topic."""

    topic: str
    payload: bytes


class DeviceNotices:
    """Publishes `{root}/notices/{protected person}` and `{root}/{device}/command`."""

    def __init__(
        self,
        record: Record,
        queue: AlertQueue,
        rulebook: Callable[[], Rulebook],
        *,
        transport: Transport,
        clock: Clock,
        root: str,
    ) -> None:
        self._record = record
        self._queue = queue
        self._rulebook = rulebook
        self._transport = transport
        self._clock = clock
        self._root = root

    async def run(self) -> None:
        """Tell for ever; a broker or a record that is away is waited for."""
        while True:
            try:
                told = await asyncio.to_thread(self._told)
                if self._queue.latest() <= told:
                    await self._queue.past(told)
                await self._tell_after(told)
            except (NotPublishedError, RecordError) as error:
                _log.warning("notices to devices wait: %s", error)
                await asyncio.sleep(_RETRY_S)

    def messages(self, entry: HistoryEntry) -> list[Message]:
        """What the entry makes us tell devices now."""
        if self._clock() - entry.at > FRESH:
            return []
        if entry.by == ENGINE and entry.what in _KINDS:
            return list(self._of_change(entry))
        if entry.what == "commanded":
            return list(self._by_hand(entry))
        return []

    def _of_change(self, entry: HistoryEntry) -> Iterator[Message]:
        rulebook, told = self._rulebook(), entry.payload
        protocol = rulebook.protocols.get(AlertType(told["type"]))
        order = next((one for one in rulebook.orders if one.id == told["order"]), None)
        if protocol is None or order is None:
            return
        for notice in protocol.notices:
            # A group's meeting is a contact alert, too, and endangers none of the order's protected persons.
            if notice.on == entry.what and "group" not in told["evidence"]:
                yield from self._notices(notice, order, entry)
        for command in protocol.commands:
            if command.on == entry.what:
                yield from self._commands(_asked(command), order, entry)

    def _notices(self, notice: Notice, order: Order, entry: HistoryEntry) -> Iterator[Message]:
        payload = msgspec.json.encode(
            {
                "id": f"{entry.alert}-{entry.number}",
                "at": rfc3339(entry.at),
                "what": entry.what,
                "type": entry.payload["type"],
                "text": dict(notice.words),
            }
        )
        for person in order.protected:
            yield Message(f"{self._root}/notices/{person.id}", payload)

    def _commands(self, asked: Mapping[str, Any], order: Order, entry: HistoryEntry) -> Iterator[Message]:
        payload = msgspec.json.encode({"id": f"{entry.alert}-{entry.number}", **asked})
        for device in order.wearer.devices:
            yield Message(command_topic(device, root=self._root), payload)

    def _by_hand(self, entry: HistoryEntry) -> Iterator[Message]:
        try:
            alert = self._queue.alert(entry.alert)
        except UnknownAlert:
            return
        order = next((one for one in self._rulebook().orders if one.id == alert.order), None)
        if order is not None:
            yield from self._commands(_asked_by_hand(entry.payload), order, entry)

    async def _tell_after(self, told: int) -> None:
        entries = await asyncio.to_thread(self._queue.history, told, _AT_ONCE)
        for entry in entries:
            for message in await asyncio.to_thread(self.messages, entry):
                await publish(self._transport, message.topic, message.payload)
        if entries:
            await asyncio.to_thread(self._keep, entries[-1].number)

    def _told(self) -> int:
        with self._record.reading() as reading:
            return int(reading.setting(CURSOR) or 0)

    def _keep(self, number: int) -> None:
        with self._record.transaction() as writing:
            writing.put_setting(CURSOR, str(number))


def _asked(command: TagCommand) -> dict[str, Any]:
    match command.command:
        case CommandName.VIBRATE:
            return {"vibrate": True}
        case CommandName.MESSAGE:
            return {"message": dict(command.words)}
        case CommandName.FASTER_FIXES:
            return {"fixes": {"every_s": _seconds(command.fix_every), "for_s": _seconds(command.lasts)}}


def _asked_by_hand(told: Mapping[str, Any]) -> dict[str, Any]:
    match CommandName(told["command"]):
        case CommandName.VIBRATE:
            return {"vibrate": True}
        case CommandName.MESSAGE:
            return {"message": {"nb": told["text"]}}
        case CommandName.FASTER_FIXES:
            return {"fixes": {"every_s": told["fix_every_s"], "for_s": told["for_s"]}}


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()

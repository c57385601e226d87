"""Recorded tracks over MQTT, as their devices would have sent them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import numpy as np

from em_engine.ingest.encode import encode_report, topic_of
from em_engine.vocabulary import SECOND, Batch, Micros, ReportKind, Rows

Publish = Callable[[str, bytes], Awaitable[None]]
"""Sends a payload to a topic and returns when the broker has it."""

IN_FLIGHT_MAX = 100
"""So many messages are on their way at once; more are sent as these are acknowledged."""


async def publish(
    batches: Iterable[Batch],
    send: Publish,
    *,
    speed: float | None = None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> int:
    """Sends every report in order of arrival; answers how many.

    `speed` is a multiple of the pace they were recorded at; None is as fast as the broker takes them.
    """
    sent, started, first = 0, now(), None
    for batch in batches:
        for rows in _slices(batch.rows, at_once=speed is None):
            arrival = int(rows["received_at"][0])
            first = arrival if first is None else first
            if speed is not None and (wait := started + _seconds(arrival - first) / speed - now()) > 0:
                await sleep(wait)
            # Sent in order, awaited together: the broker's acknowledgements do not set the pace.
            await asyncio.gather(*(send(*_message(batch, row)) for row in rows))
            sent += len(rows)
    return sent


def _slices(rows: Rows, *, at_once: bool) -> Iterable[Rows]:
    """Reports that go out together: those of one arrival time, or as many as may be on their way."""
    start = 0
    while start < len(rows):
        end = start + IN_FLIGHT_MAX
        if not at_once:
            due = rows["received_at"][start]
            end = min(end, start + int((rows["received_at"][start:] <= due).sum()))
        yield rows[start:end]
        start = end


def _message(batch: Batch, row: np.void) -> tuple[str, bytes]:
    return topic_of(batch.devices[row["device"]], ReportKind(int(row["kind"]))), encode_report(row)


def _seconds(span: Micros) -> float:
    return span / SECOND

"""Publishing that can be cancelled."""

import asyncio

from em_engine.ingest.delivery import Transport


async def publish(transport: Transport, topic: str, payload: bytes) -> None:
    """Returns when the broker has the message. Raises NotPublishedError.

    Python 3.11's `wait_for`, on which MQTT clients rest, loses a cancellation that comes in one moment with
    the answer it waits for (CPython issue 86296); an engine told to stop would then never stop.
    """
    await transport.publish(topic, payload)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

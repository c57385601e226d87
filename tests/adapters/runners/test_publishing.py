"""A cancellation is never lost in the moment in which the broker answers."""

import asyncio

import pytest

from em_engine.runners.publishing import publish


class Answering:
    """A transport that, cancelled while it waits, finds that the answer has just come: as `wait_for` does."""

    async def publish(self, topic: str, payload: bytes) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return


async def test_a_publisher_told_to_stop_stops_though_the_broker_answered_in_the_same_moment():
    publishing = asyncio.create_task(publish(Answering(), "em/1/alerts/high", b"{}"))
    await asyncio.sleep(0)
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing

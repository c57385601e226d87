"""A wire that stands and carries nothing is noticed, is not taken for quiet, and is found alive again."""

import asyncio

from em_engine.ingest.delivery import system_clock
from em_engine.ingest.liveness import ASKED_EVERY_S, STALLED_AFTER
from em_engine.vocabulary import NEVER, SECOND
from tests.adapters.transports.conftest import take, until


async def test_a_quiet_link_is_proven_again_and_again(real_bench):
    async with real_bench.transport() as transport:
        await until(lambda: transport.link.connected)
        for _ in range(3):
            proven = transport.link.heard_until
            await until(lambda before=proven: transport.link.heard_until > before)
            assert proven < transport.link.heard_until <= system_clock()
        assert transport.link.stalls == 0


async def test_what_was_published_before_a_proof_has_come_before_it(real_bench):
    async with real_bench.transport() as transport:
        await until(lambda: transport.link.connected)
        for number in range(5):
            await real_bench.publish("em/1/tag-1/fix", b"%d" % number)
            published_at = system_clock()
            await until(lambda at=published_at: transport.link.heard_until > at)
            assert transport.link.waiting_since != NEVER
            await take(transport, 1, acknowledge=True)


async def test_a_wire_that_carries_nothing_is_noticed_and_found_alive_again(real_bench):
    async with real_bench.transport() as transport:
        await until(lambda: transport.link.is_prompt(system_clock()))
        with real_bench.held():
            await real_bench.publish("em/1/tag-1/fix", b"kept back")
            await until(lambda: not transport.link.is_prompt(system_clock()))
            held_at = transport.link.heard_until
            await asyncio.sleep(2 * ASKED_EVERY_S)  # nothing can be proven meanwhile
            assert transport.link.connected
            assert transport.link.heard_until == held_at
        await until(lambda: transport.link.is_prompt(system_clock()))
        assert transport.link.heard_until - held_at > STALLED_AFTER
        assert (transport.link.stalls, transport.link.reconnects) == (1, 0)
        (kept_back,) = await take(transport, 1)
        assert kept_back.received_at - held_at > STALLED_AFTER - SECOND

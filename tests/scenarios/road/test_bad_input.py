"""The bad-input table, over MQTT, among good messages: counted, kept to be read, and harmless."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from em_engine.ingest.broker import start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.vocabulary import MINUTE, DeviceEvent, rfc3339
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, until
from tests.scenarios.road.crowd import caught_up, crowd, prepared
from tests.scenarios.road.engine import (
    CHECKOUT,
    NEEDS_MOSQUITTO,
    EngineProcess,
    Look,
    application,
    ask,
    measure,
)
from tests.scenarios.road.places import degrees

pytestmark = NEEDS_MOSQUITTO
FIX, HEARTBEAT = "em/1/tag-0001/fix", "em/1/tag-0001/heartbeat"


def good_fix(**other: object) -> bytes:
    lon, lat = degrees(INSIDE_M)
    told = {"fixed_at": rfc3339(system_clock()), "lon": lon, "lat": lat, "accuracy_m": 5}
    return json.dumps(told | other).encode()


def table() -> dict[str, tuple[str, bytes, str]]:
    """What is wrong: the message, and what its reason must speak of."""
    return {
        "malformed JSON": (FIX, good_fix()[:-1], "not JSON"),
        "wrong type": (FIX, good_fix(lat="59.9"), "lat"),
        "wrong type in a heartbeat": (HEARTBEAT, b'{"sent_at": 12, "battery_pct": []}', "sent_at"),
        "NaN": (FIX, good_fix(lat=float("nan")), "NaN"),
        "latitude 91": (FIX, good_fix(lat=91), "lat is 91"),
        "time without offset": (FIX, good_fix(fixed_at="2026-11-22T01:02:03"), "fixed_at"),
        "time in the future": (
            FIX, good_fix(fixed_at=rfc3339(system_clock() + 30 * MINUTE)), "ahead of its arrival"),
        "10 MB": (FIX, b'{"fixed_at": "' + b"9" * 10_000_000 + b'"}', "bytes"),
        "unknown device": ("em/1/nobody/fix", good_fix(), "no order names the device 'nobody'"),
        "empty payload": (FIX, b"", "empty"),
        "wrong topic": ("em/1//fix", good_fix(), "topic"),
        "binary noise": (FIX, bytes(range(256)) * 4, "UTF-8"),
        "an array of one good and one bad": (FIX, b"[" + good_fix() + b", {}]", "[1]"),
        "nested beyond reason": (FIX, b"[" * 5_000, ""),
    }  # fmt: skip


async def test_the_good_beside_the_bad_decide_as_without_them(tmp_path: Path):
    bad = table()
    async with (
        start_broker(folder=prepared(tmp_path)) as broker,
        crowd(broker.url) as tags,
        application(tmp_path, broker.url) as (parts, address),
    ):
        evening = [OUTSIDE_M, INSIDE_M, OUTSIDE_M, DeviceEvent.STRAP_OPEN, INSIDE_M, OUTSIDE_M]
        for number, (topic, payload, _) in enumerate(bad.values()):
            await tags.live(20, evening[number % len(evening)])
            await tags.publish(topic, payload)
            await tags.repeat_oldest(tags.tags[number % len(tags.tags)])  # its count goes backwards
        await tags.live(20, DeviceEvent.STRAP_CLOSED)
        await caught_up(parts, tags, tmp_path)
        rows = parts.desk.queue.quarantined()
        _, page = await asyncio.to_thread(ask, f"{address}metrics")
        assert (await asyncio.to_thread(ask, f"{address}health/ready"))[0] == 200
    assert measure(page, "em_quarantined_total") == len(rows) == len(bad)
    for row, (name, (topic, payload, reason)) in zip(rows, bad.items(), strict=True):
        assert row.topic == topic, name
        assert reason in row.reason, name
        assert payload.startswith(row.payload), name


async def test_what_is_set_aside_can_be_read_while_the_engine_runs(tmp_path: Path):
    async with start_broker(folder=prepared(tmp_path)) as broker, crowd(broker.url) as tags:
        with contextlib.closing(EngineProcess(tmp_path, broker.url)) as engine:
            engine.start()
            address = await engine.address()
            await until(lambda: ask(f"{address}health/ready")[0] == 200)
            await tags.publish(FIX, b"\xff\x00 noise")
            await tags.publish(HEARTBEAT, b"{")
            with contextlib.closing(Look(engine.record)) as look:
                await until(lambda: look.quarantined() == 2)
            plain = await listed(tmp_path)
            assert [line.split("  ")[2].split(":")[0] for line in plain] == [FIX, HEARTBEAT]
            told = [json.loads(line) for line in await listed(tmp_path, "--json")]
            assert [one["device"] for one in told] == ["tag-0001"] * 2
            assert told[0]["payload"] == "\\xff\x00 noise"
            assert "UTF-8" in told[0]["reason"]
            assert await engine.stop() == 0


async def listed(folder: Path, *options: str) -> list[str]:
    """`em quarantine list`, a line each."""
    command = [
        sys.executable,
        "-m",
        "em_engine",
        "quarantine",
        "list",
        "--data",
        str(folder / "data"),
        *options,
    ]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    return done.stdout.splitlines()

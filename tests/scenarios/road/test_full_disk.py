"""A full disk under the whole application: nothing is acknowledged, it is said, with room all is there."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from em_engine.ingest.broker import start_broker
from em_engine.vocabulary import DeviceEvent
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, until
from tests.scenarios.road.crowd import caught_up, crowd, prepared
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, application, ask

pytestmark = NEEDS_MOSQUITTO
BYTES = 6_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes where the engine keeps its data."""
    data = tmp_path / "data"
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", str(data)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield data
    finally:
        subprocess.run(["umount", str(data)], check=True)


async def test_with_room_again_the_alerts_are_those_of_a_disk_that_was_never_full(
    tmp_path: Path, small_disk: Path
):
    async with (
        start_broker(folder=prepared(tmp_path)) as broker,
        crowd(broker.url) as tags,
        application(tmp_path, broker.url) as (parts, address),
    ):
        await tags.live(20, OUTSIDE_M, DeviceEvent.STRAP_OPEN)
        await caught_up(parts, tags, tmp_path)
        filler = fill(small_disk)
        before = parts.desk.queue.latest()
        await tags.live(20, INSIDE_M, DeviceEvent.STRAP_OPEN, *[OUTSIDE_M] * 20, INSIDE_M)
        await until(lambda: parts.engine.pulse.record_refusal)
        status, said = await asyncio.to_thread(ask, f"{address}health/ready")
        assert (status, "the record cannot be written" in said) == (503, True)
        assert parts.desk.queue.latest() - before < 3 * len(tags.tags)
        filler.unlink()
        await caught_up(parts, tags, tmp_path)
        status, _ = await asyncio.to_thread(ask, f"{address}health/ready")
        assert status == 200


def fill(disk: Path) -> Path:
    """Not a byte is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 1024)
    return filler

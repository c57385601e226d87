"""A backup as the shipped unit takes it, while the engine works, and the way back of deploy/README.md."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from em_engine.alerts.actions import Acknowledge
from em_engine.alerts.alert import Alert
from em_engine.app import Parts
from em_engine.console.roles import Role
from em_engine.ingest.broker import start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import DeviceEvent
from tests.adapters.console.conftest import PASSWORD
from tests.scenarios.road.bench import Tag, until
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, application, connected, devices
from tests.scenarios.road.places import HEALTH, documents, order, write

pytestmark = [
    *NEEDS_MOSQUITTO,
    pytest.mark.skipif(
        shutil.which("sqlite3") is None, reason="sqlite3 is not installed (Debian package sqlite3)"
    ),
]
UNIT = Path(__file__).parents[3] / "deploy" / "systemd" / "em-backup.service"


async def test_a_backup_taken_while_the_engine_works_brings_everything_back_elsewhere(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        write(folder / "rules", documents([order(1, HEALTH)]))
    async with start_broker(folder=tmp_path) as broker, devices(broker.url, listening=True) as wire:
        await connected(wire)
        said: list[asyncio.Task[None]] = []
        tag = Tag("tag-0001", lambda *one: said.append(asyncio.create_task(wire.publish(*one))), system_clock)

        async with application(first, broker.url) as (parts, _):
            parts.access.add("kari", PASSWORD, [Role.OPERATOR])
            parts.audit.append(who="kari", what="looked", subject="everything")
            tag.event(DeviceEvent.STRAP_OPEN)
            await until(lambda: len(alerts(parts)) == 1)
            seen = alerts(parts)[0]
            parts.desk.queue.act(seen.id, Acknowledge(), by="kari", at=system_clock(), version=seen.version)
            known, number = alerts(parts), parts.desk.queue.latest()
            writing = asyncio.create_task(chatter(tag, parts))
            await asyncio.to_thread(back_up, first / "data", tmp_path / "backups")
            writing.cancel()
            tag.event(DeviceEvent.CASE_OPEN)  # what comes after the backup is lost with the machine
            await until(lambda: len(alerts(parts)) == 2)

        (backup,) = (tmp_path / "backups").iterdir()
        shutil.copytree(backup, second / "data")
        async with application(second, broker.url) as (parts, _):
            assert alerts(parts) == known
            assert parts.desk.queue.latest() == number
            assert parts.audit.verify() is None
            assert parts.access.sign_in("kari", PASSWORD, address="") is not None
            tag.event(DeviceEvent.STRAP_CLOSED)
            await until(lambda: parts.desk.queue.latest() > number)
            with parts.desk.record.reading() as reading:
                assert reading.open_holes_count() > 0  # what the tag said in between is missed, and asked for
            tag.again(1, tag.seq)
            await until(lambda: len(alerts(parts)) == 2)
        await asyncio.gather(*said)


def alerts(parts: Parts) -> list[Alert]:
    """Every alert there is, by its identity."""
    return sorted(parts.desk.queue.open(AlertQuery(is_closed=None)), key=lambda alert: alert.id)


async def chatter(tag: Tag, parts: Parts) -> None:
    """Heartbeats, each when the one before is judged."""
    while True:
        position = parts.engine.judging.position
        tag.heartbeat()
        await until(lambda before=position: parts.engine.judging.position > before)


def back_up(data: Path, to: Path) -> None:
    """The unit's own command, with other folders."""
    text = UNIT.read_text(encoding="utf-8").replace("\\\n", "")
    (command,) = re.findall(r"^ExecStart=/bin/sh -euc '(.*)'$", text, flags=re.MULTILINE)
    command = command.replace("$$", "$").replace("%%", "%")
    command = command.replace("/var/backups/em", str(to)).replace("/var/lib/em", str(data))
    to.mkdir()
    subprocess.run(["/bin/sh", "-euc", command], check=True, timeout=60)

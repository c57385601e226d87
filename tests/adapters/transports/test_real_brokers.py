"""What only a real broker can show: killed processes, brokers that are not there, TLS, credentials."""

import asyncio
import contextlib
import getpass
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from em_engine.ingest.broker import (
    BrokerError,
    MosquittoBroker,
    find_mosquitto,
    free_port,
    start_broker,
)
from em_engine.ingest.delivery import NotPublishedError
from em_engine.ingest.mqtt import MqttSettings, MqttTransport

from .conftest import MOSQUITTO, BrokerBench, nothing_more, take, until

CONSUMER = Path(__file__).with_name("consumer.py")


def needs_mosquitto(test):
    for mark in MOSQUITTO.marks:
        test = mark(test)
    return test


def needs_mosquitto_and_openssl(test):
    return needs_mosquitto(
        pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")(test)
    )


def quick(url: str, client_id: str = "engine", **more) -> MqttSettings:
    return MqttSettings(url=url, client_id=client_id, retry_first_s=0.02, retry_max_s=0.1, **more)


async def test_a_consumer_killed_at_any_moment_loses_nothing(real_bench: BrokerBench, tmp_path: Path):
    """What it committed and what comes again is everything, over five kills in full flow."""
    journal = tmp_path / "journal"
    journal.touch()
    command = [sys.executable, str(CONSUMER), real_bench.broker.url, "engine", str(journal)]
    async with MqttTransport(quick(real_bench.broker.url)) as session:
        await until(lambda: session.link.connected)
    sending = asyncio.create_task(publish_all(real_bench, 1_200))
    for lines in (100, 250, 400, 600, 800):
        with running(command) as consumer:
            await until(lambda lines=lines: len(committed(journal)) >= lines)
            consumer.send_signal(signal.SIGKILL)
            await asyncio.to_thread(consumer.wait)
    await sending
    with running(command):
        await until(lambda: len(set(committed(journal))) == 1_200)
    assert sorted(set(committed(journal))) == list(range(1_200))


async def publish_all(bench: BrokerBench, count: int) -> None:
    for first in range(0, count, 20):
        await asyncio.gather(
            *(bench.publish(f"em/1/tag-{n % 5}/fix", b"%d" % n) for n in range(first, first + 20))
        )


def committed(journal: Path) -> list[int]:
    """Whole lines; a kill may have cut the last one, which was then not acknowledged."""
    return [int(line) for line in journal.read_bytes().split(b"\n")[:-1]]


@contextlib.contextmanager
def running(command: list[str]):
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("kind", "spoken"),
    [pytest.param("mosquitto", "MQTT 5", marks=MOSQUITTO.marks), ("embedded", "MQTT 3.1.1")],
)
async def test_mqtt_5_is_spoken_where_the_broker_does_and_else_3_1_1(kind: str, spoken: str, tmp_path: Path):
    async with (
        start_broker(prefer=kind, folder=tmp_path) as broker,
        MqttTransport(quick(broker.url)) as transport,
    ):
        await until(lambda: transport.link.connected)
        assert transport.link.protocol == spoken


@needs_mosquitto
async def test_3_1_1_keeps_its_session_on_mosquitto_too(tmp_path: Path):
    async with start_broker(folder=tmp_path) as broker:
        settings = quick(broker.url, protocol="3.1.1")
        async with MqttTransport(settings) as before:
            await until(lambda: before.link.connected)
            for number in range(10):
                await before.publish("em/1/tag-1/fix", b"%d" % number)
            await before.acknowledge((await take(before, 10))[:4])
            await before.publish("em/1/beacon/nothing", b"")  # answered, so the acknowledgements were read
        async with MqttTransport(settings) as after:
            again = await take(after, 6)
        assert sorted(one.payload for one in again) == [b"%d" % number for number in range(4, 10)]


async def test_an_engine_that_starts_before_its_broker_waits_for_it(tmp_path: Path):
    port = free_port()
    async with MqttTransport(quick(f"mqtt://127.0.0.1:{port}", timeout_s=2)) as transport:
        assert await nothing_more(transport)
        assert not transport.link.connected
        assert "refused" in transport.link.trouble.lower()
        async with start_broker(prefer="embedded", port=port):
            await until(lambda: transport.link.connected)
            assert transport.link.trouble == ""
            await transport.publish("em/1/tag-1/fix", b"here")
            assert [one.payload for one in await take(transport, 1)] == [b"here"]
        await until(lambda: not transport.link.connected)


async def test_publishing_to_a_broker_that_is_not_there_says_so_in_time():
    async with MqttTransport(quick(f"mqtt://127.0.0.1:{free_port()}", timeout_s=0.1)) as transport:
        with pytest.raises(NotPublishedError):
            await transport.publish("em/1/tag-1/command", b"{}")


async def test_a_publisher_that_leaves_at_once_has_been_heard(real_bench: BrokerBench):
    """amqtt as released forgets what it acknowledged when the publisher hangs up: 1,912 of 3,000 came."""
    async with real_bench.transport() as engine:
        await until(lambda: engine.link.connected)
        async with MqttTransport(quick(real_bench.broker.url, "hasty"), topics=[]) as hasty:
            await until(lambda: hasty.link.connected)
            await asyncio.gather(*(hasty.publish("em/1/tag-1/fix", b"%d" % n) for n in range(500)))
        taken = await take(engine, 500, acknowledge=True)
    assert [int(one.payload) for one in taken] == list(range(500))


@needs_mosquitto
async def test_mosquitto_dies_with_the_process_that_started_it(tmp_path: Path):
    port = free_port()
    script = (
        "import asyncio, pathlib, sys\n"
        "from em_engine.ingest.broker import start_broker\n"
        "async def main():\n"
        f"    async with start_broker(port={port}, folder=pathlib.Path({str(tmp_path)!r})) as broker:\n"
        "        print(broker.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert is_alive(pid)
        parent.kill()
    await until(lambda: not is_alive(pid))


def is_alive(pid: int) -> bool:
    """A zombie whose parent is gone and not yet reaped is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_broker_says_what_it_is_and_what_it_does_not_promise(real_bench: BrokerBench):
    note = real_bench.broker.honest_note
    assert "forgets" in note if real_bench.kind == "mosquitto" else "in memory only" in note
    assert real_bench.broker.url == f"mqtt://127.0.0.1:{real_bench.broker.port}"


@pytest.mark.parametrize("kind", [MOSQUITTO, "embedded"])
async def test_a_port_that_is_taken_is_said(kind: str, tmp_path: Path):
    async with start_broker(prefer="embedded") as first:
        with pytest.raises(BrokerError, match="does not start"):
            async with start_broker(prefer=kind, port=first.port, folder=tmp_path):
                pass


class GuardedMosquitto(MosquittoBroker):
    """Mosquitto as it stands in production: TLS and a password."""

    def configuration(self, port: int) -> str:
        return (
            f"listener {port} 127.0.0.1\n"
            f"user {getpass.getuser()}\n"
            f"certfile {self.folder}/broker.crt\nkeyfile {self.folder}/broker.key\n"
            f"allow_anonymous false\npassword_file {self.folder}/passwords\n"
        )


@needs_mosquitto_and_openssl
async def test_tls_and_credentials_are_used_and_their_refusal_is_told(tmp_path: Path):
    broker = await guarded_broker(tmp_path)
    try:
        url = f"mqtts://localhost:{broker.port}"
        known = {"ca_file": str(tmp_path / "broker.crt"), "username": "engine"}
        async with MqttTransport(quick(url, password="right", **known)) as let_in:
            await until(lambda: let_in.link.connected)
            await let_in.publish("em/1/tag-1/fix", b"secret")
            assert [one.payload for one in await take(let_in, 1)] == [b"secret"]
        async with MqttTransport(quick(url, password="wrong", **known)) as refused:
            await until(lambda: "refuses us" in refused.link.trouble)
    finally:
        await broker.stop()


@needs_mosquitto_and_openssl
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_talked_to(tmp_path: Path):
    """The warning ignored is paho's, which leaves a socket it does not trust to the garbage collector."""
    broker = await guarded_broker(tmp_path)
    try:
        url = f"mqtts://localhost:{broker.port}"
        async with MqttTransport(quick(url, username="engine", password="right")) as distrustful:
            await until(lambda: "certificate" in distrustful.link.trouble.lower())
            assert not distrustful.link.connected
    finally:
        await broker.stop()


async def guarded_broker(folder: Path) -> GuardedMosquitto:
    certificate(folder)
    (folder / "passwords").write_text("engine:right\n")
    subprocess.run(["mosquitto_passwd", "-U", folder / "passwords"], check=True, capture_output=True)
    binary = find_mosquitto()
    assert binary is not None
    broker = GuardedMosquitto(binary, folder)
    await broker.start()
    return broker


def certificate(folder: Path) -> None:
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    named = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", folder / "broker.key", "-out", folder / "broker.crt"]
    subprocess.run([*new.split(), *named.split(), *files], check=True, capture_output=True)

"""Debian's Mosquitto as we ship its configuration: a tag speaks for itself, and hears what is for it."""

import contextlib
import getpass
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.ingest.accounts import Account, Accounts, AccountsRefused
from em_engine.ingest.broker import MosquittoBroker, find_mosquitto
from em_engine.ingest.delivery import NotPublishedError
from em_engine.ingest.mqtt import MqttTransport
from tests.house.house import ROOT

from .conftest import until
from .test_real_brokers import certificate, needs_mosquitto_and_openssl, quick

SHIPPED = ROOT / "deploy" / "mosquitto" / "mosquitto.conf"
ENGINE = "em-engine"
OTHERS = ("em/1/+/command", "em/1/alerts/#", "em/1/notices/#", "em/1/+/fix")


class ShippedMosquitto(MosquittoBroker):
    """As it is shipped, but for where its files lie, who it is, and its port."""

    def configuration(self, port: int) -> str:
        written = SHIPPED.read_text(encoding="utf-8")
        for shipped, here in (
            ("listener 8883\n", f"listener {port} 127.0.0.1\nuser {getpass.getuser()}\n"),
            ("/etc/mosquitto/certs/broker.pem", f"{self.folder}/broker.crt"),
            ("/etc/mosquitto/certs/broker.key", f"{self.folder}/broker.key"),
            ("/etc/em/broker/", f"{self.folder}/accounts/"),
            ("/var/lib/mosquitto/", f"{self.folder}/"),
            ("log_dest syslog", "log_dest stderr"),
        ):
            assert shipped in written, f"{SHIPPED} has no {shipped!r} any more"
            written = written.replace(shipped, here)
        return written


class Field:
    """A broker with accounts, and who signs in at it."""

    def __init__(self, folder: Path) -> None:
        certificate(folder)
        self.folder = folder
        self.accounts = Accounts(folder / "accounts")
        self.passwords: dict[str, str] = {}
        binary = find_mosquitto()
        assert binary is not None
        self.broker = ShippedMosquitto(binary, folder)

    def admit(self, name: str, **more: object) -> None:
        self.passwords[name] = self.accounts.add(Account(name=name, **more))  # type: ignore[arg-type]

    def signs_in(
        self, name: str, *, topics: tuple[str, ...] = (), client_id: str | None = None, password: str = ""
    ) -> MqttTransport:
        settings = quick(
            f"mqtts://localhost:{self.broker.port}",
            client_id or name,
            ca_file=str(self.folder / "broker.crt"),
            username=name,
            password=password or self.passwords[name],
        )
        return MqttTransport(settings, topics=topics or None)

    @contextlib.asynccontextmanager
    async def connected(
        self, name: str, *topics: str, client_id: str | None = None
    ) -> AsyncIterator[MqttTransport]:
        async with self.signs_in(name, topics=topics, client_id=client_id) as transport:
            await until(lambda: transport.link.connected)
            yield transport

    def reload(self) -> None:
        """As systemctl reload does."""
        os.kill(self.broker.pid, signal.SIGHUP)


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    made = Field(tmp_path)
    made.admit(ENGINE, is_engine=True)
    for name in ("tag-1", "tag-2"):
        made.admit(name)
    made.admit("phone-1", notices=("P-1",))
    made.admit("duty", reads_alerts=True)
    await made.broker.start()
    try:
        yield made
    finally:
        await made.broker.stop()


async def heard(transport: MqttTransport, until_payload: bytes) -> list[tuple[str, bytes]]:
    """What arrives, up to the message that comes last."""
    found: list[tuple[str, bytes]] = []
    async for deliveries in transport.batches():
        found += [(one.topic, bytes(one.payload)) for one in deliveries]
        await transport.acknowledge(deliveries)
        if any(payload == until_payload for _, payload in found):
            break
    return found


async def tries(transport: MqttTransport, topic: str, payload: bytes) -> None:
    """A broker of MQTT 5 says no; one of 3.1.1 says nothing."""
    with contextlib.suppress(NotPublishedError):
        await transport.publish(topic, payload)


@needs_mosquitto_and_openssl
async def test_a_tag_speaks_for_itself_and_for_nobody_else(field: Field):
    async with field.connected(ENGINE) as engine, field.connected("tag-1", "em/1/tag-1/command") as tag:
        for topic in (
            "em/1/tag-2/fix",
            "em/1/tag-2/event",
            "em/1/em-proof/fix",
            "em/1/tag-1/fix/x",
            "owntracks/tag-2/x",
            "em/1/tag-2/heartbeat",
        ):
            await tries(tag, topic, b"a lie")
        for kind in ("fix", "heartbeat", "event"):
            await tag.publish(f"em/1/tag-1/{kind}", kind.encode())
        await tag.publish("owntracks/tag-1/phone", b"last")
        assert await heard(engine, b"last") == [
            ("em/1/tag-1/fix", b"fix"),
            ("em/1/tag-1/heartbeat", b"heartbeat"),
            ("em/1/tag-1/event", b"event"),
            ("owntracks/tag-1/phone", b"last"),
        ]


@needs_mosquitto_and_openssl
async def test_a_tag_hears_its_own_commands_and_nothing_of_others(field: Field):
    async with (
        field.connected("tag-1", *OTHERS) as tag,
        field.connected("tag-2", "em/1/tag-2/command") as other,
        field.connected(ENGINE) as engine,
    ):
        await tries(tag, "em/1/tag-2/command", b"a lie")
        await tries(tag, "em/1/alerts/critical", b"a lie")
        await other.publish("em/1/tag-2/fix", b"where another is")
        await engine.publish("em/1/alerts/critical", b"an alert")
        await engine.publish("em/1/notices/P-1", b"a notice")
        await engine.publish("em/1/tag-2/command", b"to another")
        await engine.publish("em/1/tag-1/command", b"to me")
        assert await heard(tag, b"to me") == [("em/1/tag-1/command", b"to me")]
        assert await heard(other, b"to another") == [("em/1/tag-2/command", b"to another")]


@needs_mosquitto_and_openssl
async def test_alerts_and_notices_reach_those_they_are_for(field: Field):
    async with (
        field.connected("phone-1", *OTHERS) as phone,
        field.connected("duty", *OTHERS) as duty,
        field.connected(ENGINE) as engine,
    ):
        await engine.publish("em/1/notices/P-2", b"another's notice")
        await engine.publish("em/1/alerts/critical", b"an alert")
        await engine.publish("em/1/notices/P-1", b"her notice")
        await engine.publish("em/1/alerts/low", b"another alert")
        assert await heard(phone, b"her notice") == [("em/1/notices/P-1", b"her notice")]
        assert [payload for _, payload in await heard(duty, b"another alert")] == [
            b"an alert",
            b"another alert",
        ]
        await engine.publish("em/1/em-proof/fix", b"the synthetic wearer")
        assert await heard(engine, b"the synthetic wearer") == [
            ("em/1/em-proof/fix", b"the synthetic wearer")
        ]


@needs_mosquitto_and_openssl
async def test_nobody_gets_in_without_the_password_and_a_tag_cannot_pass_for_the_engine(field: Field):
    async with field.connected(ENGINE) as engine:
        async with field.signs_in("tag-1", password=field.passwords["tag-2"]) as liar:
            await until(lambda: "refuses us" in liar.link.trouble)
        async with field.connected("tag-1", "em/1/tag-1/command", client_id=ENGINE) as tag:
            await tag.publish("em/1/tag-1/fix", b"last")
            assert await heard(engine, b"last") == [("em/1/tag-1/fix", b"last")]
            assert engine.link.reconnects == 0, "who takes the engine's name must not throw it out"


@needs_mosquitto_and_openssl
async def test_who_is_revoked_is_sent_away_and_who_is_new_is_let_in_when_the_broker_is_reloaded(field: Field):
    async with field.connected("tag-1", "em/1/tag-1/command") as tag:
        field.accounts.revoke(["tag-1"])
        field.admit("tag-3")
        field.reload()
        await until(lambda: "refuses us" in tag.link.trouble)
        async with field.connected("tag-3", "em/1/tag-3/command"):
            pass


# The command ------------------------------------------------------------------------------------


def em_device(folder: Path, *words: str, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, ["device", words[0], *words[1:], "--folder", str(folder)])
    assert result.exit_code == expect, result.output
    return result


def test_the_command_adds_lists_renews_and_revokes(tmp_path: Path):
    told = em_device(tmp_path, "add", "tag-1", "tag-2").stdout
    assert re.fullmatch(r"tag-1  \S{32}\ntag-2  \S{32}\n", told)
    before = Accounts(tmp_path).all()["tag-1"].hash
    assert "tag-1" in em_device(tmp_path, "renew", "tag-1").stdout
    assert Accounts(tmp_path).all()["tag-1"].hash != before
    em_device(tmp_path, "revoke", "tag-1")
    assert em_device(tmp_path, "list").stdout == "tag-2: speaks for itself\n"
    assert "has no account" in em_device(tmp_path, "revoke", "tag-1", expect=2).stderr
    assert "already" in em_device(tmp_path, "add", "tag-2", expect=2).stderr


def test_a_rulebook_s_devices_get_accounts_once_and_protected_persons_their_notices(tmp_path: Path):
    rules = str(ROOT / "rules" / "demo-oslo")
    assert em_device(tmp_path, "list", "--rules", rules, expect=1).stdout.count("has no account") > 40
    added = em_device(tmp_path, "add", "--rules", rules).stdout.splitlines()
    assert len(added) > 40
    assert em_device(tmp_path, "add", "--rules", rules).stdout == "", "all have one now"
    said = em_device(tmp_path, "list", "--rules", rules).stdout
    assert re.search(r"^phone-\d+: speaks for itself, shows the notices of P-\d+$", said, re.MULTILINE)


def test_passwords_are_hashed_and_nobody_else_may_read_the_files(tmp_path: Path):
    password = em_device(tmp_path, "add", "tag-1").stdout.split()[1]
    for name in ("passwords", "acl"):
        file = tmp_path / name
        assert password not in file.read_text()
        assert file.stat().st_mode & 0o007 == 0
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize("name", ["+", "#", "a/b", "a:b", "a b", "tag-1\ntopic readwrite #", ""])
def test_a_name_that_would_say_more_than_itself_is_refused(tmp_path: Path, name: str):
    accounts = Accounts(tmp_path)
    with pytest.raises(AccountsRefused):
        accounts.add(Account(name=name))
    assert accounts.all() == {}


@needs_mosquitto_and_openssl
def test_the_hash_is_what_mosquitto_s_own_tool_writes(tmp_path: Path):
    """The same rounds, and salt and key of the same length."""
    Accounts(tmp_path).add(Account(name="tag-1"))
    theirs = tmp_path / "theirs"
    theirs.write_text("tag-1:secret\n")
    subprocess.run(["mosquitto_passwd", "-U", str(theirs)], check=True, capture_output=True)
    ours, made = ((tmp_path / name).read_text().strip().split("$") for name in ("passwords", "theirs"))
    assert ours[:3] == made[:3]
    assert [len(part) for part in ours] == [len(part) for part in made]

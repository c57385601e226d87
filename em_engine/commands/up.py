"""`em up` and `em engine`: the whole thing on this machine, or against a broker of yours."""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from em_engine.app import Parts, assembled, running
from em_engine.console.access import Account
from em_engine.console.roles import Role
from em_engine.ingest.broker import Broker, start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.rulebook.releases import Releases
from em_engine.settings import BrokerSettings, ClockSettings, EngineSettings, HttpSettings
from em_engine.vocabulary import SECOND, Micros, instant

_STAGED: Final = "rulebook"
"""The demo's rulebook as files, from which its evening is played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `em up` was asked for."""

    is_demo: bool
    rules: Path | None
    data: Path
    host: str
    port: int
    broker: Literal["mosquitto", "embedded"]


def staged(settings: EngineSettings, starts_at: Micros | None, speed: float) -> EngineSettings:
    """The settings, with a clock set by hand where one was asked for."""
    if starts_at is None:
        return settings
    clock = ClockSettings(starts_at=instant(starts_at), speed=speed)
    return settings.model_copy(update={"staged_clock": clock})


async def engine_command(settings: EngineSettings) -> None:
    """Run until cancelled, against the broker the settings name."""
    with assembled(settings) as parts:
        async with running(parts, settings) as address:
            click.echo(f"console: {address}")
            if settings.staged_clock is not None:
                click.echo("its clock is set by hand: for trials, never to watch people by", err=True)
            await asyncio.Event().wait()


async def up_command(wish: Wish) -> None:
    """Run until cancelled, with a broker of our own."""
    data = wish.data / "demo" if wish.is_demo else wish.data
    rules = _released_demo(data) if wish.is_demo else wish.rules
    assert rules is not None, "the command line asks for --rules"
    (data / "broker").mkdir(parents=True, exist_ok=True)
    async with start_broker(prefer=wish.broker, folder=data / "broker") as broker:
        settings = EngineSettings(
            rules=rules,
            data=data,
            broker=BrokerSettings(url=broker.url),
            http=HttpSettings(host=wish.host, port=wish.port),
        )
        with assembled(settings) as parts:
            logins = _people(parts, is_demo=wish.is_demo)
            async with running(parts, settings) as address, _demo(wish, data, broker):
                authors = authors_line(parts.access.accounts())
                _announce(address, broker, logins, authors=authors, is_demo=wish.is_demo)
                await asyncio.Event().wait()


def _released_demo(data: Path) -> Path:
    """A fresh evening: the demo's rulebook placed around now and in force, nothing left of the one before.

    It is a folder of releases, so that authors can draft, propose and approve in the demo too.
    """
    from simulators.demo.cast import demo_rules
    from simulators.demo.stage import stage_rulebook

    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    now = system_clock()
    stage_rulebook(demo_rules(), data / _STAGED, now)
    releases = Releases(data / "releases")
    proposed = releases.propose(data / _STAGED, who="em", why="the demo's rulebook", at=now)
    releases.approve(proposed.revision, who="em-demo", why="the demo begins", at=now)
    return data / "releases"


def _people(parts: Parts, *, is_demo: bool) -> list[tuple[str, str, str]]:
    """Accounts where there are none yet: name, password, what they may see."""
    if parts.access.accounts():
        return []
    made = [("operator", Role.OPERATOR, "the monitoring centre: equipment and wearers")]
    if is_demo:
        made.append(("police", Role.POLICE, "the police: protected persons too"))
        made.append(("author", Role.AUTHOR, "writes zones and orders, on the authors' page"))
        made.append(("approver", Role.APPROVER, "lets them take effect, on the authors' page"))
    else:
        made = [("supervisor", Role.SUPERVISOR, "the first account; em user add makes others")]
    logins = [(name, secrets.token_urlsafe(9), told) for name, _, told in made]
    for (name, password, _), (_, role, _) in zip(logins, made, strict=True):
        parts.access.add(name, password, [role])
    return logins


@contextlib.asynccontextmanager
async def _demo(wish: Wish, data: Path, broker: Broker) -> AsyncIterator[None]:
    """The evening, played by simulated tags over the broker."""
    if not wish.is_demo:
        yield
        return
    from simulators.demo.evening import Evening, play

    evening = await asyncio.to_thread(Evening, system_clock() + 5 * SECOND, 1, data / _STAGED)
    tags = MqttTransport(MqttSettings(url=broker.url, client_id="em-demo-tags"), topics=())
    async with tags:

        async def publish(topic: str, payload: bytes) -> None:
            await tags.publish(topic, payload)

        playing = asyncio.create_task(play(evening, publish, _WallClock()))
        try:
            yield
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


class _WallClock:
    """The machine's time, to be waited on."""

    async def until(self, at: Micros) -> None:
        """Return when it is `at`, at once if that is past."""
        await asyncio.sleep(max(0.0, (at - system_clock()) / SECOND))


def authors_line(accounts: Sequence[Account]) -> str:
    """Who may log in to the authors' page to write, and who to approve; how to make them where they lack."""
    named = {
        role: [one.name for one in accounts if role in one.roles] for role in (Role.AUTHOR, Role.APPROVER)
    }
    does = {Role.AUTHOR: "writes orders and zones", Role.APPROVER: "approves them"}
    told = [
        f"{' or '.join(names[:3])} {does[role]}"
        if names
        else f"em user add NAME --role {role} makes who {does[role]}"
        for role, names in named.items()
    ]
    return ", ".join(told)


def _announce(
    address: str, broker: Broker, logins: list[tuple[str, str, str]], *, authors: str, is_demo: bool
) -> None:
    click.echo(f"\n  console  {address}")
    click.echo(f"  authors  {address}rules/   ({authors})")
    for name, password, told in logins:
        click.echo(f"  log-in   {name} / {password}   ({told})")
    click.echo(f"  broker   {broker.url}: {broker.honest_note}")
    if is_demo:
        click.echo("  Oslo is waking up; the first alerts arrive within a minute. Ctrl-C ends it.")
    click.echo("")

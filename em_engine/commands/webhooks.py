"""`em webhooks`: how each fares, what nobody took, telling it again, and a secret for a new one."""

import base64
import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import Folder, as_json_option, refuse
from em_engine.vocabulary import rfc3339

data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder."
)


@click.group()
def webhooks() -> None:
    """Alerts told to other systems."""


@webhooks.command("list")
@data_option
@as_json_option
def webhooks_list(data: Path, as_json: bool) -> None:
    """Every webhook: how far it has been told, and what holds it up."""
    with _store(data) as store:
        for name, progress in store.hooks().items():
            told = {"hook": name, **progress._asdict()}
            fares = f"failing: {progress.reason}" if progress.attempts else "told"
            line = f"{name}: {fares}, up to {progress.told}"
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


@webhooks.command("dead")
@data_option
@as_json_option
def webhooks_dead(data: Path, as_json: bool) -> None:
    """What no receiver took, oldest first."""
    with _store(data) as store:
        for letter in store.dead_letters():
            told = {**letter._asdict(), "at": rfc3339(letter.at)}
            line = f"{letter.hook} {letter.number}  {told['at']}  {letter.attempts} times: {letter.reason}"
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


@webhooks.command("retry")
@click.argument("hook")
@data_option
def webhooks_retry(hook: str, data: Path) -> None:
    """Have a webhook begin again at its oldest dead letter."""
    with _store(data) as store:
        click.echo(f"{hook}: {store.tell_again(hook)} dead letters go out again")


@webhooks.command("secret")
def webhooks_secret() -> None:
    """A new secret, for the settings and the receiver."""
    click.echo("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())


@contextlib.contextmanager
def _store(data: Path) -> Iterator[Any]:
    from em_engine.runners.webhook_store import WebhookStore

    path = data / "webhooks.sqlite3"
    if not path.exists():
        refuse(f"{path}: no webhook was ever told; --data names the engine's data folder")
    with contextlib.closing(WebhookStore(path)) as store:
        yield store

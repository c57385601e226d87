"""`em device`: who may sign in at the broker, so that a tag can speak only for itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from em_engine.commands.options import Folder, as_json_option, clean_refusals, refuse

if TYPE_CHECKING:
    from em_engine.ingest.accounts import Account, Accounts

folder_option = click.option(
    "--folder", type=Folder, default=Path("broker"), show_default=True,
    help="Where the broker's passwords and rules lie.",
)  # fmt: skip
root_option = click.option("--root", default="em/1", show_default=True, help="Of the topics.")
ENGINE = "em-engine"


@click.group()
def device() -> None:
    """Accounts at the broker: a device may speak for itself, and for nobody else.

    The passwords are printed once and kept as hashes. Then the broker is told: systemctl reload mosquitto.
    """


@device.command("add")
@click.argument("names", nargs=-1)
@click.option("--rules", type=Folder, help="Every device of this rulebook that has no account yet.")
@click.option("--engine", "is_engine", is_flag=True, help=f"The engine's own account, {ENGINE}.")
@click.option("--reads-alerts", is_flag=True, help="Another system: it reads alerts and speaks for nobody.")
@click.option("--notices", multiple=True, metavar="PERSON", help="The device shows this person's notices.")
@folder_option
@root_option
@as_json_option
def device_add(
    names: tuple[str, ...],
    rules: Path | None,
    is_engine: bool,
    reads_alerts: bool,
    notices: tuple[str, ...],
    folder: Path,
    root: str,
    as_json: bool,
) -> None:
    """New accounts; each password is printed once, beside its name."""
    from em_engine.ingest.accounts import Account, Accounts, AccountsRefused

    with clean_refusals(AccountsRefused):
        accounts = Accounts(folder, root=root)
        wanted = [Account(name=one, reads_alerts=reads_alerts, notices=notices) for one in names]
        wanted += [Account(name=ENGINE, is_engine=True)] if is_engine else []
        wanted += _without_account(rules, accounts) if rules is not None else []
        if not wanted and rules is None:
            refuse("whose account? name devices, or a rulebook with --rules, or --engine")
        for one in wanted:
            _tell(one.name, accounts.add(one), as_json=as_json)


def _without_account(rules: Path, accounts: "Accounts") -> "Iterator[Account]":
    """Every device the orders name; those of a protected person show her notices."""
    from em_engine.ingest.accounts import Account
    from em_engine.rulebook import load

    known = accounts.all()
    notices: dict[str, list[str]] = {}
    for order in load(rules).orders:
        for name in order.wearer.devices:
            notices.setdefault(name.partition("/")[0], [])
        for person in order.protected:
            for name in person.devices:
                notices.setdefault(name.partition("/")[0], []).append(person.id)
    for name, persons in notices.items():
        if name not in known:
            yield Account(name=name, notices=tuple(dict.fromkeys(persons)))


@device.command("renew")
@click.argument("name")
@folder_option
@root_option
@as_json_option
def device_renew(name: str, folder: Path, root: str, as_json: bool) -> None:
    """Another password for an account; the old one is of no more use."""
    from em_engine.ingest.accounts import Accounts, AccountsRefused

    with clean_refusals(AccountsRefused):
        _tell(name, Accounts(folder, root=root).renew(name), as_json=as_json)


@device.command("revoke")
@click.argument("names", nargs=-1, required=True)
@folder_option
@root_option
def device_revoke(names: tuple[str, ...], folder: Path, root: str) -> None:
    """These may no longer sign in; who is connected is sent away when the broker is reloaded."""
    from em_engine.ingest.accounts import Accounts, AccountsRefused

    with clean_refusals(AccountsRefused):
        Accounts(folder, root=root).revoke(names)
    click.echo(f"{', '.join(names)}: no account any more, once the broker is reloaded")


@device.command("list")
@click.option("--rules", type=Folder, help="Say too which devices of this rulebook have none; 1 if any.")
@folder_option
@root_option
@as_json_option
def device_list(rules: Path | None, folder: Path, root: str, as_json: bool) -> None:
    """Every account and what it may, no passwords."""
    from em_engine.ingest.accounts import Accounts, AccountsRefused

    with clean_refusals(AccountsRefused):
        accounts = Accounts(folder, root=root)
        missing = [one.name for one in _without_account(rules, accounts)] if rules is not None else []
        for one in accounts.all().values():
            may = _may(one)
            told = {"name": one.name, "may": may}
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{one.name}: {', '.join(may)}")
        for name in missing:
            told = {"name": name, "may": []}
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{name}: has no account")
    raise SystemExit(1 if missing else 0)


def _may(one: "Account") -> list[str]:
    may = ["is the engine"] if one.is_engine else ["speaks for itself"]
    may += ["reads alerts"] if one.reads_alerts else []
    return may + [f"shows the notices of {person}" for person in one.notices]


def _tell(name: str, password: str, *, as_json: bool) -> None:
    told = {"name": name, "password": password}
    click.echo(json.dumps(told) if as_json else f"{name}  {password}")

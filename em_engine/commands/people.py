"""`em user`: people who may sign in, what they may see, and tokens for their programs."""

import contextlib
import json
import secrets
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from em_engine.commands.options import Folder, as_json_option, refuse
from em_engine.vocabulary import rfc3339

data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder."
)
desk_option = click.option(
    "--desk",
    "desks",
    multiple=True,
    help="A desk the person works at; all if none is named.",
)
programme_option = click.option(
    "--programme",
    "programmes",
    multiple=True,
    help="A programme whose cases the person may see; all if none.",
)
DAY: Final = timedelta(days=1) // timedelta(microseconds=1)


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="May be given more than once.")
@desk_option
@programme_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@data_option
def user_add(
    name: str,
    roles: tuple[str, ...],
    desks: tuple[str, ...],
    programmes: tuple[str, ...],
    password_stdin: bool,
    data: Path,
) -> None:
    """A new account; without --password-stdin a password is made and printed once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    with _access(data) as access:
        access.add(
            name, password, _roles(roles), desks=desks or None, programmes=_programmes(programmes) or None
        )
    click.echo(f"{name} may sign in" + ("" if password_stdin else f" with {password}"))


@user.command("list")
@data_option
@as_json_option
def user_list(data: Path, as_json: bool) -> None:
    """Every account, its roles, desks and programmes."""
    with _access(data) as access:
        for account in access.accounts():
            roles = [role.value for role in account.roles]
            told = {
                "name": account.name,
                "roles": roles,
                "desks": account.desks,
                "programmes": account.programmes,
            }
            limits = [*(account.desks or ()), *(account.programmes or ())]
            narrowed = f" (only {', '.join(limits)})" if limits else ""
            line = f"{account.name}: {', '.join(roles)}{narrowed}"
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


@user.command("role")
@click.argument("name")
@click.argument("roles", nargs=-1, required=True)
@data_option
def user_role(name: str, roles: tuple[str, ...], data: Path) -> None:
    """Give an account these roles and no others."""
    with _access(data) as access:
        access.set_roles(name, _roles(roles))
    click.echo(f"{name}: {', '.join(roles)}")


@user.command("limit")
@click.argument("name")
@desk_option
@programme_option
@data_option
def user_limit(name: str, desks: tuple[str, ...], programmes: tuple[str, ...], data: Path) -> None:
    """Give an account these desks and programmes and no others; all where none is named."""
    with _access(data) as access:
        access.limit(name, desks=desks or None, programmes=_programmes(programmes) or None)
    click.echo(f"{name}: {', '.join(desks) or 'every desk'}; {', '.join(programmes) or 'every programme'}")


@user.command("remove")
@click.argument("name")
@data_option
def user_remove(name: str, data: Path) -> None:
    """End an account, its sessions and its tokens."""
    with _access(data) as access:
        access.remove(name)
    click.echo(f"{name} may sign in no longer")


@user.command("token")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="What it may do; may be given more than once.")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it lasts.")
@click.option("--revoke", is_flag=True, help="End the tokens of that label instead.")
@data_option
def user_token(name: str, scopes: tuple[str, ...], label: str, days: int, revoke: bool, data: Path) -> None:
    """A token by which a program asks the API in that person's name; printed once."""
    from em_engine.console.tokens import Tokens

    with _access(data) as access:
        tokens = Tokens(access)
        if revoke:
            click.echo(f"{tokens.revoke(name, label)} tokens ended")
        else:
            click.echo(tokens.make(name, label=label, scopes=scopes, lasts=days * DAY))


@user.command("tokens")
@data_option
@as_json_option
def user_tokens(data: Path, as_json: bool) -> None:
    """Every token: whose, what for, what it may do, until when."""
    from em_engine.console.tokens import Tokens

    with _access(data) as access:
        for token in Tokens(access).listed():
            until = rfc3339(token.ends_at)
            told = {"name": token.name, "label": token.label, "scopes": token.scopes, "until": until}
            line = f"{token.name} {token.label!r}: {', '.join(token.scopes)} until {until}"
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


def _roles(names: Iterable[str]) -> list[Any]:
    from em_engine.console.roles import Role

    return [Role(name) for name in _known(names, [role.value for role in Role], "role")]


def _programmes(names: Iterable[str]) -> list[str]:
    from em_engine.rulebook.models import ProgrammeName

    return _known(names, [programme.value for programme in ProgrammeName], "programme")


def _known(names: Iterable[str], known: list[str], what: str) -> list[str]:
    for name in names:
        if name not in known:
            refuse(f"{name!r} is no {what}; the {what}s are {', '.join(sorted(known))}")
    return list(names)


@contextlib.contextmanager
def _access(data: Path) -> Iterator[Any]:
    from em_engine.console.access import Access, AccessRefused
    from em_engine.ingest.delivery import system_clock

    data.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Access(data / "access.sqlite3", system_clock)) as access:
        try:
            yield access
        except AccessRefused as refusal:
            refuse(refusal)

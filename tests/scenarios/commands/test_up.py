"""What `em up` says of where authors go, and who may log in there."""

import pytest

from em_engine.commands.up import authors_line
from em_engine.console.access import Account
from em_engine.console.roles import Role


def account(name: str, *roles: Role) -> Account:
    return Account(name=name, roles=roles, created_at=0)


NOBODY_YET = (
    "em user add NAME --role author makes who writes orders and zones, "
    "em user add NAME --role approver makes who approves them"
)


@pytest.mark.parametrize(
    ("accounts", "line"),
    [
        (
            (account("kari", Role.AUTHOR), account("ola", Role.APPROVER), account("rita", Role.AUDITOR)),
            "kari writes orders and zones, ola approves them",
        ),
        (
            (account("kari", Role.AUTHOR, Role.APPROVER), account("siv", Role.AUTHOR)),
            "kari or siv writes orders and zones, kari approves them",
        ),
        ((account("sjef", Role.SUPERVISOR),), NOBODY_YET),
    ],
    ids=["one-of-each", "several", "none-yet"],
)
def test_em_up_says_who_writes_and_who_approves(accounts: tuple[Account, ...], line: str):
    assert authors_line(accounts) == line

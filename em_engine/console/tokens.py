"""Tokens: how a program asks the API in a person's name, narrowed to what it needs and ending by a date.

Only the SHA-256 is kept: who reads the file cannot use what it holds. A token never may more than its person
may at that moment; with the account, it ends.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from em_engine.console.access import Access, AccessRefused, Session
from em_engine.console.roles import SCOPES, Permission
from em_engine.vocabulary import Micros

PREFIX: Final = "em_"
"""How every token begins, so that one left in a file is found by those who search for such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it is listed; the secret itself is shown once, when it is made."""

    name: str
    label: str
    scopes: tuple[str, ...]
    created_at: Micros
    ends_at: Micros


class Tokens:
    """The tokens of one installation, in the accounts' file."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def make(self, name: str, *, label: str, scopes: Iterable[str], lasts: Micros) -> str:
        """A new token. Raises AccessRefused where nobody is called so, or a scope is unknown."""
        chosen = tuple(dict.fromkeys(scopes))
        unknown = [scope for scope in chosen if scope not in SCOPES]
        if unknown or not chosen:
            told = f"{unknown[0]!r} is no scope" if unknown else "a token has at least one scope"
            raise AccessRefused(f"{told}; the scopes are {', '.join(SCOPES)}")
        account = self._access.account(name)
        secret, now = PREFIX + secrets.token_urlsafe(32), self._access.now()
        row = (_digest(secret), account.name, label, json.dumps(chosen), now, now + lasts)
        self._access.run("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?)", *row)
        return secret

    def session(self, secret: str) -> Session | None:
        """Who asks, as far as the token lets them; None where it is none, or has ended."""
        rows = self._access.run(
            "SELECT name, scopes, created_at, ends_at FROM token WHERE digest = ?", _digest(secret)
        )
        if not rows or rows[0][3] <= self._access.now():
            return None
        name, scopes, created_at, ends_at = rows[0]
        account = self._access.account(name)
        return Session(
            name=account.name,
            roles=account.roles,
            csrf="",
            started_at=created_at,
            ends_at=ends_at,
            token=secret,
            desks=account.desks,
            programmes=account.programmes,
            scopes=_permissions(json.loads(scopes)),
        )

    def listed(self) -> tuple[Token, ...]:
        """Every token, by person and age."""
        rows = self._access.run(
            "SELECT name, label, scopes, created_at, ends_at FROM token ORDER BY name, created_at"
        )
        return tuple(
            Token(name=name, label=label, scopes=tuple(json.loads(scopes)), created_at=made, ends_at=ends_at)
            for name, label, scopes, made, ends_at in rows
        )

    def revoke(self, name: str, label: str) -> int:
        """End the person's tokens of that label; how many those were."""
        ended = self._access.run("DELETE FROM token WHERE name = ? AND label = ? RETURNING 1", name, label)
        return len(ended)


def _permissions(scopes: Iterable[str]) -> frozenset[Permission]:
    return frozenset(SCOPES[scope] for scope in scopes if scope in SCOPES)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

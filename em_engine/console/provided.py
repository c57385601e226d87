"""Accounts of people whom the identity provider vouches for: made when they first come, kept as it says."""

import sqlite3

from em_engine.console.access import Access, AccessRefused, Session, fit_name
from em_engine.console.provider import Identity
from em_engine.vocabulary import Micros

_NO_PASSWORD = ""  # no hash: whatever is typed, it does not match


class Provided:
    """The provider's people, in the accounts' file."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def session(self, identity: Identity) -> Session:
        """A new session of that person, with the roles, desks and programmes the provider now tells.

        Raises AccessRefused where the name is unfit, or another's: whoever may choose a name at the provider
        must not become the person who has it here.
        """
        name = self._name(identity) or self._added(identity)
        self._access.set_roles(name, identity.roles)
        self._access.limit(name, desks=identity.desks, programmes=identity.programmes)
        return self._access.start(name)

    def has(self, name: str) -> bool:
        """Whether that account is of somebody the provider vouches for."""
        return bool(self._access.run("SELECT 1 FROM provided WHERE name = ?", name))

    def _name(self, identity: Identity) -> str | None:
        """What the person is called here: as when they first came, for so the history names them."""
        rows = self._access.run(
            "SELECT name FROM provided WHERE issuer = ? AND subject = ?", identity.issuer, identity.subject
        )
        return str(rows[0][0]) if rows else None

    def _added(self, identity: Identity) -> str:
        name, now = fit_name(identity.name), self._access.now()
        row: tuple[str, str, str, Micros] = (name, _NO_PASSWORD, "[]", now)
        try:
            self._access.run(
                "INSERT INTO account (name, password, roles, created_at) VALUES (?, ?, ?, ?)", *row
            )
        except sqlite3.IntegrityError:
            raise AccessRefused(f"another account is named {name!r}; remove it, or rename one") from None
        self._access.run("INSERT INTO provided VALUES (?, ?, ?)", identity.issuer, identity.subject, name)
        return name

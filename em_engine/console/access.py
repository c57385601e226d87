"""Who is at the console: accounts, sign-in, sessions. Kept in one SQLite file in the record's folder."""

import hashlib
import json
import logging
import re
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from em_engine.alerts.queue import ENGINE, PROTOCOL
from em_engine.console.roles import Permission, Role, permissions
from em_engine.console.throttle import ACCOUNT, ADDRESS, Patience
from em_engine.vocabulary import HOUR, MINUTE, Micros

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 1024  # Argon2 reads it all: a megabyte of password would be an attack
log = logging.getLogger(__name__)
_NAME: Final = re.compile(r"[\w.@+-]{1,64}")


class AccessRefused(Exception):
    """Something about an account or a sign-in was refused; the text says what, and what would be right."""


class WrongNameOrPassword(AccessRefused):
    """One of the two is wrong; which one is not told."""


class SlowDown(AccessRefused):
    """Too many sign-ins have failed. `wait` is how long until the next is let through."""

    def __init__(self, wait: Micros) -> None:
        self.wait = wait
        super().__init__(f"too many sign-ins have failed; try again in {-(-wait // 1_000_000)} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may sign in."""

    name: str
    roles: tuple[Role, ...]
    created_at: Micros
    desks: tuple[str, ...] | None = None  # at which the person works; None: at all
    programmes: tuple[str, ...] | None = None  # whose cases the person may see; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person signed in at one screen."""

    name: str
    roles: tuple[Role, ...]
    csrf: str
    started_at: Micros
    ends_at: Micros
    token: str
    desks: tuple[str, ...] | None = None
    programmes: tuple[str, ...] | None = None
    scopes: frozenset[Permission] | None = None  # what a token is narrowed to; None: a person at a screen

    def may(self, permission: Permission) -> bool:
        """Whether a role of the person allows it, and the token if there is one."""
        is_in_scope = self.scopes is None or permission in self.scopes
        return is_in_scope and permission in permissions(self.roles)

    def works_at(self, desk: str) -> bool:
        """Whether alerts of that desk are the person's to answer."""
        return self.desks is None or desk in self.desks

    def sees(self, programme: str | None) -> bool:
        """Whether cases of that programme are the person's to see; of None the programme is not known."""
        return self.programmes is None or programme in self.programmes


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lasts at most, and how long without a sign of the person."""

    longest: Micros = 12 * HOUR  # one shift
    idle: Micros = 60 * MINUTE


class Access:
    """The accounts and sessions of one installation. Safe to use from several threads and processes."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], Micros],
        *,
        limits: SessionLimits | None = None,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._clock = clock
        self._limits = limits or SessionLimits()
        self._hasher = hasher or PasswordHasher()
        # Each check takes 64 MiB and a core; more at once would starve the engine beside us.
        self._hashing = threading.BoundedSemaphore(2)
        self._lock = threading.Lock()
        self._nobody = self._hasher.hash(secrets.token_hex())
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(files("em_engine.console").joinpath("access.sql").read_text("utf-8"))
        self._add_columns()
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # Accounts: what `em user` calls.

    def add(
        self,
        name: str,
        password: str,
        roles: Iterable[Role],
        *,
        desks: Iterable[str] | None = None,
        programmes: Iterable[str] | None = None,
    ) -> Account:
        """A new account. Raises AccessRefused where the name is taken or unfit, or the password too short."""
        account = Account(
            name=fit_name(name),
            roles=_fit_roles(roles),
            created_at=self._clock(),
            desks=None if desks is None else tuple(desks),
            programmes=None if programmes is None else tuple(programmes),
        )
        hashed = self._hash(password)
        limits = (_listed(account.desks), _listed(account.programmes))
        row = (account.name, hashed, json.dumps(account.roles), account.created_at, *limits)
        try:
            self.run(
                "INSERT INTO account (name, password, roles, created_at, desks, programmes)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *row,
            )
        except sqlite3.IntegrityError:
            raise AccessRefused(f"there is already an account named {account.name!r}") from None
        return account

    def accounts(self) -> tuple[Account, ...]:
        """Everyone who may sign in, by name."""
        rows = self.run("SELECT name, roles, created_at, desks, programmes FROM account ORDER BY name")
        return tuple(
            Account(
                name=name,
                roles=_roles(roles),
                created_at=created_at,
                desks=_list(desks),
                programmes=_list(programmes),
            )
            for name, roles, created_at, desks, programmes in rows
        )

    def account(self, name: str) -> Account:
        """The account of that name. Raises AccessRefused."""
        found = next((one for one in self.accounts() if one.name == _folded(name)), None)
        if found is None:
            raise AccessRefused(f"there is no account named {name!r}")
        return found

    def signed_in(self) -> frozenset[str]:
        """Who has a session that has not ended."""
        now = self._clock()
        rows = self.run("SELECT name, started_at, seen_at FROM session")
        return frozenset(
            name for name, started_at, seen_at in rows if now < self._ends_at(started_at, seen_at)
        )

    def limit(
        self, name: str, *, desks: Iterable[str] | None = None, programmes: Iterable[str] | None = None
    ) -> None:
        """Give the account these desks and programmes and no others, at once; None is all."""
        limits = (_listed(desks), _listed(programmes))
        self._change(name, "UPDATE account SET desks = ?, programmes = ? WHERE name = ?", *limits)

    def set_roles(self, name: str, roles: Iterable[Role]) -> None:
        """Give the account these roles and no others, at once and in every session."""
        self._change(name, "UPDATE account SET roles = ? WHERE name = ?", json.dumps(_fit_roles(roles)))

    def set_password(self, name: str, password: str) -> None:
        """Give the account a new password and end its sessions."""
        self._change(name, "UPDATE account SET password = ? WHERE name = ?", self._hash(password))
        self.run("DELETE FROM session WHERE name = ?", _folded(name))

    def remove(self, name: str) -> None:
        """End the account and its sessions."""
        self._change(name, "DELETE FROM account WHERE name = ?")

    # Sessions: what the routes call.

    def sign_in(self, name: str, password: str, *, address: str) -> Session:
        """A new session. Raises WrongNameOrPassword, or SlowDown where too many attempts have failed."""
        name = _folded(name)
        account, came_from = self._subjects(name, address)
        # Counted before it is checked: a hundred guesses sent at once are a hundred guesses.
        self._count_attempt(account, came_from)
        if not self._is_right(name, password):
            raise WrongNameOrPassword("the name or the password is wrong")
        self.run("DELETE FROM failure WHERE subject = ?", account)
        self._take_back(came_from)
        self.run("INSERT OR IGNORE INTO known VALUES (?, ?)", name, address)
        return self.start(name)

    def start(self, name: str) -> Session:
        """A new session of an account; that it is the person has been made sure of."""
        token, now = secrets.token_urlsafe(32), self._clock()
        self.run("DELETE FROM session WHERE started_at <= ?", now - self._limits.longest)
        row = (_digest(token), secrets.token_urlsafe(32), name, now, now)
        self.run("INSERT INTO session VALUES (?, ?, ?, ?, ?)", *row)
        session = self.session(token)
        assert session is not None, "a session ended as it began"
        return session

    def session(self, token: str, *, is_activity: bool = True) -> Session | None:
        """The session of a cookie, or None where it has ended. Activity keeps it from growing idle."""
        now = self._clock()
        row = self._one(
            "SELECT csrf, session.name, roles, started_at, seen_at, desks, programmes FROM session"
            " JOIN account ON account.name = session.name WHERE token = ?",
            _digest(token),
        )
        if row is None or now >= self._ends_at(row[3], row[4]):
            return None
        seen_at = now if is_activity else row[4]
        # Once a minute is often enough, and spares a write on every request.
        if seen_at - row[4] >= min(MINUTE, self._limits.idle // 4):
            self._note_seen(token, seen_at)
        return Session(
            name=row[1],
            roles=_roles(row[2]),
            csrf=row[0],
            started_at=row[3],
            ends_at=self._ends_at(row[3], seen_at),
            token=token,
            desks=_list(row[5]),
            programmes=_list(row[6]),
        )

    def sign_out(self, token: str) -> None:
        """End the session, if it has not ended by itself."""
        self.run("DELETE FROM session WHERE token = ?", _digest(token))

    # How it is done.

    def _add_columns(self) -> None:
        """Brings a file of an earlier day up to date."""
        known = {row[1] for row in self.run("PRAGMA table_info(account)")}
        for name in ("desks", "programmes"):
            if name not in known:
                self.run(f"ALTER TABLE account ADD COLUMN {name} TEXT")

    def _note_seen(self, token: str, seen_at: Micros) -> None:
        try:
            self.run("UPDATE session SET seen_at = ? WHERE token = ?", seen_at, _digest(token))
        except sqlite3.OperationalError as error:
            # A full disk must not take the queue from the operators who have it before them.
            log.warning("a session's activity cannot be written: %s", error)

    def _ends_at(self, started_at: Micros, seen_at: Micros) -> Micros:
        return min(started_at + self._limits.longest, seen_at + self._limits.idle)

    def _subjects(self, name: str, address: str) -> tuple[str, str]:
        is_known = self._one("SELECT 1 FROM known WHERE name = ? AND address = ?", name, address)
        return f"account {name} from {address if is_known else 'elsewhere'}", f"address {address}"

    def _count_attempt(self, account: str, address: str) -> None:
        now = self._clock()
        kinds: Sequence[tuple[str, Patience]] = ((account, ACCOUNT), (address, ADDRESS))
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                wait = max(self._open_at(subject, patience) for subject, patience in kinds) - now
                if wait > 0:
                    raise SlowDown(wait)
                for subject, patience in kinds:
                    self._count_failure(subject, now, forgotten=now - patience.forgotten_after)
            finally:
                self._db.execute("COMMIT")

    def _open_at(self, subject: str, patience: Patience) -> Micros:
        row = self._db.execute("SELECT count, last_at FROM failure WHERE subject = ?", (subject,)).fetchone()
        return patience.open_at(row[0], row[1]) if row else 0

    def _count_failure(self, subject: str, now: Micros, *, forgotten: Micros) -> None:
        self._db.execute("DELETE FROM failure WHERE last_at < ?", (forgotten,))
        self._db.execute(
            "INSERT INTO failure VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET count = count + 1, last_at = ?",
            (subject, now, now),
        )

    def _take_back(self, subject: str) -> None:
        """What was counted as a failure was none. The rest stay: one right guess excuses no wrong ones."""
        self.run("UPDATE failure SET count = max(count - 1, 0) WHERE subject = ?", subject)

    def _is_right(self, name: str, password: str) -> bool:
        row = self._one("SELECT password FROM account WHERE name = ?", name)
        # A name nobody has takes as long as one somebody has: names cannot be found out by the clock.
        hashed = row[0] if row else self._nobody
        try:
            with self._hashing:
                self._hasher.verify(hashed, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        if row and self._hasher.check_needs_rehash(hashed):
            self.run("UPDATE account SET password = ? WHERE name = ?", self._hash(password), name)
        return row is not None

    def _hash(self, password: str) -> str:
        if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
            raise AccessRefused(f"a password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters")
        with self._hashing:
            return self._hasher.hash(_normal(password))

    def _change(self, name: str, sql: str, *values: object) -> None:
        with self._lock:
            changed = self._db.execute(sql, (*values, _folded(name))).rowcount
        if not changed:
            raise AccessRefused(f"there is no account named {name!r}")

    def now(self) -> Micros:
        """The installation's time."""
        return self._clock()

    def run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement on the accounts' file, for what is kept beside them; its rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        rows = self.run(sql, *values)
        return rows[0] if rows else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).lower()


def _normal(password: str) -> str:
    """One form for what keyboards of different systems send for the same letters."""
    return unicodedata.normalize("NFC", password[: PASSWORD_LENGTH_MAX + 1])


def fit_name(name: str) -> str:
    """The name as an account has it. Raises AccessRefused where no account may be called so."""
    folded = _folded(name)
    if not _NAME.fullmatch(folded):
        raise AccessRefused(f"{name!r} is no account name: 1 to 64 letters, digits and . _ @ + -")
    if folded in (ENGINE, PROTOCOL):
        raise AccessRefused(f"{name!r} is what no person is called in an alert's history")
    return folded


def _fit_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    chosen = tuple(dict.fromkeys(Role(role) for role in roles))
    if not chosen:
        raise AccessRefused(f"an account has at least one role of {', '.join(Role)}")
    return chosen


def _roles(text: str) -> tuple[Role, ...]:
    return tuple(Role(role) for role in json.loads(text))


def _listed(names: Iterable[str] | None) -> str | None:
    return None if names is None else json.dumps(list(names))


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))

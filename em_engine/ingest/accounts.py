"""Who may speak to the broker, and for whom: Mosquitto's password file and access rules, written together.

A folder holds both files, and they are all there is: what an account may is read back from its rules. A tag
speaks on its own topics and hears its own commands, by rules that hold for every account; what goes beyond
that stands under the account's name.
"""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

PASSWORDS: Final = "passwords"
RULES: Final = "acl"
ROUNDS: Final = 101
"""What mosquitto_passwd takes. Our passwords are 192 random bits, which no more rounds make safer, and after
a power cut a hundred thousand tags sign in at once."""
_SALT_BYTES: Final = 12  # Mosquitto 2.0 reads no other length
_MODE: Final = 0o640  # the broker reads them by its group
_NAME: Final = re.compile(r"[^\s/+#:]{1,128}")


class AccountsRefused(Exception):
    """The accounts cannot be read, or an account cannot be what is asked; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One who signs in at the broker. A device may speak for itself; the rest is granted by name."""

    name: str
    hash: str = field(default="", repr=False)
    is_engine: bool = False
    reads_alerts: bool = False  # another system that follows what the engine tells
    notices: tuple[str, ...] = ()  # the protected persons whose notices its device shows


class Accounts:
    """The accounts in a folder. `root` is that of the topics."""

    def __init__(self, folder: Path, *, root: str = "em/1") -> None:
        self._folder = folder
        self._root = root

    def all(self) -> dict[str, Account]:
        """Every account by its name. Raises AccountsRefused."""
        hashes = dict(line.split(":", 1) for line in self._lines(PASSWORDS) if ":" in line)
        found = {name: Account(name=name, hash=hash) for name, hash in hashes.items()}
        name = ""
        for line in self._lines(RULES):
            if line.startswith("user "):
                name = line.removeprefix("user ")
            elif name in found:
                found[name] = self._granted(found[name], line)
        return found

    def add(self, account: Account) -> str:
        """The password of a new account, which is nowhere else from now on. Raises AccountsRefused."""
        known = self.all()
        if account.name in known:
            raise AccountsRefused(f"{account.name} has an account already: revoke it first, or renew it")
        return self._write_with(known, account)

    def renew(self, name: str) -> str:
        """Another password for an account that goes on; the old one is of no more use."""
        known = self.all()
        if name not in known:
            raise AccountsRefused(f"{name} has no account in {self._folder}")
        return self._write_with(known, known[name])

    def revoke(self, names: Iterable[str]) -> None:
        """These may no longer sign in. Raises AccountsRefused where one has no account; then none is gone."""
        known = self.all()
        for name in names:
            if known.pop(name, None) is None:
                raise AccountsRefused(f"{name} has no account in {self._folder}")
        self._write(known)

    def _write_with(self, known: Mapping[str, Account], account: Account) -> str:
        if not _NAME.fullmatch(account.name):
            raise AccountsRefused(
                f"{account.name!r} cannot be an account: up to 128 letters, none of / + # :"
            )
        password = secrets.token_urlsafe(24)
        self._write({**known, account.name: replace(account, hash=hashed(password))})
        return password

    # The files -----------------------------------------------------------------------------------

    def _lines(self, name: str) -> list[str]:
        try:
            return (self._folder / name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise AccountsRefused(f"{self._folder / name} cannot be read: {error}") from error

    def _write(self, accounts: Mapping[str, Account]) -> None:
        """Rules first: an account without rules may do little, one with those of another too much."""
        ordered = sorted(accounts.values(), key=lambda one: one.name)
        self._replace(RULES, self._rules(ordered))
        self._replace(PASSWORDS, "".join(f"{one.name}:{one.hash}\n" for one in ordered))

    def _replace(self, name: str, text: str) -> None:
        """All of it or nothing, and never readable by everybody in between."""
        target = self._folder / name
        draft = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(_MODE)
            draft.replace(target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise AccountsRefused(f"{target} cannot be written: {error}") from error

    def _rules(self, accounts: Iterable[Account]) -> str:
        parts = [_HEAD, *(f"pattern {may}\n" for may in self._for_itself())]
        for one in accounts:
            granted = [*(self._of_engine() if one.is_engine else ()), *self._beyond(one)]
            if granted:
                parts += [f"\nuser {one.name}\n", *(f"topic {may}\n" for may in granted)]
        return "".join(parts)

    def _for_itself(self) -> tuple[str, ...]:
        own = f"{self._root}/%u"
        reports = tuple(f"write {own}/{kind}" for kind in ("fix", "heartbeat", "event"))
        return (*reports, "write owntracks/%u/+", f"read {own}/command")

    def _of_engine(self) -> tuple[str, ...]:
        heard = tuple(f"read {self._root}/+/{kind}" for kind in ("fix", "heartbeat", "event"))
        told = (f"{self._root}/+/command", f"{self._root}/alerts/+", f"{self._root}/notices/+")
        proof = f"{self._root}/em-proof/fix"  # the synthetic wearer
        return (*heard, "read owntracks/+/+", *(f"write {topic}" for topic in (*told, proof)))

    def _beyond(self, one: Account) -> list[str]:
        notices = [f"read {self._root}/notices/{person}" for person in one.notices]
        return [*([f"read {self._root}/alerts/+"] if one.reads_alerts else []), *notices]

    def _granted(self, account: Account, line: str) -> Account:
        """The account with what a line of its rules adds."""
        may, notices = line.removeprefix("topic "), f"read {self._root}/notices/"
        if may == f"write {self._root}/alerts/+":
            return replace(account, is_engine=True)
        if may == f"read {self._root}/alerts/+":
            return replace(account, reads_alerts=True)
        if may.startswith(notices):
            return replace(account, notices=(*account.notices, may.removeprefix(notices)))
        return account


_HEAD: Final = """\
# Written by `em device`; what is changed by hand is lost. Whoever is not named here speaks for himself alone.
"""


def hashed(password: str) -> str:
    """The password as Mosquitto's password file has it: PBKDF2 with SHA-512, `$7$rounds$salt$hash`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return "$".join(("", "7", str(ROUNDS), *(base64.b64encode(part).decode() for part in (salt, key))))

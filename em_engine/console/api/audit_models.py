"""What the audit tells those who look after the lookers."""

from typing import Any

from pydantic import BaseModel

from em_engine.console.api.models import Strict, Time


class AuditList(BaseModel):
    """Entries of the audit, oldest first, each with the hash that chains it."""

    entries: list[dict[str, Any]]


class AuditEntry(Strict):
    """One thing someone did at the console, with the hash that chains it to the one before."""

    number: int
    at: Time
    who: str
    what: str
    subject: str
    why: str
    address: str
    hash: str


class AuditFound(Strict):
    """Entries asked for, newest first; `more`: there are older ones."""

    entries: list[AuditEntry]
    more: bool


class BrokenView(Strict):
    """Where the chain does not hold, and how."""

    number: int
    reason: str


class ChainView(Strict):
    """The state of the audit's chain: its newest entry, and the first that is not what was written."""

    at: Time
    number: int
    hash: str
    broken: BrokenView | None

"""What stands in the record, one row of each table: what a store takes and gives.

Rows are named tuples rather than dataclasses because the database drivers bind and build them as they are,
some of them a thousand at a time. Values are plain Python: a numpy integer is no integer to a driver, so
columns go through `.tolist()` first. Times are `Micros`.
"""

import math
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from em_engine.vocabulary import Micros

QUARANTINE_ROWS_MAX: Final = 100_000
"""How many unreadable messages are kept to be looked at. The count of all there ever were goes on."""


class Role(StrEnum):
    """On which side of an order a person stands."""

    WEARER = "wearer"
    PROTECTED = "protected"


class AlertRow(NamedTuple):
    """An alert as the record keeps it: the whole of it in `body`, the rest to find and order it by.

    The queue's order is `is_closed`, `urgency`, `waiting`, `id`, each rising; what they mean is the queue's
    affair.
    """

    id: str
    is_closed: bool
    urgency: int
    waiting: int
    case: str
    order: str
    condition: str
    type: str
    wearer: str
    device: str | None
    body: bytes


class AlertQuery(NamedTuple):
    """Which alerts are asked for; what is None does not narrow."""

    is_closed: bool | None = False
    case: str | None = None
    wearer: str | None = None
    type: str | None = None
    text: str | None = None
    """Found in the case, order, condition, type, wearer or device; letters a to z in either case."""
    limit: int = 10_000


class HistoryRow(NamedTuple):
    """One thing that happened to an alert. `number` counts all of them from 1, without a gap, for ever."""

    number: int
    at: Micros
    alert: str
    what: str
    by: str
    payload: bytes


class Unreadable(Protocol):
    """A message that could not be read, as the message door hands it over (`ingest.wire.Quarantined`)."""

    @property
    def topic(self) -> str: ...
    @property
    def received_at(self) -> Micros: ...
    @property
    def reason(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def device(self) -> str | None: ...


class QuarantineRow(NamedTuple):
    """A message that could not be read, with the reason; `number` counts them from 1."""

    number: int
    received_at: Micros
    topic: str
    device: str | None
    reason: str
    payload: bytes


class KeptPosition(NamedTuple):
    """A position the order's legal profile lets us keep. One per case, device and `fixed_at`."""

    case: str
    person: str
    role: Role
    device: str
    fixed_at: Micros
    lon: float
    lat: float
    accuracy_m: float = math.nan  # NaN is unknown
    source: int = 0  # vocabulary.Source
    in_breach: bool = False


class Hole(NamedTuple):
    """Reports missing in a device's count, both ends included. One per device and `from_seq`.

    A hole that fills from its edge is put again with what is left; one that fills from within is put again as
    its first part, and the second part is a hole of its own.
    """

    device: str
    from_seq: int
    to_seq: int
    seen_at: Micros
    asked_at: Micros | None = None
    filled_at: Micros | None = None


class RulebookRow(NamedTuple):
    """The files of one revision of the rulebook, zipped, and when it first judged."""

    revision: str
    files: bytes
    first_used_at: Micros


class RecordSize(NamedTuple):
    """How much the record holds and how much it may grow, in bytes."""

    used: int
    free: int

"""The record: what the engine must not forget, behind one interface.

A store is anything that passes `tests/adapters/record`. It offers two things. `transaction()` is the one
place where something is written, all of it or nothing; `reading()` is one consistent look from any thread.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from em_engine.record.rows import (
    AlertQuery,
    AlertRow,
    HistoryRow,
    Hole,
    KeptPosition,
    QuarantineRow,
    RecordSize,
    Role,
    RulebookRow,
    Unreadable,
)
from em_engine.vocabulary import Micros


class RecordError(Exception):
    """The record could not do what it was asked; nothing of it was written."""


class RecordFull(RecordError):
    """There is no room left. Give it room and it goes on."""


class RecordUnavailable(RecordError):
    """The record cannot be reached or is held by another; trying again may help."""


class RecordCorrupt(RecordError):
    """What was read is not what was written. A human must look before the engine goes on."""


class Reading(Protocol):
    """One consistent look at the record: everything seen through it was true at the same instant."""

    def newest_position(self) -> int:
        """The position of the last journal entry ever appended, 0 before the first."""

    def journal_after(self, position: int) -> Iterator[tuple[int, bytes]]:
        """The journal's entries after `position`, in order. Raises RecordCorrupt where one is missing."""

    def newest_snapshot(self) -> tuple[int, bytes] | None:
        """The newest undamaged snapshot and the position it holds the state of; None where there is none."""

    def alert(self, id: str) -> AlertRow | None:
        """The alert of that id."""

    def alerts(self, query: AlertQuery) -> list[AlertRow]:
        """The alerts asked for, in the queue's order."""

    def open_counts(self) -> dict[int, int]:
        """How many alerts are not closed, by urgency."""

    def newest_number(self) -> int:
        """The number of the last history entry, 0 before the first."""

    def history(self, *, after: int, limit: int) -> list[HistoryRow]:
        """Up to `limit` history entries with numbers above `after`, in order."""

    def alert_history(self, alert: str) -> list[HistoryRow]:
        """Everything that happened to one alert, in order."""

    def quarantined(self, *, after: int, limit: int) -> list[QuarantineRow]:
        """Up to `limit` unreadable messages with numbers above `after`, in order."""

    def quarantined_ever(self) -> int:
        """How many unreadable messages there have been, those no longer kept included."""

    def positions(
        self, case: str, *, since: Micros, until: Micros, role: Role | None = None, limit: int = 10_000
    ) -> list[KeptPosition]:
        """The kept positions of a case with `since` <= fixed_at < `until`, in order; the newest `limit` of
        them.
        """

    def last_position(self, case: str, person: str) -> KeptPosition | None:
        """The newest kept position of a person in a case."""

    def open_holes(self, *, device: str | None = None, limit: int = 1000) -> list[Hole]:
        """The holes not filled yet, oldest first."""

    def open_holes_count(self) -> int:
        """How many holes are not filled yet."""

    def rulebook(self, revision: str) -> RulebookRow | None:
        """The files of a revision that has judged."""

    def rulebooks(self) -> list[tuple[str, Micros]]:
        """Every revision that has judged and when it first did, oldest first."""

    def setting(self, key: str) -> str | None:
        """What was put under that key."""

    def settings(self, prefix: str) -> dict[str, str]:
        """Everything that was put under keys that begin so."""

    def cases(self) -> list[str]:
        """Every case of which a position or an alert is kept."""


class Writing(Reading, Protocol):
    """One transaction: what is written through it stands or falls together, and it sees its own writing."""

    def append_journal(self, entry: bytes) -> int:
        """Appends the entry; its position, one above the last one's."""

    def save_snapshot(self, position: int, blob: bytes, *, at: Micros) -> None:
        """Keeps the state as of `position`. The newest two snapshots are kept, older ones go."""

    def trim_journal(self, before: int, *, limit: int = 1000) -> int:
        """Drops up to `limit` of the oldest entries below `before` that neither kept snapshot needs.

        The number dropped: call again, in another transaction, until it is 0. With fewer than two snapshots
        nothing can be spared, for if the only one proves damaged everything is told from the start.
        """

    def put_alert(self, row: AlertRow) -> None:
        """Puts the alert in the place of what stood under its id."""

    def append_history(self, *, at: Micros, alert: str, what: str, by: str, payload: bytes) -> int:
        """Appends to the history; the entry's number, one above the last one's."""

    def quarantine(self, messages: Sequence[Unreadable]) -> None:
        """Keeps messages that could not be read; beyond QUARANTINE_ROWS_MAX the oldest go."""

    def keep_positions(self, rows: Sequence[KeptPosition]) -> None:
        """Keeps positions. One kept already stays; it only becomes `in_breach` where it was not."""

    def forget_positions(self, *, before: Micros, case: str | None = None) -> int:
        """Deletes what was fixed before that, of one case or of all; the number deleted."""

    def forget_alerts(self, *, closed_before: Micros, case: str) -> int:
        """Deletes the alerts of a case that were closed before that, with their history; how many."""

    def drop_setting(self, key: str) -> None:
        """Forgets what was put under the key."""

    def put_holes(self, rows: Sequence[Hole]) -> None:
        """Puts the holes in the place of what stood under their device and `from_seq`.

        What is left of an open hole was seen when that was: it keeps the earlier `seen_at`.
        """

    def keep_rulebook(self, row: RulebookRow) -> None:
        """Keeps the files of a revision; one kept already stays as it is."""

    def put_setting(self, key: str, value: str) -> None:
        """Puts the value in the place of what stood under the key."""


class Record(Protocol):
    """A store of the record."""

    def transaction(self) -> AbstractContextManager[Writing]:
        """The one way to write. Left by an exception, it leaves no trace.

        Raises RecordFull, RecordUnavailable or RecordCorrupt, from within or on leaving. One at a time:
        others wait.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """One consistent look. Never waits for a transaction."""

    def size(self) -> RecordSize:
        """How much room the record takes and has."""

    def close(self) -> None:
        """Lets go of the record. Nothing is lost without it."""

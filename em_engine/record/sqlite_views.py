"""What one look, and one transaction, see and do in the SQLite store."""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from math import nan
from typing import Any

from em_engine.record.interface import RecordCorrupt
from em_engine.record.rows import (
    QUARANTINE_ROWS_MAX,
    AlertQuery,
    AlertRow,
    HistoryRow,
    Hole,
    KeptPosition,
    QuarantineRow,
    Role,
    RulebookRow,
    Unreadable,
)
from em_engine.record.sqlite_schema import statements
from em_engine.vocabulary import Micros


class SqliteReading:
    """One consistent look: a read transaction on a connection of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    def end(self) -> None:
        """From here on nothing can be asked through this object."""
        self._connection = None

    def newest_position(self) -> int:
        return self._newest_of("journal")

    def journal_after(self, position: int) -> Iterator[tuple[int, bytes]]:
        expected = position + 1
        for found, entry in self._run("journal_after", position):
            if found != expected:
                raise RecordCorrupt(
                    f"the journal lacks position {expected}: after {expected - 1} stands {found}"
                )
            yield found, entry
            expected += 1
        if expected <= self.newest_position():
            raise RecordCorrupt(
                f"the journal lacks position {expected}, though it reached {self.newest_position()}"
            )

    def newest_snapshot(self) -> tuple[int, bytes] | None:
        for position, checksum, blob in self._run("snapshots"):
            if zlib.crc32(blob) == checksum:
                return position, blob
        return None

    def alert(self, id: str) -> AlertRow | None:
        row = self._run("alert", id).fetchone()
        return None if row is None else AlertRow(*row)

    def alerts(self, query: AlertQuery) -> list[AlertRow]:
        asked = query._asdict()
        is_closed = asked.pop("is_closed")
        asked["is_closed_min"] = bool(is_closed)
        asked["is_closed_max"] = True if is_closed is None else is_closed
        return [AlertRow(*row) for row in self._run_named("alerts", asked)]

    def open_counts(self) -> dict[int, int]:
        return dict(self._run("open_counts").fetchall())

    def newest_number(self) -> int:
        return self._newest_of("history")

    def history(self, *, after: int, limit: int) -> list[HistoryRow]:
        return [HistoryRow(*row) for row in self._run("history", after, limit)]

    def alert_history(self, alert: str) -> list[HistoryRow]:
        return [HistoryRow(*row) for row in self._run("alert_history", alert)]

    def quarantined(self, *, after: int, limit: int) -> list[QuarantineRow]:
        return [QuarantineRow(*row) for row in self._run("quarantined", after, limit)]

    def quarantined_ever(self) -> int:
        return self._newest_of("quarantine")

    def positions(
        self, case: str, *, since: Micros, until: Micros, role: Role | None = None, limit: int = 10_000
    ) -> list[KeptPosition]:
        asked = {"case": case, "since": since, "until": until, "role": role, "limit": limit}
        newest_first = [_position(row) for row in self._run_named("positions", asked)]
        return newest_first[::-1]

    def last_position(self, case: str, person: str) -> KeptPosition | None:
        row = self._run("last_position", case, person).fetchone()
        return None if row is None else _position(row)

    def open_holes(self, *, device: str | None = None, limit: int = 1000) -> list[Hole]:
        return [Hole(*row) for row in self._run_named("open_holes", {"device": device, "limit": limit})]

    def open_holes_count(self) -> int:
        return int(self._run("open_holes_count").fetchone()[0])

    def rulebook(self, revision: str) -> RulebookRow | None:
        row = self._run("rulebook", revision).fetchone()
        return None if row is None else RulebookRow(*row)

    def rulebooks(self) -> list[tuple[str, Micros]]:
        return self._run("rulebooks").fetchall()

    def setting(self, key: str) -> str | None:
        row = self._run("setting", key).fetchone()
        return None if row is None else row[0]

    def settings(self, prefix: str) -> dict[str, str]:
        return dict(self._run("settings", len(prefix), prefix).fetchall())

    def cases(self) -> list[str]:
        return [case for (case,) in self._run("cases")]

    def _newest_of(self, table: str) -> int:
        row = self._run("newest_of", table).fetchone()
        return 0 if row is None else int(row[0])

    def _run(self, name: str, *parameters: Any) -> sqlite3.Cursor:
        return self._live.execute(statements()[name], parameters)

    def _run_named(self, name: str, parameters: dict[str, Any]) -> sqlite3.Cursor:
        return self._live.execute(statements()[name], parameters)

    @property
    def _live(self) -> sqlite3.Connection:
        assert self._connection is not None, "asked through a look or a transaction that has ended"
        return self._connection


class SqliteWriting(SqliteReading):
    """One transaction, on the one connection that writes."""

    is_trimmed = False  # whether the journal holds no more than it must

    def append_journal(self, entry: bytes) -> int:
        return _key(self._run("append_journal", entry))

    def save_snapshot(self, position: int, blob: bytes, *, at: Micros) -> None:
        self._run("save_snapshot", position, at, zlib.crc32(blob), blob)
        self._run("drop_old_snapshots")

    def trim_journal(self, before: int, *, limit: int = 1000) -> int:
        dropped = self._run("trim_journal", before, limit).rowcount
        self.is_trimmed = dropped == 0
        return dropped

    def put_alert(self, row: AlertRow) -> None:
        self._run("put_alert", *row)

    def append_history(self, *, at: Micros, alert: str, what: str, by: str, payload: bytes) -> int:
        return _key(self._run("append_history", at, alert, what, by, payload))

    def quarantine(self, messages: Sequence[Unreadable]) -> None:
        for message in messages:
            self._run(
                "quarantine",
                message.received_at,
                message.topic,
                message.device,
                message.reason,
                message.payload,
            )
        self._run("bound_quarantine", QUARANTINE_ROWS_MAX)

    def keep_positions(self, rows: Sequence[KeptPosition]) -> None:
        self._live.executemany(statements()["keep_position"], rows)

    def forget_positions(self, *, before: Micros, case: str | None = None) -> int:
        asked = {"before": before, "case": case}
        name = "forget_positions" if case is None else "forget_positions_of_case"
        return self._run_named(name, asked).rowcount

    def forget_alerts(self, *, closed_before: Micros, case: str) -> int:
        asked = {"before": closed_before, "case": case}
        self._run_named("forget_history", asked)
        return self._run_named("forget_alerts", asked).rowcount

    def drop_setting(self, key: str) -> None:
        self._run("drop_setting", key)

    def put_holes(self, rows: Sequence[Hole]) -> None:
        torn = [self._run("hole_torn_at", row.device, row.from_seq).fetchone()[0] for row in rows]
        seen = [
            row if at is None else row._replace(seen_at=min(at, row.seen_at))
            for row, at in zip(rows, torn, strict=True)
        ]
        self._live.executemany(statements()["put_hole"], seen)

    def keep_rulebook(self, row: RulebookRow) -> None:
        self._run("keep_rulebook", *row)

    def put_setting(self, key: str, value: str) -> None:
        self._run("put_setting", key, value)


def _position(row: tuple[Any, ...]) -> KeptPosition:
    case, person, role, device, fixed_at, lon, lat, accuracy_m, source, in_breach = row
    return KeptPosition(
        case=case,
        person=person,
        role=Role(role),
        device=device,
        fixed_at=fixed_at,
        lon=lon,
        lat=lat,
        accuracy_m=nan if accuracy_m is None else accuracy_m,
        source=source,
        in_breach=bool(in_breach),
    )


def _key(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None, "an insert gives a key"
    return cursor.lastrowid

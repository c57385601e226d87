"""Commits one batch after another to the alert queue and says so, until it dies. Run by test_kill.py.

Commit n has the journal entry Wake(at=n) and n % 3 changes at second n; an alert lives for ten commits. At
every fifth commit an operator acts on the alert changed last. It says where the journal and the history end.

With the path alone it commits until somebody kills it. With `--by-statement` it reads numbers: for each, a
child of its own commits and dies by SIGKILL as it would run its so-manieth SQL statement.
"""

import os
import signal
import sys
from pathlib import Path

from em_engine.alerts.life import Acknowledge, State
from em_engine.alerts.queue import AlertQueue
from em_engine.record.journal import Wake, encode
from em_engine.record.sqlite import SqliteRecord
from em_engine.vocabulary import SECOND, AlertType, Change, ChangeKind, Severity

MILLISECOND = SECOND // 1000


def change(n: int, part: int) -> Change:
    return Change(
        alert=f"alert-{(n + part) // 10}",
        change=ChangeKind.REPEATED,
        at=n * SECOND,
        type=AlertType.EXCLUSION_ENTERED,
        severity=Severity.HIGH,
        case="case",
        order="OVA-1",
        condition=f"home-{(n + part) // 10}",
        wearer="W-1",
        device="tag-1",
        opened_at=n * SECOND,
        detected_at=n * SECOND - part * MILLISECOND,
        cleared_at=None,
        confidence=0.9,
        late=False,
        evidence={"margin_m": -float(n), "padding": "x" * 2000},
        rulebook="r1",
    )


def commit_for_ever(path: Path, *, die_at: int | None = None) -> None:
    record = SqliteRecord(path)
    if die_at is not None:
        die_at_statement(record, die_at)
    queue = AlertQueue(record)
    with record.reading() as reading:
        n = reading.newest_position()
    while True:
        n += 1
        changes = [change(n, part) for part in range(n % 3)]
        done = queue.commit(entry=encode(Wake(at=n)), changes=changes, at=n * SECOND)
        say(done.position, done.last_number)
        if n % 5 == 0 and done.alerts and done.alerts[-1].state is State.UNACKNOWLEDGED:
            alert = done.alerts[-1]
            acted = queue.act(alert.id, Acknowledge(), by="kari", at=n * SECOND, version=alert.version)
            say(done.position, acted.changed_number)


def say(position: int | None, number: int) -> None:
    """The acknowledgement: from here on the world relies on the commit."""
    print(position, number, flush=True)  # noqa: T201


def die_at_statement(record: SqliteRecord, die_at: int) -> None:
    left = die_at

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    record._writer.set_trace_callback(count)


def die_by_statement(path: Path) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            commit_for_ever(path, die_at=int(line))
        os.waitpid(child, 0)
        print("dead", flush=True)  # noqa: T201


if __name__ == "__main__":
    run = die_by_statement if "--by-statement" in sys.argv else commit_for_ever
    run(Path(sys.argv[1]))

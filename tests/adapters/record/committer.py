"""Commits one batch after another to the alert queue and says so, until it is killed. Run by test_kill.py.

Commit n has the journal entry Wake(at=n) and n % 3 changes at second n; an alert lives for ten commits. At
every fifth commit an operator acts on the alert changed last. It says where the journal and the history end.
"""

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


def main(path: Path) -> None:
    record = SqliteRecord(path)
    queue = AlertQueue(record)
    with record.reading() as reading:
        n = reading.newest_position()
    while True:
        n += 1
        done = queue.commit(
            entry=encode(Wake(at=n)), changes=[change(n, part) for part in range(n % 3)], at=n * SECOND
        )
        print(done.position, done.last_number, flush=True)  # noqa: T201 - the acknowledgement
        if n % 5 == 0 and done.alerts and done.alerts[-1].state is State.UNACKNOWLEDGED:
            alert = done.alerts[-1]
            acted = queue.act(alert.id, Acknowledge(), by="kari", at=n * SECOND, version=alert.version)
            print(done.position, acted.changed_number, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))

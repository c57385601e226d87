"""kill -9 at any moment: what was acknowledged is there, and what is there agrees with itself."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from em_engine.alerts.life import Acknowledge, act, tell
from em_engine.alerts.queue import ENGINE, AlertQueue
from em_engine.alerts.rows import alert_of, row_of
from em_engine.record.journal import Wake, entries_after
from em_engine.record.rows import AlertQuery
from em_engine.record.sqlite import SqliteRecord
from em_engine.vocabulary import SECOND, AlertType, Change, ChangeKind, Severity, parse_rfc3339

COMMITTER = Path(__file__).with_name("committer.py")
KILLS = 5
STATEMENTS = 36  # more than two whole commits and an action


def test_killed_before_any_statement_nothing_acknowledged_is_lost_and_nothing_is_half(tmp_path):
    path = tmp_path / "record.db"
    with committer(path, "--by-statement") as process:
        for statement in range(1, STATEMENTS + 1):
            process.stdin.write(b"%d\n" % statement)
            process.stdin.flush()
            said = list(iter(process.stdout.readline, b"dead\n"))
            with closing(SqliteRecord(path)) as record:
                check(record, last_numbers(said))
        process.stdin.close()
    assert process.returncode == 0


def test_killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_is_half(tmp_path):
    chance = random.Random(20261122)
    path = tmp_path / "record.db"
    for _ in range(KILLS):
        said = commit_and_die(path, chance)
        with closing(SqliteRecord(path)) as record:
            check(record, last_numbers(said))


def committer(path, *options):
    repository = str(COMMITTER.parents[3])
    return subprocess.Popen(
        [sys.executable, str(COMMITTER), str(path), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": repository},
    )


def commit_and_die(path, chance):
    """Starts the committer, lets it say a random number of lines, kills it; the lines it got out whole."""
    with committer(path) as process:
        said = [process.stdout.readline() for _ in range(chance.randrange(1, 80))]
        # From here the kill falls anywhere: the line was read, the committer is deep in a later commit.
        for _ in range(chance.randrange(100_000)):
            pass
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return said


def last_numbers(said):
    """Where the journal and the history were last said to end. A line cut in the middle was not said."""
    whole = [line for line in said if line.endswith(b"\n")]
    position, number = whole[-1].split() if whole else (0, 0)
    return int(position), int(number)


def told_again(entries):
    """The alert that its history tells, by the pure rules alone."""
    alert = None
    for entry in entries:
        if entry.by == ENGINE:
            alert = tell(alert, change_in(entry.payload))
        else:
            assert entry.what == "acknowledged"
            alert = act(alert, Acknowledge(), by=entry.by, at=entry.at)
    return alert


def change_in(line):
    times = {name: parse_rfc3339(line[name]) for name in ("opened_at", "detected_at")}
    rest = {
        name: line[name] for name in ("alert", "case", "order", "condition", "wearer", "device", "evidence")
    }
    return Change(
        **rest,
        **times,
        at=parse_rfc3339(line["at"]),
        change=ChangeKind(line["change"]),
        type=AlertType(line["type"]),
        severity=Severity(line["severity"]),
        cleared_at=None,
        confidence=line["confidence"],
        late=line["late"],
        rulebook=line["rulebook"],
    )


def check(record, said):
    queue = AlertQueue(record)
    history = queue.history(0, limit=1_000_000)
    with record.reading() as reading:
        wakes = [entry for _, entry in entries_after(reading, 0)]
        stored = [alert_of(row) for row in reading.alerts(AlertQuery(limit=1_000_000))]
    position, number = said
    assert len(wakes) >= position
    assert len(history) >= number

    # The journal is whole, and so is the history.
    assert wakes == [Wake(at=n) for n in range(1, len(wakes) + 1)]
    assert [entry.number for entry in history] == list(range(1, len(history) + 1))

    # Of every commit, all changes are there or none: as many as its journal entry says, and none beyond.
    told = Counter(entry.at // SECOND for entry in history if entry.by == ENGINE)
    assert told == Counter({n: n % 3 for n in range(1, len(wakes) + 1) if n % 3})

    # Every alert is what its own history makes of it.
    assert {alert.id for alert in stored} == {entry.alert for entry in history}
    for alert in stored:
        entries = queue.alert_history(alert.id)
        assert alert.version == len(entries)
        assert (alert.opened_number, alert.changed_number) == (entries[0].number, entries[-1].number)
        retold = told_again(entries)
        assert (retold.repeats, retold.state, retold.raised_again, retold.version) == (
            alert.repeats,
            alert.state,
            alert.raised_again,
            alert.version,
        )
        assert row_of(alert).urgency == row_of(retold).urgency

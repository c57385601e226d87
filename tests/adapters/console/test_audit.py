"""The audit: append-only, chained, and honest about what was done to it."""

import sqlite3
import threading

import pytest

from em_engine.console.audit import Audit, AuditUnavailable


@pytest.fixture
def audit(tmp_path, make):
    made = Audit(tmp_path / "audit.sqlite", make.clock())
    for n in range(5):
        made.append(who="kari", what="looked at the alert", subject=f"alert-{n}", why="alert handling")
    yield made
    made.close()


def _tamper(tmp_path, *statements):
    with sqlite3.connect(tmp_path / "audit.sqlite") as db:
        db.executescript("DROP TRIGGER audit_keeps_entries; DROP TRIGGER audit_drops_nothing;")
        for statement in statements:
            db.execute(statement)
    db.close()


def test_an_untouched_chain_holds(audit):
    assert audit.verify() is None
    assert [entry["number"] for entry in audit.entries(after=3)] == [4, 5]


@pytest.mark.parametrize(
    ("statement", "number", "reason"),
    [
        pytest.param(
            "UPDATE audit SET entry = replace(entry, 'kari', 'ole') WHERE number = 3",
            3,
            "not what was written",
            id="changed",
        ),
        pytest.param("DELETE FROM audit WHERE number = 2", 2, "missing", id="removed"),
        pytest.param("DELETE FROM audit WHERE number = 1", 1, "missing", id="the first removed"),
        pytest.param(
            "UPDATE audit SET number = CASE number WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE number IN (2, 3)",
            1,
            "missing",
            id="put in another order",
        ),
    ],
)
def test_what_was_done_to_the_chain_shows(audit, tmp_path, statement, number, reason):
    _tamper(tmp_path, statement)
    broken = audit.verify()
    assert (broken.number, reason in broken.reason) == (number, True)


def test_a_cut_end_shows_against_the_head_kept_elsewhere(audit, tmp_path):
    head = audit.head()
    _tamper(tmp_path, "DELETE FROM audit WHERE number = 5")
    assert audit.verify() is None
    assert audit.head() != head


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET entry = ''"])
def test_nothing_is_changed_or_removed_by_mistake(audit, tmp_path, statement):
    with (
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
        sqlite3.connect(tmp_path / "audit.sqlite") as db,
    ):
        db.execute(statement)
    db.close()


def test_two_processes_write_one_chain(audit, tmp_path, make):
    other = Audit(tmp_path / "audit.sqlite", make.clock())
    threads = [
        threading.Thread(target=lambda one=one: [one.append(who="x", what="y") for _ in range(20)])
        for one in (audit, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify() is None
    assert audit.head()[0] == 45
    other.close()


def test_what_cannot_be_written_is_said(tmp_path, make):
    audit = Audit(tmp_path / "audit.sqlite", make.clock())
    audit.close()
    with pytest.raises(AuditUnavailable, match="cannot be written"):
        audit.append(who="kari", what="looked")

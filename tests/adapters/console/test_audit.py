"""The audit: append-only, chained, and honest about what was done to it."""

import sqlite3
import threading
from contextlib import aclosing

import pytest

from em_engine.console.audit import Audit, AuditUnavailable
from em_engine.console.roles import Role
from em_engine.vocabulary import MINUTE


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


async def test_an_auditor_asks_by_person_case_and_time_newest_first(bench, make):
    bench.tell(make.change())
    (alert,) = bench.queue.open()
    async with aclosing(await bench.signed_in(Role.OPERATOR, name="kari")) as kari:
        await kari.get(f"/api/alerts/{alert.id}")
        bench.clock.now += 60 * MINUTE - 1
        await kari.get(f"/api/alerts/{alert.id}/map")
    async with aclosing(await bench.signed_in(Role.AUDITOR, name="rune")) as rune:

        async def found(**asked):
            answer = await rune.get("/api/audit/search", params=asked)
            assert answer.status_code == 200, answer.text
            return [entry["what"] for entry in answer.json()["entries"]]

        map_first = ["looked at the alert's map", "looked at the alert"]
        assert await found(who="Kari", about=alert.case) == map_first
        assert await found(about=alert.wearer) == ["read the audit", *map_first][1:]
        assert await found(who="kari", since="2026-11-22T20:30:00Z") == map_first[:1]
        assert await found(who="kari", until="2026-11-22T20:30:00Z", about=alert.id) == map_first[1:]
        page = (await rune.get("/api/audit/search", params={"who": "kari", "limit": 1})).json()
        assert (page["more"], page["entries"][0]["what"]) == (True, map_first[0])
        rest = {"who": "kari", "before": page["entries"][0]["number"]}
        assert await found(**rest) == [map_first[1], "signed in"]
    assert [entry["who"] for entry in bench.audit.entries() if entry["what"] == "read the audit"] != []


async def test_the_state_of_the_chain_is_told_to_auditors_and_to_nobody_else(bench, tmp_path):
    async with aclosing(await bench.signed_in(Role.AUDITOR, name="rune")) as rune:
        told = (await rune.get("/api/audit/chain")).json()
        assert (told["broken"], (told["number"], told["hash"])) == (None, bench.audit.head())
        _tamper(tmp_path, "UPDATE audit SET entry = replace(entry, 'rune', 'kari') WHERE number = 1")
        told = (await rune.get("/api/audit/chain")).json()
        assert told["broken"] == {"number": 1, "reason": "entry 1 is not what was written"}
    async with aclosing(await bench.signed_in(Role.OPERATOR, name="kari")) as kari:
        for path in ("/api/audit/chain", "/api/audit/search", "/api/audit/search.csv"):
            assert (await kari.get(path)).status_code == 403


async def test_what_was_typed_into_a_search_is_no_formula_in_the_auditors_spreadsheet(bench):
    async with aclosing(await bench.signed_in(Role.SUPERVISOR, name="ola")) as ola:
        await ola.get("/api/search", params={"q": "=1+1"})
        answer = await ola.get("/api/audit/search.csv", params={"who": "ola"})
    lines = answer.text.splitlines()
    assert lines[0] == "number,at,who,what,subject,why,address,hash"
    assert any(",searched,'=1+1," in line for line in lines)

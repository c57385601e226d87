"""What the SQLite store does when the disk is full, the file damaged or taken, or a number large."""

import os
import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest

from em_engine.record import sqlite_schema
from em_engine.record.interface import RecordCorrupt, RecordFull, RecordUnavailable
from em_engine.record.rows import AlertQuery, Hole, KeptPosition, Role
from em_engine.record.sqlite import Durability, SqliteReaders, SqliteRecord

MEGABYTE = 1_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.db"


def append(record, entry=b"entry"):
    with record.transaction() as writing:
        writing.append_history(at=1, alert="a", what="opened", by="engine", payload=b"{}")
        return writing.append_journal(entry)


def ends(record):
    """Where the journal and the history end, and whether every entry between is there."""
    with record.reading() as reading:
        journal = [position for position, _ in reading.journal_after(0)]
        history = [row.number for row in reading.history(after=0, limit=10_000)]
    assert journal == list(range(1, len(journal) + 1))
    assert history == journal
    return len(journal)


def append_until_full(record, entry=bytes(50_000)):
    for _ in range(1000):
        try:
            append(record, entry)
        except RecordFull:
            return
    pytest.fail("it never filled")


def test_a_full_record_says_so_keeps_what_stood_and_goes_on_when_there_is_room(path):
    with closing(SqliteRecord(path, bytes_max=2 * MEGABYTE)) as record:
        append_until_full(record)
        kept = ends(record)
        assert kept > 10
        with pytest.raises(RecordFull):
            append(record, bytes(500_000))
        assert ends(record) == kept
    with closing(SqliteRecord(path, bytes_max=4 * MEGABYTE)) as record:
        assert ends(record) == kept
        assert append(record, bytes(50_000)) == kept + 1
        assert ends(record) == kept + 1


def test_trimming_the_journal_makes_room_in_a_full_record(path):
    with closing(SqliteRecord(path, bytes_max=2 * MEGABYTE)) as record:
        for position in (8, 9):
            with record.transaction() as writing:
                writing.save_snapshot(position, b"state", at=1)
        append_until_full(record)
        with record.reading() as reading:
            end = reading.newest_position()
        with record.transaction() as writing:
            assert writing.trim_journal(100) == 8
        assert append(record, bytes(50_000)) == end + 1


@pytest.fixture
def tiny_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root may mount a tiny disk; the bounded record above is tested all the same")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_as_such_and_left_whole(tiny_disk):
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(MEGABYTE))
    with closing(SqliteRecord(tiny_disk / "record.db")) as record:
        append_until_full(record)
        kept = ends(record)
        with pytest.raises(RecordFull):
            append(record, bytes(500_000))
        ballast.unlink()
        assert append(record, bytes(50_000)) == kept + 1
        assert ends(record) == kept + 1


def test_a_disk_without_room_for_a_new_record_says_so(tiny_disk):
    (tiny_disk / "ballast").write_bytes(bytes(3 * 1024 * 1024 - 3 * 4096))
    with pytest.raises((RecordFull, RecordUnavailable)):
        SqliteRecord(tiny_disk / "record.db")


def test_a_second_engine_is_refused_and_a_command_may_look(path):
    with closing(SqliteRecord(path)) as record:
        append(record)
        with pytest.raises(RecordUnavailable, match="held by another engine"):
            SqliteRecord(path)
        with closing(SqliteReaders(path)) as readers:
            assert ends(readers) == 1
            with pytest.raises(RecordUnavailable, match="readonly"), readers.reading() as reading:
                reading._live.execute("DELETE FROM journal")
        assert append(record) == 2
    with closing(SqliteRecord(path)) as record:
        assert ends(record) == 2


def test_looking_at_a_record_that_is_not_there_makes_none(path):
    with closing(SqliteReaders(path)) as readers, pytest.raises(RecordUnavailable), readers.reading():
        pass
    assert not path.exists()


def test_a_record_in_a_place_that_cannot_be_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordUnavailable):
        SqliteRecord(tmp_path / "file" / "record.db")


def test_the_record_is_readable_by_its_owner_alone(path):
    with closing(SqliteRecord(path)) as record:
        append(record)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("record.db", "record.db-wal", "record.db-shm", "record.db.lock"), 0o600)


@pytest.mark.parametrize("content", [b"nothing like a database" * 500, b"\0" * 8192], ids=["text", "zeros"])
def test_a_file_that_is_no_database_is_corrupt(path, content):
    path.write_bytes(content)
    with pytest.raises(RecordCorrupt):
        SqliteRecord(path)
    assert path.read_bytes() == content


def test_a_database_that_is_no_record_is_left_alone(path):
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(RecordCorrupt, match="no record of this engine"):
        SqliteRecord(path)


def test_a_damaged_page_is_told_and_not_read_past(path):
    with closing(SqliteRecord(path)) as record:
        for _ in range(20):
            append(record, bytes(50_000))
    damaged = bytearray(path.read_bytes())
    damaged[8192 : len(damaged)] = b"\xa5" * (len(damaged) - 8192)
    path.write_bytes(damaged)
    with pytest.raises(RecordCorrupt):
        open_and_read(path)


def open_and_read(path):
    with closing(SqliteRecord(path)) as record:
        return ends(record)


def test_a_record_of_a_newer_engine_is_refused(path):
    SqliteRecord(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("INSERT INTO migrations (version, name) VALUES (99, 'later')")
        newer.commit()
    with pytest.raises(RecordUnavailable, match="newer engine"):
        SqliteRecord(path)


def test_a_migration_that_fails_halfway_leaves_no_trace(path):
    SqliteRecord(path).close()
    twice = "CREATE TABLE half (x);\n" * 2
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            sqlite_schema._apply(connection, version=2, name="002_broken.sql", script=twice)
        assert sqlite_schema.schema_version(connection) == 1
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


@pytest.mark.parametrize("last", [2**31 - 2, 2**32 - 2, 2**53], ids=["31 bits", "32 bits", "53 bits"])
def test_numbers_go_on_where_smaller_keys_run_out(path, last):
    """A national vendor was blind for twelve hours when a 32-bit key ran out."""
    SqliteRecord(path).close()
    with closing(sqlite3.connect(path)) as years_later:
        for table in ("journal", "history", "quarantine"):
            years_later.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
        years_later.commit()
    with closing(SqliteRecord(path)) as record:
        assert [append(record) for _ in range(3)] == [last + 1, last + 2, last + 3]
        with record.reading() as reading:
            assert [position for position, _ in reading.journal_after(last)] == [last + 1, last + 2, last + 3]
            assert [row.number for row in reading.history(after=last, limit=9)] == [
                last + 1,
                last + 2,
                last + 3,
            ]


def test_a_damaged_snapshot_gives_way_to_the_one_before(path):
    with closing(SqliteRecord(path)) as record:
        for position in (3, 5):
            with record.transaction() as writing:
                writing.save_snapshot(position, b"state as of %d" % position, at=1)
    with closing(sqlite3.connect(path)) as rot:
        rot.execute("UPDATE snapshots SET blob = x'00' WHERE position = 5")
        rot.commit()
    with closing(SqliteRecord(path)) as record, record.reading() as reading:
        assert reading.newest_snapshot() == (3, b"state as of 3")


def test_a_missing_journal_entry_is_told(path):
    with closing(SqliteRecord(path)) as record:
        for _ in range(4):
            append(record)
    with closing(sqlite3.connect(path)) as rot:
        rot.execute("DELETE FROM journal WHERE position IN (2, 4)")
        rot.commit()
    with closing(SqliteRecord(path)) as record, record.reading() as reading:
        with pytest.raises(RecordCorrupt, match="lacks position 2"):
            list(reading.journal_after(0))
        with pytest.raises(RecordCorrupt, match="lacks position 4"):
            list(reading.journal_after(2))


def test_forgotten_positions_do_not_live_on_in_the_file(path):
    secret = "tag-whose-place-nobody-may-know"
    kept = [
        KeptPosition("case", "W-1", Role.WEARER, secret, at, 10.0, 59.0, 9.0, 1, False) for at in range(2000)
    ]
    with closing(SqliteRecord(path)) as record:
        with record.transaction() as writing:
            writing.keep_positions(kept)
        with record.transaction() as writing:
            writing.forget_positions(before=2000)
    # Closing writes the log back into the file.
    assert secret.encode() not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_the_queue_and_the_open_holes_are_read_from_an_index_and_never_by_a_scan(path):
    asked = {**AlertQuery()._asdict(), "is_closed_min": False, "is_closed_max": False, "device": None}
    with closing(SqliteRecord(path)), closing(sqlite3.connect(path)) as connection:
        plans = {
            name: " ".join(
                step
                for *_, step in connection.execute(
                    f"EXPLAIN QUERY PLAN {sqlite_schema.statements()[name]}", asked
                )
            )
            for name in ("alerts", "open_holes")
        }
    assert "USING INDEX alerts_by_urgency" in plans["alerts"]
    assert "USING INDEX holes_open" in plans["open_holes"]
    assert "TEMP B-TREE" not in " ".join(plans.values())


@pytest.mark.parametrize(("durability", "pragma"), [(Durability.FULL, 2), (Durability.NORMAL, 1)])
def test_durability_is_what_was_asked_for(path, durability, pragma):
    with closing(SqliteRecord(path, durability=durability)) as record:
        assert record._writer.execute("PRAGMA synchronous").fetchone() == (pragma,)
        assert record._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_mistake_of_ours_is_not_taken_for_a_trouble_of_the_store(path):
    with closing(SqliteRecord(path)) as record:
        with pytest.raises(sqlite3.IntegrityError), record.transaction() as writing:
            writing.put_holes([Hole("tag", None, 1, 1)])  # type: ignore[arg-type]
        assert append(record) == 1


def test_more_looks_than_connections_wait_their_turn(path, monkeypatch):
    monkeypatch.setattr("em_engine.record.sqlite.WAIT_MAX_S", 0.01)
    monkeypatch.setattr("em_engine.record.sqlite.READERS_MAX", 1)
    with closing(SqliteRecord(path)) as record:
        with record.reading(), pytest.raises(RecordUnavailable, match="none ends"), record.reading():
            pass
        assert ends(record) == 0

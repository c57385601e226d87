"""Parquet tracks: written and read back the same, checked row by row where others wrote them, refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as others

from em_engine.vocabulary import (
    BEFORE_ALL,
    REPORT,
    Batch,
    DeviceEvent,
    ReportKind,
    Rows,
    Source,
    TestResult,
    blank_reports,
)
from simulators.tracks import Track, TrackRefused, merge, opened, parquet, read

AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
AT_MICROS = 1_795_309_323_000_000


def reports(count: int = 400) -> Rows:
    """Reports of every kind, each field known and unknown by turns, as a wire would bring them."""
    random = np.random.default_rng(7)
    rows = blank_reports(count)
    rows["device"] = random.integers(0, 3, count)
    rows["kind"] = random.integers(0, 3, count)
    rows["received_at"] = AT_MICROS + np.sort(random.integers(0, 10**9, count))
    rows["at"] = rows["received_at"] + random.integers(-(10**7), 10**6, count)
    is_known = random.random((len(REPORT.names or ()), count)) < 0.5
    known: dict[str, Any] = {
        "seq": random.integers(0, 2**40, count), "sent_at": rows["at"] + 1,
        "lon": random.uniform(-180, 180, count),
        "lat": random.uniform(-90, 90, count), "accuracy_m": random.uniform(1, 90, count),
        "speed_mps": random.uniform(0, 9, count), "heading_deg": random.uniform(0, 360, count),
        "hdop": random.uniform(0, 9, count), "satellites": random.integers(0, 30, count),
        "source": random.integers(0, len(Source), count), "battery_pct": random.uniform(0, 100, count),
        "charging": random.integers(0, 2, count), "strap_closed": random.integers(0, 2, count),
        "case_closed": random.integers(0, 2, count), "beacon_in_range": random.integers(0, 2, count),
        "motion": random.integers(0, 2, count), "event": random.integers(0, len(DeviceEvent), count),
        "result": random.integers(0, len(TestResult), count),
    }  # fmt: skip
    for number, (name, values) in enumerate(known.items()):
        rows[name] = np.where(is_known[number], values, rows[name])
    return rows


def table(path: Path, *rows: dict[str, Any], **forms: Any) -> Path:
    """A file as another program writes it."""
    fields = {"device_id": pa.string(), "time_utc": pa.timestamp("ms", tz="Europe/Oslo")}
    fields |= {"lat": pa.float64(), "lon": pa.float64()} | forms
    columns = {name: [row.get(name) for row in rows] for name in fields}
    others.write_table(pa.table(columns, schema=pa.schema(list(fields.items()))), path)
    return path


FIX = {"device_id": "a", "time_utc": AT, "lat": 59.9, "lon": 10.7}


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    rows, devices = reports(), ("tag-1", "phone-é", "tag-2")
    rows["device"][0] = 0
    batches = [Batch(devices=devices, rows=rows[:150]), Batch(devices=devices, rows=rows[150:])]
    assert parquet.write(tmp_path / "t.parquet", batches) == len(rows)
    track = read(tmp_path / "t.parquet")
    assert track.devices == devices
    for name in REPORT.names or ():
        np.testing.assert_array_equal(track.rows[name], rows[name], err_msg=name)
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_file_is_read_a_part_at_a_time_for_some_devices_and_in_order_with_others(tmp_path: Path) -> None:
    rows, devices = reports(), ("c", "a", "b")
    parquet.write(tmp_path / "t.parquet", [Batch(devices=devices, rows=rows)])
    stored, held = opened(tmp_path / "t.parquet"), Track(name="u", devices=devices, rows=reports()[:50])
    whole = [*merge([stored, held], rows=7, of={"a", "b"})]
    again = [*merge([read(tmp_path / "t.parquet"), held], rows=10_000, of={"a", "b"})]
    assert len(stored) == len(rows)
    together = np.concatenate([batch.rows for batch in whole])
    assert together.tobytes() == np.concatenate([batch.rows for batch in again]).tobytes()
    assert len(together) == sum(np.isin(part["device"], [1, 2]).sum() for part in (rows, held.rows))


def test_a_file_of_another_program_arrives_in_its_own_order(tmp_path: Path) -> None:
    later = FIX | {"time_utc": AT.replace(second=9), "source": "fused"}
    path = table(tmp_path / "t.parquet", later, FIX | {"accuracy_m": -1.0}, accuracy_m=pa.float64(),
                 source=pa.string())  # fmt: skip
    track = read(path)
    assert track.rows["at"].tolist() == [AT_MICROS + 6_000_000, AT_MICROS]
    assert set(track.rows["received_at"]) == {AT_MICROS + 6_000_000}
    assert track.rows["source"].tolist() == [Source.UNKNOWN, Source.GNSS]
    assert np.isnan(track.rows["accuracy_m"]).all()
    assert set(track.rows["sent_at"]) == {BEFORE_ALL}


def test_rows_that_cannot_be_read_are_set_aside_with_their_number(tmp_path: Path) -> None:
    words = {"kind": pa.string(), "battery_pct": pa.float64(), "event": pa.string()}
    bad = [FIX | {"lat": 91.0}, FIX | {"device_id": ""}, FIX | {"kind": "wave"}, FIX | {"lon": None},
           FIX | {"kind": "heartbeat", "lat": None, "battery_pct": 120.0}, FIX | {"time_utc": None},
           {"device_id": "a", "time_utc": AT, "kind": "event"}]  # fmt: skip
    beat = {"device_id": "a", "time_utc": AT, "kind": "heartbeat", "battery_pct": 50.0}
    track = read(table(tmp_path / "t.parquet", FIX, *bad, beat, **words))
    assert track.rows["kind"].tolist() == [ReportKind.FIX, ReportKind.HEARTBEAT]
    assert track.faults_total == len(bad)
    assert [(fault.line, fault.message) for fault in track.faults] == [
        (2, "lat is not between -90 and 90"),
        (3, "device_id is empty"),
        (4, "kind is none that is known"),
        (5, "lon is not between -180 and 180"),
        (6, "battery_pct is not between 0 and 100"),
        (7, "time_utc is empty"),
        (8, "event is empty"),
    ]


def test_what_is_no_such_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("device_id,time_utc,lat,lon\n")
    others.write_table(pa.table({"device_id": ["a"]}), tmp_path / "short.parquet")
    local = table(tmp_path / "local.parquet", FIX | {"time_utc": AT.replace(tzinfo=None)},
                  time_utc=pa.timestamp("us"))  # fmt: skip
    whole = table(tmp_path / "torn.parquet", *[FIX] * 100)
    whole.write_bytes(whole.read_bytes()[:-20])
    bad = table(tmp_path / "bad.parquet", FIX | {"lat": 95.0})
    refusals = {
        tmp_path / "text.parquet": "is no Parquet file",
        tmp_path / "short.parquet": "lacks the columns time_utc, lat, lon",
        local: "time_utc holds timestamp[us], not times with a zone",
        whole: "is no Parquet file",
        bad: "lat is not between",
        tmp_path / "none.parquet": "cannot be opened",
    }
    for path, reason in refusals.items():
        with pytest.raises(TrackRefused, match=reason.replace("[", r"\[")):
            read(path)


def test_too_much_to_hold_is_refused_where_all_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet.write(tmp_path / "t.parquet", [Batch(devices=("a", "b", "c"), rows=reports())])
    monkeypatch.setattr(parquet, "HELD_MAX", 399)
    with pytest.raises(TrackRefused, match="more than are held at once"):
        read(tmp_path / "t.parquet")
    assert len(opened(tmp_path / "t.parquet", None)) == 400

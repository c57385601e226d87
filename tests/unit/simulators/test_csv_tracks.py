"""CSV tracks: what is read, what is set aside with its place, what is refused."""

from pathlib import Path

import numpy as np
import pytest

from em_engine.vocabulary import (
    BEFORE_ALL,
    DeviceEvent,
    ReportKind,
    Source,
    TestResult,
    blank_reports,
    parse_rfc3339,
)
from simulators.tracks import Track, TrackRefused, read

HEADER = "device_id,time_utc,lat,lon,accuracy_m,speed_mps,hdop,source"
GOOD = "tag-1,2026-11-22T01:02:03Z,59.9231,10.7579,9,1.2,0.9,gnss"


def track_of(folder: Path, *lines: str, name: str = "t.csv", device: str | None = None) -> Track:
    path = folder / name
    path.write_bytes("\n".join(lines).encode())
    return read(path, device)


def test_a_fix_is_read_with_everything_its_row_says(tmp_path: Path) -> None:
    track = track_of(tmp_path, HEADER, GOOD)
    row = track.rows[0]
    assert track.devices == ("tag-1",)
    assert row["kind"] == ReportKind.FIX
    assert row["at"] == row["received_at"] == parse_rfc3339("2026-11-22T01:02:03Z")
    assert (row["lon"], row["lat"], row["source"]) == (10.7579, 59.9231, Source.GNSS)
    assert row["accuracy_m"] == 9
    assert row["speed_mps"] == np.float32(1.2)
    assert row["hdop"] == np.float32(0.9)
    assert row["seq"] == -1
    assert row["sent_at"] == BEFORE_ALL


def test_cells_that_are_empty_or_missing_at_the_end_are_unknown(tmp_path: Path) -> None:
    track = track_of(
        tmp_path, HEADER, "a,2026-11-22T01:02:03Z,1,2,,,,", "a,2026-11-22T01:02:04Z,1,2", "", "  "
    )
    blank = blank_reports(1)[0]
    assert len(track) == 2
    for row in track.rows:
        for name in ("accuracy_m", "speed_mps", "heading_deg", "hdop", "battery_pct"):
            assert np.isnan(row[name])
        assert row["satellites"] == blank["satellites"]


def test_the_columns_may_stand_in_any_order_and_the_optional_ones_may_be_absent(tmp_path: Path) -> None:
    track = track_of(tmp_path, "lon,lat,time_utc,device_id", "10,60,2026-11-22T01:02:03+01:00,a")
    assert (track.rows["lon"][0], track.rows["lat"][0]) == (10, 60)
    assert track.rows["at"][0] == parse_rfc3339("2026-11-22T00:02:03Z")


def test_a_mark_at_the_start_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n".encode())
    assert read(path).rows.tobytes() == track_of(tmp_path, HEADER, GOOD, name="u.csv").rows.tobytes()


@pytest.mark.parametrize("written", ["0", "-1", "2147483647", "-0.5", ""])
def test_an_accuracy_that_means_unknown_is_unknown(tmp_path: Path, written: str) -> None:
    track = track_of(tmp_path, HEADER, f"a,2026-11-22T01:02:03Z,1,2,{written}")
    assert np.isnan(track.rows["accuracy_m"][0])


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("gnss", Source.GNSS),
        ("wifi", Source.WIFI),
        ("cell", Source.CELL),
        ("beacon", Source.BEACON),
        ("unknown", Source.UNKNOWN),
        ("android-nlp", Source.UNKNOWN),
        ("phone_fused", Source.UNKNOWN),
        ("gps-logger-worn", Source.GNSS),
        ("phone", Source.GNSS),
    ],
)
def test_a_free_word_for_the_source_is_understood(tmp_path: Path, word: str, source: Source) -> None:
    track = track_of(tmp_path, HEADER, f"a,2026-11-22T01:02:03Z,1,2,,,,{word}")
    assert track.rows["source"][0] == source


def test_heartbeats_and_events_stand_beside_fixes(tmp_path: Path) -> None:
    track = track_of(
        tmp_path,
        "device_id,time_utc,lat,lon,kind,seq,battery_pct,charging,strap,case,beacon,motion,event,result",
        "a,2026-11-22T01:02:03Z,59.9,10.7,,1",
        "a,2026-11-22T01:02:04Z,,,heartbeat,2,71,false,closed,open,in-range,true",
        "a,2026-11-22T01:02:05Z,,,event,3,,,,,,,strap-open",
        "a,2026-11-22T01:02:06Z,,,event,4,,,,,,,sobriety-test,refused",
    )
    fix, heartbeat, event, test = track.rows
    assert [row["kind"] for row in track.rows] == [
        ReportKind.FIX,
        ReportKind.HEARTBEAT,
        ReportKind.EVENT,
        ReportKind.EVENT,
    ]
    assert [row["seq"] for row in track.rows] == [1, 2, 3, 4]
    assert fix["lat"] == 59.9
    assert np.isnan(heartbeat["lat"])
    assert heartbeat["battery_pct"] == 71
    told = ("charging", "strap_closed", "case_closed", "beacon_in_range", "motion")
    assert [int(heartbeat[name]) for name in told] == [0, 1, 0, 1, 1]
    assert [int(fix[name]) for name in told] == [-1] * 5
    assert event["event"] == DeviceEvent.STRAP_OPEN
    assert (test["event"], test["result"]) == (DeviceEvent.SOBRIETY_TEST, TestResult.REFUSED)


BAD_ROWS = {
    "no offset": ("a,2026-11-22T01:02:03,1,2", 3, "no time with an offset"),
    "no time": ("a,yesterday,1,2", 3, "no time with an offset"),
    "empty time": ("a,,1,2", 3, "time_utc is empty"),
    "latitude 91": ("a,2026-11-22T01:02:03Z,91,2", 24, "latitude 91.0 is not between -90 and 90"),
    "longitude 181": ("a,2026-11-22T01:02:03Z,1,181", 26, "longitude 181.0"),
    "NaN": ("a,2026-11-22T01:02:03Z,nan,2", 24, "not a finite number"),
    "decimal comma": ("a,2026-11-22T01:02:03Z,59,92,10,75,9,1,0,gnss", 40, "10 cells under a header of 8"),
    "a word": ("a,2026-11-22T01:02:03Z,1,2,far", 28, "accuracy_m 'far' is not a number"),
    "no device": (",2026-11-22T01:02:03Z,1,2", 1, "device_id"),
    "no position": ("a,2026-11-22T01:02:03Z,,2", 24, "lat is empty"),
    "cut off": ("a,2026-11-22T01:02:03Z,1", 25, "lon is empty"),
    "a stray quote": ('a,"2026-11-22T01:02:03Z,1,2', 1, "quotes"),
    "a quoted cell before": ('"a,b",2026-11-22T01:02:03Z,1,x', 30, "longitude 'x'"),
    "binary": ("\x00\x01\x02", 4, "time_utc is empty"),
}


@pytest.mark.parametrize(("row", "column", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_set_aside_with_its_place_and_the_good_beside_it_stays(
    tmp_path: Path, row: str, column: int, reason: str
) -> None:
    track = track_of(tmp_path, HEADER, GOOD, row, GOOD)
    assert len(track) == 2
    assert track.faults_total == 1
    fault = track.faults[0]
    assert reason in fault.message
    assert str(fault).startswith(f"{tmp_path / 't.csv'}:3:{column}: ")


def test_bytes_that_are_no_text_fail_only_in_their_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode() + b"t\xff\xfe,2026-11-22T01:02:03Z,1,2\n" + GOOD.encode())
    track = read(path)
    assert (len(track), [fault.line for fault in track.faults]) == (2, [3])


REFUSED = {
    "empty file": ("", "1:1", "the header lacks device_id, time_utc, lat, lon"),
    "no header": (GOOD, "1:1", "the header lacks"),
    "a column twice": (f"{HEADER},lat\n{GOOD}", "1:61", "names 'lat' twice"),
    "nothing readable": (f"{HEADER}\na,b,c,d\n", "2:3", "no time with an offset"),
}


@pytest.mark.parametrize(("text", "place", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, place: str, reason: str) -> None:
    with pytest.raises(TrackRefused, match=reason) as refused:
        track_of(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 't.csv'}:{place}: ")


def test_a_header_without_rows_is_an_empty_track(tmp_path: Path) -> None:
    assert len(track_of(tmp_path, HEADER)) == 0


def test_a_misspelt_column_is_pointed_out(tmp_path: Path) -> None:
    track = track_of(tmp_path, "device_id,time_utc,lat,lon,acuracy_m", "a,2026-11-22T01:02:03Z,1,2,5")
    assert "1:28: column 'acuracy_m' is not read; is 'accuracy_m' meant?" in track.notes[0]
    assert np.isnan(track.rows["accuracy_m"][0])


def test_a_device_can_be_renamed_where_there_is_one(tmp_path: Path) -> None:
    assert track_of(tmp_path, HEADER, GOOD, device="tag-9").devices == ("tag-9",)
    with pytest.raises(TrackRefused, match="2 devices"):
        track_of(tmp_path, HEADER, GOOD, GOOD.replace("tag-1", "tag-2"), device="tag-9")


def test_only_the_first_thousand_faults_are_told_one_by_one(tmp_path: Path) -> None:
    track = track_of(tmp_path, HEADER, GOOD, *["bad"] * 1500)
    assert (len(track.faults), track.faults_total, len(track)) == (1000, 1500, 1)


def test_the_files_clock_never_falls_though_its_rows_do(tmp_path: Path) -> None:
    times = ["01:00:00", "01:00:10", "00:59:00", "01:00:05", "01:00:20"]
    track = track_of(tmp_path, HEADER, *(f"a,2026-11-22T{time}Z,1,2" for time in times))
    assert [int(at) for at in track.rows["at"]] == [parse_rfc3339(f"2026-11-22T{time}Z") for time in times]
    assert [int(at) for at in track.rows["received_at"]] == [
        parse_rfc3339(f"2026-11-22T{time}Z") for time in ["01:00:00", *["01:00:10"] * 3, "01:00:20"]
    ]


def test_an_unknown_ending_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackRefused, match=r"\.gpx"):
        read(tmp_path / "t.xlsx")
    with pytest.raises(TrackRefused, match="cannot be opened: No such file"):
        read(tmp_path / "t.csv")

"""`em replay`: from files to lines, and what it says of bad input."""

import json
from pathlib import Path

import pytest

from em_engine.vocabulary import parse_rfc3339
from simulators.replay_command import Wish, replay_command, whole_or_not_at_all

ORDER = """order: OVA-1
programme: conditional-release
time_zone: Europe/Oslo
valid: {from: 2026-01-01T00:00, to: 2027-01-01T00:00}
wearer: {id: W-1, devices: [tag-1]}
conditions:
  - {id: centre, kind: exclusion, zone: centre}
  - {id: alive, kind: device-health, heartbeat_every: PT30M}
"""
ZONE = """{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "centre",
 "properties": {"radius_m": 500}, "geometry": {"type": "Point", "coordinates": [10.75, 59.91]}}]}
"""
HEADER = "device_id,time_utc,lat,lon"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "orders").mkdir(parents=True)
    (folder / "zones").mkdir()
    (folder / "orders" / "order.yaml").write_text(ORDER)
    (folder / "zones" / "zones.geojson").write_text(ZONE)
    return folder


def walk(folder: Path, name: str = "t.csv", *, device: str = "tag-1", extra: str = "") -> Path:
    """Ten minutes outside, ten inside, ten outside, at a fix a minute."""
    lats = [59.95] * 10 + [59.91] * 10 + [59.95] * 10
    rows = [f"{device},2026-11-22T01:{minute:02d}:00Z,{lat},10.75" for minute, lat in enumerate(lats)]
    path = folder / name
    path.write_text("\n".join([HEADER, *rows, extra]))
    return path


def test_what_happened_is_written_as_lines(tmp_path: Path, rules: Path) -> None:
    out = tmp_path / "ALERTS.jsonl"
    assert replay_command(Wish(tracks=[walk(tmp_path)], rules=rules, out=out)) == 0
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(one["type"], one["change"]) for one in told] == [
        ("exclusion.entered", "opened"),
        ("exclusion.entered", "cleared"),
    ]
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_the_bytes_are_the_same_for_every_batch_size(tmp_path: Path, rules: Path) -> None:
    tracks = [walk(tmp_path), walk(tmp_path, "u.csv", device="tag-2")]
    until = parse_rfc3339("2026-11-22T03:00:00Z")
    outs = [tmp_path / f"{batch}.jsonl" for batch in (1, 7, 10_000)]
    for batch, out in zip((1, 7, 10_000), outs, strict=True):
        assert replay_command(Wish(tracks=tracks, rules=rules, batch=batch, until=until, out=out)) == 0
    assert len({out.read_bytes() for out in outs}) == 1
    assert b"device.silent" in outs[0].read_bytes()


def test_after_the_last_report_deadlines_fall_due_until_the_end_asked_for(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until = parse_rfc3339("2026-11-22T03:00:00Z")
    wish = Wish(tracks=[walk(tmp_path)], rules=rules, until=until, as_json=True)
    assert replay_command(wish) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["type"], last["opened_at"]) == ("device.silent", "2026-11-22T01:59:00.000Z")


def test_nothing_after_the_end_asked_for_is_heard(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until = parse_rfc3339("2026-11-22T01:09:00Z")
    assert replay_command(Wish(tracks=[walk(tmp_path)], rules=rules, until=until, as_json=True)) == 0
    assert capsys.readouterr().out == ""


def test_a_track_is_renamed_to_the_device_of_an_order(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = walk(tmp_path, device="logger")
    assert replay_command(Wish(tracks=[path], rules=rules, device="tag-1")) == 0
    assert "OVA-1 centre: exclusion.entered opened" in capsys.readouterr().out


def test_a_bad_row_is_told_and_the_rest_is_replayed(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = walk(tmp_path, extra="tag-1,2026-11-22T01:40:00Z,91,10.75")
    assert replay_command(Wish(tracks=[path], rules=rules)) == 0
    said = capsys.readouterr()
    assert f"{path}:32:28: latitude 91.0 is not between -90 and 90" in said.err
    assert f"{path}: 30 reports kept, 1 rows set aside" in said.err
    assert "exclusion.entered cleared" in said.out


def test_a_second_device_that_no_order_names_is_told(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = [walk(tmp_path), walk(tmp_path, "u.csv", device="stranger")]
    assert replay_command(Wish(tracks=tracks, rules=rules)) == 0
    assert "no order names stranger" in capsys.readouterr().err


def test_nobody_is_accused_of_a_silence_that_is_a_missing_file(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ORDER.replace("OVA-1", "OVA-2").replace("W-1", "W-2").replace("tag-1", "tag-2")
    (rules / "orders" / "other.yaml").write_text(other)
    out = tmp_path / "ALERTS.jsonl"
    until = parse_rfc3339("2026-11-22T03:00:00Z")
    assert replay_command(Wish(tracks=[walk(tmp_path)], rules=rules, out=out, until=until)) == 0
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert {one["order"] for one in told} == {"OVA-1"}
    assert "device.silent" in {one["type"] for one in told}
    assert "1 of 2 orders name no device of these tracks" in capsys.readouterr().err


def refused(wish: Wish, capsys: pytest.CaptureFixture[str]) -> str:
    assert replay_command(wish) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_bad_input_is_told_and_ends_in_2(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, empty = walk(tmp_path), tmp_path / "empty.csv"
    empty.write_text(HEADER)
    stranger = walk(tmp_path, "u.csv", device="stranger")
    assert "t.xls:1:1: no track file" in refused(Wish(tracks=[tmp_path / "t.xls"], rules=rules), capsys)
    assert "hold no reports" in refused(Wish(tracks=[empty], rules=rules), capsys)
    assert "--rules is missing" in refused(Wish(tracks=[good]), capsys)
    assert "no order names stranger" in refused(Wish(tracks=[stranger], rules=rules), capsys)
    assert "several are given" in refused(Wish(tracks=[good, good], rules=rules, device="x"), capsys)
    (rules / "orders" / "order.yaml").write_text(ORDER.replace("zone: centre", "zone: center"))
    assert "order.yaml:7:" in refused(Wish(tracks=[good], rules=rules), capsys)


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "missing" / "ALERTS.jsonl"
    assert "cannot be written" in refused(Wish(tracks=[walk(tmp_path)], rules=rules, out=out), capsys)


def test_a_run_that_is_cut_short_leaves_the_file_of_the_run_before(tmp_path: Path) -> None:
    out = tmp_path / "ALERTS.jsonl"
    out.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        write_half_a_line(out)
    assert out.read_text() == "before"
    with whole_or_not_at_all(out) as file:
        file.write("after")
    assert out.read_text() == "after"


def write_half_a_line(out: Path) -> None:
    with whole_or_not_at_all(out) as file:
        file.write("half a li")
        raise KeyboardInterrupt

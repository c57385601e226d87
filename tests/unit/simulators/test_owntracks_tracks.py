"""OwnTracks recorder files: locations become fixes that arrive when the recorder took them in."""

import json
from pathlib import Path

import numpy as np
import pytest

from em_engine.vocabulary import Source, parse_rfc3339
from simulators.tracks import Track, TrackRefused, read


def line(arrival: str, mark: str = "*", **payload: object) -> str:
    return f"{arrival}\t{mark:<18}\t{json.dumps(payload)}"


def location(arrival: str, tst: object, **more: object) -> str:
    return line(arrival, _type="location", tst=tst, lat=52.5, lon=13.4, **more)


def track_of(folder: Path, *lines: str, name: str = "phone.rec") -> Track:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return read(path)


def test_a_location_is_a_fix_with_its_own_time_and_the_recorders_time_of_arrival(tmp_path: Path) -> None:
    track = track_of(
        tmp_path, location("2015-08-24T05:55:07Z", 1440395361, acc=3000, vel=36, cog=118, batt=96)
    )
    (row,) = track.rows
    assert track.devices == ("phone",)
    assert row["at"] == parse_rfc3339("2015-08-24T05:49:21Z")
    assert row["received_at"] == parse_rfc3339("2015-08-24T05:55:07Z")
    assert (row["lon"], row["lat"], row["accuracy_m"], row["heading_deg"]) == (13.4, 52.5, 3000, 118)
    assert row["speed_mps"] == 10  # 36 km/h
    assert row["source"] == Source.UNKNOWN


def test_minus_one_is_unknown(tmp_path: Path) -> None:
    (row,) = track_of(tmp_path, location("2015-08-24T05:55:07Z", 1440395361, acc=0, vel=-1, cog=-1)).rows
    assert all(np.isnan(row[name]) for name in ("accuracy_m", "speed_mps", "heading_deg"))


def test_a_message_stored_with_the_phones_own_time_does_not_arrive_before_it(tmp_path: Path) -> None:
    track = track_of(
        tmp_path,
        location("2015-08-24T06:00:00Z", 1440395361),
        location("2015-08-24T05:50:00Z", 1440395362),
        location("2015-08-24T06:00:01Z", 1440396661),
    )
    arrivals = ["2015-08-24T06:00:00Z", "2015-08-24T06:00:00Z", "2015-08-24T06:11:01Z"]
    assert track.rows["received_at"].tolist() == [parse_rfc3339(time) for time in arrivals]


def test_other_messages_are_counted_and_left_alone(tmp_path: Path) -> None:
    track = track_of(
        tmp_path,
        location("2015-08-24T05:55:07Z", 1440395361),
        line("2015-08-24T05:55:14Z", "-", _type="lwt", tst="1440363922"),
        line("2015-08-24T05:55:15Z", "-", _type="transition", tst=1440363922),
    )
    assert (len(track), track.faults) == (1, ())
    assert "{'lwt': 1, 'transition': 1}" in track.notes[0]


@pytest.mark.parametrize(
    ("name", "device"),
    [("rec/jane/phone/2015-08.rec", "jane/phone"), ("demo-iphone.rec", "demo-iphone")],
)
def test_the_recorders_folders_name_the_device(tmp_path: Path, name: str, device: str) -> None:
    track = track_of(tmp_path, location("2015-08-24T05:55:07Z", 1440395361), name=name)
    assert track.devices == (device,)


def test_a_topic_in_the_payload_names_the_device(tmp_path: Path) -> None:
    track = track_of(
        tmp_path, location("2015-08-24T05:55:07Z", 1440395361, topic="owntracks/jane/watch/event")
    )
    assert track.devices == ("jane/watch",)


BAD_LINES = {
    "no tabs": ("hello", 1, "not a recorder line"),
    "no offset": (location("2015-08-24T05:55:07", 1440395361), 1, "no time with an offset"),
    "broken JSON": ('2015-08-24T05:55:07Z\t*\t{"_type":"location",', 44, "no JSON"),
    "no object": ("2015-08-24T05:55:07Z\t*\t[1]", 24, "no JSON object"),
    "no time": (line("2015-08-24T05:55:07Z", _type="location", lat=1, lon=2), 1, "no tst"),
    "time in words": (location("2015-08-24T05:55:07Z", "1440395361"), 1, "tst '1440395361'"),
    "NaN": (location("2015-08-24T05:55:07Z", float("nan")), 1, "tst nan"),
    "a year beyond reach": (location("2015-08-24T05:55:07Z", 1e30), 1, "tst 1e+30"),
    "latitude 91": (line("2015-08-24T05:55:07Z", _type="location", tst=1, lat=91, lon=2), 1, "latitude 91"),
}


@pytest.mark.parametrize(("bad", "column", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_set_aside_with_its_place(tmp_path: Path, bad: str, column: int, reason: str) -> None:
    good = location("2015-08-24T05:55:07Z", 1440395361)
    track = track_of(tmp_path, good, bad, good)
    assert len(track) == 2
    assert reason in track.faults[0].message
    assert str(track.faults[0]).startswith(f"{tmp_path / 'phone.rec'}:2:{column}: ")


def test_a_file_without_a_readable_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackRefused, match=r"phone\.rec:1:1: not a recorder line"):
        track_of(tmp_path, "nonsense")

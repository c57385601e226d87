"""GPX tracks: every point of every segment, extensions, and points that cannot be replayed."""

from pathlib import Path

import gpxpy
import numpy as np
import pytest

from em_engine.vocabulary import parse_rfc3339
from simulators.tracks import Track, TrackRefused, read

TWO_TRACKS = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="logger" xmlns="http://www.topografix.com/GPX/1/1"
     xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
  <metadata><time>2020-01-01T00:00:00Z</time></metadata>
  <wpt lat="1" lon="1"><time>2020-01-01T00:00:00Z</time></wpt>
  <trk><name>morning &amp; evening</name>
    <trkseg>
      <trkpt lat="59.91" lon="10.75"><ele>5</ele><time>2026-11-22T01:00:00Z</time>
        <sat>9</sat><hdop>0.8</hdop></trkpt>
      <trkpt lat="59.92" lon="10.76"><time>2026-11-22T01:00:10.5+01:00</time></trkpt>
    </trkseg>
    <trkseg>
      <trkpt lat="59.93" lon="10.77"><time>2026-11-22T01:00:20Z</time>
        <extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>1.5</gpxtpx:speed>
        <gpxtpx:course>200</gpxtpx:course>
        </gpxtpx:TrackPointExtension><accuracy>6.5</accuracy></extensions></trkpt>
    </trkseg>
  </trk>
  <trk><trkseg><trkpt lat="-59.94" lon="-10.78"><time>2026-11-22T01:00:30Z</time></trkpt></trkseg></trk>
  <rte><rtept lat="2" lon="2"><time>2020-01-01T00:00:00Z</time></rtept></rte>
</gpx>
"""


def track_of(folder: Path, text: str) -> Track:
    path = folder / "walk.gpx"
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_every_point_of_every_segment_of_every_track_is_one_devices_fix(tmp_path: Path) -> None:
    track = track_of(tmp_path, TWO_TRACKS)
    assert track.devices == ("walk",)
    assert track.rows["lat"].tolist() == [59.91, 59.92, 59.93, -59.94]
    assert track.rows["at"][1] == parse_rfc3339("2026-11-22T00:00:10.5Z")


def test_what_stands_inside_a_point_is_read_extensions_included(tmp_path: Path) -> None:
    rows = track_of(tmp_path, TWO_TRACKS).rows
    assert (rows["satellites"][0], rows["hdop"][0]) == (9, np.float32(0.8))
    assert (rows["speed_mps"][2], rows["heading_deg"][2], rows["accuracy_m"][2]) == (1.5, 200, 6.5)
    assert np.isnan(rows["speed_mps"][3])


def test_another_reader_finds_the_same_points(tmp_path: Path) -> None:
    rows = track_of(tmp_path, TWO_TRACKS).rows
    points = [point.point for point in gpxpy.parse(TWO_TRACKS).get_points_data()]
    assert rows["lon"].tolist() == [point.longitude for point in points]
    assert rows["lat"].tolist() == [point.latitude for point in points]
    assert rows["at"].tolist() == [parse_rfc3339(point.time.isoformat()) for point in points if point.time]


POINT = '<trkpt lat="59.91" lon="10.75"><time>2026-11-22T01:00:00Z</time></trkpt>'
BAD_POINTS = {
    "no time": ('<trkpt lat="1" lon="2"></trkpt>', "has no <time>"),
    "empty time": ('<trkpt lat="1" lon="2"><time/></trkpt>', "has no <time>"),
    "naive time": ('<trkpt lat="1" lon="2"><time>2026-11-22T01:00:00</time></trkpt>', "is no time"),
    "no latitude": ('<trkpt lon="2"><time>2026-11-22T01:00:00Z</time></trkpt>', "no lat"),
    "latitude 91": ('<trkpt lat="91" lon="2"><time>2026-11-22T01:00:00Z</time></trkpt>', "latitude 91"),
    "NaN": ('<trkpt lat="nan" lon="2"><time>2026-11-22T01:00:00Z</time></trkpt>', "not a finite number"),
}


@pytest.mark.parametrize(("point", "reason"), BAD_POINTS.values(), ids=BAD_POINTS)
def test_a_point_that_cannot_be_replayed_is_set_aside_with_its_line(
    tmp_path: Path, point: str, reason: str
) -> None:
    track = track_of(tmp_path, f"<gpx><trk><trkseg>\n{POINT}\n  {point}\n{POINT}\n</trkseg></trk></gpx>")
    assert len(track) == 2
    assert reason in track.faults[0].message
    assert str(track.faults[0]).startswith(f"{tmp_path / 'walk.gpx'}:3:3: ")


def test_what_was_read_before_a_file_breaks_off_is_kept(tmp_path: Path) -> None:
    track = track_of(tmp_path, f"<gpx><trk><trkseg>\n{POINT}\n{POINT}\n<trkpt lat='1' lon")
    assert len(track) == 2
    assert "breaks off here" in track.faults[0].message
    assert track.faults[0].line == 4


REFUSED = {
    "another document": ("<kml></kml>", "1:1: the root element is <kml>, not <gpx>"),
    "no XML": ("lat,lon", "1:1: the file breaks off here"),
    "empty": ("", "1:1: the file breaks off here"),
    "entities": ('<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', "a DOCTYPE is not allowed"),
    "no point with a time": ('<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>', "no <time>"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TrackRefused, match=reason):
        track_of(tmp_path, text)

"""NMEA logs: epochs, dates, checksums, and what real receivers do; another parser reads the same."""

import itertools
from pathlib import Path

import numpy as np
import pynmea2
import pytest

from em_engine.vocabulary import SECOND, Source, micros, parse_rfc3339
from simulators.tracks import Track, TrackRefused, read

SHARED = Path(__file__).parents[4] / "shared" / "data" / "nmea"


def sentence(body: str) -> str:
    """The sentence with its checksum."""
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n"


def rmc(time: str, *, date: str = "221126", status: str = "A", lat: str = "5955.386,N") -> str:
    return sentence(f"GPRMC,{time},{status},{lat},01045.474,E,10.0,210.0,{date},,,A")


def gga(time: str, *, quality: str = "1", lat: str = "5955.386,N") -> str:
    return sentence(f"GPGGA,{time},{lat},01045.474,E,{quality},11,0.9,50.0,M,40.0,M,,")


def track_of(folder: Path, *parts: str | bytes) -> Track:
    path = folder / "receiver.nmea"
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.encode("latin-1") for part in parts))
    return read(path)


def instants(track: Track) -> list[int]:
    return [int(at) for at in track.rows["at"]]


def at(*times: str) -> list[int]:
    return [parse_rfc3339(time) for time in times]


@pytest.mark.parametrize("parts", [("rmc", "gga"), ("gga", "rmc")], ids=["RMC first", "GGA first"])
def test_rmc_and_gga_of_one_instant_make_one_fix(tmp_path: Path, parts: tuple[str, str]) -> None:
    both = {"rmc": rmc("010203.00"), "gga": gga("010203.00")}
    track = track_of(tmp_path, *(both[part] for part in parts))
    (row,) = track.rows
    assert track.devices == ("receiver",)
    assert row["at"] == parse_rfc3339("2026-11-22T01:02:03Z")
    assert (row["lat"], row["lon"]) == pytest.approx((59 + 55.386 / 60, 10 + 45.474 / 60), abs=1e-12)
    assert row["speed_mps"] == pytest.approx(5.14444, abs=1e-4)
    assert (row["heading_deg"], row["hdop"], row["satellites"]) == (210, np.float32(0.9), 11)
    assert row["source"] == Source.GNSS
    assert np.isnan(row["accuracy_m"])


def test_south_and_west_are_negative(tmp_path: Path) -> None:
    text = rmc("010203", lat="3340.8472,S").replace("01045.474,E", "15117.3205,W")
    track = track_of(tmp_path, sentence(text[1 : text.index("*")]))
    assert (track.rows["lat"][0], track.rows["lon"][0]) == pytest.approx((-33.680787, -151.288675), abs=1e-6)


def test_instants_without_a_fix_are_left_out_and_counted(tmp_path: Path) -> None:
    track = track_of(
        tmp_path,
        sentence("GPRMC,,V,,,,,,,,,,N") + sentence("GPGGA,,,,,,0,00,99.99,,,,,,"),
        rmc("010201", status="V") + gga("010201", quality="0"),
        rmc("010202") + gga("010202", quality="0"),
        rmc("010203") + gga("010203"),
    )
    assert instants(track) == at("2026-11-22T01:02:03Z")
    assert "3 epochs without a fix" in track.notes[0]
    assert track.faults == ()


def test_gga_alone_is_carried_across_midnight(tmp_path: Path) -> None:
    track = track_of(tmp_path, rmc("235958"), gga("235958"), gga("235959"), gga("000000"), gga("000001"))
    assert instants(track) == at(
        "2026-11-22T23:59:58Z", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-23T00:00:01Z"
    )


def test_zda_tells_the_date_where_rmc_is_absent(tmp_path: Path) -> None:
    track = track_of(tmp_path, gga("010203.50"), sentence("GPZDA,010203.50,22,11,2026,00,00"))
    assert instants(track) == at("2026-11-22T01:02:03.5Z")


def test_a_fix_before_any_date_is_set_aside(tmp_path: Path) -> None:
    track = track_of(tmp_path, gga("010202"), rmc("010203"))
    assert instants(track) == at("2026-11-22T01:02:03Z")
    assert "before any RMC or ZDA told the date" in track.faults[0].message


def test_a_clock_that_goes_back_keeps_the_order_of_arrival_and_is_noted(tmp_path: Path) -> None:
    track = track_of(tmp_path, rmc("100000"), rmc("091000"), rmc("091001"))
    assert instants(track) == at("2026-11-22T10:00:00Z", "2026-11-22T09:10:00Z", "2026-11-22T09:10:01Z")
    assert set(track.rows["received_at"].tolist()) == set(at("2026-11-22T10:00:00Z"))
    assert "the clock goes back 3000 s" in track.notes[0]


def test_a_date_that_falls_back_by_1024_weeks_is_noted_as_a_rollover_and_kept(tmp_path: Path) -> None:
    track = track_of(tmp_path, rmc("235959", date="060419"), rmc("000000", date="220899"))
    assert instants(track) == at("2019-04-06T23:59:59Z", "1999-08-22T00:00:00Z")
    assert "GPS week rollover" in track.notes[0]


BAD_SENTENCES = {
    "wrong checksum": ("$GPRMC,010203,A,5955.386,N,01045.474,E,10.0,210.0,221126,,,A*00", "checksum is 00"),
    "no checksum": ("$GPRMC,010203,A,5955.386,N,01045.474,E,10.0,210.0,221126,,,A", "without the checksum"),
    "cut off by the next": ("$GPGGA,0102", "cut off"),
    "time of day 25": (sentence("GPRMC,250203,A,5955.386,N,01045.474,E,1,2,221126,,,A"), "not a time of day"),
    "date 31 February": (sentence("GPRMC,010203,A,5955.386,N,01045.474,E,1,2,310226,,,A"), "not a date"),
    "minutes 60": (sentence("GPRMC,010203,A,5960.000,N,01045.474,E,1,2,221126,,,A"), "degrees and minutes"),
    "latitude 91": (sentence("GPRMC,010203,A,9100.000,N,01045.474,E,1,2,221126,,,A"), "latitude 91"),
    "no hemisphere": (sentence("GPRMC,010203,A,5955.386,,01045.474,E,1,2,221126,,,A"), "degrees and minutes"),
    "a word for speed": (sentence("GPRMC,010203,A,5955.386,N,01045.474,E,x,2,221126,,,A"), "speed 'x'"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_SENTENCES.values(), ids=BAD_SENTENCES)
def test_a_bad_sentence_is_set_aside_with_its_place_and_the_good_beside_it_stays(
    tmp_path: Path, bad: str, reason: str
) -> None:
    track = track_of(tmp_path, rmc("010201"), "##", bad.strip(), rmc("010205"))
    assert {*at("2026-11-22T01:02:01Z", "2026-11-22T01:02:05Z")} <= {*instants(track)}
    assert [fault.line for fault in track.faults] == [2]
    assert track.faults[0].column == 3
    assert reason in track.faults[0].message


def test_binary_bytes_between_sentences_do_not_matter(tmp_path: Path) -> None:
    noise = bytes(range(256)).replace(b"\n", b"")
    track = track_of(tmp_path, b"\xb5b\x01\x07\xff", rmc("010203"), noise, b"$$", rmc("010204"), noise)
    assert len(track) == 2
    assert track.faults == ()


def test_a_log_in_which_every_fix_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackRefused, match="checksum"):
        track_of(tmp_path, rmc("010203").replace("*", "*F"))


@pytest.mark.shared_data
class TestRealReceivers:
    @pytest.fixture(autouse=True)
    def _logs(self) -> None:
        if not SHARED.is_dir():
            pytest.skip("the recorded receiver logs are not beside the checkout")

    def test_a_clock_that_went_back_52_minutes(self) -> None:
        track = read(SHARED / "bt451.log")
        steps = np.diff(track.rows["at"])
        assert steps.min() == -3122.5 * SECOND
        assert (track.rows["received_at"] >= track.rows["at"]).all()
        assert "goes back 3122.5 s" in track.notes[0]

    def test_23_bad_checksums_leave_the_other_sentence_of_their_instant(self) -> None:
        track = read(SHARED / "firefly-II.log")
        assert (len(track), track.faults_total) == (23, 23)
        assert all("checksum" in fault.message for fault in track.faults)

    def test_no_fix_then_fix(self) -> None:
        assert [len(read(SHARED / f"{name}.log")) for name in ("rx210", "magellan-ec10")] == [40, 21]

    def test_the_day_before_a_week_rollover(self) -> None:
        track = read(SHARED / "gp-320fw-2019-04-06-overflow.log")
        assert instants(track)[0] == parse_rfc3339("2019-04-06T23:57:24.02Z")

    @pytest.mark.parametrize("path", sorted(SHARED.glob("*.log")), ids=lambda path: path.stem)
    def test_another_parser_finds_every_fix_in_the_same_place(self, path: Path) -> None:
        track = read(path)
        ours = {
            int(at): (lat, lon)
            for at, lat, lon in zip(track.rows["at"], track.rows["lat"], track.rows["lon"], strict=True)
        }
        theirs = {when: place for when, place in valid_rmc(path) if when in ours}
        # A log may begin or end between the RMC and the GGA of an instant.
        assert len(theirs) >= len(ours) - 2
        # A chartplotter stamps whole seconds on an RMC and a GGA that are most of a second apart.
        tolerance = 5e-5 if path.stem == "bundg_zeus_9" else 2e-6
        for when, place in theirs.items():
            assert ours[when] == pytest.approx(place, abs=tolerance)


def valid_rmc(path: Path) -> list[tuple[int, tuple[float, float]]]:
    """Every valid RMC as pynmea2 reads it."""
    found = []
    for line, start in itertools.product(
        path.read_text(encoding="latin-1").split("\n"), ("$GPRMC", "$GNRMC")
    ):
        if start in line:
            message = pynmea2.parse(line[line.index(start) :].strip().upper()) if "*" in line else None
            if message is not None and message.status == "A" and message.lat:
                found.append((micros(message.datetime), (message.latitude, message.longitude)))
    return found

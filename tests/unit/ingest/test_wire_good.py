"""What a readable message becomes."""

import math

import numpy as np
import pytest

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.vocabulary import BEFORE_ALL, DeviceEvent, ReportKind, Source, TestResult, parse_rfc3339

NOW = parse_rfc3339("2026-11-22T01:02:05Z")
FIX = (
    b'{"seq": 1024, "fixed_at": "2026-11-22T01:02:03Z", "sent_at": "2026-11-22T01:02:05Z", "lat": 59.9231,'
    b' "lon": 10.7579, "accuracy_m": 9.0, "source": "gnss", "speed_mps": 1.2, "heading_deg": 210,'
    b' "hdop": 0.9, "satellites": 11}'
)
HEARTBEAT = (
    b'{"seq": 1025, "sent_at": "2026-11-22T01:02:00Z", "battery_pct": 71, "charging": false,'
    b' "strap": "closed", "case": "open", "beacon": "in-range", "motion": true, "firmware": "4.2.0"}'
)
EVENT = (
    b'{"seq": 1026, "happened_at": "2026-11-22T01:01:07Z", "sent_at": "2026-11-22T01:01:08Z",'
    b' "event": "strap-open"}'
)


def at(topic: str, payload: bytes, received_at: int = NOW) -> Delivery:
    return Delivery(topic, payload, received_at)


def only_row(payload: bytes, kind: str = "fix"):
    decoded = decode([at(f"em/1/tag-1/{kind}", payload)])
    assert decoded.quarantined == ()
    (row,) = decoded.batch.rows
    return row


def fix_with(**fields) -> bytes:
    told = {"fixed_at": '"2026-11-22T01:02:03Z"', "lat": "59.9", "lon": "10.7"} | fields
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}").encode()


def test_the_contracts_own_fix_fills_its_columns():
    row = only_row(FIX)
    assert row["kind"] == ReportKind.FIX
    assert (row["seq"], row["at"], row["sent_at"], row["received_at"]) == (1024, NOW - 2_000_000, NOW, NOW)
    assert (row["lon"], row["lat"], row["source"], row["satellites"]) == (10.7579, 59.9231, Source.GNSS, 11)
    measures = [row[name] for name in ("accuracy_m", "speed_mps", "heading_deg", "hdop")]
    assert measures == [np.float32(told) for told in (9.0, 1.2, 210, 0.9)]
    assert math.isnan(row["battery_pct"])
    assert (row["strap_closed"], row["event"], row["result"]) == (-1, DeviceEvent.NONE, TestResult.NONE)


def test_the_contracts_own_heartbeat_fills_its_columns():
    row = only_row(HEARTBEAT, "heartbeat")
    assert row["kind"] == ReportKind.HEARTBEAT
    assert row["at"] == row["sent_at"] == NOW - 5_000_000
    told = [row[name] for name in ("charging", "strap_closed", "case_closed", "beacon_in_range", "motion")]
    assert told == [0, 1, 0, 1, 1]
    assert row["battery_pct"] == 71
    assert np.isnan([row["lon"], row["lat"], row["accuracy_m"]]).all()


def test_the_contracts_own_event_fills_its_columns():
    row = only_row(EVENT, "event")
    assert (row["kind"], row["event"]) == (ReportKind.EVENT, DeviceEvent.STRAP_OPEN)
    assert (row["at"], row["sent_at"]) == (NOW - 58_000_000, NOW - 57_000_000)


def test_a_sobriety_test_carries_its_result_and_other_events_carry_none():
    test = b'{"happened_at": "2026-11-22T01:01:07Z", "event": "sobriety-test", "result": "refused"}'
    fall = b'{"happened_at": "2026-11-22T01:01:07Z", "event": "fall", "result": "pass"}'
    assert only_row(test, "event")["result"] == TestResult.REFUSED
    assert only_row(fall, "event")["result"] == TestResult.NONE


def test_what_a_device_leaves_out_is_unknown():
    row = only_row(b'{"fixed_at": "2026-11-22T01:02:03Z", "lat": 59, "lon": 10}')
    assert (row["seq"], row["sent_at"], row["satellites"], row["source"]) == (
        -1,
        BEFORE_ALL,
        -1,
        Source.UNKNOWN,
    )
    assert np.isnan([row[name] for name in ("accuracy_m", "speed_mps", "heading_deg", "hdop")]).all()
    row = only_row(b'{"sent_at": "2026-11-22T01:02:03Z", "strap": null}', "heartbeat")
    assert [row[name] for name in ("charging", "strap_closed", "case_closed", "motion")] == [-1] * 4


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("0", None),
        ("-0.0", None),
        ("-1", None),
        ("2147483647", None),
        ("2147483647.0", None),
        ("null", None),
        ("0.5", 0.5),
        ("1e-3", 1e-3),
        ("2147483", 2147483),
        ("5e7", 2.1e7),  # more than half the Earth: still nowhere, and never the 15 m of "unknown"
        ("1e300", 2.1e7),
    ],
)
def test_accuracy_that_tells_nothing_is_unknown_and_any_other_is_kept(told, kept):
    accuracy_m = only_row(fix_with(accuracy_m=told))["accuracy_m"]
    assert math.isnan(accuracy_m) if kept is None else accuracy_m == np.float32(kept)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("speed_mps", "-1"),
        ("speed_mps", "1e300"),
        ("heading_deg", "-1"),
        ("heading_deg", "361"),
        ("hdop", "-3"),
    ],
)
def test_a_measure_that_cannot_be_is_unknown_and_its_fix_is_kept(field, told):
    assert math.isnan(only_row(fix_with(**{field: told}))[field])


@pytest.mark.parametrize("told", ["-1", "100000", "123456789012345678901234567890"])
def test_a_count_of_satellites_that_cannot_be_is_unknown(told):
    assert only_row(fix_with(satellites=told))["satellites"] == -1


@pytest.mark.parametrize("told", ["-5", "101", "255"])
def test_a_battery_that_cannot_be_is_unknown_and_its_heartbeat_is_a_sign_of_life(told):
    payload = f'{{"sent_at": "2026-11-22T01:02:03Z", "battery_pct": {told}}}'.encode()
    assert math.isnan(only_row(payload, "heartbeat")["battery_pct"])


def test_a_source_nobody_knows_is_an_unknown_source():
    assert only_row(fix_with(source='"uwb"'))["source"] == Source.UNKNOWN


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T01:02:03Z",
        "2026-11-22T02:02:03+01:00",
        "2026-11-21T15:02:03-10:00",
        "2026-11-22t01:02:03z",
        "2026-11-22 01:02:03.000Z",
    ],
)
def test_a_time_with_any_offset_is_the_same_instant(written):
    assert only_row(fix_with(fixed_at=f'"{written}"'))["at"] == parse_rfc3339("2026-11-22T01:02:03Z")


def test_microseconds_are_kept_to_the_last():
    assert only_row(fix_with(fixed_at='"2026-11-22T01:02:03.000001Z"'))["at"] % 1_000_000 == 1


@pytest.mark.parametrize(
    ("lat", "lon"), [("90", "180"), ("-90", "-180"), ("0", "0"), ("89.999999999", "-179.999999999")]
)
def test_the_ends_of_the_earth_belong_to_it(lat, lon):
    row = only_row(fix_with(lat=lat, lon=lon))
    assert (row["lat"], row["lon"]) == (float(lat), float(lon))


def test_a_clock_up_to_two_minutes_ahead_is_believed():
    assert only_row(fix_with(fixed_at='"2026-11-22T01:04:05Z"'))["at"] == NOW + 120_000_000


@pytest.mark.parametrize(
    ("told", "at_s", "own_s"),
    [
        ({"fixed_at": '"2026-11-22T02:01:35Z"', "sent_at": '"2026-11-22T02:02:05Z"'}, -30, 3600),
        ({"fixed_at": '"2026-11-23T01:02:05Z"', "sent_at": '"2026-11-23T01:02:05Z"'}, 0, 86_400),
    ],
    ids=[
        "half a minute before sending",
        "a day ahead",
    ],
)
def test_a_clock_further_ahead_is_set_right_and_how_far_is_kept(told, at_s, own_s):
    row = only_row(fix_with(**told))
    assert row["at"] == NOW + at_s * 1_000_000
    assert row["sent_at"] == NOW + own_s * 1_000_000


@pytest.mark.parametrize("time", ["2026-11-22T02:02:05Z", "9999-12-31T23:59:59Z"])
def test_a_cry_for_help_is_heard_whatever_the_clock(time):
    row = only_row(f'{{"event": "panic", "happened_at": "{time}"}}'.encode(), "event")
    assert (row["event"], row["at"]) == (DeviceEvent.PANIC, NOW)


@pytest.mark.parametrize(
    ("sent_at", "at_s"), [('"2026-11-22T01:02:00Z"', -5), ("null", 0)], ids=["when sent", "when received"]
)
@pytest.mark.parametrize("event", [DeviceEvent.PANIC, DeviceEvent.STRAP_OPEN])
def test_an_event_without_a_time_happened_when_it_was_sent_or_came(sent_at, at_s, event):
    name = event.name.lower().replace("_", "-")
    row = only_row(f'{{"event": "{name}", "sent_at": {sent_at}}}'.encode(), "event")
    assert (row["event"], row["at"]) == (event, NOW + at_s * 1_000_000)


def test_a_time_long_past_is_believed_however_long():
    assert only_row(fix_with(fixed_at='"0001-01-01T00:00:00+14:00"'))["at"] < -62_000_000_000_000_000


def test_an_array_becomes_rows_in_its_order():
    payload = b"[" + b",".join(fix_with(seq=str(seq)) for seq in (3, 1, 2)) + b"]"
    decoded = decode([at("em/1/tag-1/fix", payload)])
    assert list(decoded.batch.rows["seq"]) == [3, 1, 2]


def test_rows_stand_in_order_of_arrival_across_devices_and_kinds():
    decoded = decode(
        [
            at("em/1/b/event", EVENT, NOW),
            at("em/1/a/fix", b"[" + FIX + b"," + FIX + b"]", NOW + 1),
            at("em/1/b/heartbeat", HEARTBEAT, NOW + 2),
            at("em/1/a/fix", FIX, NOW + 3),
        ]
    )
    devices = [decoded.batch.devices[number] for number in decoded.batch.rows["device"]]
    assert devices == ["b", "a", "a", "b", "a"]
    assert list(decoded.batch.rows["kind"]) == [2, 0, 0, 1, 0]
    assert list(decoded.batch.rows["received_at"]) == [NOW, NOW + 1, NOW + 1, NOW + 2, NOW + 3]


def test_unknown_fields_are_ignored_and_counted():
    extra = FIX[:-1] + b', "vendor": {"a": [1]}, "rssi": -80}'
    decoded = decode([at("em/1/a/fix", extra), at("em/1/a/fix", b"[" + extra + b"," + FIX + b"]")])
    assert decoded.unknown_fields == 4
    assert len(decoded.batch) == 3
    assert decoded.batch.rows[0]["seq"] == 1024


def test_nothing_becomes_an_empty_batch():
    decoded = decode([])
    assert (len(decoded.batch), decoded.batch.devices, decoded.quarantined) == (0, (), ())


def test_another_root_is_another_house():
    decoded = decode([at("no/oslo/em/a/fix", FIX), at("em/1/a/fix", FIX)], root="no/oslo/em")
    assert decoded.batch.devices == ("a",)
    assert len(decoded.quarantined) == 1


def owntracks(payload: bytes):
    return decode([at("owntracks/kari/phone", payload)])


def test_an_owntracks_location_is_a_fix_of_that_phone():
    decoded = owntracks(
        b'{"_type": "location", "tst": 1795309323, "created_at": 1795309325, "lat": 59.9, "lon": 10.7,'
        b' "acc": 12, "vel": 36, "cog": 90, "batt": 77, "tid": "kp", "conn": "m", "inregions": ["home"]}'
    )
    assert decoded.batch.devices == ("kari/phone",)
    (row,) = decoded.batch.rows
    assert (row["at"], row["sent_at"]) == (NOW - 2_000_000, NOW)
    assert (row["accuracy_m"], row["speed_mps"], row["heading_deg"]) == (12, 10, 90)
    assert (row["lon"], row["lat"], row["seq"], row["source"]) == (10.7, 59.9, -1, Source.UNKNOWN)
    assert decoded.unknown_fields == 0


@pytest.mark.parametrize(
    "kind", ["transition", "waypoint", "waypoints", "lwt", "card", "status", "cmd", "beacon"]
)
def test_owntracks_small_talk_is_ignored_and_counted(kind):
    decoded = owntracks(b'{"_type": "%s", "tst": 1}' % kind.encode())
    assert (decoded.ignored, len(decoded.batch), decoded.quarantined) == (1, 0, ())
    assert decoded.batch.devices == ()

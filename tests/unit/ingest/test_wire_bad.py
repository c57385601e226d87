"""Every bad input, its reason word for word, and the good beside it unharmed."""

import pytest

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.reading import Limits
from em_engine.ingest.wire import decode
from em_engine.vocabulary import parse_rfc3339

NOW = parse_rfc3339("2026-11-22T01:02:05Z")
GOOD = b'{"seq": 7, "fixed_at": "2026-11-22T01:02:03Z", "lat": 59.9, "lon": 10.7}'
TIME = 'must be an RFC 3339 time with offset, like "2026-11-22T01:02:03Z"'
WHOLE = "must be a whole number from 0 to 9223372036854775807"
LAT = "must be degrees from -90 to 90"
AHEAD = (
    " is ahead of its arrival at 2026-11-22T01:02:05.000Z;"
    " must be at most 120 s ahead, or sent by a clock at most 24 h ahead"
)
LON = "must be degrees from -180 to 180"


def fix(**fields) -> bytes:
    told = {"fixed_at": '"2026-11-22T01:02:03Z"', "lat": "59.9", "lon": "10.7"} | fields
    inside = ", ".join(f'"{name}": {value}' for name, value in told.items() if value is not None)
    return ("{" + inside + "}").encode()


def heartbeat(**fields) -> bytes:
    told = {"sent_at": '"2026-11-22T01:02:03Z"'} | fields
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}").encode()


def event(**fields) -> bytes:
    told = {"happened_at": '"2026-11-22T01:02:03Z"'} | fields
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}").encode()


BAD_BYTES = [
    (b"", "the payload is empty"),
    (b" \n\t", "the payload is empty"),
    (b"\x80\x81\x82", "the payload is not UTF-8: byte 0 is 0x80"),
    (fix(source='"gn')[:-1] + b'\xff"}', "the payload is not UTF-8: byte 76 is 0xff"),
    (b"\x00\x01\x02\x03", "the payload is not JSON: invalid character (byte 0)"),
    (b"\xef\xbb\xbf" + GOOD, "the payload is not JSON: invalid character (byte 0)"),
    (GOOD[:-5], "the payload is not JSON: input data was truncated"),
    (GOOD + b"x", f"the payload is not JSON: trailing characters (byte {len(GOOD) + 1})"),
    (GOOD + GOOD, f"the payload is not JSON: trailing characters (byte {len(GOOD) + 1})"),
    (b"<fix/>", "the payload is not JSON: invalid character (byte 0)"),
    (fix(lat="NaN"), "the payload is not JSON: NaN and Infinity are no numbers there"),
    (fix(lon="-Infinity"), "the payload is not JSON: NaN and Infinity are no numbers there"),
    (fix(lat="059"), "the payload is not JSON: invalid number (byte 45)"),
    (fix(lat="1e999"), "the payload is not JSON: number out of range"),
    (b"[" * 100_000, "the payload is nested too deeply"),
    (fix(x="[" * 100_000 + "]" * 100_000), "the payload is nested too deeply"),
    (b"null", "the payload is null; must be an object or an array of objects"),
    (b"42", "the payload is 42; must be an object or an array of objects"),
    (b'"fix"', 'the payload is "fix"; must be an object or an array of objects'),
    (b"[]", "the array is empty; it must hold at least one report"),
    (b"[1]", "[0] is 1; must be an object"),
    (b"[" + GOOD + b", [" + GOOD + b"]]", "[1] is an array; must be an object"),
]
BAD_FIXES = [
    (b"{}", f"fixed_at is missing; {TIME}; lat is missing; {LAT}; lon is missing; {LON}"),
    (fix(lat=None), f"lat is missing; {LAT}"),
    (fix(lat="null"), f"lat is null; {LAT}"),
    (fix(lat="91"), f"lat is 91; {LAT}"),
    (fix(lat="-90.0001"), f"lat is -90.0001; {LAT}"),
    (fix(lon="180.5"), f"lon is 180.5; {LON}"),
    (fix(lat="10.7", lon="590000"), f"lon is 590000; {LON}"),
    (fix(lat='"59.9"'), f'lat is "59.9"; {LAT}'),
    (fix(lat="true"), f"lat is true; {LAT}"),
    (fix(lat="[59.9]"), f"lat is an array; {LAT}"),
    (fix(fixed_at='"2026-11-22T01:02:03"'), f'fixed_at is "2026-11-22T01:02:03"; {TIME}'),
    (fix(fixed_at='"2026-11-22"'), f'fixed_at is "2026-11-22"; {TIME}'),
    (fix(fixed_at='"2026-02-30T01:02:03Z"'), f'fixed_at is "2026-02-30T01:02:03Z"; {TIME}'),
    (fix(fixed_at='"2026-11-22T01:02:60Z"'), f'fixed_at is "2026-11-22T01:02:60Z"; {TIME}'),
    (fix(fixed_at="1795309323"), f"fixed_at is 1795309323; {TIME}"),
    (fix(fixed_at='"' + "9" * 100 + '"'), f'fixed_at is "{"9" * 47}…; {TIME}'),
    (fix(sent_at='"yesterday"'), f'sent_at is "yesterday"; {TIME}'),
    (fix(seq="-1"), f"seq is -1; {WHOLE}"),
    (fix(seq="1.0"), f"seq is 1.0; {WHOLE}"),
    (fix(seq='"1"'), f'seq is "1"; {WHOLE}'),
    (fix(seq="true"), f"seq is true; {WHOLE}"),
    (fix(seq="9223372036854775808"), f"seq is 9223372036854775808; {WHOLE}"),
    (fix(seq="1" * 30), f"seq is {'1' * 30}; {WHOLE}"),
    (fix(seq="1" * 5_000), "the payload is not JSON: integer value out of range"),
    (fix(accuracy_m='"good"'), 'accuracy_m is "good"; must be a number'),
    (fix(source="3"), "source is 3; must be a text"),
    (fix(satellites="9.5"), "satellites is 9.5; must be a whole number"),
    (b"[" + GOOD + b", " + fix(lat="91", seq="-1") + b"]", f"[1].lat is 91; {LAT}; [1].seq is -1; {WHOLE}"),
    (fix(fixed_at='"2026-11-22T01:04:06Z"'), "fixed_at 2026-11-22T01:04:06.000Z" + AHEAD),
    (
        fix(fixed_at='"2026-11-22T02:02:05Z"', sent_at='"2026-11-22T02:02:04Z"'),
        "fixed_at 2026-11-22T02:02:05.000Z" + AHEAD,
    ),
    (
        fix(fixed_at='"2026-11-23T01:02:05Z"', sent_at='"2026-11-23T01:02:06Z"'),
        "fixed_at 2026-11-23T01:02:05.000Z" + AHEAD,
    ),
    (
        b"[" + GOOD + b", " + fix(fixed_at='"9999-12-31T23:59:59Z"') + b"]",
        "[1].fixed_at 9999-12-31T23:59:59.000Z" + AHEAD,
    ),
]
BAD_HEARTBEATS = [
    (b"{}", f"sent_at is missing; {TIME}"),
    (heartbeat(battery_pct='"full"'), 'battery_pct is "full"; must be a number'),
    (heartbeat(charging="1"), "charging is 1; must be true or false"),
    (heartbeat(strap='"ajar"'), 'strap is "ajar"; must be "closed" or "open"'),
    (heartbeat(strap="true"), 'strap is true; must be "closed" or "open"'),
    (heartbeat(beacon='"near"'), 'beacon is "near"; must be "in-range" or "out-of-range"'),
    (heartbeat(firmware="4.2"), "firmware is 4.2; must be a text"),
]
EVENTS = (
    "must be one of strap-open, strap-closed, case-open, case-closed, jamming, jamming-ended, shielding,"
    " panic, fall, sobriety-test, powered-off, powered-on"
)
RESULTS = "must be one of pass, fail, refused, missed"
BAD_EVENTS = [
    (event(), f"event is missing; {EVENTS}"),
    (event(event='"exploded"'), f'event is "exploded"; {EVENTS}'),
    (event(event='"none"'), f'event is "none"; {EVENTS}'),
    (event(event='"PANIC"'), f'event is "PANIC"; {EVENTS}'),
    (event(event='"panic\\n"'), f'event is "panic\\n"; {EVENTS}'),
    (event(event="8"), f"event is 8; {EVENTS}"),
    (event(event='"sobriety-test"'), f"result is missing from a sobriety-test; {RESULTS}"),
    (event(event='"sobriety-test"', result='"drunk"'), f'result is "drunk"; {RESULTS}'),
]
BAD = (
    [("fix", *case) for case in BAD_BYTES + BAD_FIXES]
    + [("heartbeat", *case) for case in BAD_HEARTBEATS]
    + [("event", *case) for case in BAD_EVENTS]
)


@pytest.mark.parametrize(
    ("kind", "payload", "reason"), BAD, ids=[f"{case[0]}: {case[2][:60]}" for case in BAD]
)
def test_a_message_that_cannot_be_read_is_set_aside_with_its_reason(kind, payload, reason):
    topic = f"em/1/tag-1/{kind}"
    decoded = decode(
        [
            Delivery("em/1/before/fix", GOOD, NOW),
            Delivery(topic, payload, NOW),
            Delivery("em/1/after/fix", GOOD, NOW),
        ]
    )
    (quarantined,) = decoded.quarantined
    assert quarantined.reason == reason
    assert (quarantined.topic, quarantined.device, quarantined.received_at) == (topic, "tag-1", NOW)
    assert quarantined.payload == payload[:2048]
    assert decoded.batch.devices == ("before", "after")
    assert list(decoded.batch.rows["seq"]) == [7, 7]


BAD_TOPICS = [
    "em/1/tag-1",
    "em/1/tag-1/position",
    "em/1/tag-1/fix/",
    "em/1/tag-1/fix/more",
    "em/1//fix",
    "em/1/fix",
    "em/2/tag-1/fix",
    "em/1x/tag-1/fix",
    "tag-1/fix",
    "",
    "owntracks/kari",
    "owntracks//phone",
    "owntracks/kari/phone/event",
    "em/1/" + "x" * 129 + "/fix",
    "em/1/tag\x00/fix",
    "em/1/tag\ufffd\u0007/fix",
]


@pytest.mark.parametrize("topic", BAD_TOPICS, ids=repr)
def test_a_topic_no_device_reports_under_is_set_aside(topic):
    decoded = decode([Delivery(topic, GOOD, NOW), Delivery("em/1/after/fix", GOOD, NOW)])
    (quarantined,) = decoded.quarantined
    assert quarantined.device is None
    assert "must be" in quarantined.reason
    assert decoded.batch.devices == ("after",)


def test_ten_megabytes_are_set_aside_by_their_size_and_only_their_beginning_is_kept():
    decoded = decode([Delivery("em/1/tag-1/fix", b"[" + b" " * 10_485_760, NOW)])
    (quarantined,) = decoded.quarantined
    assert quarantined.reason == "the payload has 10485761 bytes; at most 1048576 are read"
    assert len(quarantined.payload) == 2048


def test_the_bounds_are_parameters_and_their_last_value_is_allowed():
    limits = Limits(payload_max=len(GOOD) * 2 + 3, array_max=2, future_max=0, quarantine_kept=5)
    two, three = b"[" + GOOD + b"," + GOOD + b"]", b"[" + b",".join([GOOD] * 3) + b"]"
    decoded = decode([Delivery("em/1/a/fix", payload, NOW) for payload in (two, three)], limits=limits)
    assert len(decoded.batch) == 2
    assert decoded.quarantined[0].payload == three[:5]


def test_an_array_of_ten_thousand_is_read_and_one_more_is_not():
    short = fix(lat="0", lon="0")
    message = Delivery("em/1/a/fix", b"[" + b",".join([short] * 10_000) + b"]", NOW)
    assert len(decode([message]).batch) == 10_000
    message = Delivery("em/1/a/fix", b"[" + b",".join([short] * 10_001) + b"]", NOW)
    (quarantined,) = decode([message]).quarantined
    assert quarantined.reason == "the array holds 10001 reports; at most 10000 are read"


def test_a_sequence_that_goes_backwards_is_the_heart_s_to_judge_and_passes():
    payloads = [fix(seq=seq) for seq in ("9", "3", "3")]
    decoded = decode([Delivery("em/1/a/fix", payload, NOW) for payload in payloads])
    assert list(decoded.batch.rows["seq"]) == [9, 3, 3]


def test_quarantined_messages_stand_in_their_order_of_arrival():
    decoded = decode([Delivery(f"em/1/{name}/fix", b"", NOW) for name in "cab"])
    assert [one.device for one in decoded.quarantined] == ["c", "a", "b"]


BAD_OWNTRACKS = [
    (b"", "the payload is empty"),
    (b"[]", 'the payload is no OwnTracks message: must be an object with a text in "_type"'),
    (b"{}", 'the payload is no OwnTracks message: must be an object with a text in "_type"'),
    (
        b'{"_type": "encrypted", "data": "x"}',
        '_type is "encrypted"; must be readable: switch off the app\'s payload encryption',
    ),
    (
        b'{"_type": "location", "lat": 91, "lon": 1, "tst": "now"}',
        f'tst is "now"; must be seconds since 1970 as a number; lat is 91; {LAT}',
    ),
    (
        b'{"_type": "location", "lat": 9, "lon": 1, "tst": 1e300}',
        "tst is 1e+300; must be seconds since 1970 as a number",
    ),
    (
        b'{"_type": "location", "lat": 9, "lon": 1, "tst": 1795309999}',
        "fixed_at 2026-11-22T01:13:19.000Z" + AHEAD,
    ),
]


@pytest.mark.parametrize(("payload", "reason"), BAD_OWNTRACKS)
def test_an_owntracks_message_that_cannot_be_read_is_set_aside(payload, reason):
    (quarantined,) = decode([Delivery("owntracks/kari/phone", payload, NOW)]).quarantined
    assert (quarantined.reason, quarantined.device) == (reason, "kari/phone")

"""The fast decoder against the slow one, over good, bad and mutilated messages."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.encode import (
    Resend,
    decode_command,
    encode_array,
    encode_command,
    encode_report,
    topic_of,
)
from em_engine.ingest.wire import decode
from em_engine.vocabulary import (
    BEFORE_ALL,
    REPORT,
    DeviceEvent,
    ReportKind,
    Source,
    TestResult,
    blank_reports,
    instant,
    parse_rfc3339,
)

from .slow_decoder import OPTIONAL, REQUIRED, Refused, slow_decode

NOW = parse_rfc3339("2026-11-22T01:02:05Z")
GOOD = b'{"seq": 7, "fixed_at": "2026-11-22T01:02:03Z", "lat": 59.9, "lon": 10.7}'
KINDS = ["fix", "heartbeat", "event"]

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.just([]),
    st.just({}),
    st.sampled_from(["closed", "open", "in-range", "panic", "sobriety-test", "pass", "gnss", "wifi"]),
    st.sampled_from(["2026-11-22T01:02:03", "2026-11-22T01:04:06Z", "2026-11-22T25:00:00Z", "1-1-1T0:0:0Z"]),
)
times = st.integers(-62_000_000_000_000_000, NOW + 10**15).map(
    lambda at: instant(at).isoformat().replace("+00:00", "Z")
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 400)
good_values = {
    "fixed_at": times,
    "sent_at": times,
    "happened_at": times,
    "lat": st.floats(-90, 90),
    "lon": st.floats(-180, 180) | st.integers(-180, 180),
    "seq": st.integers(0, 2**63 - 1),
    "accuracy_m": numbers | st.just(2147483647),
    "source": st.sampled_from(["gnss", "wifi", "cell", "beacon", "unknown", "uwb"]),
    "satellites": st.integers(-3, 40_000),
    "charging": st.booleans(),
    "motion": st.booleans(),
    "strap": st.sampled_from(["closed", "open"]),
    "case": st.sampled_from(["closed", "open"]),
    "beacon": st.sampled_from(["in-range", "out-of-range"]),
    "firmware": st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    "event": st.sampled_from(["strap-open", "panic", "sobriety-test", "powered-on", "jamming-ended"]),
    "result": st.sampled_from(["pass", "fail", "refused", "missed"]),
}


def reports(kind: str):
    """Objects of one kind, now and then with a value of another, or a field nobody knows."""

    def value(name):
        good = good_values.get(name, numbers)
        return st.integers(0, 19).flatmap(lambda dice: odd_values if dice == 0 else good)

    told = st.fixed_dictionaries(
        {name: value(name) for name in REQUIRED[kind]},
        optional={name: value(name) for name in OPTIONAL[kind]} | {"vendor": odd_values, "Lat": odd_values},
    )
    return st.integers(0, 29).flatmap(lambda dice: odd_values if dice == 0 else told)


messages = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(st.just(kind), reports(kind) | st.lists(reports(kind), max_size=4))
)


def same(fast: np.void, slow: dict) -> bool:
    return all(
        (math.isnan(told) and math.isnan(fast[name]))
        if isinstance(told, float) and math.isnan(told)
        else fast[name] == REPORT[name].type(told)
        for name, told in slow.items()
    )


def agree(kind: str, payload: bytes) -> None:
    decoded = decode(
        [
            Delivery("em/1/before/fix", GOOD, NOW),
            Delivery(f"em/1/tag/{kind}", payload, NOW),
            Delivery("em/1/after/fix", GOOD, NOW),
        ]
    )
    rows = decoded.batch.rows
    assert (rows[0]["seq"], rows[-1]["seq"]) == (7, 7), "the good beside it is lost"
    try:
        expected, unknown = slow_decode(kind, payload, NOW)
    except Refused:
        assert len(decoded.quarantined) == 1
        assert decoded.quarantined[0].reason
        assert len(rows) == 2
        return
    assert [one.reason for one in decoded.quarantined] == []
    assert decoded.unknown_fields == unknown
    assert len(rows) == len(expected) + 2
    for fast, slow in zip(rows[1:-1], expected, strict=True):
        assert same(fast, slow), (fast, slow)


@given(messages)
@settings(max_examples=400, deadline=None)
def test_the_fast_decoder_agrees_with_the_slow_one(message):
    kind, value = message
    agree(kind, json.dumps(value, ensure_ascii=False).encode())


@st.composite
def mutilated(draw):
    """A readable message with some of its bytes changed, dropped, doubled or cut off."""
    kind, value = draw(messages)
    payload = bytearray(json.dumps(value).encode())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(0, len(payload) - 1)))
        match draw(st.sampled_from(["change", "drop", "double", "cut", "insert"])):
            case "change" if payload:
                payload[place] = draw(st.integers(0, 255) | st.sampled_from(b'"{}[],:0123456789.-+eE\\ntZ '))
            case "drop":
                del payload[place : place + draw(st.integers(1, 4))]
            case "double":
                payload[place:place] = payload[place : place + draw(st.integers(1, 20))]
            case "cut":
                del payload[place:]
            case "insert":
                payload[place:place] = draw(st.binary(min_size=1, max_size=3))
    return kind, bytes(payload)


@given(mutilated())
@settings(max_examples=600, deadline=None)
@example(("fix", GOOD[:-1] + b', "x": "\\ud800"}'))
@example(("fix", GOOD.replace(b"59.9", b"-0")))
def test_no_bytes_make_it_raise_lose_its_neighbours_or_disagree(case):
    kind, payload = case
    if "\\ud" in payload.decode(errors="replace").lower():
        agree_on_surrogates(kind, payload)
    else:
        agree(kind, payload)


def agree_on_surrogates(kind: str, payload: bytes) -> None:
    """Half a character, which json.loads lets pass: only the neighbours matter."""
    good = Delivery("em/1/after/fix", GOOD, NOW)
    decoded = decode([Delivery(f"em/1/tag/{kind}", payload, NOW), good])
    assert decoded.batch.rows[-1]["seq"] == 7


@given(st.text(max_size=30), st.binary(max_size=60))
@settings(deadline=None)
def test_no_topic_and_no_payload_make_it_raise(topic, payload):
    decoded = decode([Delivery(topic, payload, NOW), Delivery("em/1/after/fix", GOOD, NOW)])
    assert decoded.batch.rows[-1]["seq"] == 7


small = st.floats(0.125, 100, width=32)
states = st.sampled_from([-1, 0, 1])


@st.composite
def rows_of_any_kind(draw):
    row = blank_reports(1)[0]
    kind = draw(st.sampled_from(list(ReportKind)))
    row["kind"], row["received_at"] = kind, NOW
    row["at"] = draw(st.integers(-60_000_000_000_000_000, NOW))
    row["seq"] = draw(st.integers(-1, 2**63 - 1))
    row["sent_at"] = row["at"] if kind is ReportKind.HEARTBEAT else draw(st.sampled_from([BEFORE_ALL, NOW]))
    if kind is ReportKind.FIX:
        row["lon"], row["lat"] = draw(st.floats(-180, 180)), draw(st.floats(-90, 90))
        row["source"], row["satellites"] = draw(st.sampled_from(list(Source))), draw(st.integers(-1, 60))
        for name in ("accuracy_m", "speed_mps", "heading_deg", "hdop"):
            row[name] = draw(small | st.just(math.nan))
    elif kind is ReportKind.HEARTBEAT:
        row["battery_pct"] = draw(small | st.just(math.nan))
        for name in ("charging", "strap_closed", "case_closed", "beacon_in_range", "motion"):
            row[name] = draw(states)
    else:
        row["event"] = draw(st.sampled_from([event for event in DeviceEvent if event]))
        if row["event"] == DeviceEvent.SOBRIETY_TEST:
            row["result"] = draw(st.sampled_from([result for result in TestResult if result]))
    return row


@given(rows_of_any_kind())
@settings(deadline=None)
def test_what_a_simulated_tag_sends_is_what_the_engine_reads(row):
    topic = topic_of("tag", ReportKind(int(row["kind"])))
    decoded = decode([Delivery(topic, encode_report(row), NOW)])
    assert decoded.quarantined == ()
    assert decoded.unknown_fields == 0
    (read,) = decoded.batch.rows
    assert read.tobytes() == row.tobytes()


def test_several_messages_are_sent_as_one():
    decoded = decode([Delivery("em/1/a/fix", encode_array([GOOD, GOOD]), NOW)])
    assert len(decoded.batch) == 2


def test_the_command_is_the_contract_s_and_reads_back():
    assert encode_command(resend=(3, 9)) == b'{"resend":{"from":3,"to":9}}'
    assert decode_command(encode_command(resend=(3, 9))) == Resend(3, 9)
    with pytest.raises(ValueError, match="resend"):
        decode_command(b"{}")

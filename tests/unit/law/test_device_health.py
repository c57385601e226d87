"""The tag is heard, knows where it is, has power and the right time: each rule from both sides."""

from typing import Any

import numpy as np
import pytest

from em_engine.law.device_signs import CHARGE_FIELDS, describe_charge, note_charges
from em_engine.vocabulary import (
    BEFORE_ALL,
    HOUR,
    MINUTE,
    SECOND,
    DeviceEvent,
    Micros,
    ReportKind,
    Tristate,
    blank_reports,
)
from tests.reference.reports import Report, as_batch
from tests.timeline import TAG, Breach, Timeline, device_health, minutes

THIRTY = {"fix_every": minutes(30)}


def beat(line: Timeline, **said: Any) -> None:
    """A heartbeat at the moment the timeline has reached."""
    at = said.pop("at", line.now)
    given = {"device": TAG, "kind": ReportKind.HEARTBEAT, "at": at, "received_at": line.now, "sent_at": at}
    line._step(as_batch([Report(**given | said)]), line.now)


def fix(line: Timeline, *, at: Micros, sent_at: Micros = BEFORE_ALL) -> None:
    """A fix at home, measured at `at`, received now."""
    told = Report(
        device=TAG,
        kind=ReportKind.FIX,
        at=at,
        received_at=line.now,
        sent_at=sent_at,
        lon=10.75,
        lat=59.91,
        accuracy_m=5.0,
    )
    line._step(as_batch([told]), line.now)


# One silence, one alert ----------------------------------------


def test_a_stored_burst_ends_one_silence_once() -> None:
    """Cut off for 42 minutes, then everything it kept, in order (season, S1)."""
    day = Timeline(device_health(**THIRTY))
    day.at("01:42:00").fix()
    cut_at = day.now
    day.at("02:24:00")
    for minute in range(1, 43):
        day.at(f"02:24:{minute // 2:02d}")
        fix(day, at=cut_at + minute * MINUTE)
    day.at("02:30:00")
    assert day.breaches == [Breach("device.no-fix", "02:12:00", "02:12:00", "02:12:00")]


@pytest.mark.parametrize(("age_s", "clears"), [(1800, True), (1801, False)], ids=["as old", "older"])
def test_a_sign_as_old_as_the_silence_allowed_is_the_oldest_that_ends_it(age_s: int, clears: bool) -> None:
    day = Timeline(device_health(**THIRTY))
    day.at("12:00:00").fix()
    day.at("13:00:00")
    fix(day, at=day.now - age_s * SECOND)
    assert day.is_open("device.no-fix") is not clears


def test_a_beacon_in_range_ends_the_silence_of_fixes_only_if_it_is_so_now() -> None:
    day = Timeline(device_health(**THIRTY))
    day.at("12:00:00").fix()
    day.at("13:00:00")
    beat(day, at=day.now - 31 * MINUTE, beacon_in_range=Tristate.YES)
    assert day.is_open("device.no-fix")
    beat(day, beacon_in_range=Tristate.YES)
    assert not day.is_open("device.no-fix")


def test_why_there_is_no_position_stands_in_the_evidence() -> None:
    day = Timeline(device_health(**THIRTY))
    day.at("12:00:00")
    beat(day, beacon_in_range=Tristate.YES)
    day.at("12:10:00")
    beat(day, beacon_in_range=Tristate.NO, motion=Tristate.YES)
    day.at("13:00:00")
    (opened,) = day.changes
    assert opened.evidence["beacon_lost_at"] == opened.evidence["moved_at"] == "2026-11-20T11:10:00.000Z"


# Powered off ----------------------------------------


def test_a_device_that_says_it_goes_off_is_silent_at_once() -> None:
    day = Timeline(device_health(heartbeat_every=minutes(15)))
    day.at("12:00:00")
    beat(day, battery_pct=64.0)
    day.at("12:01:00").event(DeviceEvent.POWERED_OFF)
    assert day.breaches == [Breach("device.silent", "12:01:00", "12:01:00")]
    assert day.changes[0].evidence["powered_off_at"] == "2026-11-20T11:01:00.000Z"
    assert day.changes[0].evidence["battery_pct"] == 64.0
    day.at("12:30:00").event(DeviceEvent.POWERED_ON)
    assert day.breaches == [Breach("device.silent", "12:01:00", "12:01:00", "12:30:00")]


def test_an_old_farewell_is_none() -> None:
    """Told after it was switched on again: something newer is known of it."""
    day = Timeline(device_health(heartbeat_every=minutes(15)))
    day.at("12:00:00")
    beat(day)
    day.at("12:01:00").event(DeviceEvent.POWERED_OFF, happened="11:40:00")
    assert day.types == []


# The clock ----------------------------------------


@pytest.mark.parametrize("off", [301 * SECOND, -301 * SECOND, -2 * HOUR], ids=["ahead", "behind", "far"])
def test_the_third_report_that_is_off_by_as_much_proves_the_clock(off: Micros) -> None:
    day = Timeline(device_health())
    for time in ("12:00:00", "12:00:40"):
        day.at(time)
        fix(day, at=day.now, sent_at=day.now + off)
    assert day.types == []
    day.at("12:01:00")
    fix(day, at=day.now, sent_at=day.now + off)
    assert day.breaches == [Breach("device.clock", "12:00:00", "12:01:00")]
    assert day.changes[0].evidence["clock_ahead_s"] == off // SECOND
    day.at("12:02:00")
    fix(day, at=day.now, sent_at=day.now + 300 * SECOND)
    assert day.breaches == [Breach("device.clock", "12:00:00", "12:01:00", "12:02:00")]


def test_five_minutes_are_allowed() -> None:
    day = Timeline(device_health())
    for minute in range(10):
        day.at(f"12:{minute:02d}:00")
        fix(day, at=day.now, sent_at=day.now + 300 * SECOND)
    assert day.types == []


def test_a_backlog_is_no_wrong_clock() -> None:
    """What was kept for an hour is sent within two minutes: each report late by another amount."""
    day = Timeline(device_health())
    day.at("13:00:00")
    cut_at = day.now - HOUR
    for number in range(30):
        day.at(f"13:{number * 4 // 60:02d}:{number * 4 % 60:02d}")
        beat(day, at=cut_at + number * 2 * MINUTE)
    assert day.types == []


def test_three_reports_late_by_as_much_within_a_minute_are_no_wrong_clock() -> None:
    day = Timeline(device_health())
    for time in ("12:00:00", "12:00:30", "12:00:59"):
        day.at(time)
        beat(day, at=day.now - HOUR)
    assert day.types == []


# The charge ----------------------------------------


def drained(*told: tuple[float, float], charges: bool = False) -> dict[str, Any]:
    """The evidence after charges told at these minutes."""
    state = np.zeros(1, dtype=np.dtype(CHARGE_FIELDS))
    state["battery_at"] = BEFORE_ALL
    for minute, charge_pct in told:
        heartbeat = blank_reports(1)
        heartbeat["at"], heartbeat["battery_pct"] = int(minute * MINUTE), charge_pct
        heartbeat["charging"] = Tristate.YES if charges else Tristate.NO
        note_charges(state, np.array([0]), heartbeat)
    return describe_charge(state[0])


def test_the_time_left_follows_from_how_fast_the_charge_falls() -> None:
    told = drained((0, 30), (30, 25), (60, 20))
    assert told["drain_pct_an_hour"] == 10.0
    assert told["left_s"] == 2 * 3600
    assert told["empty_at"] == "1970-01-01T03:00:00.000Z"


def test_the_younger_hours_say_more_than_the_older() -> None:
    slow_then_fast = [(30 * n, 90 - n) for n in range(10)] + [
        (270 + 30 * n, 81 - 10 * n) for n in range(1, 6)
    ]
    assert 10 < drained(*slow_then_fast)["drain_pct_an_hour"] < 20


@pytest.mark.parametrize(
    "told",
    [((0, 50), (14, 40)), ((0, 50), (60, 50)), ((0, 30), (60, 20), (70, 60))],
    ids=["too soon", "no fall", "charged since"],
)
def test_no_time_left_is_told_where_nothing_is_known(told: Any) -> None:
    assert "left_s" not in drained(*told)


@pytest.mark.parametrize(("fallen_pct", "is_told"), [(0.9, False), (1.1, True)])
def test_a_charge_that_would_last_for_weeks_is_no_forecast(fallen_pct: float, is_told: bool) -> None:
    """Ten hours at hardly a tenth of a percent an hour; a wavering gauge leaves less than that."""
    assert ("left_s" in drained((0, 50.0), (600, 50.0 - fallen_pct))) is is_told
    assert "left_s" not in drained((0, 20.2), (25.6, 25.0), (40.5, 25.2), (51.2, 25.0))


def test_a_charging_device_does_not_drain() -> None:
    assert "left_s" not in drained((0, 30), (60, 20), charges=True)


def test_a_low_battery_tells_how_long_it_lasts() -> None:
    day = Timeline(device_health(battery_low_pct=20.0))
    for time, charge_pct in (("12:00", 30.0), ("12:30", 25.0), ("13:00", 20.0)):
        day.at(time)
        beat(day, battery_pct=charge_pct)
    (low,) = day.changes
    assert (low.type, low.evidence["left_s"], low.evidence["level_pct"]) == ("device.battery-low", 7200, 20.0)


# Tampering ----------------------------------------


@pytest.mark.parametrize(
    ("sent", "by"),
    [("12:00:00", "sending"), ("", "arrival"), ("12:00:05", None)],
    ids=["no time of its own", "no time at all", "its own time"],
)
def test_an_event_says_by_whose_word_it_is_timed(sent: str, by: str | None) -> None:
    day = Timeline(device_health())
    moment = day.at("12:00:10" if sent else "12:00:00")
    told = Report(
        device=TAG,
        kind=ReportKind.EVENT,
        at=moment._measured("12:00:00"),
        received_at=day.now,
        sent_at=moment._measured(sent) if sent else BEFORE_ALL,
        event=DeviceEvent.STRAP_OPEN,
    )
    day._step(as_batch([told]), day.now)
    assert day.changes[0].evidence.get("timed_by") == by


# An outage ----------------------------------------


def test_a_silence_that_is_one_of_many_is_allowed_twice_as_long_and_no_longer() -> None:
    day = Timeline(device_health(heartbeat_every=minutes(5)))
    day.at("12:00:00").heartbeat()
    day.at("12:04:00")
    day.heart.excuse({TAG}, day.now)
    day.at("12:10:00")
    assert day.types == []
    day.at("12:10:01")
    assert day.breaches == [Breach("device.silent", "12:10:00", "12:10:00")]


def test_the_next_silence_is_no_longer_one_of_many() -> None:
    day = Timeline(device_health(heartbeat_every=minutes(5)))
    day.at("12:00:00").heartbeat()
    day.at("12:04:00")
    day.heart.excuse({TAG, "another"}, day.now)
    day.at("12:06:00").heartbeat()
    day.at("12:12:00")
    assert day.breaches == [Breach("device.silent", "12:11:00", "12:11:00")]

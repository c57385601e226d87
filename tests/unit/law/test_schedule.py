"""When a condition binds, against a calendar read day by day and the official holidays."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from em_engine.law.schedule import Schedule, WeekPattern, civil_dates
from em_engine.law.terms import HolidayRule, Leave, Scheduled
from em_engine.law.weekly import parse_weekly
from em_engine.law.windows import ALWAYS, Dates, During, Together, without
from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, Micros, micros, parse_rfc3339
from tests.reference import civil

OSLO = ZoneInfo("Europe/Oslo")
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "time"


def utc(text: str) -> Micros:
    return parse_rfc3339(text + "Z")


def oslo(text: str) -> Micros:
    """A civil time in Oslo that occurs once."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=OSLO))


def leave(start: str, end: str) -> Leave:
    return Leave(from_=civil_time(start), to=civil_time(end))


def civil_time(text: str) -> Any:
    return datetime.fromisoformat(text)


def schedule(
    *weekly: str,
    holidays: HolidayRule | None = None,
    leave: tuple[Leave, ...] = (),
    zone: ZoneInfo = OSLO,
    valid: tuple[Micros, Micros] = (BEFORE_ALL, NEVER),
) -> Schedule:
    pattern = WeekPattern([parse_weekly(text) for text in weekly], zone, holidays) if weekly else ALWAYS
    whole = ALWAYS if pattern.is_always else pattern
    windows = without(whole, [civil_dates(leave, zone)] if leave else [])
    return Schedule(windows, valid_from=valid[0], valid_to=valid[1])


def window_at(found: Schedule, at: Micros) -> tuple[Micros, Micros]:
    stretch = found.at(at)
    assert stretch.binds
    return stretch.start, stretch.end


# The two nights a year: `test_clock_changes.py` has a hundred of them. ----------------


def test_an_hour_that_occurs_twice_is_wholly_inside() -> None:
    night = schedule("sat 22:00-02:30")
    assert window_at(night, utc("2026-10-24T21:00:00")) == (
        utc("2026-10-24T20:00:00"),
        utc("2026-10-25T01:30:00"),
    )


def test_a_window_that_lies_in_the_skipped_hour_is_empty() -> None:
    skipped = schedule("sun 02:10-02:50")
    assert not skipped.at(utc("2027-03-28T01:00:00")).binds
    assert window_at(skipped, utc("2027-04-04T00:30:00"))[1] == utc("2027-04-04T00:50:00")


# Windows on the wall clock ----------------------------------------


def test_a_window_over_midnight_belongs_to_the_day_it_begins() -> None:
    friday = schedule("fri 19:00-07:00")
    assert not friday.at(oslo("2026-11-20T02:00")).binds  # Friday, before dawn
    assert window_at(friday, oslo("2026-11-21T02:00")) == (oslo("2026-11-20T19:00"), oslo("2026-11-21T07:00"))


@pytest.mark.parametrize(
    ("at", "binds"),
    [
        ("2026-11-20T18:59:59.999999", False),
        ("2026-11-20T19:00:00", True),
        ("2026-11-21T00:00:00", True),
        ("2026-11-21T06:59:59.999999", True),
        ("2026-11-21T07:00:00", False),
    ],
)
def test_windows_are_half_open(at: str, binds: bool) -> None:
    assert schedule("fri 19:00-07:00").at(oslo(at)).binds is binds


def test_24_00_is_the_midnight_that_ends_the_day() -> None:
    day = schedule("wed 00:00-24:00")
    assert window_at(day, oslo("2026-11-18T12:00")) == (oslo("2026-11-18T00:00"), oslo("2026-11-19T00:00"))
    assert window_at(schedule("wed 22:00-24:00"), oslo("2026-11-18T23:59"))[1] == oslo("2026-11-19T00:00")


def test_windows_that_touch_or_overlap_are_one() -> None:
    whole = schedule("fri 19:00-24:00", "sat 00:00-08:00", "sat 06:00-10:00")
    assert window_at(whole, oslo("2026-11-20T20:00")) == (oslo("2026-11-20T19:00"), oslo("2026-11-21T10:00"))


def test_every_day_all_day_has_no_edge() -> None:
    always = schedule("daily 00:00-24:00")
    start, end = window_at(always, oslo("2026-11-20T20:00"))
    assert start < oslo("2026-11-10T00:00")
    assert end > oslo("2026-11-30T00:00")


def test_no_windows_bind_as_long_as_the_order_is_valid() -> None:
    valid = (oslo("2026-03-01T00:00"), oslo("2026-09-01T00:00"))
    order = schedule(valid=valid)
    assert not order.at(valid[0] - 1).binds
    assert order.at(valid[0]).binds
    assert order.at(valid[0]).start == valid[0]
    assert order.at(valid[1] - 1).binds
    assert order.at(valid[1] - 1).end == valid[1]
    assert not order.at(valid[1]).binds


def test_a_window_is_cut_where_the_order_begins_and_ends() -> None:
    valid = (oslo("2026-11-20T23:00"), oslo("2026-11-22T01:00"))
    nights = schedule("daily 19:00-07:00", valid=valid)
    assert window_at(nights, valid[0]) == (valid[0], oslo("2026-11-21T07:00"))
    assert window_at(nights, valid[1] - 1) == (oslo("2026-11-21T19:00"), valid[1])


# Leave ----------------------------------------


def test_leave_cuts_a_window_in_two() -> None:
    nights = schedule("fri 19:00-07:00", leave=(leave("2026-11-20T21:00", "2026-11-20T23:30"),))
    assert window_at(nights, oslo("2026-11-20T20:00")) == (oslo("2026-11-20T19:00"), oslo("2026-11-20T21:00"))
    assert not nights.at(oslo("2026-11-20T21:00")).binds
    assert window_at(nights, oslo("2026-11-20T23:30")) == (oslo("2026-11-20T23:30"), oslo("2026-11-21T07:00"))


def test_leave_over_several_days_is_one_stretch_without_edges() -> None:
    holiday = leave("2026-07-03T15:00", "2026-07-13T20:00")
    nights = schedule("daily 19:00-07:00", leave=(holiday,))
    for day in range(4, 13):
        assert not nights.at(oslo(f"2026-07-{day:02d}T02:00")).binds
    assert window_at(nights, oslo("2026-07-13T20:00")) == (oslo("2026-07-13T20:00"), oslo("2026-07-14T07:00"))
    assert window_at(nights, oslo("2026-07-03T06:00"))[1] == oslo("2026-07-03T07:00")


def test_leave_in_the_hour_that_occurs_twice_is_never_shorter_than_written() -> None:
    night_out = schedule(leave=(leave("2026-10-25T02:15", "2026-10-25T02:45"),))
    assert night_out.at(utc("2026-10-25T00:14:59")).binds
    assert not night_out.at(utc("2026-10-25T00:15:00")).binds
    assert not night_out.at(utc("2026-10-25T01:44:59")).binds
    assert night_out.at(utc("2026-10-25T01:45:00")).binds


def test_leave_of_a_month_without_weekly_windows_begins_and_ends_where_it_is_written() -> None:
    away = schedule(leave=(leave("2026-07-03T15:00", "2026-08-03T20:00"),))
    assert window_at(away, oslo("2026-07-01T12:00"))[1] == oslo("2026-07-03T15:00")
    stretch = away.at(oslo("2026-07-20T12:00"))
    assert (stretch.binds, stretch.start, stretch.end) == (
        False,
        oslo("2026-07-03T15:00"),
        oslo("2026-08-03T20:00"),
    )


def test_leave_that_follows_on_leave_is_one_stretch() -> None:
    days = (leave("2026-07-03T15:00", "2026-07-05T20:00"), leave("2026-07-05T20:00", "2026-07-08T20:00"))
    stretch = schedule(leave=days).at(oslo("2026-07-04T12:00"))
    assert (stretch.start, stretch.end) == (oslo("2026-07-03T15:00"), oslo("2026-07-08T20:00"))


# Windows that are long ----------------------------------------


@pytest.mark.parametrize("days", [9, 11, 30, 100])
def test_a_window_of_many_days_has_its_own_edges_wherever_one_looks(days: int) -> None:
    """Not those of how far one looks: a false end would open a gap of the grace there."""
    start = oslo("2026-03-02T14:00")
    whole = Together([Dates([(start, start + days * 24 * HOUR)]), weekly("sun 01:00-02:00")])
    found = Schedule(whole)
    for at in range(start, start + days * 24 * HOUR, 13 * HOUR):
        assert window_at(found, at) == (start, start + days * 24 * HOUR)


def test_half_days_that_meet_for_ever_have_no_gap() -> None:
    halves = schedule("daily 00:00-12:00", "daily 12:00-24:00")
    start, end = window_at(halves, oslo("2026-06-01T12:00"))
    assert start < oslo("2025-01-01T00:00")
    assert end > oslo("2027-12-01T00:00")


def weekly(*texts: str) -> WeekPattern:
    return WeekPattern([parse_weekly(text) for text in texts], OSLO, None)


def test_phases_have_no_gap_and_no_overlap() -> None:
    change = oslo("2026-06-01T00:00")
    nights = Together(
        [
            During(weekly("daily 19:00-07:00"), BEFORE_ALL, change),
            During(weekly("daily 22:00-06:00"), change, NEVER),
        ]
    )
    found = Schedule(nights)
    assert (
        window_at(found, change - 1)
        == window_at(found, change)
        == (
            oslo("2026-05-31T19:00"),
            oslo("2026-06-01T06:00"),
        )
    )
    assert not found.at(oslo("2026-06-01T06:30")).binds
    assert window_at(found, oslo("2026-06-01T23:00"))[0] == oslo("2026-06-01T22:00")


# Holidays ----------------------------------------


def official_holidays() -> dict[int, set[date]]:
    source = SHARED / "no_public_holidays.csv"
    if not source.exists():
        pytest.skip(f"needs the shared data set ({source.name})")
    by_year: dict[int, set[date]] = {}
    for row in csv.DictReader(source.read_text().splitlines()):
        day = date.fromisoformat(row["date"])
        by_year.setdefault(day.year, set()).add(day)
    return by_year


@pytest.mark.shared_data
def test_on_the_official_holidays_and_no_other_day_sunday_holds() -> None:
    sundays = schedule("sun 10:00-11:00", holidays=HolidayRule(calendar="NO", as_="sun"))
    for year, days in official_holidays().items():
        day = date(year, 1, 1)
        while day.year == year:
            at = micros(datetime(day.year, day.month, day.day, 10, 30, tzinfo=OSLO))
            assert sundays.at(at).binds == (day in days or day.weekday() == 6), day
            day += timedelta(days=1)


def test_on_a_holiday_its_own_windows_do_not_begin_but_the_night_before_still_ends() -> None:
    rule = HolidayRule(calendar="NO", as_="sun")
    nights = schedule("mon-fri 21:00-06:00", "sat-sun 19:00-08:00", holidays=rule)
    # 17 May 2027 is a Monday: the Sunday's night runs into it, and it begins its own as a Sunday does.
    assert window_at(nights, oslo("2027-05-17T03:00")) == (oslo("2027-05-16T19:00"), oslo("2027-05-17T08:00"))
    assert window_at(nights, oslo("2027-05-17T20:00")) == (oslo("2027-05-17T19:00"), oslo("2027-05-18T08:00"))


# Against the calendar read day by day ----------------------------------------

WRITTEN = [
    Scheduled(weekly=("mon-fri 21:00-06:00", "sat-sun 19:00-08:00")),
    Scheduled(weekly=("daily 02:30-02:00",)),
    Scheduled(weekly=("sun 01:00-02:30", "sun 02:30-04:00", "wed 10:00-10:30")),
    Scheduled(weekly=("fri-mon 00:00-24:00",), holidays=HolidayRule(calendar="NO")),
    Scheduled(
        weekly=("mon-fri 20:00-24:00", "tue-sat 00:00-07:00", "sun 22:00-05:00"),
        holidays=HolidayRule(calendar="NO", as_="sat"),
        leave=(
            leave("2026-05-16T09:00", "2026-05-18T02:30"),
            leave("2026-10-24T22:00", "2026-10-25T02:15"),
            leave("2026-03-29T02:20", "2026-03-29T05:00"),
        ),
    ),
]


@pytest.mark.parametrize(
    "time_zone", ["Europe/Oslo", "Europe/London", "America/New_York", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize("terms", WRITTEN, ids=lambda terms: terms.weekly[0])
def test_any_instant_of_a_year_is_judged_as_by_the_calendar(terms: Scheduled, time_zone: str) -> None:
    zone = ZoneInfo(time_zone)
    valid = micros(datetime(2026, 1, 9, 3, 0, tzinfo=UTC)), micros(datetime(2026, 12, 20, 11, 0, tzinfo=UTC))
    found = schedule(*terms.weekly, holidays=terms.holidays, leave=terms.leave, zone=zone, valid=valid)
    expected = civil.windows(
        terms,
        time_zone=time_zone,
        valid_from=valid[0],
        valid_to=valid[1],
        first=date(2025, 12, 20),
        last=date(2027, 1, 5),
    )
    random = np.random.default_rng(7)
    instants = random.integers(valid[0] - 10 * 24 * HOUR, valid[1] + 10 * 24 * HOUR, size=300).tolist()
    instants += [edge + step for window in expected for edge in window for step in (-1, 0)]
    for at in instants:
        inside = [window for window in expected if window[0] <= at < window[1]]
        stretch = found.at(at)
        assert stretch.binds == bool(inside)
        assert not inside or (stretch.start, stretch.end) == inside[0]
        assert stretch.start <= at < stretch.end


def test_stretches_follow_each_other_without_a_gap() -> None:
    nights = schedule(*WRITTEN[4].weekly, holidays=WRITTEN[4].holidays, leave=WRITTEN[4].leave)
    at, end = utc("2026-03-01T00:00:00"), utc("2026-12-01T00:00:00")
    while at < end:
        stretch = nights.at(at)
        after = nights.at(stretch.end)
        assert nights.at(stretch.end - 1).binds == stretch.binds
        assert after.start == stretch.end or after.binds == stretch.binds
        at = stretch.end

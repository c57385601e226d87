"""Every change of the clocks in Oslo of fifty years, spring and autumn, as the tz database has them: windows
over midnight, the missing hour, the hour that comes twice, and whole nights of curfews and appointments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.schedule import Schedule, WeekPattern, civil_to_utc
from em_engine.law.terms import HolidayRule, Scheduled, WeeklyText, ZoneName
from em_engine.law.weekly import parse_weekly
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Order, Zone
from em_engine.vocabulary import HOUR, MINUTE, Change, Micros, ReportKind, micros
from tests.reference import civil
from tests.reference.documents import order, rulebook
from tests.reference.reports import Report, as_batch
from tests.timeline import HOME, _zone, place

OSLO = ZoneInfo("Europe/Oslo")
FIRST, LAST = 1990, 2040
DAY = 24 * HOUR


@dataclass(frozen=True)
class ClockChange:
    """One night on which the clocks change."""

    at: Micros
    day: date
    is_spring: bool

    @property
    def name(self) -> str:
        return f"{self.day}"

    def civil(self, clock: str, *, fold: int = 0) -> Micros:
        """A time of that day, or, from 18:00 on, of the evening before; the second of two with `fold`."""
        day = self.day - timedelta(days=clock >= "18:00")
        return micros(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=OSLO, fold=fold))


@cache
def changes_of_the_clocks() -> tuple[ClockChange, ...]:
    """Found in the database by asking it for the offset, hour by hour of the days on which it changes."""
    found, day = [], datetime(FIRST, 1, 1, tzinfo=UTC)
    while day.year < LAST:
        if offset(day) != offset(day + timedelta(days=1)):
            hours = (day + timedelta(hours=hour) for hour in range(24))
            [before] = [one for one in hours if offset(one) != offset(one + timedelta(hours=1))]
            after = before + timedelta(hours=1)
            found.append(ClockChange(micros(after), after.date(), offset(after) > offset(before)))
        day += timedelta(days=1)
    return tuple(found)


def offset(at: datetime) -> timedelta:
    shift = at.astimezone(OSLO).utcoffset()
    assert shift is not None
    return shift


def weekly(*texts: str) -> Schedule:
    return Schedule(WeekPattern([parse_weekly(text) for text in texts], OSLO, None))


def test_there_are_a_hundred_and_each_is_a_whole_hour_on_a_sunday() -> None:
    found = changes_of_the_clocks()
    assert [(one.day.year, one.is_spring) for one in found] == [
        (year, is_spring) for year in range(FIRST, LAST) for is_spring in (True, False)
    ]
    assert {(one.day.weekday(), one.at % DAY) for one in found} == {(6, HOUR)}


def test_a_night_is_as_long_as_the_wall_clock_makes_it() -> None:
    nights = weekly("daily 19:00-07:00")
    for one in changes_of_the_clocks():
        night = nights.at(one.at)
        assert night == nights.at(one.at - 1), one.name
        assert (night.binds, night.start, night.end) == (True, one.civil("19:00"), one.civil("07:00")), (
            one.name
        )
        assert night.end - night.start == (11 if one.is_spring else 13) * HOUR, one.name


def test_a_time_within_the_change_makes_no_window_shorter_than_written() -> None:
    for one in changes_of_the_clocks():
        half_past_two = datetime(one.day.year, one.day.month, one.day.day, 2, 30)  # noqa: DTZ001  civil
        read = civil_to_utc(half_past_two, OSLO), civil_to_utc(half_past_two, OSLO, ends=True)
        halves = (one.at, one.at) if one.is_spring else (one.at - 30 * MINUTE, one.at + 30 * MINUTE)
        assert read == halves, one.name


@pytest.mark.parametrize(
    ("text", "spring_min", "autumn_min"),
    [
        (
            "sun 02:00-03:00",
            (0, 0),
            (-60, 60),
        ),  # the missing hour is no window, the repeated one is two hours
        ("sun 02:10-02:50", (0, 0), (-50, 50)),
        ("sun 01:30-02:30", (-30, 0), (-90, 30)),
        ("sun 02:30-03:30", (0, 30), (-30, 90)),
        ("sat 22:00-02:00", (-240, 0), (-300, 0)),  # ends as the second 02:00 begins
        ("sun 03:00-04:00", (0, 60), (60, 120)),
    ],
)
def test_windows_at_the_hour_that_is_missing_and_the_hour_that_comes_twice(
    text: str, spring_min: tuple[int, int], autumn_min: tuple[int, int]
) -> None:
    """Minutes from the instant of the change: from when to when the window of that night binds."""
    windows = weekly(text)
    for one in changes_of_the_clocks():
        start, end = (one.at + span * MINUTE for span in (spring_min if one.is_spring else autumn_min))
        if start == end:
            assert not windows.at(start).binds, one.name
            continue
        found = windows.at(start)
        assert (found.binds, found.start, found.end) == (True, start, end), one.name
        assert not windows.at(start - 1).binds, one.name
        assert not windows.at(end).binds, one.name


WRITTEN = (
    ("mon-fri 21:00-06:00", "sat-sun 19:00-08:00"),
    ("daily 02:30-02:00",),
    ("sat 23:30-02:30", "sun 02:30-05:00"),
)


@pytest.mark.parametrize("texts", WRITTEN, ids=["nights", "all but half an hour", "they meet in the change"])
def test_the_days_around_it_are_those_of_a_calendar_read_day_by_day(texts: tuple[str, ...]) -> None:
    pattern = WeekPattern([parse_weekly(text) for text in texts], OSLO, None)
    terms = Scheduled(weekly=tuple(map(WeeklyText, texts)))
    for one in changes_of_the_clocks():
        edges = one.at - 2 * DAY, one.at + 2 * DAY
        days = one.day - timedelta(days=4), one.day + timedelta(days=4)
        expected = civil.windows(
            terms,
            time_zone="Europe/Oslo",
            valid_from=edges[0],
            valid_to=edges[1],
            first=days[0],
            last=days[1],
        )
        clipped = [(max(start, edges[0]), min(end, edges[1])) for start, end in pattern.stretches(*edges)]
        assert [span for span in clipped if span[0] < span[1]] == expected, one.name


# Whole nights ----------------------------------------


def told_of(orders: list[Order], reports: list[Report]) -> dict[str, list[Change]]:
    """What the heart tells of each case; one heart for all of them, one year after another."""
    zones: list[Zone] = [_zone("home")]
    heart = Heart(compile_rules(rulebook(orders, zones)))
    reports.sort(key=lambda report: report.received_at)
    step = heart.step(as_batch(reports), reports[-1].received_at + 2 * DAY)
    told: dict[str, list[Change]] = {one.id: [] for one in orders}
    for change in step.changes:
        told[change.case].append(change)
    return told


def only_that_night(one: ClockChange, condition: Condition, name: str = "") -> Order:
    case = f"{name}{one.name}"
    around = {"valid_from": one.at - DAY, "valid_to": one.at + DAY}
    return order(case, condition, devices=(f"tag-{case}",), **around)


def fix(case: str, at: Micros, *, is_home: bool) -> Report:
    lon, lat = HOME if is_home else place(3_000.0, 0.0)
    return Report(
        device=f"tag-{case}",
        kind=ReportKind.FIX,
        at=at,
        received_at=at,
        lon=lon,
        lat=lat,
        accuracy_m=5.0,
    )


def test_who_goes_in_the_night_of_a_change_has_left_until_the_clock_on_his_wall_says_six() -> None:
    nights = Condition(
        id="nights",
        kind="curfew",
        terms=CurfewTerms(
            zone=ZoneName("home"),
            weekly=(WeeklyText("sat 21:00-06:00"),),
            confirm_every=timedelta(days=40_000),
        ),
    )
    reports = []
    for one in changes_of_the_clocks():
        reports += [fix(one.name, one.at + minute * MINUTE, is_home=minute < 0) for minute in (-2, -1, 1, 2)]
    told = told_of([only_that_night(one, nights) for one in changes_of_the_clocks()], reports)
    for one in changes_of_the_clocks():
        opened, cleared = told[one.name]
        assert opened.type == "curfew.left", one.name
        assert abs(opened.opened_at - one.at) < MINUTE, one.name
        assert cleared.cleared_at == one.civil("06:00"), one.name
        assert one.civil("06:00") - one.at == (3 if one.is_spring else 4) * HOUR, one.name


def test_an_appointment_at_two_o_clock_lasts_two_hours_in_autumn_and_none_in_spring() -> None:
    """Ninety minutes are asked: who stays for both of the hours has kept it, who stays for seventy minutes of
    them has not, and nobody can miss an hour that is not there."""
    office = Condition(
        id="office",
        kind="attendance",
        terms=AttendanceTerms(
            zone=ZoneName("home"), weekly=(WeeklyText("sun 02:00-03:00"),), minimum=timedelta(minutes=90)
        ),
    )
    orders, reports = [], []
    for one in changes_of_the_clocks():
        for name, stay_min in (("kept-", 100), ("missed-", 70)):
            orders.append(only_that_night(one, office, name))
            reports += _visit(f"{name}{one.name}", one.at - 50 * MINUTE, stay_min)
    told = told_of(orders, reports)
    for one in changes_of_the_clocks():
        assert told[f"kept-{one.name}"] == [], one.name
        missed = told[f"missed-{one.name}"]
        if one.is_spring:
            assert missed == [], one.name
        else:
            assert [change.type for change in missed] == ["attendance.missed"] * 2, one.name
            assert missed[0].evidence["present_s"] == 70 * 60.0, one.name
            assert missed[0].opened_at == one.civil("02:00", fold=1) + HOUR, one.name


def _visit(case: str, start: Micros, stay_min: int) -> Iterator[Report]:
    """Away, so many minutes there from `start` on, and away again: a fix every ten minutes."""
    yield fix(case, start, is_home=False)
    for minute in range(5, stay_min, 10):
        yield fix(case, start + minute * MINUTE, is_home=True)
    yield fix(case, start + stay_min * MINUTE, is_home=False)


# Holidays ----------------------------------------


def easter(year: int) -> date:
    """The Gregorian computus (Meeus)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    moved = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * moved + 114, 31)
    return date(year, month, day + 1)


def test_the_holidays_of_fifty_years_are_those_of_the_law() -> None:
    """Helligdagsfredloven (LOV-1995-02-24-12) section 2, and 1 and 17 May (LOV-1947-04-26-1)."""
    pattern = WeekPattern([parse_weekly("sun 10:00-11:00")], OSLO, HolidayRule(calendar="NO", as_="sun"))
    for year in range(FIRST, LAST):
        days = {easter(year) + timedelta(days=days) for days in (-3, -2, 0, 1, 39, 49, 50)}
        days |= {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))}
        beside = {day + timedelta(days=days) for day in days for days in (-1, 1)}
        whole = (
            {date(year, 1, 1) + timedelta(days=number) for number in range(365)} if year % 10 == 6 else set()
        )
        for day in days | beside | whole:
            assert bool(pattern.on_day(day)) == (day in days or day.weekday() == 6), day

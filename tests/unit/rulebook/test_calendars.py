"""Calendars: windows that come again by a rule, as RFC 5545 writes them; times read by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from em_engine.law.recurrence import CalendarPattern
from em_engine.rulebook import check
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.calendars import read_calendar
from em_engine.rulebook.difference import difference
from em_engine.rulebook.problems import Findings
from em_engine.vocabulary import Micros, instant, micros
from tests.unit.rulebook.conftest import ORDER, ZONES

OSLO = ZoneInfo("Europe/Oslo")
NIGHT = ["DTSTART;TZID=Europe/Oslo:20260302T210000", "DTEND;TZID=Europe/Oslo:20260303T060000"]


def calendar(*events: list[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//us//EN"]
    for number, event in enumerate(events):
        own = [] if any(line.startswith("UID") for line in event) else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *own, *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).replace("\r\n", "\n")


def oslo(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=OSLO))


def windows(text: str, start: str, end: str) -> list[str]:
    """The windows between two civil times, as `03-02 21:00 to 03-03 06:00`."""
    findings = Findings()
    events = read_calendar("schedules/c.ics", text, findings)
    assert events is not None, findings.told()
    found = CalendarPattern(events, OSLO).stretches(oslo(start), oslo(end))
    return [" to ".join(f"{instant(at).astimezone(OSLO):%m-%d %H:%M}" for at in window) for window in found]


WRITTEN = {
    "once": ([NIGHT], ["03-02 21:00 to 03-03 06:00"]),
    "a length in place of an end": ([[NIGHT[0], "DURATION:PT9H"]], ["03-02 21:00 to 03-03 06:00"]),
    "every second week": (
        [[*NIGHT, "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"]],
        ["03-02 21:00 to 03-03 06:00", "03-16 21:00 to 03-17 06:00", "03-30 21:00 to 03-31 06:00"],
    ),
    "until an instant, which counts": (
        [[*NIGHT, "RRULE:FREQ=DAILY;UNTIL=20260303T200000Z"]],
        ["03-02 21:00 to 03-03 06:00", "03-03 21:00 to 03-04 06:00"],
    ),
    "until the instant before": (
        [[*NIGHT, "RRULE:FREQ=DAILY;UNTIL=20260303T195959Z"]],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "until a day, the whole of it": (
        [[*NIGHT, "RRULE:FREQ=DAILY;UNTIL=20260303"]],
        ["03-02 21:00 to 03-03 06:00", "03-03 21:00 to 03-04 06:00"],
    ),
    "all but one, and one besides": (
        [
            [
                *NIGHT,
                "RRULE:FREQ=WEEKLY;COUNT=2",
                "EXDATE;TZID=Europe/Oslo:20260309T210000",
                "RDATE;TZID=Europe/Oslo:20260311T210000",
            ]
        ],
        ["03-02 21:00 to 03-03 06:00", "03-11 21:00 to 03-12 06:00"],
    ),
    "an exception told in UTC": (
        [[*NIGHT, "RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE:20260309T200000Z"]],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "a day": ([["DTSTART;VALUE=DATE:20260517"]], ["05-17 00:00 to 05-18 00:00"]),
    "days, the last not included": (
        [["DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260407"]],
        ["04-01 00:00 to 04-07 00:00"],
    ),
    "the order's own clock": (
        [["DTSTART:20260302T210000", "DTEND:20260302T230000"]],
        ["03-02 21:00 to 03-02 23:00"],
    ),
    "an instant": ([["DTSTART:20260302T210000Z", "DTEND:20260302T230000Z"]], ["03-02 22:00 to 03-03 00:00"]),
    "another zone": (
        [["DTSTART;TZID=Europe/London:20260302T210000", "DURATION:PT1H"]],
        ["03-02 22:00 to 03-02 23:00"],
    ),
    "a zone as Windows calls it": (
        [["DTSTART;TZID=W. Europe Standard Time:20260302T210000", "DURATION:PT1H"]],
        ["03-02 21:00 to 03-02 22:00"],
    ),
    "a zone with its maker's name before it": (
        [["DTSTART;TZID=/mozilla.org/20050126_1/Europe/Oslo:20260302T210000", "DURATION:PT1H"]],
        ["03-02 21:00 to 03-02 22:00"],
    ),
    "cancelled": (
        [NIGHT, [*NIGHT[:1], "DURATION:PT20H", "STATUS:CANCELLED"]],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "one occurrence moved": (
        [
            ["UID:a", *NIGHT, "RRULE:FREQ=WEEKLY;COUNT=2"],
            [
                "UID:a",
                "RECURRENCE-ID;TZID=Europe/Oslo:20260309T210000",
                "DTSTART;TZID=Europe/Oslo:20260310T220000",
                "DURATION:PT1H",
            ],
        ],
        ["03-02 21:00 to 03-03 06:00", "03-10 22:00 to 03-10 23:00"],
    ),
    "one occurrence called off": (
        [
            ["UID:a", *NIGHT, "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["UID:a", "RECURRENCE-ID;TZID=Europe/Oslo:20260309T210000", *NIGHT, "STATUS:CANCELLED"],
        ],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "a period of its own length": (
        [[*NIGHT, "RDATE;VALUE=PERIOD;TZID=Europe/Oslo:20260305T120000/PT30M"]],
        ["03-02 21:00 to 03-03 06:00", "03-05 12:00 to 03-05 12:30"],
    ),
    "an alarm says nothing": (
        [[*NIGHT, "BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "END:VALARM"]],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "a folded line": (
        [[NIGHT[0], "DTEND;TZID=Europe/", " Oslo:20260303T060000"]],
        ["03-02 21:00 to 03-03 06:00"],
    ),
    "the last Friday of the month": (
        [
            [
                "DTSTART;TZID=Europe/Oslo:20260327T160000",
                "DURATION:PT1H",
                "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2",
            ]
        ],
        ["03-27 16:00 to 03-27 17:00", "04-24 16:00 to 04-24 17:00"],
    ),
    "a beginning beside the rule counts": (
        [[*NIGHT, "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1"]],
        ["03-02 21:00 to 03-03 06:00", "03-04 21:00 to 03-05 06:00"],
    ),
}


@pytest.mark.parametrize(("events", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_events_are_windows(events: list[list[str]], expected: list[str]) -> None:
    assert windows(calendar(*events), "2026-03-01T00:00", "2026-06-01T00:00") == expected


def test_a_night_ends_when_the_clock_says_so_whatever_the_clocks_do_in_it() -> None:
    nights = calendar([*NIGHT, "RRULE:FREQ=DAILY"])
    assert windows(nights, "2026-03-28T20:00", "2026-03-29T20:00") == ["03-28 21:00 to 03-29 06:00"]
    (spring,) = CalendarPattern(read_calendar("c", nights, Findings()) or (), OSLO).stretches(
        oslo("2026-03-28T20:00"), oslo("2026-03-29T20:00")
    )
    assert spring[1] - spring[0] == 8 * 3600 * 1_000_000


def test_a_rule_without_an_end_is_asked_about_any_year() -> None:
    nights = calendar([*NIGHT, "RRULE:FREQ=WEEKLY"])
    assert windows(nights, "2046-03-05T00:00", "2046-03-12T00:00") == ["03-05 21:00 to 03-06 06:00"]


BROKEN = {
    "no calendar": ("hello\n", (1, 1), "no property of a calendar"),
    "something else first": ("VERSION:2.0\n", (1, 1), "begins with BEGIN:VCALENDAR"),
    "no events": (calendar(), (1, 1), "holds no events"),
    "not ended": (calendar(NIGHT).replace("END:VCALENDAR", ""), (1, 1), "ends before END:VCALENDAR"),
    "ended crosswise": (
        calendar(NIGHT).replace("END:VEVENT", "END:VTODO"),
        (8, 1),
        "END:VTODO stands where END:VEVENT",
    ),
    "no beginning": (calendar(["DURATION:PT1H"]), (4, 1), "no DTSTART"),
    "no time": (calendar([NIGHT[0]]), (6, 26), "lasts no time"),
    "ends before it begins": (
        calendar([NIGHT[0], NIGHT[0].replace("START", "END")]),
        (7, 24),
        "lasts no time",
    ),
    "no date": (calendar(["DTSTART:2026", "DURATION:PT1H"]), (6, 9), "'2026' is no date or time"),
    "no such zone": (
        calendar(["DTSTART;TZID=Europe/Osl:20260302T210000", "DURATION:PT1H"]),
        (6, 1),
        "did you mean 'Europe/Oslo'",
    ),
    "no such rule": (calendar([*NIGHT, "RRULE:FREQ=WEEKLI"]), (8, 7), "Expected frequency"),
    "every hour": (calendar([*NIGHT, "RRULE:FREQ=HOURLY"]), (8, 7), "no FREQ of a day or longer"),
    "another count of years": (
        calendar([*NIGHT, "RRULE:FREQ=DAILY;RSCALE=HEBREW"]),
        (8, 7),
        "RSCALE is not read",
    ),
    "never": (
        calendar([*NIGHT, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]),
        (8, 7),
        "no day that there is",
    ),
    "two rules": (calendar([*NIGHT, "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"]), (9, 7), "a second RRULE"),
    "rules of exception": (calendar([*NIGHT, "EXRULE:FREQ=DAILY"]), (8, 8), "EXRULE is no longer used"),
    "a day taken from nights": (
        calendar([*NIGHT, "RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260309"]),
        (9, 19),
        "should be a date and time",
    ),
    "all that follows": (
        calendar([*NIGHT, "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Oslo:20260309T210000"]),
        (8, 52),
        "a change of all that follows",
    ),
}


def order_of(ics: str, **changes: str) -> dict[str, str]:
    order = ORDER.replace('weekly: ["mon-fri 21:00-06:00", "sat-sun 19:00-08:00"]', "calendar: roster.ics")
    order = order.replace('    holidays: {calendar: "NO", as: sun}\n', "")
    return {"orders/ova.yaml": order, "zones/oslo.geojson": ZONES, "schedules/roster.ics": ics, **changes}


@pytest.mark.parametrize(("text", "at", "message"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_told_at_its_place(text: str, at: tuple[int, int], message: str, write) -> None:
    rulebook, (problem,) = check(write(order_of(text)))
    assert rulebook is None
    assert problem.file.endswith("schedules/roster.ics")
    assert (problem.line, problem.column) == at, problem
    assert message in str(problem)


def test_every_mistake_of_a_calendar_is_told_at_once(write) -> None:
    text = calendar(["DURATION:PT1H"], [NIGHT[0]], NIGHT, [*NIGHT, "RRULE:FREQ=HOURLY"])
    _, problems = check(write(order_of(text)))
    assert [problem.line for problem in problems] == [4, 10, 21]


def test_an_exception_that_takes_nothing_away_is_warned_of(write) -> None:
    text = calendar([*NIGHT, "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Oslo:20260310T210000"])
    rulebook, (problem,) = check(write(order_of(text)))
    assert rulebook is not None
    assert (problem.severity, problem.line, problem.column) == ("warning", 9, 25)


def test_a_calendar_nothing_names_is_warned_of(write) -> None:
    files = {"orders/ova.yaml": ORDER, "zones/oslo.geojson": ZONES, "schedules/roster.ics": calendar(NIGHT)}
    _, (problem,) = check(write(files))
    assert (problem.code, problem.severity) == ("calendar.unused", "warning")


def binds(write, files: dict[str, str], at: str, condition: int = 3) -> bool:
    rulebook, problems = check(write(files))
    assert rulebook is not None, problems
    order = rulebook.orders[0]
    (part,) = Binding(rulebook).parts(order, order.conditions[condition])
    return part.schedule.at(oslo(at)).binds


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-03-02T20:59", False), ("2026-03-02T21:00", True), ("2026-03-03T21:00", False)]
)
def test_a_condition_holds_in_the_events_of_its_calendar(write, at: str, expected: bool) -> None:
    assert binds(write, order_of(calendar(NIGHT)), at) is expected


def test_a_schedule_may_name_a_calendar_and_leave_a_schedule(write) -> None:
    handover = {"schedules/handover.yaml": "schedule: handover\ncalendar: roster.ics\n"}
    order = ORDER.replace(
        "alert_m: 1000}", "alert_m: 1000, allow: [{schedule: handover, reason: the child}]}"
    )
    files = {**order_of(calendar(NIGHT)), **handover, "orders/ova.yaml": order}
    assert not binds(write, files, "2026-03-02T22:00", condition=1)
    assert binds(write, files, "2026-03-02T20:00", condition=1)
    assert binds(write, files, "2026-03-04T22:00", condition=1)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("schedules/s.yaml", "schedule: s\ncalendar: rooster.ics\n", "name.unknown"),
        ("schedules/s.yaml", "schedule: s\n", "schedule.windows"),
        (
            "schedules/s.yaml",
            "schedule: s\nweekly: ['daily 01:00-02:00']\nleave: [{schedule: s}]\n",
            "leave.schedule",
        ),
        ("schedules/roster.ical", "BEGIN:VCALENDAR\n", "file.unread"),
    ],
    ids=["unknown calendar", "no windows", "leave by another schedule", "another ending"],
)
def test_what_a_schedule_may_not_be(write, name: str, text: str, code: str) -> None:
    rulebook, problems = check(write({**order_of(calendar(NIGHT)), name: text}))
    assert rulebook is None
    assert [problem.code for problem in problems] == [code]


def test_a_change_of_a_calendar_is_told_with_whom_it_binds(write, tmp_path) -> None:
    old, _ = check(write(order_of(calendar(NIGHT))))
    new, _ = check(write(order_of(calendar([*NIGHT, "RRULE:FREQ=WEEKLY"]))))
    assert old is not None
    assert new is not None
    (told,) = difference(old, new)
    assert (told.text, told.orders) == ("roster.ics: 1 events went, 1 came", ("OVA-2026-0042",))
    assert difference(new, new) == ()

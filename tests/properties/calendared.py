"""Worlds whose conditions bind by calendars and schedules, half of them in the night the clocks go back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from em_engine.law.recurrence import CalendarEvent
from em_engine.law.terms import Leave, Scheduled
from em_engine.rulebook.models import Condition, Schedule
from em_engine.vocabulary import Micros, micros
from tests.properties.granted import moved
from tests.properties.worlds import CIVIL_NOON, NOON, World

NIGHT: Micros = micros(datetime(2026, 10, 25, 0, 10, tzinfo=UTC))
CIVIL_NIGHT: Any = datetime(2026, 10, 25, 2, 10)  # noqa: DTZ001  civil
RULES = (
    "",
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=9",
    "FREQ=WEEKLY;BYDAY=WE,SU",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=MONTHLY;BYDAY=3WE,-1SU",
    "FREQ=HOURLY;INTERVAL=2",
    "FREQ=MINUTELY;INTERVAL=50",
)
BACK_DAYS = (0, 0, 0, 1, 7, 8, 14)
ZONES: dict[str | None, int] = {None: 0, "America/New_York": -6, "Asia/Kathmandu": 4, "Europe/London": -1}
"""Where events may be written, and by how many hours clocks there are ahead, about."""


def with_calendars(small: World, seed: int) -> World:
    """The world with two calendars and two schedules, which its conditions name; their own windows stay."""
    random = np.random.default_rng(seed)
    is_night = seed % 2 == 0
    start = CIVIL_NIGHT if is_night else CIVIL_NOON
    calendars = {name: _events(random, start) for name in ("visits", "shifts")}
    span = timedelta(minutes=int(random.integers(0, 90))), timedelta(minutes=int(random.integers(100, 200)))
    leave = Leave(from_=start + span[0], to=start + span[1])
    hours = [(start + one).strftime("%H:%M") for one in span]
    schedules = {
        "work": Schedule(name="work", calendar="shifts", leave=(leave,)),
        "school": Schedule(name="school", weekly=(f"daily {hours[0]}-{hours[1]}",), calendar="visits"),
    }
    there = moved(small, by=NIGHT - NOON if is_night else 0)
    orders = tuple(
        replace(one, conditions=tuple(_named(random, condition) for condition in one.conditions))
        for one in there.rulebook.orders
    )
    return replace(
        there, rulebook=replace(there.rulebook, orders=orders, calendars=calendars, schedules=schedules)
    )


def _named(random: Any, condition: Condition) -> Condition:
    if not isinstance(condition.terms, Scheduled):
        return condition
    times: dict[str, Any] = {}
    if random.random() < 0.6:
        times["calendar"] = str(random.choice(["visits", "shifts"]))
    if random.random() < 0.5:
        times["schedule"] = str(random.choice(["work", "school"]))
    if random.random() < 0.5:
        times["leave"] = (*condition.terms.leave, Leave(schedule=str(random.choice(["work", "school"]))))
    return replace(condition, terms=replace(condition.terms, **times), phases=())


def _events(random: Any, about: datetime) -> tuple[CalendarEvent, ...]:
    return tuple(_event(random, about) for _ in range(int(random.integers(1, 4))))


def _event(random: Any, about: datetime) -> CalendarEvent:
    zone = list(ZONES)[int(random.choice(len(ZONES), p=[0.55, 0.15, 0.15, 0.15]))]
    away = timedelta(hours=ZONES[zone], minutes=int(random.integers(-30, 200)))
    time_there = about + away
    starts = time_there - timedelta(days=int(random.choice(BACK_DAYS)))
    rule = RULES[int(random.integers(0, len(RULES)))]
    if rule and "COUNT" not in rule and random.random() < 0.3:
        rule += f";UNTIL={time_there + timedelta(minutes=int(random.choice([-1, 0, 30]))):%Y%m%dT%H%M%S}"
    return CalendarEvent(
        starts=starts,
        ends=starts + timedelta(minutes=int(random.choice([5, 20, 45, 90]))),
        zone=zone,
        rule=rule,
        without=frozenset({time_there}) if random.random() < 0.2 else frozenset(),
        besides=(time_there + timedelta(minutes=70),) if random.random() < 0.2 else (),
    )

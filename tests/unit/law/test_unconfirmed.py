"""Nobody knows where the wearer is: one silence is one alert, however late its signs arrive."""

import pytest

from em_engine.law.curfew import CurfewTerms
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import Source
from tests.timeline import Timeline, minutes

TERMS = CurfewTerms(
    zone="home",  # type: ignore[arg-type]
    weekly=("daily 21:00-07:00",),  # type: ignore[arg-type]
    confirm_every=minutes(30),
)


def night() -> Timeline:
    """Home all night, confirmed every half hour; last seen at 22:00."""
    made = Timeline(Condition(id="nights", kind="curfew", terms=TERMS))
    made.at("22:00").fix()
    return made


def test_a_stored_burst_does_not_chatter() -> None:
    made = night()
    for minute in range(1, 10):
        made.at(f"22:50:{minute:02}").fix(measured=f"22:{minute:02}:00")
    made.at("22:50:30").fix(measured="22:50:20")
    made.at("23:00")
    assert [(one.type, one.opened, one.cleared) for one in made.breaches] == [
        ("curfew.unconfirmed", "22:30:00", "22:50:20")
    ]


@pytest.mark.parametrize(
    ("measured", "arrives", "opens"),
    [("22:29:59", "22:30:01", False), ("22:30:30", "22:30:59", False), ("22:30:30", "22:31:01", True)],
    ids=["made in time", "made in the minute after", "too late"],
)
def test_a_sign_may_be_on_its_way_for_a_minute(measured: str, arrives: str, opens: bool) -> None:
    made = night()
    made.at(arrives).fix(measured=measured)
    made.at("22:40")
    told = [(one.opened, one.detected, one.cleared) for one in made.breaches]
    assert told == [("22:30:00", "22:31:00", measured)] * opens


def test_where_the_window_begins_it_may_be_too() -> None:
    """Not seen since before it began; the first sign comes 40 s into it, or not at all."""
    for sign in (True, False):
        made = Timeline(Condition(id="nights", kind="curfew", terms=TERMS))
        made.at("20:00").fix()
        if sign:
            made.at("21:00:40").fix()
        made.at("21:20")
        assert made.types == ["curfew.unconfirmed"] * (not sign)


@pytest.mark.parametrize(
    ("east_m", "accuracy_m", "source", "tells"),
    [
        (850.0, 420.0, Source.CELL, False),
        (850.0, 399.0, Source.CELL, False),
        (250.0, 99.0, Source.CELL, True),
        (160.0, 101.0, Source.GNSS, False),
        (90.0, 81.0, Source.GNSS, True),
        (90.0, 79.0, Source.GNSS, False),
        (30.0, 101.0, Source.GNSS, False),
    ],
    ids=[
        "a vague mast",
        "a mast far off",
        "a near mast",
        "far off and vague",
        "hardly outside",
        "leaning away",
        "vague",
    ],
)
def test_which_fix_is_a_sign(east_m: float, accuracy_m: float, source: Source, tells: bool) -> None:
    """Home is a circle of 50 m; after the fix of 22:20 nothing is heard."""
    made = night()
    made.at("22:20").fix(east_m=east_m, accuracy_m=accuracy_m, source=source)
    made.at("22:31")
    assert made.is_open("curfew.unconfirmed") is not tells


@pytest.mark.parametrize(("late", "clears"), [(False, True), (True, False)])
def test_a_sign_as_old_as_allowed_when_it_arrives_confirms_nothing(late: bool, clears: bool) -> None:
    made = night()
    made.at("22:50:00").fix(measured="22:20:00" if late else "22:20:01")
    assert made.is_open("curfew.unconfirmed") is not clears

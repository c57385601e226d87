"""Nobody knows where the wearer is: one silence is one alert, however late its signs arrive."""

import pytest

from em_engine.law.curfew import CurfewTerms
from em_engine.rulebook.models import Condition
from tests.timeline import Timeline, minutes


def night() -> Timeline:
    """Home all night, confirmed every half hour; last seen at 22:00."""
    terms = CurfewTerms(
        zone="home",  # type: ignore[arg-type]
        weekly=("daily 21:00-07:00",),  # type: ignore[arg-type]
        confirm_every=minutes(30),
    )
    made = Timeline(Condition(id="nights", kind="curfew", terms=terms))
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


@pytest.mark.parametrize(("late", "clears"), [(False, True), (True, False)])
def test_a_sign_as_old_as_allowed_when_it_arrives_confirms_nothing(late: bool, clears: bool) -> None:
    made = night()
    made.at("22:50:00").fix(measured="22:20:00" if late else "22:20:01")
    assert made.is_open("curfew.unconfirmed") is not clears

"""What an operator is told of how two people came near each other."""

from typing import Any

import pytest

from tests.timeline import PHONE, Timeline, contact_ban


def met(
    wearer: tuple[float, float], protected: tuple[float, float], *, speed_mps: float = 0.0
) -> dict[str, Any]:
    """Both seen at 12:00 and a minute later, so many metres east; the evidence of the warning told then."""
    walk = Timeline(contact_ban(300))
    for minute in (0, 1):
        walk.at(f"12:0{minute}:00").fix(device=PHONE, east_m=protected[minute], speed_mps=speed_mps)
        walk.at(f"12:0{minute}:00").fix(east_m=wearer[minute], speed_mps=speed_mps)
    (warning,) = [one for one in walk.changes if one.type == "contact.warning"]
    return dict(warning.evidence)


def test_how_fast_they_close_in_and_when_they_will_be_too_near() -> None:
    told = met((620.0, 500.0), (0.0, 0.0))
    assert told["closing_mps"] == pytest.approx(2.0, abs=0.1)
    assert told["alert_in_s"] == pytest.approx(100, abs=5)


@pytest.mark.parametrize(
    ("wearer", "protected", "by"),
    [
        ((620.0, 560.0), (0.0, 0.0), "wearer"),
        ((620.0, 620.0), (0.0, 60.0), "protected"),
        ((660.0, 600.0), (0.0, 40.0), "both"),
        ((604.0, 598.0), (0.0, 0.0), None),
    ],
)
def test_who_came_nearer(wearer: tuple[float, float], protected: tuple[float, float], by: str | None) -> None:
    assert met(wearer, protected)["nearer_by"] == by


def test_who_met_as_the_first_fixes_came_has_no_closing_speed() -> None:
    walk = Timeline(contact_ban(300))
    walk.at("12:00").fix(device=PHONE)
    walk.at("12:00").fix(east_m=500)
    (warning,) = walk.changes
    assert "closing_mps" not in warning.evidence
    assert warning.evidence["nearer_by"] is None


@pytest.mark.parametrize(("speed_mps", "still"), [(0.2, True), (1.3, False)])
def test_whether_both_stand_still(speed_mps: float, still: bool) -> None:
    assert met((604.0, 598.0), (0.0, 0.0), speed_mps=speed_mps)["both_still"] is still

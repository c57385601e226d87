"""How sure it must be: the same evidence at each level an order may name."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from em_engine.law.certainty import Certainty
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.rulebook.models import Condition, Phase
from em_engine.vocabulary import ChangeKind, Source
from tests.timeline import PHONE, Timeline, at_level, contact_ban, curfew, exclusion, inclusion

LIKELY, CONVINCING, PROVED = Certainty
LEVELS = pytest.mark.parametrize("level", Certainty)
EDGE_M = 1_700.0
"""East of home the ban zone begins."""


def walk_in(*conditions: Condition, depth_m: float, fixes: int = 1, **fix: Any) -> Timeline:
    """Seen beside the ban zone at noon, and from 12:01 on so often a minute apart that deep in it."""
    walk = Timeline(*conditions)
    walk.at("12:00:00").fix(east_m=EDGE_M - 300)
    for minute in range(1, fixes + 1):
        walk.at(f"12:{minute:02d}:00").fix(east_m=EDGE_M + depth_m, **fix)
    return walk


def opened(walk: Timeline) -> list[tuple[str, str]]:
    return [(one.type, one.detected) for one in walk.breaches]


@pytest.mark.parametrize(
    ("level", "depth_m", "told_at"),
    [
        (LIKELY, 10.5, "12:01:00"),
        (LIKELY, 9.5, ""),  # not the whole circle: undetermined never accuses
        (CONVINCING, 10.5, "12:02:00"),
        (CONVINCING, 16.0, "12:01:00"),
        (PROVED, 16.0, "12:03:00"),
        (PROVED, 100.0, "12:02:00"),
    ],
)
def test_ten_metre_fixes_a_minute_apart(level: Certainty, depth_m: float, told_at: str) -> None:
    walk = walk_in(at_level(exclusion(), level), depth_m=depth_m, fixes=5, accuracy_m=10.0)
    assert opened(walk) == [("exclusion.entered", told_at)] * bool(told_at)


@LEVELS
def test_since_when_is_the_same_at_every_level(level: Certainty) -> None:
    walk = walk_in(at_level(exclusion(), level), depth_m=300.0, fixes=3)
    assert [one.opened for one in walk.breaches] == ["12:00:30"]


@pytest.mark.parametrize(("level", "told"), [(LIKELY, True), (CONVINCING, True), (PROVED, False)])
def test_silence_after_one_fix_opens_what_one_fix_can_say(level: Certainty, told: bool) -> None:
    walk = Timeline(at_level(exclusion(), level))
    walk.at("12:00:00").fix(east_m=EDGE_M - 300)
    walk.at("12:05:00").fix(east_m=EDGE_M + 300)
    walk.at("12:30:00")
    assert opened(walk) == [("exclusion.entered", "12:06:00")] * told


@pytest.mark.parametrize(("level", "fixes"), [(LIKELY, 1), (CONVINCING, 3), (PROVED, 16)])
def test_wi_fi_is_one_error_told_again(level: Certainty, fixes: int) -> None:
    walk = walk_in(at_level(exclusion(), level), depth_m=280.0, fixes=20, source=Source.WIFI)
    assert opened(walk) == [("exclusion.entered", f"12:{fixes:02d}:00")]


@pytest.mark.parametrize(
    ("level", "depth_m", "told_at"),
    [
        (LIKELY, 10.5, "12:00:00"),
        (CONVINCING, 10.5, ""),
        (CONVINCING, 16.0, "12:00:00"),
        (PROVED, 250.0, "12:02:00"),
    ],
)
def test_what_one_fix_says_where_a_window_begins(level: Certainty, depth_m: float, told_at: str) -> None:
    """He may have walked 15 m towards the way out in the ten seconds since."""
    walk = Timeline(at_level(exclusion("fri 12:00-13:00"), level))
    walk.at("11:59:40").fix(east_m=EDGE_M + depth_m + 15.0, accuracy_m=10.0)
    walk.at("11:59:50").fix(east_m=EDGE_M + depth_m + 15.0, accuracy_m=10.0)
    walk.at("12:00:00")
    if not told_at:
        assert walk.types == []
        return
    walk.at("12:01:00").fix(east_m=EDGE_M + depth_m, accuracy_m=10.0)
    walk.at("12:02:00").fix(east_m=EDGE_M + depth_m, accuracy_m=10.0)
    assert opened(walk) == [("exclusion.entered", told_at)]


@LEVELS
def test_what_is_open_clears_as_ever(level: Certainty) -> None:
    walk = walk_in(at_level(exclusion(), level), depth_m=300.0, fixes=3)
    walk.at("12:04:00").fix(east_m=EDGE_M - 300)
    assert [one.cleared for one in walk.breaches] == ["12:03:30"]


@LEVELS
def test_a_dash_through_the_zone_is_told_at_every_level(level: Certainty) -> None:
    """One fix in the middle of it, seconds after the one before and seconds before the one beyond."""
    dash = Timeline(at_level(exclusion(), level))
    dash.at("12:00:00").fix(east_m=EDGE_M - 60)
    dash.at("12:00:05").fix(east_m=2_000)
    dash.at("12:00:10").fix(east_m=2_360)
    assert dash.types == ["exclusion.crossed"]


@pytest.mark.parametrize(("level", "told"), [(LIKELY, ["exclusion.crossed"]), (CONVINCING, []), (PROVED, [])])
def test_a_doubtful_fix_in_it_is_enough_for_who_asks_for_little(level: Certainty, told: list[str]) -> None:
    """The ends lie in doubt beside the border, so only the suspicion between them can say that he passed."""
    dash = Timeline(at_level(exclusion(), level))
    dash.at("12:00:00").fix(east_m=EDGE_M - 60)
    dash.at("12:00:05").fix(east_m=EDGE_M + 240, accuracy_m=200.0)
    dash.at("12:00:10").fix(east_m=2_360)
    assert dash.types == told


@LEVELS
def test_the_evidence_names_a_level_that_is_not_the_kind_s_own(level: Certainty) -> None:
    walk = walk_in(at_level(exclusion(), level), depth_m=10.5, fixes=4, accuracy_m=10.0)
    [told] = [one for one in walk.changes if one.change is ChangeKind.OPENED]
    if level is LIKELY:
        assert "certainty" not in told.evidence
        assert "belief" not in told.evidence
    else:
        least = {CONVINCING: 0.99, PROVED: 0.9999}[level]
        assert told.evidence["certainty"] == level.value
        assert least <= told.evidence["belief"] < 1.0
        assert told.evidence["fixes"] == {CONVINCING: 2, PROVED: 4}[level]


@pytest.mark.parametrize(("level", "told_at"), [(LIKELY, "12:01:00"), (PROVED, "12:02:00")])
def test_inclusion_and_curfew_ask_likewise(level: Certainty, told_at: str) -> None:
    for condition, type in ((inclusion(), "inclusion.left"), (curfew("11:00", "14:00"), "curfew.left")):
        outing = Timeline(at_level(condition, level))
        outing.at("12:00:00").fix()
        for minute in ("12:01:00", "12:02:00", "12:03:00"):
            outing.at(minute).fix(metres_from_home=500)
        assert opened(outing) == [(type, told_at)]


def test_a_contact_ban_is_likely() -> None:
    assert contact_ban(500).terms.certainty is LIKELY
    meeting = Timeline(contact_ban(500))
    meeting.at("12:00:00").fix(device=PHONE, east_m=400)
    meeting.at("12:00:01").fix()
    assert meeting.types == ["contact.warning", "contact.alert"]
    assert not any("certainty" in one.evidence for one in meeting.changes)


def test_a_phase_may_ask_for_more() -> None:
    eased = exclusion()
    phase = Phase(
        from_=datetime(2026, 11, 20, 12, 30),  # type: ignore[arg-type]  # noqa: DTZ001  civil
        terms=replace(eased.terms, certainty=PROVED),
    )
    walk = Timeline(replace(at_level(eased, LIKELY), phases=(phase,)))
    for start in ("12:00:00", "12:40:00"):
        walk.at(start).fix(east_m=EDGE_M - 300)
        walk.at(f"{start[:4]}1:00").fix(east_m=EDGE_M + 300)
        walk.at(f"{start[:4]}2:00").fix(east_m=EDGE_M + 300)
        walk.at(f"{start[:4]}3:00").fix(east_m=EDGE_M - 300)
    assert opened(walk) == [("exclusion.entered", "12:01:00"), ("exclusion.entered", "12:42:00")]


@pytest.mark.parametrize(
    ("was", "becomes", "told_at"),
    [(PROVED, CONVINCING, "12:03:00"), (CONVINCING, PROVED, "12:03:00"), (LIKELY, PROVED, "")],
)
def test_a_revision_that_asks_for_more_or_less_goes_on_with_what_was_seen(
    was: Certainty, becomes: Certainty, told_at: str
) -> None:
    """Seen in it once, when nothing could be told yet; what comes then is held to the new level."""
    walk = Timeline(at_level(exclusion(), was))
    walk.at("12:00:00").fix(east_m=EDGE_M - 300)
    walk.at("12:01:50").fix(east_m=EDGE_M + 300)
    [order] = walk.rulebook.orders
    changed = replace(order, conditions=(at_level(exclusion(), becomes),))
    rules = compile_rules(replace(walk.rulebook, revision="next", orders=(changed,)))
    walk.heart, told = snapshot.load(snapshot.dump(walk.heart), rules, walk.now)
    assert told == ()
    if told_at:
        walk.at(told_at).fix(east_m=EDGE_M + 300)
    walk.at("13:00:00")
    assert [(one.type, one.opened, one.detected) for one in walk.breaches] == [
        ("exclusion.entered", "12:00:55", told_at)
    ] * bool(told_at)

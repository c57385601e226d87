"""Members of a group whose fixes come late: what they show is told in arrears, once, of nobody's place."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.vocabulary import MINUTE, SECOND, Change, ReportKind, Tristate
from tests.properties.worlds import NOON, degrees
from tests.reference.reports import Report, as_batch
from tests.unit.law.yard import Yard, apart, wearer

HOUR_S = 3600
END_S = 1800
MET = range(600, 1200, 60)
"""The ten minutes, from ten past on, in which two stand beside each other in most of these stories."""

Way = Iterable[tuple[int, float]]


def way(at_m: float, *, seconds: Iterable[int] = range(0, END_S, 60), met_at: Iterable[int] = MET) -> Way:
    """A fix a minute at a place of one's own, but for the minutes in which all stand at 0 m."""
    together = set(met_at)
    return [(second, 0.0 if second in together else at_m) for second in seconds]


def two(**given: object) -> Yard:
    return Yard(wearer("a", apart(**given)), wearer("b", apart(**given)))  # type: ignore[arg-type]


def tell(yard: Yard, who: str, fixes: Way, *, received: int | None = None) -> None:
    """Fixes as they are made, or all of them later, a tenth of a second apart."""
    reports = []
    for count, (second, east_m) in enumerate(fixes):
        at, (lon, lat) = NOON + second * SECOND, degrees(east_m, 0.0)
        received_at = at if received is None else NOON + received * SECOND + count * SECOND // 10
        place: dict[str, Any] = {"lon": lon, "lat": lat, "accuracy_m": 5.0}
        reports.append(Report(device=who, kind=ReportKind.FIX, at=at, received_at=received_at, **place))
    yard.changes += yard.heart.step(as_batch(reports), reports[-1].received_at).changes


def live(yard: Yard, *ways: tuple[str, Way]) -> None:
    """Each in its time."""
    told = sorted((second, who, east_m) for who, its in ways for second, east_m in its)
    for second, who, east_m in told:
        yard.fix(second, who, east_m)


def spans(changes: Sequence[Change], case: str) -> list[tuple[float, float]]:
    """From when to when each late alert of a case lasted, in minutes past the hour."""
    opened = {one.alert: one for one in changes if one.case == case and one.change.value == "opened"}
    ended = {one.alert: one for one in changes if one.case == case and one.change.value == "cleared"}
    assert all(one.late for one in (*opened.values(), *ended.values()))
    ends = {alert: one.cleared_at or 0 for alert, one in ended.items()}
    return [
        (
            round((one.opened_at - NOON) / MINUTE, 2),
            round((ends[alert] - NOON) / MINUTE, 2),
        )
        for alert, one in opened.items()
    ]


def told(yard: Yard) -> dict[str, list[tuple[float, float]]]:
    return {case: found for case in ("a", "b") if (found := spans(yard.changes, case))}


# Whoever uploads ----------------------------------------


def test_who_stored_a_meeting_is_told_of_it_when_he_uploads() -> None:
    yard = two()
    tell(yard, "a", way(300.0))
    tell(yard, "b", way(-3.0), received=END_S)
    assert yard.told == []
    yard.wait(END_S + 60 * 0.1 + 5)
    found = told(yard)
    assert found.keys() == {"a", "b"}
    assert found["a"] == found["b"] == [pytest.approx((9.84, 19.17), abs=0.01)]


def test_it_does_not_matter_which_of_the_two_was_late_nor_whether_both_were() -> None:
    found = []
    for late in ("a", "b", "ab"):
        yard = two()
        for who in "ab":
            if who not in late:
                tell(yard, who, way(300.0 if who == "a" else -300.0))
        for count, who in enumerate(late):
            received = END_S + 600 * count
            tell(yard, who, way(300.0 if who == "a" else -300.0), received=received)
        yard.wait(2 * END_S)
        found.append(told(yard))
    assert found[0]["b"] == [pytest.approx((10, 19), abs=0.2)]
    assert found[0] == found[1] == found[2]


def test_what_comes_newest_first_is_found_as_well() -> None:
    yard = two()
    tell(yard, "a", way(300.0))
    tell(yard, "b", [*way(-300.0, seconds=range(0, 300, 60)), (END_S - 1, -300.0)])
    tell(yard, "b", reversed(list(way(-300.0, seconds=range(300, END_S - 60, 60)))), received=END_S)
    assert yard.told == []
    yard.wait(2 * END_S)
    found = told(yard)
    assert found.keys() == {"a", "b"}
    assert found["a"] == [pytest.approx((10, 19), abs=0.2)]


def test_the_last_seconds_of_an_upload_are_waited_for_but_no_longer_than_a_minute() -> None:
    yard = two()
    tell(yard, "a", way(300.0))
    for count, (second, east_m) in enumerate(way(-300.0)):
        yard.fix(second, "b", east_m, received=END_S + 4 * count)
        if yard.changes:
            break
    assert 60 <= 4 * count <= 64
    assert all(one.at == NOON + (END_S + 60) * SECOND for one in yard.changes)


# What is told ----------------------------------------


def test_nothing_is_told_twice_and_nothing_that_was_told_in_time() -> None:
    yard = two()
    mine, theirs = way(300.0, seconds=range(0, 1800, 60)), way(-300.0, seconds=range(0, 900, 60))
    live(yard, ("a", mine), ("b", theirs))
    in_time = list(yard.told)
    assert sorted(in_time) == [(who, "opened", "contact.alert") for who in "ab"]
    tell(yard, "b", way(-300.0, seconds=range(900, 1800, 60)), received=1800)
    yard.wait(2000)
    assert not any(one.late for one in yard.changes)
    tell(yard, "a", [(second, 300.0) for second in range(1830, 2000, 60)], received=2000)
    yard.wait(3000)
    assert not any(one.late for one in yard.changes)


def test_what_goes_on_is_the_present_s_and_not_late() -> None:
    yard = two(alert_m=300.0, dwell=timedelta(minutes=5))
    together = range(600, 2_000, 60)
    tell(yard, "a", way(500.0, seconds=range(0, 1_260, 60), met_at=together))
    tell(yard, "b", way(-500.0, seconds=range(0, 1_260, 60), met_at=together), received=1_261)
    assert yard.told == [], "suspected, since the newest of what was stored"
    yard.wait(1_290)
    assert sorted(yard.told) == [("a", "opened", "contact.alert"), ("b", "opened", "contact.alert")]
    assert not any(one.late for one in yard.changes)
    assert yard.since("a") == pytest.approx([600 - 60 * 300 / 1000], abs=30)


def test_nothing_of_the_other_s_place_is_told_nor_a_name_that_must_not_be() -> None:
    yard = Yard(
        wearer("a", apart(), record="breaches-only"),
        wearer("b", apart(), record="everything"),
    )
    tell(yard, "a", [(second, east_m + 3.0) for second, east_m in way(300.0)])
    tell(yard, "b", [(second, east_m + 7.0) for second, east_m in way(-300.0)], received=END_S)
    yard.wait(2 * END_S)
    places = {one.case: one.evidence["fix"] for one in yard.changes}
    assert places["a"]["lon"] != places["b"]["lon"]
    for one in yard.changes:
        mine, theirs = places[one.case], places["b" if one.case == "a" else "a"]
        text = json.dumps(dict(one.evidence))
        assert str(mine["lon"]) in text
        assert str(theirs["lon"]) not in text
        assert one.late


def test_one_alert_is_told_towards_however_many() -> None:
    yard = Yard(*(wearer(who, apart()) for who in "abc"))
    tell(yard, "a", way(300.0, met_at=range(600, 1500, 60)))
    for who, away_m, since, until in (("b", -300.0, 600, 1200), ("c", 900.0, 1080, 1500)):
        tell(yard, who, way(away_m, met_at=range(since, until, 60)), received=END_S)
    assert yard.told == []
    yard.wait(2 * END_S)
    assert spans(yard.changes, "a") == [pytest.approx((10, 24), abs=1)]
    assert spans(yard.changes, "b") == [pytest.approx((10, 19), abs=1)]
    assert spans(yard.changes, "c") == [pytest.approx((18, 24), abs=1)]


# What is not ----------------------------------------


def test_who_is_far_when_the_other_was_there_has_not_met_him() -> None:
    yard = two()
    tell(yard, "a", way(300.0, met_at=range(600, 900, 60)))
    tell(yard, "b", way(-300.0, met_at=range(1_800, 2_100, 60)), received=END_S)
    yard.wait(2 * END_S)
    assert yard.told == []


def test_who_lay_still_beside_him_all_along_is_no_news() -> None:
    yard = two(alert_m=200.0)
    tell(yard, "a", [(second, 0.0) for second in range(0, END_S, 60)])
    tell(yard, "b", [(second, 100.0) for second in range(0, 600, 60)])
    known = list(yard.changes)
    tell(yard, "b", [(second, 100.0) for second in range(600, END_S, 60)], received=END_S)
    yard.wait(2 * END_S)
    assert not any(one.late for one in yard.changes[len(known) :])


def test_what_lies_more_than_eight_hours_and_a_half_back_is_not_known_any_more() -> None:
    yard = two()
    seconds = [*range(0, HOUR_S, 120), *range(9 * HOUR_S, 10 * HOUR_S, 120)]
    tell(yard, "a", way(300.0, seconds=seconds))
    tell(yard, "b", way(-300.0, seconds=seconds), received=10 * HOUR_S)
    yard.wait(12 * HOUR_S)
    assert yard.told == []


def test_what_is_known_of_both_at_home_speaks_for_them_later_too() -> None:
    yard = two(alert_m=200.0)
    for second in range(0, END_S, 60):
        yard.fix(second, "a", 0.0)
        yard.beat(second + 1, "a", beacon=True)
    for count, second in enumerate(range(0, END_S, 60)):
        yard.fix(second, "b", 400.0 - min(second, 600) / 2, received=END_S + count / 10)
        yard.tell(
            second + 1, "b", END_S + count / 10, kind=ReportKind.HEARTBEAT, beacon_in_range=Tristate.YES
        )
    yard.wait(2 * END_S)
    assert yard.told == []


# What is remembered ----------------------------------------


def test_a_restart_between_changes_nothing() -> None:
    def story(restarts: bool) -> list[object]:
        yard = two()
        tell(yard, "a", way(300.0))
        tell(yard, "b", way(-300.0), received=END_S)
        if restarts:
            yard.heart, _ = snapshot.load(snapshot.dump(yard.heart), compile_rules(yard.rules))
        yard.wait(2 * END_S)
        return [one.as_json() for one in yard.changes]

    assert story(restarts=True) == story(restarts=False) != []


def test_memory_is_bounded_and_does_not_grow_with_what_was_heard() -> None:
    yard = two()
    sizes = []
    for hour in range(12):
        seconds = range(hour * HOUR_S, (hour + 1) * HOUR_S, 300)
        tell(yard, "a", way(300.0, seconds=seconds))
        tell(yard, "b", way(-300.0, seconds=seconds), received=(hour + 1) * HOUR_S)
        sizes.append(len(snapshot.dump(yard.heart)))
    assert sizes[11] <= 1.05 * sizes[9]

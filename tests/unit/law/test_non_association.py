"""Wearers of one group who come together: when it is told, of whom, and when it is not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from em_engine.law.terms import Leave
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Change, Source
from tests.properties.worlds import NOON
from tests.unit.law.yard import Yard, apart, wearer

AT_ONCE = timedelta(0)
A_OPENS, B_OPENS = ("a", "opened", "contact.alert"), ("b", "opened", "contact.alert")
A_CLEARS, B_CLEARS = ("a", "cleared", "contact.alert"), ("b", "cleared", "contact.alert")


def two(**given: object) -> Yard:
    return Yard(wearer("a", apart(**given)), wearer("b", apart(**given)))  # type: ignore[arg-type]


def between(hour: int, minute: int, to_hour: int, to_minute: int) -> tuple[Leave, ...]:
    """A leave on the day, civil."""
    day = datetime(2026, 11, 18)  # noqa: DTZ001  civil
    start, end = day.replace(hour=hour, minute=minute), day.replace(hour=to_hour, minute=to_minute)
    return (Leave(from_=start, to=end),)  # type: ignore[arg-type]


# How long, how near, how surely ----------------------------------------


@pytest.mark.parametrize(("second", "told"), [(60.999, []), (61.0, [A_OPENS, B_OPENS])])
def test_together_for_a_minute_is_together(second: float, told: list[object]) -> None:
    yard = two(alert_m=300.0)
    yard.fix(0, "a")
    yard.fix(1, "b", 10.0)
    yard.fix(second, "a", 2.0)
    assert yard.told == told


def test_one_look_is_enough_where_no_dwell_is_asked() -> None:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a")
    yard.fix(1, "b", 10.0)
    assert yard.told == [B_OPENS, A_OPENS]


def test_who_passes_is_not_together_with_whom_he_passes() -> None:
    yard = two()
    for second in range(0, 120, 10):
        yard.fix(second, "a", 1.4 * (second - 60))
        yard.fix(second + 1, "b", 1.4 * (60 - second))
    assert yard.told == []


def test_what_cannot_be_told_apart_accuses_nobody() -> None:
    yard = two(dwell=AT_ONCE)
    for second in range(0, 3600, 30):
        yard.fix(second, "a", accuracy_m=20.0)
        yard.fix(second + 1, "b", 30.0, accuracy_m=20.0)
    assert yard.told == []


@pytest.mark.parametrize(("age", "told"), [(600, [B_OPENS, A_OPENS]), (601, [])])
def test_whom_nobody_has_seen_for_ten_minutes_is_nowhere(age: int, told: list[object]) -> None:
    yard = two(alert_m=5_000.0, dwell=AT_ONCE)
    yard.fix(0, "a")
    yard.fix(age, "b", 10.0)
    assert yard.told == told


@pytest.mark.parametrize("source", [Source.WIFI, Source.CELL])
def test_a_vague_source_alone_accuses_nobody(source: Source) -> None:
    yard = two(alert_m=900.0, dwell=AT_ONCE)
    yard.fix(0, "a")
    yard.fix(1, "b", 10.0, accuracy_m=30.0, source=source)
    yard.fix(2, "a")
    assert yard.told == []


def test_a_position_that_cannot_have_been_reached_brings_nobody_together() -> None:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a")
    yard.fix(1, "b", 20_000.0)
    yard.fix(30, "b", 10.0)
    assert yard.told == []


def test_it_opens_when_they_came_near_and_clears_when_they_parted() -> None:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a")
    for second, east_m in ((0.5, 250.0), (60, 150.0), (120, 0.0), (180, 100.0), (240, 200.0)):
        yard.fix(second, "b", east_m)
        yard.fix(second + 0.1, "a")
    # From 150 m to 0 m in 60 s, 100 m of them before the 50 m begin; back: 50 m of the first 100.
    assert yard.told == [A_OPENS, B_OPENS, A_CLEARS, B_CLEARS]
    assert yard.since("a") == pytest.approx([60.1 + 100.0 / 150.0 * 59.9], abs=0.1)
    cleared = [one.cleared_at for one in yard.changes if one.case == "a" and one.cleared_at is not None]
    assert [(at - NOON) / SECOND for at in cleared] == pytest.approx([120.1 + 0.5 * 59.9], abs=0.1)


def test_a_warning_is_told_where_a_ring_is_asked_for() -> None:
    yard = Yard(wearer("a", apart(warn_m=200.0, dwell=AT_ONCE)), wearer("b", apart(dwell=AT_ONCE)))
    yard.fix(0, "a")
    yard.fix(1, "b", 120.0)
    assert yard.told == [("a", "opened", "contact.warning")]


# Of whom ----------------------------------------


def test_each_order_has_its_own_distance() -> None:
    yard = Yard(wearer("a", apart(alert_m=200.0, dwell=AT_ONCE)), wearer("b", apart(dwell=AT_ONCE)))
    yard.fix(0, "a")
    yard.fix(1, "b", 100.0)
    assert yard.told == [A_OPENS]


def test_other_groups_are_none_of_his_business() -> None:
    yard = Yard(wearer("a", apart(dwell=AT_ONCE)), wearer("b", apart(group="other", dwell=AT_ONCE)))
    yard.fix(0, "a")
    yard.fix(1, "b")
    assert yard.told == []


def test_a_wearer_under_two_orders_does_not_meet_himself() -> None:
    first, second = wearer("a", apart(dwell=AT_ONCE)), wearer("twin", apart(dwell=AT_ONCE))
    yard = Yard(first, replace(second, wearer=first.wearer), wearer("b", apart(dwell=AT_ONCE)))
    yard.fix(0, "a")
    yard.fix(60, "a")
    assert yard.told == []
    yard.fix(61, "b", 5.0)
    assert sorted(yard.told) == [A_OPENS, B_OPENS, ("twin", "opened", "contact.alert")]


def test_a_third_is_counted_and_the_last_to_leave_clears() -> None:
    yard = Yard(*(wearer(name, apart(dwell=AT_ONCE)) for name in "abc"))
    yard.fix(0, "a")
    yard.fix(1, "b", 5.0)
    yard.fix(2, "c", 10.0)
    opened = ("c", "opened", "contact.alert")
    assert yard.told == [
        B_OPENS,
        A_OPENS,
        opened,
        ("a", "repeated", "contact.alert"),
        ("c", "repeated", "contact.alert"),
        ("b", "repeated", "contact.alert"),
    ]
    yard.fix(60, "a", 2_000.0)
    assert yard.told[6:] == [A_CLEARS]
    yard.fix(62, "b", -2_000.0)
    assert sorted(yard.told[7:]) == [B_CLEARS, ("c", "cleared", "contact.alert")]


def test_two_alerts_of_one_condition_never_open_at_one_instant() -> None:
    """Who was near before the last alert cleared, and is believed only now, opens the next one after it."""
    terms = {"alert_m": 400.0, "dwell": AT_ONCE, "allow": between(11, 0, 12, 0)}
    yard = Yard(*(wearer(name, apart(**terms)) for name in "abc"))  # type: ignore[arg-type]
    yard.fix(-60, "a")
    yard.fix(-59, "b", 5.0)
    yard.fix(-58, "c", 350.0, accuracy_m=200.0)
    yard.wait(0)
    yard.fix(1, "b", 5.0)
    yard.fix(60, "b", 2_000.0)
    yard.fix(119, "a")
    yard.fix(120, "c", 5.0)
    first, second = yard.since("a")
    assert first == 0.0
    assert 1.0 < second < 60.0


# Where it is no breach ----------------------------------------


@pytest.mark.parametrize(
    ("b_beacon", "told"),
    [(True, []), (False, [A_OPENS, B_OPENS]), (None, [A_OPENS, B_OPENS])],
    ids=["both at home", "one is out", "one has no beacon"],
)
def test_neighbours_are_told_apart_by_their_beacons(b_beacon: bool | None, told: list[object]) -> None:
    yard = two()
    for second in range(0, 240, 60):
        yard.beat(second, "a", beacon=True)
        yard.beat(second + 1, "b", beacon=b_beacon)
        yard.fix(second + 2, "a")
        yard.fix(second + 3, "b", 15.0)
    assert sorted(yard.told) == told


def test_who_is_where_his_order_lets_him_be_breaks_nothing_whoever_comes() -> None:
    yard = Yard(wearer("a", apart(except_=("home",))), wearer("b", apart()), zones={"home": (0.0, 0.0, 40.0)})
    for second in range(0, 240, 30):
        yard.fix(second, "a")
        yard.fix(second + 1, "b", 10.0)
    assert yard.told == [B_OPENS]
    for second in range(240, 480, 30):  # together they go out
        yard.fix(second, "a", 100.0)
        yard.fix(second + 1, "b", 110.0)
    assert yard.told == [B_OPENS, A_OPENS]


@pytest.mark.parametrize(("a_moves", "told"), [(False, []), (True, [A_OPENS, B_OPENS])])
def test_two_who_lie_still_have_not_come_together(a_moves: bool, told: list[object]) -> None:
    yard = two()
    for second in range(0, 1200, 60):
        yard.beat(second, "a", motion=a_moves)
        yard.beat(second + 1, "b", motion=False)
        wander_m = 70.0 if second < 300 else 15.0  # through the wall
        yard.fix(second + 2, "a")
        yard.fix(second + 3, "b", wander_m)
    assert sorted(yard.told) == told


# Windows and orders ----------------------------------------


def test_who_is_together_when_the_window_begins_is_told_from_then() -> None:
    terms = {"alert_m": 300.0, "dwell": AT_ONCE, "allow": between(11, 0, 12, 5)}
    yard = Yard(wearer("a", apart(**terms)), wearer("b", apart()))  # type: ignore[arg-type]
    yard.fix(240, "a")
    yard.fix(241, "b", 5.0)
    assert yard.told == []
    yard.wait(300)
    assert yard.told == [A_OPENS]
    assert yard.since("a") == [300.0]


def test_what_is_open_ends_with_the_window() -> None:
    leave = between(12, 5, 13, 0)
    yard = Yard(wearer("a", apart(dwell=AT_ONCE, leave=leave)), wearer("b", apart(dwell=AT_ONCE)))
    yard.fix(0, "a")
    yard.fix(1, "b", 5.0)
    yard.wait(400)
    assert yard.told == [B_OPENS, A_OPENS, A_CLEARS]
    assert yard.changes[-1].cleared_at == NOON + 300 * SECOND


def test_what_is_open_ends_with_the_other_s_order() -> None:
    yard = Yard(
        wearer("a", apart(dwell=AT_ONCE)), wearer("b", apart(dwell=AT_ONCE), valid_to=NOON + 5 * MINUTE)
    )
    yard.fix(0, "a")
    yard.fix(1, "b", 5.0)
    yard.wait(400)
    assert sorted(yard.told[2:]) == [A_CLEARS, B_CLEARS]
    assert {one.cleared_at for one in yard.changes[2:]} == {NOON + 5 * MINUTE}
    yard.fix(500, "b", 5.0)
    yard.fix(501, "a")
    assert len(yard.told) == 4, "whose order has ended is no member"


def test_nobody_met_a_member_before_he_was_one() -> None:
    yard = Yard(
        wearer("a", apart(dwell=AT_ONCE)), wearer("b", apart(dwell=AT_ONCE), valid_from=NOON + 5 * MINUTE)
    )
    for second in range(0, 400, 60):
        yard.fix(second, "a")
        yard.fix(second + 1, "b", 5.0)
    assert sorted(yard.told) == [A_OPENS, B_OPENS]
    assert yard.since("a") == yard.since("b") == [300.0]


def test_a_late_fix_is_compared_with_nobody() -> None:
    yard = two(dwell=AT_ONCE)
    for second in range(0, 600, 60):
        yard.fix(second, "a")
        yard.fix(second + 1, "b", 500.0)
    yard.fix(302, "b", 5.0, received=605)
    yard.wait(700)
    yard.changes += yard.heart.conclude().changes
    assert yard.told == []


# What the evidence says ----------------------------------------


@pytest.mark.parametrize(
    ("record", "b_keeps_away", "name"),
    [
        ("everything", False, "b"),
        ("situational", False, "b"),
        ("breaches-only", True, "b"),
        ("breaches-only", False, None),
    ],
)
def test_the_other_is_named_as_far_as_his_order_lets_him(
    record: str, b_keeps_away: bool, name: str | None
) -> None:
    b_alert_m = 50.0 if b_keeps_away else 10.0
    yard = Yard(
        wearer("a", apart(dwell=AT_ONCE)),
        wearer("b", apart(alert_m=b_alert_m, dwell=AT_ONCE), record=record),
    )
    yard.fix(0, "a")
    yard.fix(1, "b", 20.0)
    (told,) = [one for one in yard.changes if one.case == "a"]
    assert told.evidence.get("with") == name
    assert told.evidence["group"] == "gang"


def test_the_other_s_position_stays_his_own() -> None:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a", 1.0)
    yard.fix(1, "b", 20.0)
    evidence = {one.case: one.evidence for one in yard.changes}
    assert evidence["a"]["fix"]["lon"] != evidence["b"]["fix"]["lon"]
    assert [key for key in evidence["a"] if isinstance(evidence["a"][key], dict)] == ["window", "fix"]
    assert evidence["a"]["others"] == 1
    assert evidence["a"]["separation_m"] == pytest.approx(19.0, abs=0.1)


# Another rulebook ----------------------------------------


def changed(yard: Yard, *orders: object) -> list[Change]:
    rules = replace(yard.rules, orders=orders, revision="another one")  # type: ignore[arg-type]
    yard.heart, told = snapshot.load(snapshot.dump(yard.heart), compile_rules(rules), NOON + 10 * SECOND)
    return list(told)


def together() -> Yard:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a")
    yard.fix(1, "b", 5.0)
    return yard


def test_a_change_that_leaves_the_group_alone_tells_nothing() -> None:
    yard = together()
    assert changed(yard, *yard.rules.orders, wearer("c", apart(dwell=AT_ONCE))) == []
    yard.fix(60, "b", 2_000.0)
    assert sorted(yard.told[2:]) == [A_CLEARS, B_CLEARS]


@pytest.mark.parametrize("group", ["other", None], ids=["of another group", "no longer under an order"])
def test_who_is_no_member_any_more_leaves_nobody_in_breach(group: str | None) -> None:
    yard = together()
    b = [] if group is None else [wearer("b", apart(group=group, dwell=AT_ONCE))]
    told = {(one.case, one.change.value) for one in changed(yard, yard.rules.orders[0], *b)}
    assert told == {("a", "cleared"), ("b", "cleared" if b else "withdrawn")}


def test_a_group_that_a_change_makes_binds_from_then() -> None:
    yard = Yard(wearer("a", apart(dwell=AT_ONCE)), wearer("b", apart(group="other")))
    yard.fix(0, "a")
    yard.fix(1, "b", 5.0)
    assert changed(yard, yard.rules.orders[0], wearer("b", apart(dwell=AT_ONCE))) == []
    yard.fix(60, "b", 5.0)
    yard.fix(61, "a")
    assert sorted(yard.told) == [A_OPENS, B_OPENS]
    assert min(yard.since("a") + yard.since("b")) >= 10.0


# Odd input ----------------------------------------


@pytest.mark.parametrize(
    ("east_m", "given"),
    [
        (0.0, {"accuracy_m": 0.001}),
        (0.0, {"accuracy_m": None}),
        (0.0, {"accuracy_m": 2_000_000.0}),
        (0.0, {"speed_mps": 1e9}),
        (1e7, {"accuracy_m": 5.0}),
        (0.0, {"accuracy_m": 5.0, "at_nowhere": True}),
    ],
    ids=["to a millimetre", "of unknown accuracy", "of no use", "of no speed", "half round the Earth", "0/0"],
)
def test_odd_positions_end_nothing(east_m: float, given: dict[str, object]) -> None:
    yard = two(dwell=AT_ONCE)
    yard.fix(0, "a")
    if given.pop("at_nowhere", False):
        yard.tell(1, "b", None, kind=0, lon=0.0, lat=0.0)
    else:
        yard.fix(1, "b", east_m, **given)  # type: ignore[arg-type]
    yard.fix(2, "a")
    yard.fix(2, "b", 5.0)
    yard.wait(HOUR / SECOND)
    assert all(one.opened_at <= NOON + 2 * SECOND for one in yard.changes)


@pytest.mark.parametrize("alert_m", [0.5, 1_000_000.0])
def test_any_distance_can_be_asked(alert_m: float) -> None:
    yard = two(alert_m=alert_m, dwell=AT_ONCE)
    yard.fix(0, "a", accuracy_m=0.01)
    yard.fix(0, "b", 900.0, accuracy_m=0.01)
    assert bool(yard.told) == (alert_m > 900.0)


def test_a_group_of_one_is_alone() -> None:
    yard = Yard(wearer("a", apart(dwell=AT_ONCE)))
    for second in range(0, 300, 30):
        yard.fix(second, "a")
    assert yard.told == []

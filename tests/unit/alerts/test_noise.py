"""How much the queue asks at once: every figure from both sides."""

import pytest

from em_engine.alerts.noise import Call, Flood, chattering, flood_ends, floods, recent, standing
from em_engine.vocabulary import HOUR, MINUTE, SECOND, AlertType
from tests.unit.alerts.test_life import change, tell


def arrivals(count, *, every=SECOND, start=0):
    return [start + n * every for n in range(count)]


@pytest.mark.parametrize(("count", "is_flood"), [(10, False), (11, True)])
def test_more_than_ten_in_ten_minutes_are_a_flood(count, is_flood):
    found = floods(arrivals(count), until=HOUR)
    assert bool(found) is is_flood


def test_a_flood_begins_with_the_eleventh_and_ends_when_fewer_than_five_came_in_ten_minutes():
    came = arrivals(11)
    # The seventh leaves the ten minutes: four are left.
    assert floods(came, until=HOUR) == [Flood(10 * SECOND, 6 * SECOND + 10 * MINUTE)]
    assert floods(came, until=6 * SECOND + 10 * MINUTE - 1) == [Flood(10 * SECOND, None)]
    assert flood_ends(came, MINUTE) == 6 * SECOND + 10 * MINUTE
    assert flood_ends(came, HOUR) is None
    assert flood_ends(came[:10], MINUTE) is None


def test_eleven_spread_over_more_than_ten_minutes_are_none():
    assert floods(arrivals(50, every=MINUTE), until=HOUR) == []
    assert floods(arrivals(50, every=55 * SECOND), until=HOUR) != []


def test_two_floods_are_two():
    came = [*arrivals(12), *arrivals(12, start=2 * HOUR)]
    assert len(floods(came, until=4 * HOUR)) == 2


def test_what_came_lately_is_counted():
    assert recent([0, 1, 10 * MINUTE], 10 * MINUTE) == 2


def called(at, *, case="c", alert="a", condition="home"):
    return Call(at, case, condition, AlertType.CURFEW_LEFT, "W-1", alert)


@pytest.mark.parametrize(("times", "chatters"), [(4, False), (5, True)])
def test_five_calls_within_the_hour_are_chatter(times, chatters):
    calls = [called(n * MINUTE, alert=f"a{n}") for n in range(times)]
    found = chattering(calls, HOUR - 1)
    assert bool(found) is chatters
    if chatters:
        assert (found[0].count, found[0].since, found[0].alerts) == (5, 0, ("a0", "a1", "a2", "a3", "a4"))
        assert chattering(calls, HOUR) == []


def test_calls_of_different_duties_do_not_add_up():
    calls = [called(n, condition=f"c{n % 2}") for n in range(8)]
    assert chattering(calls, MINUTE) == []


def test_an_alert_stands_after_a_day():
    alert = tell(None, change(opened_at=0))
    assert standing([alert], 24 * HOUR) == []
    assert standing([alert], 24 * HOUR + 1) == [alert]

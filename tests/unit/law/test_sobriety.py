"""Sobriety tests: due, passed, failed, refused, missed, and heard of late."""

from em_engine.law.sobriety import SobrietyTerms
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import ChangeKind, DeviceEvent, TestResult
from tests.timeline import PHONE, Breach, Moment, Timeline, contact_ban

MORNING = "daily 07:00-09:00"


def sobriety(*weekly: str) -> Condition:
    """Pass every test, and take one in each of these windows."""
    terms = SobrietyTerms(weekly=weekly)  # type: ignore[arg-type]
    return Condition(id="sober", kind="sobriety", terms=terms)


def take(moment: Moment, result: TestResult, *, happened: str = "") -> None:
    """The tag tells of a test."""
    moment.event(DeviceEvent.SOBRIETY_TEST, result=result, happened=happened)


def test_a_test_passed_when_it_was_due_is_nothing() -> None:
    day = Timeline(sobriety(MORNING))
    take(day.at("07:30"), TestResult.PASS)
    day.at("10:00").heartbeat()
    assert day.breaches == []


def test_a_test_that_nobody_took_is_missed_when_its_window_ends() -> None:
    day = Timeline(sobriety(MORNING))
    day.at("06:00").heartbeat()
    take(day.at("06:30"), TestResult.PASS)
    day.at("10:00").heartbeat()
    assert day.breaches == [Breach("sobriety.missed", "09:00:00", "09:00:00", "09:00:00")]


def test_a_failed_test_stands_beyond_its_window_until_one_is_passed() -> None:
    day = Timeline(sobriety(MORNING))
    take(day.at("07:30"), TestResult.FAIL)
    day.at("12:00").heartbeat()
    assert day.is_open("sobriety.failed")
    take(day.at("13:00"), TestResult.PASS)
    assert day.breaches == [Breach("sobriety.failed", "07:30:00", "07:30:00", "13:00:00")]


def test_a_refused_test_is_not_passed_and_a_second_one_repeats_it() -> None:
    day = Timeline(sobriety())
    take(day.at("20:00"), TestResult.REFUSED)
    take(day.at("20:10"), TestResult.FAIL)
    assert day.types == ["sobriety.failed"]
    assert [one.change for one in day.changes] == [ChangeKind.OPENED, ChangeKind.REPEATED]


def test_a_device_that_says_a_test_was_missed_is_believed_at_once() -> None:
    day = Timeline(sobriety())
    take(day.at("20:00"), TestResult.MISSED)
    assert day.types == ["sobriety.missed"]


def test_a_failed_test_heard_of_after_a_later_one_was_passed_is_told_and_over() -> None:
    day = Timeline(sobriety())
    take(day.at("20:00"), TestResult.PASS)
    take(day.at("20:05"), TestResult.FAIL, happened="19:00")
    assert day.breaches == [Breach("sobriety.failed", "19:00:00", "19:00:00", "20:00:00")]


def test_a_failed_test_heard_of_when_the_order_is_over_ended_with_it() -> None:
    day = Timeline(sobriety(), valid=("", "20:00"))
    day.at("20:30").heartbeat()
    take(day.at("21:00"), TestResult.FAIL, happened="19:00")
    assert day.breaches == [Breach("sobriety.failed", "19:00:00", "19:00:00", "20:00:00")]


def test_the_same_test_told_twice_is_one_test() -> None:
    day = Timeline(sobriety())
    take(day.at("20:00"), TestResult.FAIL)
    take(day.at("20:05"), TestResult.FAIL, happened="20:00")
    assert len(day.changes) == 1


def test_before_the_order_nothing_is_due_and_at_its_end_everything_is_over() -> None:
    day = Timeline(sobriety(), valid=("08:00", "22:00"))
    take(day.at("07:00"), TestResult.FAIL)
    take(day.at("20:00"), TestResult.FAIL)
    day.at("23:00").heartbeat()
    assert day.breaches == [Breach("sobriety.failed", "20:00:00", "20:00:00", "22:00:00")]


def test_a_failed_test_is_over_with_an_order_that_ends_between_windows() -> None:
    day = Timeline(sobriety(MORNING), valid=("06:00", "22:00"))
    take(day.at("07:30"), TestResult.FAIL)
    day.at("12:00").fix(metres_from_home=0)
    day.at("23:00").heartbeat()
    assert day.breaches == [Breach("sobriety.failed", "07:30:00", "07:30:00", "22:00:00")]


def test_without_windows_no_test_is_due() -> None:
    day = Timeline(sobriety(), valid=("08:00", "22:00"))
    day.at("07:00").heartbeat()
    day.at("23:00").heartbeat()
    assert day.breaches == []


def test_a_panic_key_outlasts_the_window_of_the_ban() -> None:
    day = Timeline(contact_ban(300.0), valid=("08:00", "22:00"))
    day.at("20:00").event(DeviceEvent.PANIC, device=PHONE)
    day.at("21:00").heartbeat()
    assert day.is_open("person.panic")

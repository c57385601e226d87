"""What an order writes of times, to the alert: allowed meetings, one-off windows, phases."""

from datetime import datetime
from typing import Any

from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.geofence import ExclusionTerms
from em_engine.law.terms import Leave, OneOff
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Phase
from em_engine.vocabulary import SECOND, ChangeKind, DeviceEvent, ReportKind, parse_rfc3339
from tests.reference.documents import order, rulebook
from tests.reference.reports import Report, as_batch
from tests.timeline import PHONE, Timeline, minutes


def civil(text: str) -> Any:
    return datetime.fromisoformat(text)


def stretch(start: str, end: str) -> Leave:
    return Leave(from_=civil(start), to=civil(end))


def once(start: str, end: str) -> OneOff:
    return OneOff(from_=civil(start), to=civil(end))


def keep_apart(*allowed: Leave) -> Condition:
    terms = ContactBanTerms(with_="P-1", alert_m=500, allow=allowed)  # type: ignore[arg-type]
    return Condition(id="keep-apart", kind="contact-ban", terms=terms)


def nights(*weekly: str, zone: str = "home", once: tuple[OneOff, ...] = ()) -> CurfewTerms:
    terms: dict[str, Any] = {"zone": zone, "weekly": weekly, "once": once}
    return CurfewTerms(**terms, confirm_every=minutes(6_000))


def curfew(terms: CurfewTerms, *phases: tuple[str, CurfewTerms], **valid: Any) -> Condition:
    later = tuple(Phase(from_=civil(since), terms=then) for since, then in phases)
    return Condition(id="nights", kind="curfew", terms=terms, phases=later, **valid)


# Meetings that are allowed ----------------------------------------

COURT = stretch("2026-11-20T09:00", "2026-11-20T15:00")


def together(court: Timeline, *times: str, apart_m: float = 10.0) -> None:
    for time in times:
        court.at(time).fix(device=PHONE, east_m=apart_m)
        court.at(time).fix()


def test_an_allowed_meeting_is_no_breach() -> None:
    court = Timeline(keep_apart(COURT))
    together(court, "08:55", "08:56", apart_m=5_000)
    together(court, "09:30", "09:31", "14:50")
    together(court, "14:58", "15:00", apart_m=5_000)
    assert court.types == []


def test_who_is_still_there_when_it_is_over_is_told_at_that_moment() -> None:
    court = Timeline(keep_apart(COURT))
    together(court, "14:58", "14:59")
    court.at("15:00")
    assert {one.type: (one.opened, one.detected) for one in court.breaches} == {
        "contact.warning": ("15:00:00", "15:00:00"),
        "contact.alert": ("15:00:00", "15:00:00"),
    }


def test_while_it_is_allowed_nobody_must_know_where_they_are() -> None:
    court = Timeline(keep_apart(COURT))
    together(court, "08:58", "08:59", apart_m=5_000)
    court.at("14:59:59")
    assert court.types == []
    court.at("15:00")
    assert court.types == ["contact.unknown"]


def test_the_protected_persons_key_is_heard_in_an_allowed_meeting() -> None:
    court = Timeline(keep_apart(COURT))
    together(court, "10:00")
    court.at("10:01").event(DeviceEvent.PANIC, device=PHONE)
    court.at("16:00")
    assert court.types[0] == "person.panic"
    assert court.is_open("person.panic")


def test_a_meeting_that_was_going_on_before_it_was_allowed_is_over_when_it_is() -> None:
    court = Timeline(keep_apart(COURT))
    together(court, "08:57", "08:58", "09:01")
    assert [(one.type, one.cleared) for one in court.breaches] == [
        ("contact.warning", "09:00:00"),
        ("contact.alert", "09:00:00"),
    ]


def test_a_forbidden_place_may_be_entered_while_that_is_allowed() -> None:
    terms = ExclusionTerms(zone="ban", allow=(COURT,))  # type: ignore[arg-type]
    court = Timeline(Condition(id="keep-out", kind="exclusion", terms=terms))
    for time in ("08:59", "09:00", "14:58", "14:59"):
        court.at(time).fix(east_m=1_400 if time == "08:59" else 2_000)
    assert court.types == []
    court.at("15:00")
    assert [(one.type, one.opened) for one in court.breaches] == [("exclusion.entered", "15:00:00")]


# One-off windows ----------------------------------------


def test_a_one_off_window_binds_besides_the_weekly_ones() -> None:
    release = curfew(nights("sat 22:00-06:00", once=(once("2026-11-20T14:00", "2026-11-20T16:00"),)))
    day = Timeline(release)
    for time in ("13:58", "13:59", "16:01", "21:00", "22:30"):
        day.at(time).fix(metres_from_home=500)
    assert [(one.type, one.opened, one.cleared) for one in day.breaches] == [
        ("curfew.late", "14:00:00", "16:00:00")
    ]


def test_an_order_that_writes_one_off_windows_only_binds_in_no_other() -> None:
    release = curfew(nights(once=(once("2026-11-20T14:00", "2026-11-20T16:00"),)))
    day = Timeline(release)
    for time in ("03:00", "13:00", "17:00"):
        day.at(time).fix(metres_from_home=500)
    assert day.types == []


# Phases ----------------------------------------

EASED = ("2026-11-21T00:00", nights("daily 22:00-06:00"))


def away(night: Timeline) -> None:
    night.at("19:30").fix(metres_from_home=0)
    night.at("19:59").fix(metres_from_home=500)
    night.at("20:00").fix(metres_from_home=500)
    night.at("05:00").fix(metres_from_home=500)
    night.at("05:01").fix(metres_from_home=0)


def test_a_breach_goes_on_where_only_the_times_ease() -> None:
    night = Timeline(curfew(nights("daily 19:00-07:00"), EASED))
    away(night)
    (breach,) = night.breaches
    assert breach.type == "curfew.left"
    assert breach.cleared.startswith("05:00")


def test_a_phase_holds_from_its_date_and_the_one_before_it_until_then() -> None:
    night = Timeline(curfew(nights("daily 19:00-07:00"), EASED))
    night.at("2026-11-20T20:57").fix(metres_from_home=505)
    night.at("2026-11-20T20:58").fix(metres_from_home=500)
    night.at("2026-11-20T20:59").fix(metres_from_home=0)
    assert night.types == ["curfew.late"]
    night.at("2026-11-21T20:58").fix(metres_from_home=500)
    night.at("2026-11-21T20:59").fix(metres_from_home=500)
    assert len(night.types) == 1
    night.at("2026-11-21T22:00")
    night.at("2026-11-21T22:01").fix(metres_from_home=500)
    night.at("2026-11-21T22:02").fix(metres_from_home=500)
    assert night.types == ["curfew.late"] * 2


def test_where_the_duty_changes_a_breach_clears_there_and_what_is_so_opens() -> None:
    night = Timeline(curfew(nights("daily 19:00-07:00"), ("2026-11-21T00:00", nights(zone="ban"))))
    night.at("19:30").fix(metres_from_home=0)
    night.at("22:30").fix(metres_from_home=500)
    night.at("22:31").fix(metres_from_home=500)
    night.at("23:58").fix(metres_from_home=500)
    night.at("23:59").fix(metres_from_home=500)
    night.at("00:00")
    first, second = night.breaches
    assert (first.type, first.cleared) == ("curfew.left", "00:00:00")
    assert (second.opened, second.detected) == ("00:00:00", "00:00:00")
    night.at("00:01").fix(east_m=2_000)
    night.at("00:02").fix(east_m=2_000)
    assert not night.is_open("curfew.late")


def test_a_phase_with_the_same_duty_has_no_gap_at_its_edge() -> None:
    """Not even of an instant: what is away at midnight is not cleared and opened anew."""
    night = Timeline(curfew(nights("daily 19:00-07:00"), ("2026-11-21T00:00", nights("daily 19:00-08:00"))))
    night.at("19:30").fix(metres_from_home=0)
    night.at("23:58").fix(metres_from_home=500)
    night.at("23:59").fix(metres_from_home=500)
    night.at("00:30").fix(metres_from_home=500)
    assert [(one.change) for one in night.changes] == [ChangeKind.OPENED]


def test_a_condition_may_hold_for_a_part_of_its_order() -> None:
    part = curfew(nights(), from_=civil("2026-11-20T10:00"), to=civil("2026-11-20T12:00"))
    day = Timeline(part)
    for time in ("09:58", "09:59", "10:01", "12:01", "12:02"):
        day.at(time).fix(metres_from_home=500)
    assert [(one.opened, one.cleared) for one in day.breaches] == [("10:00:00", "12:00:00")]


# Two wearers ----------------------------------------


def test_two_wearers_banned_from_each_other_are_told_in_both_cases() -> None:
    def ban(id: str, other: str) -> Any:
        terms = ContactBanTerms(with_=other, alert_m=500)  # type: ignore[arg-type]
        return Condition(id=id, kind="contact-ban", terms=terms)

    orders = [
        order("one", ban("apart", "W-2"), devices=("tag-1",), protected={"W-2": ("tag-2",)}),
        order("two", ban("apart", "W-1"), devices=("tag-2",), protected={"W-1": ("tag-1",)}),
    ]
    heart = Heart(compile_rules(rulebook(orders, [])))
    start = parse_rfc3339("2026-11-20T12:00:00Z")
    reports = [
        Report(
            device=device,
            kind=ReportKind.FIX,
            at=start + second * SECOND,
            received_at=start + second * SECOND,
            lon=10.75,
            lat=59.91,
            accuracy_m=5.0,
        )
        for second, device in ((0, "tag-1"), (1, "tag-2"), (60, "tag-1"), (61, "tag-2"))
    ]
    told = heart.step(as_batch(reports), reports[-1].received_at).changes
    opened = {(one.case, one.type.value) for one in told if one.change is ChangeKind.OPENED}
    assert opened == {(case, f"contact.{ring}") for case in ("one", "two") for ring in ("warning", "alert")}

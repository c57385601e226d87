"""The times an order writes: every mistake at its place, and what is right, as windows. A ‸ marks it."""

import pytest

from em_engine.rulebook import check
from tests.unit.rulebook.conftest import ORDER, ZONES

KEEP_APART = "  - {id: keep-apart, kind: contact-ban, with: P-3, alert_m: 1000}"
NIGHTS = next(line for line in ORDER.splitlines() if line.startswith("    leave:"))


def order_with(old: str, new: str) -> tuple[str, tuple[int, int]]:
    assert ORDER.count(old) == 1, "the test names one place of the order"
    before, after = ORDER.replace(old, new).split("‸")
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def nights(*lines: str) -> tuple[str, str]:
    """The curfew of the order with these lines in place of its leave."""
    return NIGHTS, "\n".join(f"    {line}" for line in lines)


def apart(terms: str) -> tuple[str, str]:
    """The contact ban of the order with these terms besides."""
    return KEEP_APART, KEEP_APART.replace("1000}", f"1000, {terms}}}")


ERRORS = {
    "a one-off window ends before it begins": (
        nights("once: [‸{from: 2026-05-04T14:00, to: 2026-05-04T14:00}]"),
        "once.empty",
        "ends before it begins",
    ),
    "a one-off window without an end": (
        nights("once: [‸{from: 2026-05-04T14:00}]"),
        "field.missing",
        "`to` is missing",
    ),
    "a one-off window with an offset": (
        nights("once: [{from: ‸2026-05-04T14:00Z, to: 2026-05-04T16:00}]"),
        "value.text",
        "carries an offset",
    ),
    "leave with neither": (
        nights("leave: [‸{reason: why}]"),
        "leave.stretch",
        "`from` and `to`, or the name",
    ),
    "leave with an end only": (nights("leave: [‸{to: 2026-05-04T16:00}]"), "leave.stretch", "needs `from`"),
    "allowed until before it begins": (
        apart("allow: [‸{from: 2026-05-12T16:00, to: 2026-05-12T08:00}]"),
        "leave.empty",
        "the allow ends before",
    ),
    "allowed in a schedule that is not there": (
        apart("allow: [{schedule: ‸handover}]"),
        "name.unknown",
        "there is no schedule 'handover'",
    ),
    "a calendar that is not there": (
        nights("calendar: ‸roster.ics"),
        "name.unknown",
        "there is no calendar in schedules/ 'roster.ics'",
    ),
    "a home does not allow": (
        nights("‸allow: [{from: 2026-05-12T16:00, to: 2026-05-12T18:00}]"),
        "field.unknown",
        "no field here",
    ),
    "an allowance of no time": (
        nights("allowance: {total: ‸PT0S, per: week}"),
        "allowance.total",
        "more than no time",
    ),
    "an allowance of the whole day": (
        nights("allowance: {total: ‸PT24H, per: day}"),
        "allowance.total",
        "less than a day can be short",
    ),
    "an allowance a year": (
        nights("allowance: {total: PT24H, per: ‸year}"),
        "value",
        "should be one of day, week, month",
    ),
    "a phase that changes nothing": (
        nights("phases: [‸{from: 2026-06-01T00:00}]"),
        "phase.empty",
        "changes nothing",
    ),
    "a phase without a beginning": (nights("phases: [‸{weekly: []}]"), "field.missing", "`from` is missing"),
    "a phase that is no mapping": (nights("phases: [‸later]"), "document", "a phase should be a mapping"),
    "phases out of order": (
        nights(
            "phases:",
            "  - {from: 2026-07-01T00:00, weekly: []}",
            "  - {from: ‸2026-06-01T00:00, weekly: ['daily 22:00-06:00']}",
        ),
        "phase.order",
        "before the one before it is over",
    ),
    "a phase after the condition": (
        nights("valid: {to: 2026-06-01T00:00}", "phases: [{from: ‸2026-06-01T00:00, weekly: []}]"),
        "phase.order",
        "when the condition is over",
    ),
    "a phase with a wrong window": (
        nights("phases: [{from: 2026-06-01T00:00, weekly: [‸'daily 22-06']}]"),
        "value.text",
        "no weekly window",
    ),
    "a phase with an unknown field": (
        nights("phases: [{from: 2026-06-01T00:00, ‸wekly: []}]"),
        "field.unknown",
        "did you mean 'weekly'?",
    ),
    "a phase with an unknown zone": (
        nights("phases: [{from: 2026-06-01T00:00, zone: ‸w17-hom}]"),
        "name.unknown",
        "did you mean 'w17-home'?",
    ),
    "a phase whose grace eats the window": (
        nights("phases: [{from: 2026-06-01T00:00, grace: ‸{late: P1D}}]"),
        "grace.whole",
        "it would never bind",
    ),
    "another distance by phase": (
        apart("phases: ‸[{from: 2026-06-01T00:00, alert_m: 500}]"),
        "phase.terms",
        "only its times may change",
    ),
    "a condition that never holds": (
        nights("valid: ‸{from: 2026-09-01T00:00}"),
        "valid.empty",
        "the condition would never hold",
    ),
    "a person unknown among several": (
        (KEEP_APART, KEEP_APART.replace("P-3", "[P-3, ‸P-4]")),
        "name.unknown",
        "no protected person",
    ),
    "a protected person without devices": (
        ("protected: [{id: P-3, devices: [phone-0003]}]", "protected: [‸{id: P-3}]"),
        "person.devices",
        "is the wearer of no order of that time",
    ),
}


@pytest.mark.parametrize(("change", "code", "message"), ERRORS.values(), ids=ERRORS)
def test_a_mistake_is_told_at_its_place(change: tuple[str, str], code: str, message: str, write) -> None:
    text, at = order_with(*change)
    rulebook, problems = check(write({"orders/ova.yaml": text, "zones/oslo.geojson": ZONES}))
    assert rulebook is None
    (one,) = [problem for problem in problems if problem.severity == "error"]
    assert (one.code, one.line, one.column) == (code, *at), one
    assert message in str(one)


WARNINGS = {
    "once outside the order": (
        nights("once: [‸{from: 2026-10-04T14:00, to: 2026-10-04T16:00}]"),
        "once.outside",
        "the window reaches",
    ),
    "allowed outside the order": (
        apart("allow: [‸{from: 2026-01-12T16:00, to: 2026-01-12T18:00}]"),
        "allow.outside",
        "the allow reaches",
    ),
    "a phase outside the order": (
        nights("phases: [{from: ‸2026-09-01T00:00, grace: {late: PT1H}}]"),
        "phase.outside",
        "outside the order's `valid`",
    ),
    "a condition longer than its order": (
        nights("valid: ‸{from: 2026-02-01T00:00, to: 2026-08-01T00:00}"),
        "valid.outside",
        "the order's counts",
    ),
}


@pytest.mark.parametrize(("change", "code", "message"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_probably_not_meant_is_warned_of(
    change: tuple[str, str], code: str, message: str, write
) -> None:
    text, at = order_with(*change)
    rulebook, (one,) = check(write({"orders/ova.yaml": text, "zones/oslo.geojson": ZONES}))
    assert rulebook is not None
    assert (one.code, one.line, one.column) == (code, *at), one
    assert message in str(one)


def order_of(write, text: str, **more: str) -> object:
    files = {"orders/ova.yaml": text, "zones/oslo.geojson": ZONES, **more}
    rulebook, problems = check(write(files))
    assert rulebook is not None, problems
    return rulebook


def test_a_condition_with_several_persons_stands_for_one_each(write) -> None:
    two = ORDER.replace("phone-0003]}]", "phone-0003]}, {id: P-4, devices: [phone-0004]}]")
    rulebook = order_of(write, two.replace("with: P-3", "with: [P-3, P-4]"))
    bans = [one for one in rulebook.orders[0].conditions if one.kind == "contact-ban"]
    assert [(one.id, one.terms.with_) for one in bans] == [
        ("keep-apart:P-3", "P-3"),
        ("keep-apart:P-4", "P-4"),
    ]


def test_an_id_may_not_be_that_of_one_of_several(write) -> None:
    clash = ORDER.replace("with: P-3", "with: [P-3]").replace("id: nights", 'id: "keep-apart:P-3"')
    rulebook, problems = check(write({"orders/ova.yaml": clash, "zones/oslo.geojson": ZONES}))
    assert rulebook is None
    assert [one.code for one in problems] == ["condition.twice"]


def mutual(other_protected: str) -> dict[str, str]:
    other = ORDER.replace("OVA-2026-0042", "OVA-2026-0043").replace("W-17", "W-18").replace("-0017", "-0018")
    other = other.replace("[{id: P-3, devices: [phone-0003]}]", other_protected).replace("P-3", "W-17")
    one = ORDER.replace("[{id: P-3, devices: [phone-0003]}]", "[{id: W-18}]").replace("P-3", "W-18")
    return {"orders/one.yaml": one, "orders/other.yaml": other, "zones/oslo.geojson": ZONES}


@pytest.mark.parametrize(
    "protected", ["[{id: W-17}]", "[{id: W-17, devices: [tag-0017]}]"], ids=["left out", "written again"]
)
def test_two_wearers_may_be_banned_from_each_other(write, protected: str) -> None:
    rulebook, problems = check(write(mutual(protected)))
    assert rulebook is not None, problems
    assert [order.protected[0].devices for order in rulebook.orders] == [("tag-0018",), ("tag-0017",)]


def test_another_person_still_may_not_carry_the_device(write) -> None:
    files = mutual("[{id: W-17, devices: [tag-0018]}]")
    rulebook, problems = check(write(files))
    assert rulebook is None
    assert {one.code for one in problems} == {"device.shared"}


def test_phases_build_on_each_other(write) -> None:
    change = nights(
        "phases:",
        "  - {from: 2026-06-01T00:00, weekly: ['daily 22:00-06:00']}",
        "  - {from: 2026-07-01T00:00, grace: {late: PT30M}}",
    )
    rulebook = order_of(write, ORDER.replace(*change))
    phases = rulebook.orders[0].conditions[3].phases
    assert [phase.terms.weekly for phase in phases] == [("daily 22:00-06:00",)] * 2
    assert [phase.terms.grace.late.seconds for phase in phases] == [600, 1800]

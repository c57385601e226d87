"""Phases that wait for a milestone: from when they hold, and slips at their place."""

from datetime import datetime

import pytest

from em_engine.rulebook import check
from em_engine.rulebook.binding import Binding
from em_engine.vocabulary import HOUR, instant, parse_rfc3339
from tests.unit.rulebook.conftest import ZONES

ORDER = """\
order: PRL-1
programme: conditional-release
valid: {from: 2026-03-01T00:00, to: 2027-03-01T00:00}
wearer: {id: W-12, devices: [tag-0012]}
MILESTONES
conditions:
  - id: indoors
    kind: curfew
    zone: w17-home
    weekly: ["daily 19:00-07:00"]
    phases: PHASES
  - {id: oslo, kind: inclusion, zone: oslo-municipality, valid: {to: 2026-06-01T00:00}}
  - {id: p3, kind: exclusion, zone: p3-home}
  - {id: office, kind: attendance, zone: friomsorg-oslo, weekly: ["wed 10:00-10:30"], minimum: PT10M}
  - {id: alive, kind: device-health, heartbeat_every: PT15M, fix_every: PT30M}
"""
EMPLOYED = '{milestone: employed, weekly: ["daily 22:00-06:00"]}'
GRACE = "{from: 2026-07-01T00:00, grace: {late: PT30M}}"
REACHED = "milestones: [{name: employed, reached: 2026-06-15T12:00, authorised_by: Friomsorgen}]"


def checked(write, milestones: str, *phases: str):
    text = ORDER.replace("MILESTONES", milestones).replace("PHASES", f"[{', '.join(phases)}]")
    return check(write({"orders/prl.yaml": text, "zones/oslo.geojson": ZONES}))


def phases_of(write, milestones: str, *phases: str):
    rulebook, problems = checked(write, milestones, *phases)
    assert rulebook is not None, problems
    return rulebook.orders[0].conditions[0].phases


@pytest.mark.parametrize("at_first", [True, False], ids=["written first", "written last"])
def test_a_milestone_that_is_reached_is_a_date_like_any_other(write, at_first: bool) -> None:
    written = (EMPLOYED, GRACE) if at_first else (GRACE, EMPLOYED)
    employed, graced = phases_of(write, REACHED, *written)
    assert employed.from_ == datetime(2026, 6, 15, 12)  # noqa: DTZ001  civil
    assert (employed.milestone, graced.milestone) == ("employed", "")
    assert graced.terms.weekly == ("daily 22:00-06:00",), "what comes later builds on it"
    assert graced.terms.grace.late.seconds == 1800


def test_until_it_is_reached_the_condition_stays_as_it_is(write) -> None:
    (graced,) = phases_of(write, "milestones: [{name: employed}]", EMPLOYED, GRACE)
    assert graced.terms.weekly == ("daily 19:00-07:00",)


@pytest.mark.parametrize(
    ("date", "begins"), [("2026-06-01T00:00", (6, 15, 12)), ("2026-09-01T00:00", (9, 1, 0))], ids=str
)
def test_with_a_date_besides_the_later_counts(write, date: str, begins: tuple[int, int, int]) -> None:
    phase = f'{{milestone: employed, from: {date}, weekly: ["daily 22:00-06:00"]}}'
    (employed,) = phases_of(write, REACHED, phase)
    month, day, hour = begins
    assert employed.from_ == datetime(2026, month, day, hour)  # noqa: DTZ001  civil


def test_the_windows_change_without_a_gap(write) -> None:
    milestones = REACHED.replace("12:00", "20:30")
    rulebook, _ = checked(write, milestones, EMPLOYED)
    order = rulebook.orders[0]
    (part,) = Binding(rulebook).parts(order, order.conditions[0])
    evening = parse_rfc3339("2026-06-15T21:00:00+02:00")
    before = part.schedule.at(evening - HOUR)
    assert before.binds
    assert str(instant(before.end)) == "2026-06-15 18:30:00+00:00", "in the window when the decision holds"
    after = part.schedule.at(evening)
    assert not after.binds
    assert str(instant(after.end)) == "2026-06-15 20:00:00+00:00"


@pytest.mark.parametrize(
    ("milestones", "phase", "code", "severity", "message"),
    [
        (
            REACHED,
            EMPLOYED.replace("employed", "emploid"),
            "name.unknown",
            "error",
            "did you mean 'employed'?",
        ),
        ("", EMPLOYED, "name.unknown", "error", "list it: milestones: [{name: employed}]"),
        (REACHED, "{weekly: []}", "field.missing", "error", "or the `milestone` the phase waits for"),
        (REACHED, "{milestone: employed}", "phase.empty", "error", "the phase changes nothing"),
        (
            "milestones: [{name: employed}, {name: employed}]",
            EMPLOYED,
            "milestone.twice",
            "error",
            "stands twice",
        ),
        (REACHED, GRACE, "milestone.unused", "warning", "no phase waits for the milestone 'employed'"),
        (REACHED.replace("15T12:00", "15"), EMPLOYED, "value", "error", "should be a civil time"),
    ],
    ids=["misspelt", "not listed", "neither", "changes nothing", "twice", "unused", "a day is no time"],
)
def test_a_slip_is_told(write, milestones: str, phase: str, code: str, severity: str, message: str) -> None:
    _, problems = checked(write, milestones, phase)
    (one,) = [problem for problem in problems if problem.severity == severity and problem.code == code]
    assert message in str(one)


def test_terms_of_a_phase_that_waits_are_checked_already(write) -> None:
    rulebook, problems = checked(
        write, "milestones: [{name: employed}]", "{milestone: employed, weekly: [soon]}"
    )
    assert rulebook is None
    assert any("soon" in str(one) for one in problems)

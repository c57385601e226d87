"""What people, and the protocol's times, make of an alert: the table cell by cell, and its numbers."""

from datetime import timedelta

import pytest

from em_engine.alerts.actions import (
    Acknowledge,
    CheckOff,
    Claim,
    ClimbRung,
    Close,
    Command,
    Comment,
    EndShelf,
    Escalate,
    HandOver,
    Inhibit,
    Lapse,
    Release,
    Shelve,
    TakeOver,
    Uncheck,
    Unshelve,
)
from em_engine.alerts.alert import Cause, Outcome, SeenReason, ShelfReason, State
from em_engine.alerts.answers import ActionRefused, HeldByAnother, act, when_due
from em_engine.alerts.deadlines import deadlines, due, ladder, shelf_max
from em_engine.alerts.life import tell
from em_engine.rulebook import check
from em_engine.rulebook.documents import OutcomeName, SeenReasonName
from em_engine.rulebook.models import Escalation, Protocol
from em_engine.vocabulary import HOUR, MINUTE, NEVER, AlertType, ChangeKind, Severity
from tests.unit.alerts.test_life import change

U, A, C, S, X = State
HIGH = {"severity": Severity.HIGH}
KNOWN = ShelfReason.KNOWN_CAUSE


def opened(**other):
    return tell(None, change(ChangeKind.OPENED, 100, **{**HIGH, **other}))


def in_state(state, by="kari", **other):
    """An alert brought there by `by`."""
    alert = opened(**other)
    steps = {
        U: [],
        A: [Acknowledge()],
        C: [Claim()],
        S: [Claim(), Shelve(until=100 + HOUR, reason=KNOWN)],
        X: [Close(outcome=Outcome.BREACH, note="reported")],
    }
    for action in steps[state]:
        alert = act(alert, action, by=by, at=100)
    assert alert.state is state
    return alert


ACTIONS = {
    "acknowledge": Acknowledge(),
    "comment": Comment(note="rang"),
    "claim": Claim(),
    "take over": TakeOver(),
    "release": Release(),
    "shelve": Shelve(until=200 + MINUTE, reason=KNOWN),
    "unshelve": Unshelve(),
    "escalate": Escalate(to="supervisor"),
    "hand over": HandOver(desk="police"),
    "check off": CheckOff(step=0, words="ring"),
    "command": Command(command="vibrate"),
    "close": Close(outcome=Outcome.EQUIPMENT, note="strap"),
}
NO = None
# What each does to an alert that the same person has brought into the state; None: refused.
TABLE = {
    #               U   A   C   S   X
    "acknowledge": (A, NO, NO, NO, NO),
    "comment":     (U, A, C, S, X),
    "claim":       (C, C, NO, NO, NO),
    "take over":   (C, C, C, NO, NO),
    "release":     (NO, NO, U, NO, NO),
    "shelve":      (S, S, S, S, NO),
    "unshelve":    (NO, NO, NO, C, NO),
    "escalate":    (U, A, C, S, NO),
    "hand over":   (U, U, U, NO, NO),
    "check off":   (U, A, C, S, NO),
    "command":     (U, A, C, S, NO),
    "close":       (X, X, X, X, NO),
}  # fmt: skip


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("name", TABLE)
def test_what_each_action_makes_of_each_state(name, before):
    after = TABLE[name][list(State).index(before)]
    alert = in_state(before)
    if after is NO:
        with pytest.raises(ActionRefused):
            act(alert, ACTIONS[name], by="kari", at=200)
        return
    acted = act(alert, ACTIONS[name], by="kari", at=200)
    assert (acted.state, acted.version, acted.acted_at) == (after, alert.version + 1, 200)


@pytest.mark.parametrize("name", ["claim", "release", "shelve", "hand over", "close"])
@pytest.mark.parametrize("holder", ["claimed", "calling again"])
def test_what_one_holds_no_other_puts_away(name, holder):
    alert = in_state(C)
    if holder == "calling again":
        alert = tell(alert, change(ChangeKind.WORSENED, 150, severity=Severity.HIGH))
        assert (alert.state, alert.claimed_by) == (U, "kari")
    with pytest.raises(HeldByAnother, match="kari has held it since") as refused:
        act(alert, ACTIONS[name], by="ola", at=200)
    assert refused.value.holder == "kari"
    taken = act(act(alert, TakeOver(), by="ola", at=200), Release(), by="ola", at=210)
    assert taken.claimed_by is None


@pytest.mark.parametrize("name", ["comment", "escalate", "check off", "command"])
def test_anybody_adds_to_what_another_holds(name):
    assert act(in_state(C), ACTIONS[name], by="ola", at=200).claimed_by == "kari"


def test_a_claim_is_an_acknowledgement_and_taking_over_keeps_who_saw_it_first():
    alert = act(opened(), Claim(), by="kari", at=110)
    assert (alert.acknowledged_by, alert.acknowledged_at, alert.claimed_at) == ("kari", 110, 110)
    taken = act(alert, TakeOver(note="shift is over"), by="ola", at=120)
    assert (taken.acknowledged_by, taken.claimed_by, taken.claimed_at) == ("kari", "ola", 120)


def test_what_was_released_or_handed_over_calls_again():
    released = act(in_state(C), Release(), by="kari", at=200)
    assert (released.calls, released.raised_at, released.raised_again) == (True, 200, 1)
    handed = act(in_state(C), HandOver(desk="police"), by="kari", at=200)
    assert (handed.calls, handed.desk, handed.claimed_by) == (True, "police", None)
    with pytest.raises(ActionRefused, match="at the desk 'police' already"):
        act(handed, HandOver(desk="police"), by="ola", at=210)


@pytest.mark.parametrize(
    ("before", "kind", "severity", "after"),
    [
        (A, ChangeKind.WORSENED, Severity.HIGH, U),
        (C, ChangeKind.WORSENED, Severity.HIGH, U),
        (S, ChangeKind.WORSENED, Severity.HIGH, U),
        (C, ChangeKind.REPEATED, Severity.HIGH, C),
        (S, ChangeKind.REPEATED, Severity.HIGH, S),
        (S, ChangeKind.REPEATED, Severity.CRITICAL, U),
        (C, ChangeKind.REPEATED, Severity.CRITICAL, U),
        (S, ChangeKind.REPEATED, Severity.LOW, S),
        (S, ChangeKind.CLEARED, Severity.HIGH, S),
        (C, ChangeKind.CLEARED, Severity.HIGH, C),
    ],
)
def test_what_worsens_calls_again_and_what_repeats_does_not_disturb_its_owner(before, kind, severity, after):
    alert = tell(in_state(before), change(kind, 200, severity=severity))
    assert alert.state is after
    assert (alert.shelved_until is None) == (after is not S)


@pytest.mark.parametrize(
    ("severity", "longest"),
    [(Severity.HIGH, HOUR), (Severity.MEDIUM, 8 * HOUR), (Severity.LOW, 24 * HOUR)],
)
def test_the_longest_on_the_shelf_follows_from_how_urgent_it_is(severity, longest):
    alert, at = opened(severity=severity), 1_000
    shelved = act(alert, Shelve(until=at + longest, reason=KNOWN), by="kari", at=at)
    assert (shelved.shelved_until, shelved.shelved_by) == (at + longest, "kari")
    for until in (at + longest + 1, at, at - 1):
        with pytest.raises(ActionRefused, match="shelved until"):
            act(alert, Shelve(until=until, reason=KNOWN), by="kari", at=at)


def test_a_critical_alert_is_not_put_off_unless_the_protocol_says_so():
    alert = opened(severity=Severity.CRITICAL)
    shelve = Shelve(until=200 + MINUTE, reason=KNOWN)
    with pytest.raises(ActionRefused, match="not put off"):
        act(alert, shelve, by="kari", at=200)
    allowed = Protocol(severity=Severity.CRITICAL, shelve_max=timedelta(minutes=1))
    assert act(alert, shelve, by="kari", at=200, protocol=allowed).state is S
    never = Protocol(severity=Severity.LOW, shelve_max=timedelta(0))
    assert shelf_max(never, Severity.LOW) == 0


def test_the_reason_other_takes_a_note():
    shelve = Shelve(until=200 + MINUTE, reason=ShelfReason.OTHER)
    with pytest.raises(ActionRefused, match="says nothing by itself"):
        act(opened(), shelve, by="kari", at=200)


def test_steps_are_checked_once_and_keep_their_words():
    alert = act(opened(), CheckOff(step=1, words="Ring"), by="kari", at=200)
    assert [(one.step, one.words, one.by, one.at) for one in alert.checked] == [(1, "Ring", "kari", 200)]
    with pytest.raises(ActionRefused, match="done already"):
        act(alert, CheckOff(step=1, words="Ring"), by="ola", at=210)
    with pytest.raises(ActionRefused, match="not done yet"):
        act(alert, Uncheck(step=0), by="ola", at=210)
    assert act(alert, Uncheck(step=1), by="ola", at=210).checked == ()


def test_outcomes_and_their_notes_are_the_protocol_s():
    protocol = Protocol(
        severity=Severity.HIGH, outcomes=("equipment", "authorised-absence"), note_for=("authorised-absence",)
    )
    alert = tell(opened(), change(ChangeKind.CLEARED, 200))
    with pytest.raises(ActionRefused, match="'breach' is no outcome here"):
        act(alert, Close(outcome=Outcome.BREACH), by="kari", at=300, protocol=protocol)
    with pytest.raises(ActionRefused, match="wants a note"):
        act(alert, Close(outcome=Outcome.AUTHORISED_ABSENCE), by="kari", at=300, protocol=protocol)
    assert act(alert, Close(outcome=Outcome.EQUIPMENT), by="kari", at=300, protocol=protocol).state is X


def test_the_outcomes_a_rulebook_may_name_are_those_there_are():
    assert set(OutcomeName.__args__) == {outcome.value for outcome in Outcome}
    assert set(SeenReasonName.__args__) == {reason.value for reason in SeenReason}


ASKING = Protocol(severity=Severity.CRITICAL, seen_reasons=("calling", "other"))


@pytest.mark.parametrize(
    ("seen", "refusal"),
    [
        pytest.param(Acknowledge(), "wants a reason", id="no reason"),
        pytest.param(Acknowledge(reason=SeenReason.EQUIPMENT), "calling, other", id="none of these"),
        pytest.param(Acknowledge(reason=SeenReason.OTHER), "add a note", id="other, and no word of what"),
    ],
)
def test_what_the_protocol_wants_a_reason_for_is_not_acknowledged_without(seen, refusal):
    with pytest.raises(ActionRefused, match=refusal):
        act(opened(), seen, by="kari", at=200, protocol=ASKING)


def test_the_reason_of_an_acknowledgement_is_kept_until_the_alert_calls_again():
    seen = act(opened(), Acknowledge(reason=SeenReason.CALLING), by="kari", at=200, protocol=ASKING)
    assert (seen.state, seen.seen_reason) == (State.ACKNOWLEDGED, SeenReason.CALLING)
    assert tell(seen, change(ChangeKind.WORSENED, 300)).seen_reason is None


# Times -------------------------------------------------------------------------------------------

TIMED = Protocol(
    severity=Severity.HIGH,
    acknowledge_within=timedelta(minutes=2),
    close_within=timedelta(hours=1),
    lapse_after=timedelta(minutes=15),
    escalation=(
        Escalation(after=timedelta(minutes=5), to="police"),
        Escalation(after=timedelta(minutes=2), to="supervisor", repeat=timedelta(minutes=2), times=2),
    ),
)


def test_the_ladder_is_climbed_in_the_order_of_time_repeats_written_out():
    assert [(rung.after // MINUTE, rung.to) for rung in ladder(TIMED)] == [
        (2, "supervisor"),
        (4, "supervisor"),
        (5, "police"),
        (6, "supervisor"),
    ]


def test_an_unanswered_alert_is_told_further_rung_by_rung_and_an_answer_ends_it():
    alert = opened()
    assert due(alert, TIMED, 100 + 2 * MINUTE - 1) is None
    alert = when_due(alert, due(alert, TIMED, 100 + 2 * MINUTE), at=100 + 2 * MINUTE)
    assert (alert.level, alert.escalated_to, alert.state) == (1, "supervisor", U)
    assert deadlines(alert, TIMED).escalate == 100 + 4 * MINUTE
    claimed = act(alert, Claim(), by="kari", at=100 + 3 * MINUTE)
    assert due(claimed, TIMED, 100 + 10 * MINUTE) is None
    for _ in range(3):
        alert = when_due(alert, due(alert, TIMED, 100 + HOUR), at=100 + HOUR)
    assert (alert.level, alert.escalated_to, due(alert, TIMED, 100 + 9 * HOUR)) == (4, "supervisor", None)


def test_the_ladder_begins_anew_when_the_alert_calls_again():
    alert = when_due(opened(), ClimbRung(to="supervisor"), at=200)
    again = tell(act(alert, Claim(), by="kari", at=300), change(ChangeKind.WORSENED, 400, **HIGH))
    assert (again.rungs, again.level) == (0, 1)
    assert deadlines(again, TIMED).escalate == 400 + 2 * MINUTE


def test_an_owner_who_does_nothing_loses_the_alert_and_any_sign_of_work_keeps_it():
    alert = act(opened(), Claim(), by="kari", at=100)
    assert due(alert, TIMED, 100 + 15 * MINUTE - 1) is None
    assert due(alert, TIMED, 100 + 15 * MINUTE) == Lapse()
    worked = act(alert, CheckOff(step=0, words="ring"), by="kari", at=100 + 10 * MINUTE)
    assert due(worked, TIMED, 100 + 15 * MINUTE) is None
    lapsed = when_due(alert, Lapse(), at=100 + 15 * MINUTE)
    assert (lapsed.calls, lapsed.claimed_by, lapsed.raised_again) == (True, None, 1)


def test_what_was_shelved_calls_again_at_its_time():
    alert = act(opened(), Shelve(until=100 + MINUTE, reason=KNOWN), by="kari", at=100)
    assert due(alert, TIMED, 100 + MINUTE - 1) is None
    assert due(alert, TIMED, 100 + MINUTE) == EndShelf()
    back = when_due(alert, EndShelf(), at=100 + MINUTE)
    assert (back.calls, back.raised_at, back.shelf_reason) == (True, 100 + MINUTE, None)


def test_unshelving_gives_it_back_to_who_held_it():
    back = act(in_state(S), Unshelve(), by="ola", at=200)
    assert (back.state, back.claimed_by) == (C, "kari")


def test_what_is_due_stands_on_the_alert():
    found = deadlines(opened(), TIMED)
    assert (found.acknowledge, found.close) == (100 + 2 * MINUTE, 100 + HOUR)
    assert (found.escalate, found.escalate_to, found.next_act) == (
        100 + 2 * MINUTE,
        "supervisor",
        100 + 2 * MINUTE,
    )
    assert deadlines(in_state(X), TIMED).next_act == NEVER
    assert deadlines(in_state(A), TIMED).acknowledge is None


def test_an_inhibited_alert_is_visible_and_does_not_call():
    cause = Cause("a0", AlertType.DEVICE_STRAP)
    alert = when_due(opened(), Inhibit(by=(cause,)), at=200)
    assert (alert.state, alert.calls, alert.inhibited_at, due(alert, TIMED, 9 * HOUR)) == (
        U,
        False,
        200,
        None,
    )
    free = when_due(alert, Inhibit(by=()), at=300)
    assert (free.calls, free.inhibited_at, free.raised_at) == (True, None, 300)
    assert deadlines(free, TIMED).escalate == 300 + 2 * MINUTE


# Written by authors --------------------------------------------------------------------------------


def test_a_protocol_says_desk_times_repeats_notices_and_commands(tmp_path):
    (tmp_path / "protocols.yaml").write_text(
        """
contact.alert:
  desk: police
  acknowledge_within: PT1M
  lapse_after: PT10M
  shelve_max: PT0S
  outcomes: [breach, other]
  note_for: [breach]
  escalation: [{after: PT1M, to: shift-leader, repeat: PT2M, times: 3}, {after: PT5M, to: police}]
  notices: [{on: opened, text: {nb: Gå inn, en: Go inside}}]
  commands: [{on: opened, command: faster-fixes, fix_every: PT10S, lasts: PT30M}]
""",
        encoding="utf-8",
    )
    rulebook, problems = check(tmp_path)
    assert rulebook is not None, [str(problem) for problem in problems]
    protocol = rulebook.protocols[AlertType.CONTACT_ALERT]
    assert (protocol.desk, protocol.outcomes, protocol.note_for) == (
        "police",
        ("breach", "other"),
        ("breach",),
    )
    assert protocol.acknowledge_within == timedelta(minutes=1)
    assert len(ladder(protocol)) == 5
    assert protocol.notices[0].words == {"nb": "Gå inn", "en": "Go inside"}
    assert protocol.commands[0].fix_every == timedelta(seconds=10)
    assert rulebook.protocols[AlertType.DEVICE_STRAP].desk == "centre"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact.alert: {outcomes: [lunch]}", "outcomes"),
        ("contact.alert: {escalation: [{after: PT1M, to: x, repeat: PT1M, times: 51}]}", "times"),
        ("contact.alert: {notices: [{on: sometimes, text: {nb: x}}]}", "on"),
        ("contact.alert: {lapse_after: 10}", "lapse_after"),
    ],
)
def test_what_no_protocol_may_say_is_told_with_its_place(tmp_path, text, said):
    (tmp_path / "protocols.yaml").write_text(text, encoding="utf-8")
    rulebook, problems = check(tmp_path)
    assert rulebook is None
    assert any(said in str(problem) and "protocols.yaml:1:" in str(problem) for problem in problems)

"""One alert's life: the tables of what the engine's changes and the operators' actions make of it."""

from itertools import permutations

import pytest

from em_engine.alerts.life import (
    NOTE_CHARACTERS_MAX,
    TOLD_MAX,
    Acknowledge,
    ActionRefused,
    BreachState,
    Close,
    Comment,
    Outcome,
    State,
    act,
    tell,
)
from em_engine.alerts.rows import parts_of, row_of, urgency
from em_engine.vocabulary import AlertType, Change, ChangeKind, Severity

OPENED, REPEATED, WORSENED = ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.WORSENED
CLEARED, WITHDRAWN = ChangeKind.CLEARED, ChangeKind.WITHDRAWN
UNACKNOWLEDGED, ACKNOWLEDGED, CLAIMED, SHELVED, CLOSED = State


def change(kind=OPENED, at=100, **other):
    told = {
        "alert": "a1",
        "change": kind,
        "at": at,
        "type": AlertType.EXCLUSION_ENTERED,
        "severity": Severity.HIGH,
        "case": "case-1",
        "order": "OVA-1",
        "condition": "home",
        "wearer": "W-1",
        "device": "tag-1",
        "opened_at": 90,
        "detected_at": at,
        "cleared_at": at if kind is CLEARED else None,
        "confidence": 0.9,
        "late": False,
        "evidence": {"margin_m": -float(at)},
        "rulebook": "r1",
    }
    return Change(**{**told, **other})


class Life:
    """A timeline of one alert."""

    def __init__(self, **always):
        self.alert, self.always = None, always

    def told(self, kind, at, **other):
        self.alert = tell(self.alert, change(kind, at, **{**self.always, **other}))
        return self

    def did(self, action, at, by="kari"):
        self.alert = act(self.alert, action, by=by, at=at)
        return self


def in_state(state, **always):
    life = Life(**always).told(OPENED, 100)
    if state is ACKNOWLEDGED:
        life.did(Acknowledge(), 110)
    if state is CLOSED:
        life.did(Close(outcome=Outcome.BREACH, note="the police have him"), 110)
    return life


# The engine's changes


@pytest.mark.parametrize(
    ("before", "kind", "after", "breach"),
    [
        (UNACKNOWLEDGED, OPENED, UNACKNOWLEDGED, BreachState.OPEN),
        (UNACKNOWLEDGED, REPEATED, UNACKNOWLEDGED, BreachState.OPEN),
        (UNACKNOWLEDGED, WORSENED, UNACKNOWLEDGED, BreachState.OPEN),
        (UNACKNOWLEDGED, CLEARED, UNACKNOWLEDGED, BreachState.CLEARED),
        (UNACKNOWLEDGED, WITHDRAWN, UNACKNOWLEDGED, BreachState.CLEARED),
        (ACKNOWLEDGED, OPENED, ACKNOWLEDGED, BreachState.OPEN),
        (ACKNOWLEDGED, REPEATED, UNACKNOWLEDGED, BreachState.OPEN),
        (ACKNOWLEDGED, WORSENED, UNACKNOWLEDGED, BreachState.OPEN),
        (ACKNOWLEDGED, CLEARED, ACKNOWLEDGED, BreachState.CLEARED),
        (ACKNOWLEDGED, WITHDRAWN, ACKNOWLEDGED, BreachState.CLEARED),
        (CLOSED, OPENED, CLOSED, BreachState.OPEN),
        (CLOSED, REPEATED, UNACKNOWLEDGED, BreachState.OPEN),
        (CLOSED, WORSENED, UNACKNOWLEDGED, BreachState.OPEN),
        (CLOSED, CLEARED, CLOSED, BreachState.CLEARED),
        (CLOSED, WITHDRAWN, CLOSED, BreachState.CLEARED),
    ],
)
def test_what_a_change_makes_of_an_alert(before, kind, after, breach):
    alert = in_state(before).told(kind, 200).alert
    assert (alert.state, alert.breach) == (after, breach)
    assert alert.is_raised_again == (before is not after)
    assert alert.version == (2 if before is UNACKNOWLEDGED else 3)


@pytest.mark.parametrize("kind", ChangeKind)
@pytest.mark.parametrize("before", State)
def test_a_change_told_twice_changes_nothing(before, kind):
    once = in_state(before).told(kind, 200).alert
    assert tell(once, change(kind, 200)) is once


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_change_told_twice_changes_nothing_whatever_was_done_in_between(kind):
    life = Life().told(OPENED, 100).told(kind, 200).did(Acknowledge(), 210)
    assert tell(life.alert, change(kind, 200)) is life.alert
    closed = life.did(Close(outcome=Outcome.TEST, note="a drill"), 220).alert
    assert tell(closed, change(kind, 200)) is closed


def test_an_opened_alert_holds_what_the_engine_said():
    told = change(OPENED, 100, late=True)
    alert = tell(None, told)
    for name in ("type", "severity", "case", "order", "condition", "wearer", "device", "opened_at"):
        assert getattr(alert, name) == getattr(told, name)
    assert (alert.id, alert.detected_at, alert.changed_at, alert.raised_at) == ("a1", 100, 100, 100)
    assert (alert.confidence, alert.evidence, alert.rulebook, alert.late) == (0.9, told.evidence, "r1", True)
    assert (alert.version, alert.repeats, alert.worsenings, alert.state) == (1, 0, 0, UNACKNOWLEDGED)


def test_repeats_and_worsenings_are_counted_and_the_newest_accusation_is_the_evidence():
    life = Life().told(OPENED, 100).told(REPEATED, 200).told(REPEATED, 300)
    alert = life.told(WORSENED, 400, severity=Severity.CRITICAL, confidence=0.99, device="tag-2").alert
    assert (alert.repeats, alert.worsenings, alert.detected_at, alert.changed_at) == (2, 1, 100, 400)
    assert (alert.severity, alert.confidence, alert.device) == (Severity.CRITICAL, 0.99, "tag-2")
    assert alert.evidence == {"margin_m": -400.0}


def test_clearing_keeps_the_evidence_of_the_breach_beside_that_of_its_end():
    alert = Life().told(OPENED, 100).told(CLEARED, 200, cleared_at=190).alert
    assert alert.evidence == {"margin_m": -100.0}
    assert alert.cleared_evidence == {"margin_m": -200.0}
    assert alert.cleared_at == 190


def test_a_cleared_breach_that_repeats_is_open_again():
    alert = Life().told(OPENED, 100).told(CLEARED, 200).told(REPEATED, 300).alert
    assert (alert.breach, alert.cleared_at, alert.cleared_evidence) == (BreachState.OPEN, None, None)


def test_an_alert_opened_in_arrears_may_be_over_already():
    alert = Life().told(OPENED, 500, late=True, cleared_at=200).alert
    assert (alert.breach, alert.cleared_at, alert.state) == (BreachState.CLEARED, 200, UNACKNOWLEDGED)


def test_severity_never_falls():
    alert = (
        Life(severity=Severity.CRITICAL).told(OPENED, 100).told(REPEATED, 200, severity=Severity.LOW).alert
    )
    assert alert.severity is Severity.CRITICAL


def test_changes_decided_at_the_same_instant_take_their_natural_order():
    told = [change(kind, 100) for kind in (OPENED, WORSENED, CLEARED)]
    for order in permutations(told):
        alert = None
        for one in order:
            alert = tell(alert, one)
        assert alert.breach is BreachState.CLEARED
        assert alert.worsenings == 1


def test_the_latest_told_is_not_the_last_known_where_it_is_older():
    alert = Life().told(OPENED, 100).told(REPEATED, 300, cleared_at=None).told(CLEARED, 200).alert
    assert (alert.breach, alert.changed_at, alert.evidence) == (BreachState.OPEN, 300, {"margin_m": -300.0})


def test_a_change_of_another_alert_is_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="another alert"):
        tell(in_state(UNACKNOWLEDGED).alert, change(REPEATED, 200, alert="a2"))


def test_what_an_alert_remembers_is_bounded_and_what_is_older_counts_as_told():
    life = Life()
    for at in range(100, 100 + 10 * TOLD_MAX):
        life.told(REPEATED, at)
    assert len(life.alert.told) == TOLD_MAX
    assert life.alert.repeats == 10 * TOLD_MAX
    for at in range(100, 100 + 10 * TOLD_MAX):
        assert tell(life.alert, change(REPEATED, at)) is life.alert


# Called again


def test_a_worsening_after_acknowledgement_calls_again_and_can_be_acknowledged_again():
    life = in_state(ACKNOWLEDGED).told(WORSENED, 200)
    assert (life.alert.is_raised_again, life.alert.raised_at, life.alert.raised_again) == (True, 200, 1)
    assert (life.alert.acknowledged_by, life.alert.acknowledged_at) == (None, None)
    life.did(Acknowledge(), 210, by="ola")
    assert (life.alert.is_raised_again, life.alert.acknowledged_by) == (False, "ola")


def test_a_breach_left_open_at_closing_returns_to_the_queue_when_it_worsens():
    alert = in_state(CLOSED).told(WORSENED, 200).alert
    assert (alert.state, alert.is_raised_again) == (UNACKNOWLEDGED, True)
    assert (alert.closed_at, alert.closed_by, alert.outcome, alert.note) == (None, None, None, None)


# The operators' actions


ACTIONS = {
    "acknowledge": Acknowledge(),
    "comment": Comment(note="called him"),
    "close": Close(outcome=Outcome.BREACH, note="reported"),
}


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (UNACKNOWLEDGED, "acknowledge", ACKNOWLEDGED),
        (UNACKNOWLEDGED, "comment", UNACKNOWLEDGED),
        (UNACKNOWLEDGED, "close", CLOSED),
        (
            ACKNOWLEDGED,
            "acknowledge",
            "kari acknowledged it at 1970-01-01T00:00:00.000Z; comment on it or close",
        ),
        (ACKNOWLEDGED, "comment", ACKNOWLEDGED),
        (ACKNOWLEDGED, "close", CLOSED),
        (CLOSED, "acknowledge", "kari closed it at"),
        (CLOSED, "comment", CLOSED),
        (CLOSED, "close", "kari closed it at 1970-01-01T00:00:00.000Z as breach; it can be commented on"),
    ],
)
@pytest.mark.parametrize("over", [None, CLEARED, WITHDRAWN], ids=["open", "cleared", "withdrawn"])
def test_what_an_action_makes_of_an_alert(before, action, after, over):
    life = in_state(before)
    if over is not None:
        life.told(over, 200)
    breach, version = life.alert.breach, life.alert.version
    if not isinstance(after, State):
        with pytest.raises(ActionRefused, match=after):
            life.did(ACTIONS[action], 300, by="ola")
        assert life.alert.version == version
        return
    alert = life.did(ACTIONS[action], 300, by="ola").alert
    assert (alert.state, alert.breach, alert.version) == (after, breach, version + 1)


def test_an_action_leaves_its_words_and_its_author():
    life = Life().told(OPENED, 100).did(Acknowledge(note="mine"), 110, by="kari")
    assert (life.alert.acknowledged_at, life.alert.acknowledged_by) == (110, "kari")
    life.did(Comment(note="no answer"), 120).did(Comment(note="he answered"), 130)
    assert life.alert.comments == 2
    alert = life.did(Close(outcome=Outcome.EQUIPMENT, note="strap replaced"), 140, by="ola").alert
    assert (alert.closed_at, alert.closed_by) == (140, "ola")
    assert (alert.outcome, alert.note) == (Outcome.EQUIPMENT, "strap replaced")


def test_closing_a_breach_that_is_still_open_takes_a_note():
    life = in_state(ACKNOWLEDGED)
    with pytest.raises(ActionRefused, match="still open: add a note"):
        life.did(Close(outcome=Outcome.AUTHORISED_ABSENCE), 200)
    alert = life.told(CLEARED, 200).did(Close(outcome=Outcome.AUTHORISED_ABSENCE), 210).alert
    assert alert.state is CLOSED


def test_the_outcome_other_takes_a_note():
    life = in_state(ACKNOWLEDGED).told(CLEARED, 200)
    with pytest.raises(ActionRefused, match="says nothing by itself"):
        life.did(Close(outcome=Outcome.OTHER), 210)


@pytest.mark.parametrize(
    ("note", "reason"),
    [("", "is empty"), (" \n", "is empty"), ("x" * (NOTE_CHARACTERS_MAX + 1), "4001 characters")],
)
@pytest.mark.parametrize(
    "action", [Acknowledge, Comment, lambda note: Close(outcome=Outcome.TEST, note=note)]
)
def test_a_note_says_something_and_is_no_novel(action, note, reason):
    with pytest.raises(ActionRefused, match=reason):
        in_state(UNACKNOWLEDGED).did(action(note=note), 200)


# Latched types


@pytest.mark.parametrize(
    ("type", "is_latched"),
    [(type, type.value in ("device.strap", "device.case", "person.panic")) for type in AlertType],
)
def test_a_cleared_tamper_or_panic_stays_flagged_until_a_person_closes_it(type, is_latched):
    life = in_state(ACKNOWLEDGED, type=type)
    assert not life.alert.is_latched
    life.told(CLEARED, 200)
    assert life.alert.is_latched is is_latched
    assert parts_of(urgency(life.alert))[2] is (BreachState.OPEN if is_latched else BreachState.CLEARED)
    assert not life.did(Close(outcome=Outcome.EQUIPMENT), 210).alert.is_latched


# The queue's order


def test_the_queue_is_ordered_by_severity_then_answer_then_breach_then_waiting():
    def queued(id, *, at=100, answered=False, over=False, **other):
        life = Life(alert=id, **other).told(OPENED, at)
        if over:
            life.told(CLEARED, at + 10)
        if answered:
            life.did(Acknowledge(), at + 20)
        return life.alert

    critical = {"severity": Severity.CRITICAL}
    low = {"severity": Severity.LOW}
    ordered = [
        queued("01", at=100, **critical),
        queued("00", at=200, **critical),
        queued("03", at=300, **critical, over=True, type=AlertType.DEVICE_STRAP),
        queued("04", at=50, **critical, over=True),
        queued("05", at=10, **critical, answered=True),
        queued("06", at=5, **critical, answered=True, over=True),
        queued("07", at=1),
        queued("08", at=1, severity=Severity.MEDIUM),
        queued("09", at=1, **low),
        queued("10", at=1, **low, answered=True),
    ]
    backwards = ordered[::-1]
    found = sorted(backwards, key=lambda alert: row_of(alert)[1:4])
    assert [alert.id for alert in found] == [alert.id for alert in ordered]


def test_the_closed_come_after_all_others_the_last_closed_first():
    closed = [
        in_state(UNACKNOWLEDGED).did(Close(outcome=Outcome.TEST, note="x"), at).alert for at in (900, 800)
    ]
    waiting = in_state(UNACKNOWLEDGED, severity=Severity.LOW).alert
    rows = [row_of(alert)[1:4] for alert in (waiting, *closed)]
    assert rows == sorted(rows)

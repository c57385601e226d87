"""One alert's life under anything: whatever is told and done, in any order and twice."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from em_engine.alerts.life import (
    Acknowledge,
    ActionRefused,
    Close,
    Comment,
    Outcome,
    act,
    tell,
)
from em_engine.alerts.rows import parts_of, urgency
from em_engine.vocabulary import AlertType, Change, ChangeKind, Severity
from tests.unit.alerts.test_life import CLOSED, UNACKNOWLEDGED, change

changes = st.builds(
    change,
    st.sampled_from(list(ChangeKind)),
    st.integers(1, 12).map(lambda n: n * 10),
    severity=st.sampled_from(list(Severity)),
    late=st.booleans(),
    type=st.just(AlertType.DEVICE_STRAP),
)
actions = st.one_of(
    st.builds(Acknowledge, note=st.none() | st.just("seen")),
    st.builds(Comment, note=st.sampled_from(["called", ""])),
    st.builds(Close, outcome=st.sampled_from(list(Outcome)), note=st.none() | st.just("done")),
)


def played(steps, *, twice=False):
    """The alert after the steps; refused actions leave it as it is. `twice` tells each change twice."""
    alert = None
    for number, step in enumerate(steps):
        if isinstance(step, Change):
            alert = tell(alert, step)
            alert = tell(alert, step) if twice else alert
        elif alert is not None:
            alert = acted(alert, step, number)
        if alert is not None:
            assert_legal(alert)
    return alert


def acted(alert, action, at):
    try:
        return act(alert, action, by="kari", at=at)
    except ActionRefused:
        return alert


def assert_legal(alert):
    assert (alert.closed_at is None) == (alert.closed_by is None) == (alert.outcome is None)
    assert (alert.acknowledged_at is None) == (alert.acknowledged_by is None)
    assert alert.note is None or alert.state is CLOSED
    assert alert.is_raised_again <= (alert.state is UNACKNOWLEDGED)
    assert not (alert.state is CLOSED and alert.outcome is Outcome.OTHER and alert.note is None)
    assert len(set(alert.told)) == len(alert.told)
    assert list(alert.told) == sorted(alert.told)
    assert parts_of(urgency(alert))[0] is alert.severity


@given(st.lists(changes | actions, max_size=30))
def test_any_interleaving_gives_a_legal_alert_the_same_again_and_no_other_when_told_twice(steps):
    alert = played(steps)
    assert played(steps) == alert
    assert played(steps, twice=True) == alert
    for step in steps:
        if isinstance(step, Change):
            assert tell(alert, step) is alert


@given(st.lists(changes, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_changes_told_in_any_order_give_the_same_alert(told, random):
    # Two that agree in these are one change, told twice.
    told = list({(one.at, one.detected_at, one.change, one.severity): one for one in told}.values())
    shuffled = random.sample(told, len(told))
    assert replace(played(shuffled), version=0) == replace(played(told), version=0)


@given(st.lists(changes | actions, min_size=1, max_size=20))
def test_nothing_leaves_the_queue_but_by_a_persons_closing_it(steps):
    alert = None
    for number, step in enumerate(steps):
        was_open = alert is not None and alert.state is not CLOSED
        if isinstance(step, Change):
            alert = tell(alert, step)
            assert not was_open or alert.state is not CLOSED
        elif alert is not None:
            alert = acted(alert, step, number)
            assert not was_open or alert.state is not CLOSED or isinstance(step, Close)

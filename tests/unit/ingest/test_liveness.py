"""What answers of a broker prove, and when it counts as standing still."""

from em_engine.ingest.delivery import Link
from em_engine.ingest.liveness import DEAF_AFTER, PROMPT, STALLED_AFTER, Liveness
from em_engine.vocabulary import BEFORE_ALL, HOUR, SECOND

NOON = 12 * HOUR


def alive() -> Liveness:
    liveness = Liveness()
    liveness.begins(NOON)
    return liveness


def test_before_any_connection_nothing_is_proven():
    assert Liveness().heard_until == BEFORE_ALL


def test_a_prompt_answer_proves_up_to_when_it_was_asked_and_no_further():
    liveness = alive()
    liveness.answered(asked_at=NOON + SECOND, now=NOON + SECOND + PROMPT)
    assert liveness.heard_until == NOON + SECOND


def test_an_answer_that_took_long_proves_nothing_until_the_next_one_comes():
    """The broker that wakes may answer us before it reads the tags."""
    liveness = alive()
    liveness.answered(asked_at=NOON + 3 * SECOND, now=NOON + 5 * SECOND)
    assert liveness.heard_until == NOON
    liveness.answered(asked_at=NOON + 5 * SECOND, now=NOON + 5 * SECOND + 1)
    assert liveness.heard_until == NOON + 5 * SECOND


def test_a_broker_that_is_always_slow_is_believed_one_answer_later():
    liveness = alive()
    for second in range(2, 20, 2):
        at = NOON + second * SECOND
        liveness.answered(asked_at=at - 2 * SECOND, now=at)
    assert liveness.heard_until == NOON + 14 * SECOND


def test_a_proof_never_falls():
    liveness = alive()
    liveness.answered(asked_at=NOON - SECOND, now=NOON - SECOND)
    liveness.begins(NOON - HOUR)
    assert liveness.heard_until == NOON


def test_a_stall_is_counted_when_it_is_over():
    """A machine that slept: the answer to the last question before it comes hours later."""
    liveness = alive()
    liveness.answered(asked_at=NOON + SECOND, now=NOON + 3 * HOUR)
    assert liveness.stalls == 0
    liveness.answered(asked_at=NOON + 3 * HOUR, now=NOON + 3 * HOUR)
    assert (liveness.heard_until, liveness.stalls) == (NOON + 3 * HOUR, 1)


def test_a_breath_is_no_stall():
    liveness = alive()
    liveness.answered(asked_at=NOON + STALLED_AFTER - 1, now=NOON + STALLED_AFTER)
    assert liveness.stalls == 0


def test_a_link_is_prompt_then_only_heard_then_not_even_that():
    def is_so(connected: bool, after: int) -> tuple[bool, bool]:
        link = Link(connected=connected, since=NOON, heard_until=NOON)
        return link.is_prompt(NOON + after), link.is_heard(NOON + after)

    assert is_so(True, STALLED_AFTER) == (True, True)
    assert is_so(True, STALLED_AFTER + 1) == (False, True)
    assert is_so(True, DEAF_AFTER + 1) == (False, False)
    assert is_so(False, 0) == (False, False)

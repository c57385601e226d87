"""A replay paused, hurried, sought and looped: time is passed, nobody waits."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.vocabulary import BEFORE_ALL, MINUTE, SECOND, Batch, ReportKind, blank_reports
from simulators.playhead import Manner, Playhead, played

T0 = 1_800_000_000 * SECOND
PLAIN = Manner()


class Hand:
    """Passes the time that is waited, and presses keys at their times."""

    def __init__(self, **keys: float) -> None:
        self.now_s = 100.0
        self.keys = sorted((at_s, {"space": " "}.get(key[:5], key[0])) for key, at_s in keys.items())

    def now(self) -> float:
        return self.now_s

    def wait(self, span_s: float) -> str:
        until_s = self.now_s + min(span_s, 0.25)
        if self.keys and self.keys[0][0] <= until_s - 100.0:
            at_s, key = self.keys.pop(0)
            self.now_s = max(self.now_s, 100.0 + at_s)
            return key
        self.now_s = until_s + 1e-6  # a float's rounding must not stand still
        return ""


def reel(minutes: int = 10) -> Batch:
    rows = blank_reports(minutes)
    rows["kind"] = ReportKind.FIX
    rows["at"] = T0 + np.arange(minutes) * MINUTE
    rows["received_at"] = rows["at"] + SECOND
    rows["seq"] = np.arange(minutes)
    return Batch(devices=("tag-1",), rows=rows)


def heard(
    hand: Hand, *, speed: float = 60.0, manner: Manner = PLAIN, most: int = 100
) -> list[tuple[int, float]]:
    """Each report's number and the real second at which it was played."""
    whole = reel()
    first, last = int(whole.rows["received_at"][0]), int(whole.rows["received_at"][-1])
    told = []
    for batch in played(whole, Playhead(first, last, speed), manner, keys=hand, now=hand.now):
        told.append((int(batch.rows["seq"][0]), round(hand.now_s - 100.0, 2)))
        if len(told) == most:
            break
    return told


def test_each_report_is_played_when_it_is_due() -> None:
    assert heard(Hand()) == [(number, pytest.approx(number, abs=0.01)) for number in range(10)]


def test_paused_it_stands_still_and_goes_on_where_it_was() -> None:
    told = heard(Hand(space=2.5, space_again=7.5))
    assert told[2] == (2, pytest.approx(2.0, abs=0.01))
    assert told[3] == (3, pytest.approx(8.0, abs=0.01))
    assert len(told) == 10


def test_sought_forth_it_leaves_out_what_lies_between() -> None:
    assert [number for number, _ in heard(Hand(f=2.5, f_again=2.6))] == [0, 1, 2, 5, 6, 7, 8, 9]


def test_sought_back_it_plays_again() -> None:
    assert [number for number, _ in heard(Hand(b=2.5, b_again=2.6))] == [0, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_what_is_judged_here_is_never_left_out_nor_judged_twice() -> None:
    manner = Manner(skips=False)
    assert [n for n, _ in heard(Hand(f=2.5, b=4.1), manner=manner)] == list(range(10))


def test_hurried_it_is_twice_as_fast_and_slowed_as_before() -> None:
    hand = Hand()
    hand.keys = [(2.0, "+"), (4.0, "-")]
    assert heard(hand)[-1] == (9, pytest.approx(7.0, abs=0.05))


def test_it_begins_where_it_is_told_to_and_ends_when_it_is_told_to() -> None:
    manner = Manner(start=T0 + 5 * MINUTE)
    assert [number for number, _ in heard(Hand(q=2.5), manner=manner)] == [5, 6, 7]


def test_looped_as_if_now_each_round_is_news() -> None:
    hand, whole = Hand(), reel()
    clock = iter(range(T0 * 2, T0 * 2 + 10**12, SECOND))
    head = Playhead(int(whole.rows["received_at"][0]), int(whole.rows["received_at"][-1]), 600.0)
    manner = Manner(turns=3, as_now=lambda: next(clock))
    rows = np.concatenate([one.rows for one in played(whole, head, manner, keys=hand, now=hand.now)])
    assert len(rows) == 30
    assert (np.diff(rows["at"]) > 0).all()
    assert (rows["received_at"] - rows["at"] == SECOND).all()
    assert set(rows["seq"]) == {-1}
    assert set(rows["sent_at"]) == {BEFORE_ALL}
    assert reel().rows.tobytes() == whole.rows.tobytes()


def test_it_says_how_far_it_is() -> None:
    head = Playhead(T0, T0 + 10 * MINUTE, 60.0)
    head.start(T0, 0.0)
    head.pause(5.0)
    assert head.told(99.0) == " 50% 2027-01-15T08:05:00.000Z x60 paused"


def test_tracks_that_play_as_if_now_say_how_long_they_have_played() -> None:
    head = Playhead(0, 100 * MINUTE, 60.0, turn=2)
    head.start(0, 0.0)
    assert head.told(75.5) == " 76% 1:15:30 x60 turn 2"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--now"], "--now and --loop go with --mqtt"),
        (["--loop", "2", "--mqtt", "mqtt://127.0.0.1:1", "--speed", "9"], "--loop goes with --now"),
        (["--now", "--mqtt", "mqtt://127.0.0.1:1"], "go with --speed"),
        (
            ["--now", "--mqtt", "mqtt://127.0.0.1:1", "--speed", "9", "--from", "2011-09-18T15:30:00Z"],
            "--from does not go with --now",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(options: list[str], said: str) -> None:
    track = Path(__file__).parents[3] / "simulators" / "demo" / "tracks" / "track-trondheim.csv"
    result = CliRunner().invoke(main, ["replay", "--tracks", str(track), *options])
    assert result.exit_code == 2
    assert said in result.output


def test_from_a_time_on_at_a_speed_it_judges_as_if_it_had_all_happened() -> None:
    folder = Path(__file__).parents[3]
    track = folder / "simulators" / "demo" / "tracks" / "track-trondheim.csv"
    asked = ["replay", "--rules", str(folder / "rules" / "demo-oslo"), "--tracks", str(track)]
    plain = CliRunner().invoke(main, asked)
    paced = CliRunner().invoke(main, [*asked, "--speed", "100000", "--from", "2011-09-18T15:36:00Z"])
    assert paced.exit_code == 0, paced.output
    assert paced.stdout == plain.stdout

"""A season in shares: kept as they are finished, gone on with, never mixed with those of another law."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.vocabulary import MINUTE, NEVER, AlertType
from simulators.score import Score, TypeScore
from simulators.season.engine import Reached
from simulators.season.identity import law_identity, what_bears
from simulators.season.in_hand import Hand, Which
from simulators.season.progress import Progress, span_told
from simulators.season.report import ENGINE, Finding, Quality
from simulators.season.shares import CASES_MAX, FolderTakenError, Share, Shares, cuts, held
from simulators.season.truth import Breach
from simulators.spans import Span

LAW = "4f2a9c1b7d3e"
SEASON = Which(seed=1, days=30, law=LAW)
SPAN = Span(key=("S", "c", "inclusion.left"), start=MINUTE, end=NEVER)


def share(first: int, last: int, of: Which = SEASON) -> Share:
    """A share in which one breach was found after a third of a second and one, which lasts yet, missed."""
    one = TypeScore(breaches=2, found=1, duplicates=0, nuisance=3, delays_s=(1.0 / 3.0,))
    score = Score(types={"inclusion.left": one}, device_days=float((last + 1 - first) * of.days))
    breach = Breach(case="S", condition="c", type=AlertType.INCLUSION_LEFT, from_s=0.1, to_s=2e6)
    quality = Quality(
        scores={ENGINE: score, "bare": score},
        curves={ENGINE: {"0": score}, "bare": {"0 m": score}},
        rest=score,
        findings=[Finding(is_missed=True, span=SPAN, breach=breach, has_evidence=True)],
    )
    return Share(of=of, first=first, last=last, cpu_s=12.5, quality=quality)


def kept(folder: Path, of: Which = SEASON, *, tags: int = 1_000) -> Shares:
    return Shares(folder, of, tags=tags)


def numbers(shares: Sequence[Share]) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in shares]


def test_what_is_kept_is_read_back_to_the_last_bit_in_the_order_of_its_cases(tmp_path: Path):
    shares = kept(tmp_path)
    for one in (share(100, 199), share(0, 99)):
        shares.keep(one)
    assert kept(tmp_path).found == shares.found == [share(0, 99), share(100, 199)]
    assert not kept(tmp_path).left_aside


@pytest.mark.parametrize(
    ("other", "why"),
    [
        pytest.param(replace(SEASON, law="0" * 12), "another law (000000000000)", id="law"),
        pytest.param(replace(SEASON, seed=2), "another season (seed 2, days 30,", id="seed"),
        pytest.param(replace(SEASON, days=7), "another season (seed 1, days 7,", id="days"),
    ],
)
def test_a_share_of_another_season_or_law_is_left_aside_and_told(tmp_path: Path, other: Which, why: str):
    kept(tmp_path).keep(share(0, 99))
    kept(tmp_path).keep(share(0, 99, of=other))
    again = kept(tmp_path)
    assert again.found == [share(0, 99)]
    [told] = again.left_aside
    assert told.startswith(f"shares of {why}")
    assert told.endswith(": 1")
    assert kept(tmp_path, other).found == [share(0, 99, of=other)]


def test_cases_count_once_and_none_that_was_not_asked_for(tmp_path: Path):
    for first, last in ((0, 99), (50, 149), (100, 199), (200, 299)):
        kept(tmp_path).keep(share(first, last))
    asked = kept(tmp_path, tags=250)
    assert numbers(asked.found) == [(0, 99), (100, 199)]
    assert len(asked.left_aside) == 2


def test_half_a_file_is_no_share_and_is_told(tmp_path: Path):
    kept(tmp_path).keep(share(0, 99))
    [file] = tmp_path.glob("*.json")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    again = kept(tmp_path)
    assert again.found == []
    assert file.name in again.left_aside[0]


STANDING = Reached(day=12, heart=bytes(range(256)), told={"a-1": (SPAN, 0.995)})


def test_a_share_in_hand_goes_on_from_its_midnight_with_what_it_cost(tmp_path: Path):
    Hand(tmp_path, SEASON, range(100, 200)).keep(STANDING)
    [hand] = kept(tmp_path).in_hand
    assert (hand.numbers, hand.reached) == (range(100, 200), STANDING)
    again = Hand(tmp_path, SEASON, range(100, 200))
    assert again.reached == STANDING
    assert again.cpu_s >= hand.cpu_s
    assert Hand(tmp_path, SEASON, range(100, 199)).reached is None
    assert Hand(tmp_path, replace(SEASON, law="0" * 12), range(100, 200)).reached is None


def test_what_is_in_hand_is_cut_as_it_was_and_put_down_when_it_is_finished(tmp_path: Path):
    Hand(tmp_path, SEASON, range(100, 200)).keep(STANDING)
    Hand(tmp_path, SEASON, range(150, 250)).keep(STANDING)  # of a run with other shares
    Hand(tmp_path, SEASON, range(900, 1_001)).keep(STANDING)  # more than is asked for
    shares = kept(tmp_path)
    shares.keep(share(0, 49))
    parts = cuts(shares.found, shares.in_hand, tags=1_000, workers=2)
    assert parts[0] == range(100, 200)
    assert sorted(number for part in parts for number in part) == list(range(50, 1_000))
    shares.keep(share(100, 199))
    assert [hand.numbers for hand in kept(tmp_path).in_hand] == []


def test_half_a_hand_is_begun_anew(tmp_path: Path):
    Hand(tmp_path, SEASON, range(100, 200)).keep(STANDING)
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert kept(tmp_path).in_hand == []
    assert Hand(tmp_path, SEASON, range(100, 200)).reached is None


def test_nothing_is_kept_nowhere():
    hand = Hand(None, SEASON, range(100, 200))
    hand.keep(STANDING)
    assert hand.reached is None


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path):
    folder = tmp_path / "new"
    with held(folder), pytest.raises(FolderTakenError, match="another run"), held(folder):
        pass
    with held(folder):
        pass


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize(("tags", "found"), [(1_000, []), (1_000, [(0, 99), (400, 462)]), (7, []), (1, [])])
def test_what_is_cut_is_what_is_missing_no_share_too_wide(
    workers: int, tags: int, found: list[tuple[int, int]]
):
    shares = [share(*one) for one in found]
    parts = cuts(shares, tags=tags, workers=workers)
    every = sorted(number for part in (*parts, *(one.numbers for one in shares)) for number in part)
    assert every == list(range(tags))
    assert max(map(len, parts)) <= CASES_MAX
    assert len(parts) >= min(workers, tags) or found


def test_nothing_is_cut_where_nothing_is_missing():
    assert cuts([share(0, 99)], tags=100, workers=2) == []


def test_so_far_needs_a_folder_with_something_in_it(tmp_path: Path):
    nothing = CliRunner().invoke(main, ["bench", "quality", "--so-far", "--folder", str(tmp_path)])
    assert nothing.exit_code == 2
    assert "nothing is judged yet of seed 1, days 30" in nothing.stderr
    without = CliRunner().invoke(main, ["bench", "quality", "--so-far"])
    assert without.exit_code == 2
    assert "--folder" in without.stderr


# Progress and identity ------------------------------------------------------------------------


def test_progress_does_not_count_for_its_pace_what_was_in_hand():
    now_s, said = [0.0], StringIO()
    progress = Progress(said, kept=[], missing=[range(100)], begun=50.0, clock=lambda: now_s[0])
    now_s[0] = 600.0
    progress.tell(10.0)
    assert said.getvalue() == "share 0 of 1, 60.0%, 40 min left\n"


def test_progress_says_which_share_and_how_long_yet():
    now_s, said = [0.0], StringIO()
    progress = Progress(
        said, kept=[share(0, 99)], missing=[range(100, 200), range(200, 300)], clock=lambda: now_s[0]
    )
    now_s[0] = 3600.0
    progress.tell(50.0)
    now_s[0] = 7200.0
    progress.tell(50.0)
    progress.finish()
    progress.finish()
    assert said.getvalue().splitlines() == [
        "share 1 of 3, 50.0%, 3 h 00 min left",
        "share 1 of 3, 66.7%, 2 h 00 min left",
        "share 2 of 3, 66.7%, 2 h 00 min left",
        "share 3 of 3, 100.0%",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3569, "59 min"),
        (3599, "1 h 00 min"),
        (9e4, "25 h 00 min"),
    ],
)
def test_spans_are_told_as_people_say_them(seconds: float, told: str):
    assert span_told(seconds) == told


def tree(root: Path, **changed: str) -> Path:
    """A small house: a judge who imports one module in a function, and a file that nobody needs."""
    files = {
        "simulators/__init__.py": "",
        "simulators/judge.py": "def told():\n    from em_engine.law import limit\n    return limit.M\n",
        "em_engine/__init__.py": "",
        "em_engine/law/__init__.py": "",
        "em_engine/law/limit.py": "M = 12.0  # metres\n",
        "em_engine/screen.py": "COLOUR = 1\n",
    }
    for name, text in (
        files | {name.replace("__", "/") + ".py": text for name, text in changed.items()}
    ).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_a_law_is_what_its_code_does_and_no_word_about_it(tmp_path: Path):
    def law(name: str, **changed: str) -> str:
        return law_identity(tree(tmp_path / name, **changed), "simulators.judge")

    before = law("before")
    assert law("same") == before
    assert law("words", em_engine__law__limit='"""How far."""\n\nM = 12.0\n') == before
    assert law("elsewhere", em_engine__screen="COLOUR = 2\n") == before
    assert law("limit", em_engine__law__limit="M = 12.1\n") != before


def test_every_part_that_judges_bears_on_the_law():
    found = what_bears()
    assert {
        "em_engine.law.breach",
        "em_engine.monitoring.heart",
        "simulators.season.receiver",
    } <= found.keys()
    assert not {"em_engine.app", "em_engine.console", "simulators.chart"} & found.keys()

"""A contest in shares is the contest as a whole; its curve, table and reaches say the same."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.vocabulary import MINUTE, REPORT, AlertType
from simulators.score import Score, TypeScore
from simulators.season.contest import OF_PLACE, judge
from simulators.season.engine import Reached, told_over
from simulators.season.identity import law_identity
from simulators.season.in_hand import Which
from simulators.season.quality_command import share_of
from simulators.season.report import ENGINE, Finding, Quality
from simulators.season.shares import Shares
from simulators.season.spool import Spool
from simulators.season.truth import Breach
from simulators.season.world import START, Season, make
from simulators.spans import Span


@pytest.fixture(scope="module")
def season() -> Season:
    return make(seed=3, numbers=range(2), days=1)


@pytest.fixture(scope="module")
def whole(season: Season) -> Quality:
    return judge(season)


def test_a_season_goes_on_where_it_stopped_and_ends_as_if_it_never_had(
    whole: Quality, tmp_path: Path
) -> None:
    def quality(*more: str) -> Result:
        season = ("--tags", "2", "--days", "1", "--seed", "3", "--folder", str(tmp_path))
        return CliRunner().invoke(main, ["bench", "quality", *season, *more])

    law, done = law_identity(), list[float]()
    shares = Shares(tmp_path, Which(seed=3, days=1, law=law), tags=2)
    judged = share_of(range(1), done.append, seed=3, days=1, folder=tmp_path)  # and then it was killed
    assert [hand.numbers for hand in Shares(tmp_path, judged.of, tags=2).in_hand] == [range(1)]
    shares.keep(judged)
    assert sum(done) == pytest.approx(1.0, abs=0.01)
    assert "so far 1 of 2 device-days of 2 wearers, 1 day, seed 3" in quality("--so-far").stdout
    gone_on = quality("--json")
    assert gone_on.stderr.splitlines()[-1] == "share 2 of 2, 100.0%"
    told = json.loads(gone_on.stdout)
    assert told.pop("season").items() >= {"law": law, "device_days": 2, "is_whole": True, "shares": 2}.items()
    assert told.pop("recordings") is None
    assert told == whole.as_json()
    curve = tmp_path / "curve.svg"
    again = quality("--curve", str(curve))  # nothing is left to judge
    assert again.exit_code in (0, 1), again.output
    assert "share" not in again.stderr
    assert again.stdout.startswith("2 wearers, 1 day, seed 3\n2 device-days in 2 shares")
    assert "our engine, about places:" in again.stdout
    assert "nuisance about places" in again.stdout
    assert curve.read_text(encoding="utf-8").startswith("<svg")


def test_a_spool_gives_back_what_it_took_in_order_of_arrival(season: Season) -> None:
    with Spool(start=START, days=season.days) as spool:
        for number in range(2):
            one = make(seed=3, numbers=[number], days=1)
            spool.add(one.devices, one.rows)
        batches = list(spool.batches(0))
    assert {batch.devices for batch in batches} == {season.devices}
    assert b"".join(batch.rows.tobytes() for batch in batches) == season.rows.tobytes()
    assert batches[0].rows.dtype == REPORT


def test_from_any_midnight_the_engine_goes_on_as_if_nothing_had_happened() -> None:
    lived, told = make(seed=3, numbers=[8], days=2), list[Reached]()
    with Spool(start=START, days=lived.days) as spool:
        spool.add(lived.devices, lived.rows[::40])  # with so many holes that something is always open
        whole = told_over(spool, lived.cases, tell=lambda _: None, keep=lambda one: told.append(kept(one)))
        assert [one.day for one in told] == [1, 2]
        assert len(whole) > 2
        for reached in told:
            rest = list[float]()
            assert told_over(spool, lived.cases, tell=rest.append, reached=reached) == whole
            assert sum(rest) == pytest.approx((2 - reached.day) / 2)


def kept(reached: Reached) -> Reached:
    """As it comes back from a file."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(reached), type=Reached)


def test_every_contestant_has_a_curve_through_its_usual_point(whole: Quality) -> None:
    assert whole.curves.keys() == whole.scores.keys()
    for name, curve in whole.curves.items():
        assert len(curve) > 3, name
        totals = [(one.total.missed, one.total.nuisance) for one in curve.values()]
        usual = whole.scores[name].total
        assert (usual.missed, usual.nuisance) in totals
    picture = ET.fromstring(whole.curve("Missed against nuisance"))
    words = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {ENGINE, "bare", "filtered", "four in a row", "five minutes", "0.02"} <= words


def made(
    *, nuisance: int = 0, rest: int = 0, delays_s: tuple[float, ...] = (30.0,), lasts_s: float = 0.0
) -> Quality:
    """A contest over 100 device-days with one breach found, and perhaps one missed that fixes showed."""
    breach = Breach(case="S", condition="c", type=AlertType.INCLUSION_LEFT, from_s=0.0, to_s=lasts_s)
    span = Span(key=("S", "c", "inclusion.left"), start=0, end=MINUTE)
    ours = score_of(nuisance, delays_s)
    return Quality(
        scores={ENGINE: ours, "bare": score_of(500, (29.0,))},
        curves={ENGINE: {"0": ours}},
        rest=score_of(rest, ()),
        findings=[Finding(is_missed=True, span=span, breach=breach, has_evidence=True)] if lasts_s else [],
    )


def score_of(nuisance: int, delays_s: tuple[float, ...]) -> Score:
    found = len(delays_s)
    one = TypeScore(breaches=found, found=found, duplicates=0, nuisance=nuisance, delays_s=delays_s)
    return Score(types={OF_PLACE[0]: one}, device_days=100.0)


@pytest.mark.parametrize(
    ("contest", "reached"),
    [
        pytest.param(made(nuisance=2), [True, True, True, True], id="all, to the edge"),
        pytest.param(made(nuisance=3), [False, False, True, True], id="noise about places"),
        pytest.param(made(nuisance=1, rest=2), [True, False, True, True], id="noise about devices"),
        pytest.param(made(lasts_s=120.0), [True, True, False, True], id="two minutes missed"),
        pytest.param(made(lasts_s=119.0), [True, True, True, True], id="less than two minutes missed"),
        pytest.param(made(delays_s=(89.0,)), [True, True, True, True], id="a fix later than the best"),
        pytest.param(made(delays_s=(89.1,)), [True, True, True, False], id="later than that"),
        pytest.param(made(delays_s=()), [True, True, True, False], id="nothing was found"),
    ],
)
def test_what_is_reached_is_said_from_both_sides(contest: Quality, reached: list[bool]) -> None:
    assert [one.is_reached for one in contest.reaches()] == reached
    assert contest.table().count("NOT REACHED") == reached.count(False)

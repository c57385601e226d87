"""Recordings as a season: zones in the way of a true drive, and the receiver's own fixes."""

import os
from pathlib import Path

import numpy as np
import pytest

from em_engine.rulebook import load_files
from em_engine.vocabulary import SECOND, parse_rfc3339
from simulators.season.contest import judge
from simulators.season.recorded import FALSE_FIXES, HOME_DAY, ZONES, missing_in, recordings
from simulators.season.report import ENGINE
from simulators.season.truth import breaches_of
from simulators.season.world import START
from simulators.tracks import read

TRACKS = Path(os.environ.get("EM_TRACKS", Path(__file__).parents[4] / "shared" / "data" / "tracks"))
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(
        bool(missing_in(TRACKS)), reason="the recordings are not there: EM_TRACKS names their folder"
    ),
]


def test_a_drive_among_towers_is_judged_by_its_measured_truth() -> None:
    season = recordings(TRACKS, ["berlin-potsdamer-spp"])
    assert [len(case.duties) for case in season.cases] == [ZONES] * 3
    assert len(load_files(season.rulebook_files()).orders) == 3
    every = judge(season)
    assert every.scores[ENGINE].total.breaches == len(season.breaches) > ZONES
    assert every.scores[ENGINE].total.found > every.scores["five minutes"].total.found
    as_taken, each_minute = (np.count_nonzero(season.rows["device"] == number) for number in (0, 1))
    assert as_taken == 277
    assert each_minute == 6


def test_a_day_at_home_has_one_outing_in_truth() -> None:
    season = recordings(TRACKS, [HOME_DAY])
    [case] = season.cases
    told = breaches_of(case, season.ways[case.id][0], None, end_s=86_400.0)
    # He goes to and fro at the edge of the smaller home before he is off.
    assert {one.condition for one in told} == {"home-60", "home-100"}
    lasts_s = max(one.to_s for one in told) - min(one.from_s for one in told)
    assert lasts_s == pytest.approx(34 * 60.0, abs=10.0)


def test_nobody_was_where_the_false_fixes_lie_as_they_were_taken() -> None:
    season = recordings(TRACKS, FALSE_FIXES)
    assert [len(case.duties) for case in season.cases] == [1, 3]
    for number, instants in enumerate(FALSE_FIXES.values()):
        rows = season.rows[season.rows["device"] == number]
        began = read(TRACKS / f"{list(FALSE_FIXES)[number]}.csv").rows["at"][0]
        for instant in instants:
            at_s = (parse_rfc3339(instant) - began) / SECOND
            assert START + int(at_s * SECOND) in rows["at"]
            assert not any(one.from_s <= at_s <= one.to_s for one in season.breaches)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "berlin-potsdamer-spp.truth.csv" in missing_in(tmp_path)

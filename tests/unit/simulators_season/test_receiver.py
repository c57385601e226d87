"""The receiver's errors are as large, and last as long, as the measurements that its constants name."""

import os
from pathlib import Path

import numpy as np
import pytest

from simulators.season.fit import RECORDINGS, Errors, main, recorded
from simulators.season.receiver import INDOORS_M, OPEN_M, satellite_noise, tail

RECORDED = Path(os.environ.get("EM_TRACKS", Path(__file__).parents[4] / "shared" / "data" / "tracks"))


def errors(sigma_m: float, *, is_still: bool, hours: int = 200) -> Errors:
    chance = np.random.default_rng(7)
    noise = satellite_noise(chance, np.full(60 * hours, is_still))
    sizes = sigma_m * tail(chance, len(noise))
    return Errors(name="model", error_m=sizes[:, None] * noise, every_s=60.0)


@pytest.mark.parametrize(
    ("is_still", "lag_s", "low", "high"),
    [(False, 60, 0.30, 0.52), (False, 300, 0.02, 0.25), (True, 60, 0.68, 0.84), (True, 600, 0.15, 0.37)],
)
def test_an_error_lasts_as_long_as_recorded(is_still: bool, lag_s: int, low: float, high: float) -> None:
    left = errors(1.0, is_still=is_still).lasting(lag_s)
    assert left is not None
    assert low < left < high


def test_in_the_open_19_of_20_errors_are_within_ten_metres() -> None:
    assert errors(OPEN_M, is_still=False).percentiles()[94] == pytest.approx(10.0, abs=1.5)


def test_in_the_worst_house_half_of_the_fixes_are_within_twenty_metres() -> None:
    size_m = np.hypot(*errors(INDOORS_M[1], is_still=True).error_m.T)
    assert np.mean(size_m < 20.0) == pytest.approx(0.5, abs=0.06)


def test_in_a_wooden_house_errors_are_five_metres() -> None:
    usual_m = INDOORS_M[0] * satellite_noise(np.random.default_rng(1), np.ones(30_000, dtype=bool))
    assert np.sqrt((usual_m**2).sum(axis=1).mean()) == pytest.approx(5.0, abs=0.4)


@pytest.mark.shared_data
@pytest.mark.skipif(
    not (RECORDED / "gsdc-b-pixel4.truth.csv").exists(),
    reason="no recordings: EM_TRACKS names the folder that has gsdc-b-pixel4.csv and its truth",
)
def test_recordings_are_read_with_their_truth(tmp_path: Path) -> None:
    found = {one.name: one for one in recorded(RECORDED)}
    assert set(found) == {*RECORDINGS, "worn in a camp"}
    medians_m = {name: float(np.median(np.hypot(*one.error_m.T))) for name, one in found.items()}
    assert medians_m["phone A in a car"] == pytest.approx(1.0, abs=0.2)
    assert medians_m["phone B in a car"] == pytest.approx(3.6, abs=0.2)
    assert medians_m["car among towers"] == pytest.approx(27.0, abs=1.0)
    out = tmp_path / "fit.svg"
    assert main([str(RECORDED), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").count("<polyline") == 2 * (len(found) + 4)

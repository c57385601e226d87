"""A season as a whole: from one seed, in parts or at once, with the faults it promises, and scored."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.rulebook import load_files
from em_engine.vocabulary import ReportKind, Source
from simulators.season.command import Wish, write
from simulators.season.contest import judge
from simulators.season.evidence import Evidence
from simulators.season.report import ENGINE, Quality
from simulators.season.world import Season, make
from simulators.spans import read_truth
from simulators.tracks import read

TAGS, DAYS = 20, 2


@pytest.fixture(scope="module")
def season() -> Season:
    return make(seed=1, numbers=range(TAGS), days=DAYS)


@pytest.fixture(scope="module")
def judged() -> Quality:
    """Few enough for a test: every programme's kinds come up among them."""
    return judge(make(seed=3, numbers=range(4), days=1))


def test_the_same_seed_makes_the_same_season(season: Season) -> None:
    again = make(seed=1, numbers=range(TAGS), days=DAYS)
    assert again.rows.tobytes() == season.rows.tobytes()
    assert again.truth_text() == season.truth_text()
    assert make(seed=2, numbers=range(TAGS), days=DAYS).truth_text() != season.truth_text()


def test_a_case_is_the_same_whoever_else_is_in_the_season(season: Season) -> None:
    alone = make(seed=1, numbers=[7], days=DAYS)
    place = season.devices.index(alone.devices[0])
    among = season.rows[season.rows["device"] == place].copy()
    among["device"] = 0
    assert among.tobytes() == alone.rows[alone.rows["device"] == 0].tobytes()


def test_the_rulebook_is_accepted_and_names_every_device(season: Season) -> None:
    rulebook = load_files(season.rulebook_files())
    people = [person for order in rulebook.orders for person in (order.wearer, *order.protected)]
    assert {device for person in people for device in person.devices} == set(season.devices)


def test_every_kind_of_condition_is_ordered() -> None:
    kinds = {duty.kind for case in make(seed=1, numbers=range(40), days=1).cases for duty in case.duties}
    assert kinds == {"exclusion", "inclusion", "curfew", "contact-ban", "device-health", "attendance"}


def test_reports_arrive_late_twice_and_out_of_order(season: Season) -> None:
    rows = season.rows
    assert (np.diff(rows["received_at"]) >= 0).all()
    keys = np.stack([rows["device"], rows["seq"]], axis=1)
    assert len(np.unique(keys, axis=0)) < len(keys)
    of_one = rows[rows["device"] == 0]
    assert (np.diff(of_one["seq"]) < 0).any()
    assert ((rows["received_at"] - rows["at"]) > 60_000_000).any()


def test_satellite_errors_last_and_have_tails(season: Season) -> None:
    tag = next(case for case in season.cases if not case.has_beacon)
    rows = season.rows[season.rows["device"] == season.devices.index(tag.tag)]
    rows = rows[(rows["kind"] == ReportKind.FIX) & (rows["source"] == Source.GNSS) & (rows["lat"] != 0)]
    rows = rows[np.argsort(rows["at"], kind="stable")]
    at_s = (rows["at"] - season.until) / 1e6 + DAYS * 86_400
    true_m = season.ways[tag.id][0].where(at_s)
    error_m = tag.ground.to_metres(np.stack([rows["lon"], rows["lat"]], axis=1)) - true_m
    east = np.clip(error_m[:, 0], -60.0, 60.0)
    assert np.corrcoef(east[:-1], east[1:])[0, 1] > 0.3
    size_m = np.hypot(*error_m.T)
    assert 3.0 < np.median(size_m) < 40.0
    assert np.percentile(size_m, 99) > 2.5 * np.median(size_m)


def test_a_beacon_hushes_the_receiver(season: Season) -> None:
    case = next(case for case in season.cases if case.has_beacon)
    rows = season.rows[season.rows["device"] == season.devices.index(case.tag)]
    fixes = rows[rows["kind"] == ReportKind.FIX]
    at_s = (fixes["at"] - season.until) / 1e6 + DAYS * 86_400
    home_m = np.hypot(*(season.ways[case.id][0].where(at_s) - case.places["home"]).T)
    assert np.count_nonzero(home_m < 20.0) < 0.1 * len(fixes)


def test_everyone_is_judged_and_the_score_adds_up(judged: Quality) -> None:
    engine = judged.scores[ENGINE]
    assert engine.device_days == 4.0
    assert {one.total.breaches for one in judged.scores.values()} == {engine.total.breaches}
    missed = [one for one in judged.findings if one.is_missed]
    assert len(missed) == engine.total.missed + judged.rest.total.missed
    noise = [one for one in judged.findings if not one.is_missed]
    assert len(noise) == engine.total.nuisance + judged.rest.total.nuisance
    assert set(judged.scores) == {ENGINE, "bare", "filtered", "four in a row", "five minutes"}


def test_long_breaches_can_be_seen_and_instants_cannot(season: Season) -> None:
    by_length = sorted(
        (one for one in season.breaches if one.type.value == "exclusion.entered"),
        key=lambda one: one.lasts_s,
    )
    assert Evidence(season).shows(by_length[-1])
    assert by_length[-1].lasts_s > 120.0


def test_em_simulate_writes_what_em_replay_and_em_score_read(tmp_path: Path) -> None:
    out, truth, rules = tmp_path / "TRACKS.csv", tmp_path / "TRUTH.json", tmp_path / "rules"
    wish = ["simulate", "--tags", "3", "--days", "1", "--seed", "4"]
    result = CliRunner().invoke(
        main, [*wish, "--out", str(out), "--truth", str(truth), "--rules", str(rules)]
    )
    assert result.exit_code == 0, result.output
    made = make(seed=4, numbers=range(3), days=1)
    track = read(out)
    assert not track.faults
    assert len(track) == len(made.rows)
    for name in (
        "kind",
        "at",
        "seq",
        "received_at",
        "source",
        "battery_pct",
        "beacon_in_range",
        "motion",
        "event",
    ):
        np.testing.assert_array_equal(track.rows[name], made.rows[name], err_msg=name)
    np.testing.assert_allclose(track.rows["lat"], made.rows["lat"], atol=1e-6)
    write(made, Wish(tags=3, days=1, seed=4, out=tmp_path / "TRACKS.parquet"))
    columns = read(tmp_path / "TRACKS.parquet").rows
    for name in made.rows.dtype.names:
        np.testing.assert_array_equal(columns[name], made.rows[name], err_msg=name)
    breaches, device_days = read_truth(truth)
    assert device_days == 3.0
    assert len(breaches) == len(json.loads(truth.read_text())["breaches"])
    assert CliRunner().invoke(main, ["rules", "check", str(rules)]).exit_code == 0


@pytest.mark.parametrize("wish", [["--days", "1"], ["--days", "116", "--truth", "x"]])
def test_em_simulate_refuses_what_it_cannot_do(wish: list[str]) -> None:
    result = CliRunner().invoke(main, ["simulate", "--tags", "1", *wish])
    assert result.exit_code == 2
    assert result.stderr

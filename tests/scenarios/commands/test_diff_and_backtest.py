"""`em rules diff` and `em rules backtest`: what a rulebook raises on a history, and what a change changes."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.commands.alike import alike
from em_engine.commands.backtest import alert_json
from em_engine.commands.diff import diff_as_json, tried, tried_once
from em_engine.commands.history import Past, read_history
from em_engine.rulebook import load
from em_engine.vocabulary import Batch
from simulators.tracks import parquet, read
from tests.scenarios.commands.walks import APPROACH, BEGIN, MINUTE, order, rules, there_and_back, track
from tests.scenarios.road.places import HEALTH, STAY_OUT, circle


def em(*typed: object, expect: int = 0) -> Result:
    """`em …`, with the exit code that is meant."""
    result = CliRunner().invoke(main, [str(word) for word in typed])
    assert result.exit_code == expect, result.output
    return result


def told(*typed: object, expect: int = 0) -> Any:
    return json.loads(em(*typed, "--json", expect=expect).stdout)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return rules(tmp_path / "old", order(1, STAY_OUT), order(2, STAY_OUT))


@pytest.fixture
def walks(tmp_path: Path) -> Path:
    """W-1 goes in and out again, twice; W-2 comes as near as 400 m."""
    twice = there_and_back() + there_and_back()
    return track(tmp_path / "walks.csv", ("tag-0001", twice), ("tag-0002", there_and_back(400.0)))


def test_a_backtest_counts_by_order_type_and_device_day(old: Path, walks: Path) -> None:
    said = told("rules", "backtest", old, "--history", walks)
    assert said["orders"]["O-0001"]["types"] == {"exclusion.entered": 2}
    assert said["orders"]["O-0002"] == {
        "alerts": 0, "brief": 0, "device_days": said["orders"]["O-0002"]["device_days"],
        "per_device_day": 0.0, "types": {},
    }  # fmt: skip
    minutes = len(there_and_back()) * 2 - 1
    assert said["orders"]["O-0001"]["device_days"] == pytest.approx(minutes / 1440, abs=1e-4)
    assert said["orders"]["O-0001"]["per_device_day"] == pytest.approx(2 / (minutes / 1440), abs=1e-3)
    assert said["total"]["alerts"] == len(said["alerts"]) == 2
    assert {row["order"] for row in said["alerts"]} == {"O-0001"}


def test_an_alert_over_in_five_minutes_is_counted_as_brief_and_listed_all_the_same(
    tmp_path: Path, old: Path
) -> None:
    way = [1000.0, 500.0, 0.0, 0.0, 500.0, 1000.0, 1000.0]
    said = told("rules", "backtest", old, "--history", track(tmp_path / "t.csv", ("tag-0001", way)))
    assert said["total"]["brief"] == said["total"]["alerts"] == 1
    assert said["alerts"][0]["brief"] is True


def test_what_a_backtest_raises_is_what_a_replay_raises(tmp_path: Path, old: Path, walks: Path) -> None:
    out = tmp_path / "ALERTS.jsonl"
    em("replay", "--rules", old, "--tracks", walks, "--out", out)
    replayed = {json.loads(line)["alert"] for line in out.read_text().splitlines()}
    said = told("rules", "backtest", old, "--history", walks)
    assert {row["alert"] for row in said["alerts"]} == replayed


def test_orders_of_which_nothing_was_recorded_are_not_judged_silent(tmp_path: Path) -> None:
    alive = HEALTH | {"heartbeat_every": "PT5M"}
    folder = rules(tmp_path / "rules", order(1, alive), order(2, alive))
    way = track(tmp_path / "t.csv", ("tag-0001", [1000.0] * 20))
    said = told("rules", "backtest", folder, "--history", way, "--until", "2026-11-18T13:00:00Z")
    assert list(said["orders"]) == ["O-0001"]
    assert said["total"]["types"] == {"device.silent": 1}


def test_years_between_recordings_are_no_device_days(tmp_path: Path, old: Path) -> None:
    first = track(tmp_path / "a.csv", ("tag-0001", [1000.0] * 61))
    later = track(tmp_path / "b.csv", ("tag-0002", [1000.0] * 61), begin=BEGIN + 1000 * 1440 * MINUTE)
    said = told("rules", "backtest", old, "--history", first, later)
    assert said["total"]["device_days"] == pytest.approx(1 + 2 / 24, abs=1e-3)


def test_the_truth_tells_nuisance_and_what_was_missed(tmp_path: Path, old: Path, walks: Path) -> None:
    first = told("rules", "backtest", old, "--history", walks)["alerts"][0]
    breach = {"case": "O-0001", "condition": "stay-out", "type": "exclusion.entered"}
    true = [breach | {"from": first["opened_at"], "to": first["cleared_at"]}]
    missed = [breach | {"case": "O-0002", "from": first["opened_at"], "to": first["cleared_at"]}]
    truth = tmp_path / "TRUTH.json"
    truth.write_text(json.dumps({"breaches": true + missed, "device_days": 1}))
    total = told("rules", "backtest", old, "--history", walks, "--truth", truth)["total"]
    assert (total["nuisance"], total["missed"]) == (1, 1)
    shown = em("rules", "backtest", old, "--history", walks, "--truth", truth).stdout
    assert "by the truth 1 nuisance, 1 missed" in shown


# Two rulebooks --------------------------------------------------------------------------------


def fates(said: dict[str, Any]) -> list[tuple[str, str, str]]:
    sides = ((row["fate"], row["after"] or row["before"]) for row in said["alerts"])
    return [(fate, side["order"], side["type"]) for fate, side in sides]


def test_the_same_demands_differ_in_nothing(tmp_path: Path, old: Path, walks: Path) -> None:
    same = rules(tmp_path / "same", order(1, STAY_OUT), order(2, STAY_OUT))
    said = told("rules", "diff", old, same, "--history", walks, "--fail-on-difference")
    assert said["differences"] == said["alerts"] == []
    assert said["orders"]["O-0001"] == {
        "before": 2, "after": 2, "appears": 0, "disappears": 0, "moves": 0, "stays": 2,
    }  # fmt: skip


def test_a_ring_added_makes_alerts_appear_and_leaves_the_others(
    tmp_path: Path, old: Path, walks: Path
) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH), order(2, APPROACH))
    said = told("rules", "diff", old, new, "--history", walks, "--fail-on-difference", expect=1)
    assert [one["text"] for one in said["differences"]] == ["stay-out: buffer_m 0 m → 200 m"] * 2
    assert sorted(fates(said)) == [
        ("appears", "O-0001", "exclusion.approach"),
        ("appears", "O-0001", "exclusion.approach"),
        ("appears", "O-0002", "exclusion.approach"),
    ]
    assert said["orders"]["O-0001"]["stays"] == 2
    assert said["after"]["per_device_day"] > said["before"]["per_device_day"]


def test_orders_alike_in_both_are_judged_once_and_count_for_both(
    tmp_path: Path, old: Path, walks: Path
) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH), order(2, STAY_OUT), order(3, STAY_OUT))
    said = told("rules", "diff", new, old, "--history", walks)
    assert said["judged_once"] == 1
    assert said["after"]["alerts"] == 2
    shown = em("rules", "diff", old, new, "--history", walks).stdout.splitlines()
    assert "1 of 2 orders are alike in both: judged once" in shown


def test_judging_once_what_is_alike_says_what_judging_everything_twice_says(tmp_path: Path) -> None:
    apart = {"id": "apart", "kind": "non-association", "group": "brothers", "alert_m": 300}
    alive = HEALTH | {"heartbeat_every": "PT5M"}
    kin = order(1, STAY_OUT, apart, alive), order(2, STAY_OUT, apart, alive)
    before = load(rules(tmp_path / "old", *kin, order(3, STAY_OUT, alive), order(4, STAY_OUT)))
    after = load(rules(tmp_path / "new", *kin, order(3, APPROACH, alive), order(4, STAY_OUT)))
    ways = there_and_back(), there_and_back(400.0), there_and_back(), there_and_back()[:20]
    walked = track(tmp_path / "t.csv", *((f"tag-{number:04}", way) for number, way in enumerate(ways, 1)))
    history = read_history(Past(tracks=(walked,)), [before, after])
    once, twice = tried(before, after, history), tried_once(before, after, history, same=set())
    assert (once.judged_once, twice.judged_once) == (3, 0)
    assert json.dumps(diff_as_json(before, after, replace(once, judged_once=0))) == json.dumps(
        diff_as_json(before, after, twice)
    )
    raised = [{id: alert_json(one) for id, one in trial.after.alerts.items()} for trial in (once, twice)]
    assert raised[0] == raised[1], "those that stay, too"
    types = {alert.type.value for alert in once.before.alerts.values()}
    assert {"exclusion.entered", "device.silent", "contact.alert"} <= types, types
    assert once.differs, "the change shows"


def test_orders_with_another_zone_urgency_or_group_are_not_alike(tmp_path: Path, old: Path) -> None:
    apart = {"id": "apart", "kind": "non-association", "group": "brothers", "alert_m": 300}
    others = {
        "same": (rules(tmp_path / "same", order(1, STAY_OUT), order(2, STAY_OUT)), {"O-0001", "O-0002"}),
        "zone": (rules(tmp_path / "zone", order(1, STAY_OUT), order(2, STAY_OUT),
                       zones=[circle("ban", 0.0, 0.0, 150.0)]), set()),
        "urgency": (rules(tmp_path / "urgency", order(1, STAY_OUT), order(2, STAY_OUT)), set()),
    }  # fmt: skip
    (tmp_path / "urgency" / "protocols.yaml").write_text("exclusion.entered: {severity: low}\n")
    for name, (new, expected) in others.items():
        assert alike(load(old), load(new)) == expected, name
    pair = load(rules(tmp_path / "pair", order(1, apart), order(2, apart), order(4, STAY_OUT)))
    three = load(
        rules(tmp_path / "three", order(1, apart), order(2, apart), order(3, apart), order(4, STAY_OUT))
    )
    assert alike(pair, three) == {"O-0004"}, "who must not meet a third is not judged alike"


def test_a_history_in_columns_tells_what_its_csv_tells(tmp_path: Path, old: Path, walks: Path) -> None:
    track_of = read(walks)
    kept = tmp_path / "walks.parquet"
    parquet.write(kept, [Batch(devices=track_of.devices, rows=track_of.rows)])
    files = [told("rules", "backtest", old, "--history", path) for path in (walks, kept)]
    for said in files:
        del said["history"]["files"]
    assert files[0] == files[1]
    assert all(alert["at"] is not None for alert in files[1]["alerts"])


def test_a_smaller_zone_moves_what_still_is_a_breach_and_drops_what_no_longer_is(tmp_path: Path) -> None:
    orders = order(1, STAY_OUT), order(2, STAY_OUT)
    old = rules(tmp_path / "old", *orders)
    new = rules(tmp_path / "new", *orders, zones=[circle("ban", 0.0, 0.0, 150.0)])
    deep, shallow = there_and_back(), there_and_back(200.0)
    walks = track(tmp_path / "t.csv", ("tag-0001", deep), ("tag-0002", shallow))
    said = told("rules", "diff", old, new, "--history", walks)
    assert fates(said) == [
        ("disappears", "O-0002", "exclusion.entered"),
        ("moves", "O-0001", "exclusion.entered"),
    ]
    moved = said["alerts"][1]
    assert moved["before"]["opened_at"] < moved["after"]["opened_at"]
    assert moved["after"]["cleared_at"] < moved["before"]["cleared_at"]
    assert moved["before"]["alert"] != moved["after"]["alert"]


def test_a_higher_severity_is_a_move_though_the_alert_is_the_same(
    tmp_path: Path, old: Path, walks: Path
) -> None:
    new = rules(tmp_path / "new", order(1, STAY_OUT), order(2, STAY_OUT))
    (new / "protocols.yaml").write_text("exclusion.entered: {severity: low}\n")
    shown = em("rules", "diff", old, new, "--history", walks).stdout.splitlines()
    assert "  changed  exclusion.entered: severity critical → low" in shown
    assert [line.split(": ", 2)[-1] for line in shown if line.startswith("~")] == [
        "severity critical → low"
    ] * 2


def test_an_order_that_is_new_or_gone_brings_or_takes_its_alerts(
    tmp_path: Path, old: Path, walks: Path
) -> None:
    new = rules(tmp_path / "new", order(2, STAY_OUT))
    said = told("rules", "diff", old, new, "--history", walks)
    assert fates(said) == [("disappears", "O-0001", "exclusion.entered")] * 2
    assert (
        fates(told("rules", "diff", new, old, "--history", walks))
        == [("appears", "O-0001", "exclusion.entered")] * 2
    )


def test_the_screen_shows_the_counts_by_order_and_each_alert(tmp_path: Path, old: Path, walks: Path) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH), order(2, STAY_OUT))
    shown = em("rules", "diff", old, new, "--history", walks).stdout.splitlines()
    counts = [line.split() for line in shown if line.startswith(("O-0001 ", "all "))]
    assert counts == [["O-0001", "2", "4", "2", "0", "0"], ["all", "2", "4", "2", "0", "0"]]
    assert sum(line.startswith("+ ") for line in shown) == 2


def test_a_screen_lists_fifty_of_a_kind_and_says_how_many_more(tmp_path: Path, old: Path) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH))
    way = [1000.0, 1000.0, 400.0, 400.0] * 55 + [1000.0, 1000.0]
    walks = track(tmp_path / "t.csv", ("tag-0001", way))
    shown = em("rules", "diff", old, new, "--history", walks).stdout.splitlines()
    assert sum(line.startswith("+ 2026") for line in shown) == 50
    assert "+ … and 5 more; --json lists them all" in shown
    assert len(told("rules", "diff", old, new, "--history", walks)["alerts"]) == 55


def test_progress_is_told_on_a_terminal_and_nowhere_else(old: Path, walks: Path) -> None:
    leader, follower = pty.openpty()
    typed = [sys.executable, "-m", "em_engine", "rules", "backtest", str(old), "--history", str(walks)]
    run = subprocess.run(typed, stdout=subprocess.PIPE, stderr=follower, timeout=60, check=True)
    os.close(follower)
    reports = len(walks.read_text().splitlines()) - 1
    shown = os.read(leader, 65_536)
    os.close(leader)
    assert f"{reports} of {reports} reports".encode() in shown
    assert f"{reports} of".encode() not in run.stdout
    assert em("rules", "backtest", old, "--history", walks).stderr == ""


def test_without_history_only_the_demands_are_compared(tmp_path: Path, old: Path) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH), order(2, STAY_OUT))
    shown = em("rules", "diff", old, new).stdout.splitlines()
    assert shown[1:] == ["O-0001", "  changed  stay-out: buffer_m 0 m → 200 m"]


def test_the_difference_is_a_page_with_maps_and_counts_that_needs_nothing_else(
    tmp_path: Path, old: Path, walks: Path
) -> None:
    new = rules(tmp_path / "new", order(1, APPROACH), order(2, STAY_OUT))
    target = tmp_path / "report.html"
    em("rules", "diff", old, new, "--history", walks, "--html", target)
    page = target.read_text("utf-8")
    assert "stay-out: buffer_m 0 m → 200 m" in page
    assert page.count("<svg") == page.count("<section>") == 1, "one order's alerts differ"
    dots = told("rules", "diff", old, new, "--history", walks)["alerts"]
    assert {one["fate"] for one in dots} == {"appears"}
    assert page.count('r="2.4"') == len([one for one in dots if one["at"]]) > 0
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


# Refused --------------------------------------------------------------------------------------


def test_bad_input_is_refused_in_a_line(tmp_path: Path, old: Path, walks: Path) -> None:
    stranger = track(tmp_path / "stranger.csv", ("tag-9999", [0.0]))
    empty = tmp_path / "empty.csv"
    empty.write_text("device_id,time_utc,lat,lon\n")
    refusals = {
        ("rules", "backtest", old): "--history is missing",
        ("rules", "diff", old, old, "--fail-on-difference"): "give it a --history",
        ("rules", "diff", old, old, walks): "name the history with --history",
        ("rules", "backtest", old, "--history", stranger): "no order names tag-9999",
        ("rules", "backtest", old, "--history", empty): "no reports",
        ("rules", "backtest", old, "--history", tmp_path / "none.csv"): "cannot be opened",
        ("rules", "backtest", old, "--history", walks, walks, "--device", "x"): "several are given",
        ("rules", "backtest", tmp_path / "nowhere", "--history", walks): "no such folder",
        ("rules", "backtest", old, "--history", walks, "--truth", walks): "no JSON",
    }
    for typed, reason in refusals.items():
        assert reason in em(*typed, expect=2).stderr

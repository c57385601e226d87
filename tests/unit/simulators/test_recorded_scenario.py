"""A recorded walk becomes a scenario that is met, and that notices when something else is told."""

import contextlib
from pathlib import Path

from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.alerts.queue import AlertQueue
from em_engine.record.sqlite import SqliteRecord
from em_engine.rulebook import load
from em_engine.runners.judging import Judging
from simulators.tracks import merge, read

HOUSE = Path(__file__).parents[3]
TRACK = HOUSE / "simulators" / "demo" / "tracks" / "track-trondheim.csv"
RULES = HOUSE / "rules" / "demo-oslo"


def test_a_recorded_walk_becomes_a_scenario(tmp_path: Path) -> None:
    story = tmp_path / "walk.yaml"
    asked = ["replay", "--rules", str(RULES), "--tracks", str(TRACK), "--scenario", str(story)]
    recorded = CliRunner().invoke(main, asked)
    assert recorded.exit_code == 0, recorded.output
    text = story.read_text(encoding="utf-8")
    assert text.count("expect exclusion.entered") == 2
    met = CliRunner().invoke(main, ["simulate", str(story)])
    assert met.exit_code == 0, met.output
    story.write_text(text.replace("expect exclusion.entered for", "expect exclusion.crossed for"))
    assert CliRunner().invoke(main, ["simulate", str(story)]).exit_code == 1


def test_the_record_of_an_engine_becomes_a_scenario(tmp_path: Path) -> None:
    data, story = tmp_path / "data", tmp_path / "night.yaml"
    data.mkdir()
    with contextlib.closing(SqliteRecord(data / "record.sqlite3")) as record:
        judging = Judging(record, AlertQueue(record), load(RULES))
        judging.recover()
        for batch in merge([read(TRACK)], rows=50):
            judging.judge(batch)
    asked = ["replay", "--recorded", str(data), "--rules", str(RULES), "--scenario", str(story)]
    recorded = CliRunner().invoke(main, asked)
    assert recorded.exit_code == 0, recorded.output
    assert "tracks: [night.csv]" in story.read_text(encoding="utf-8")
    assert len(read(tmp_path / "night.csv")) == len(read(TRACK))
    assert story.read_text(encoding="utf-8").count("expect exclusion.entered") == 2
    met = CliRunner().invoke(main, ["simulate", str(story)])
    assert met.exit_code == 0, met.output
    early = CliRunner().invoke(main, [*asked, "--until", "2011-09-18T15:00:00Z"])
    assert early.exit_code == 2
    assert "nothing was recorded then" in early.output


def test_a_record_without_a_scenario_to_write_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["replay", "--recorded", str(tmp_path), "--rules", str(RULES)])
    assert refused.exit_code == 2
    assert "--recorded goes with --scenario" in refused.output


def test_a_track_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    story = tmp_path / "walk.yaml"
    story.write_text(
        "scenario: A walk\nstarts: 2026-11-20T12:00\nends: 2026-11-20T13:00\n"
        f"rules: {RULES}\ntracks: [gone.csv]\nstory:\n  - expect no alert\n"
    )
    refused = CliRunner().invoke(main, ["simulate", str(story)])
    assert refused.exit_code == 2
    assert "walk.yaml:5:10: " in refused.output

"""How far a command has come: reports done, the share of the whole, and the time the rest will take."""

import json
from pathlib import Path
from typing import Any

import pytest

from em_engine.commands.progress import REFUSED_MAX, Progress, sentence
from simulators.tracks import TrackRefused, read


def test_the_share_of_the_whole_and_the_time_left_follow_from_the_pace_so_far(tmp_path: Path) -> None:
    file, now = tmp_path / "progress.json", [100.0]
    whole = Progress(file=file, clock=lambda: now[0])

    def told() -> dict[str, Any]:
        return dict(json.loads(file.read_text()))

    with whole.counting(part="reading", total=80, is_whole=False) as count:
        now[0] += 5.0
        count(40)
        assert told() == {"part": "reading", "done": 40, "total": 80}
    with whole.staged(0.0, 0.8).counting(part="old", total=80) as count:
        assert told() == {"part": "old", "done": 0, "total": 80, "share": 0.0}
        now[0] += 30.0
        count(40)
        assert told() == {"part": "old", "done": 40, "total": 80, "share": 0.4, "left_s": 45}
        count(1)
        assert told()["done"] == 40, "told no oftener than anybody asks"
    with whole.staged(0.8, 1.0).counting(part="new", total=20) as count:
        now[0] += 60.0
        count(10)
        assert told() == {"part": "new", "done": 10, "total": 20, "share": 0.9, "left_s": 10}
    assert told()["share"] == 1.0


def test_a_terminal_says_it_in_a_line() -> None:
    told = {"part": "judging", "done": 5, "total": 20, "share": 0.25}
    assert sentence(told) == "judging: 5 of 20 reports, 25% of all"
    assert sentence(told | {"left_s": 90}).endswith(", about 90 s left")
    assert sentence(told | {"left_s": 1500}).endswith(", about 25 min left")
    assert sentence(told | {"left_s": 20_000}).endswith(", about 5.6 h left")


def test_why_a_history_cannot_be_read_is_told_in_code_by_the_file_s_own_name(tmp_path: Path) -> None:
    walk, file = tmp_path / "walk.csv", tmp_path / "progress.json"
    walk.write_text("device_id,time_utc,lat,lon\n" + "tag-1,noon,59.9,10.7\n" * 30, "utf-8")
    with pytest.raises(TrackRefused) as refused:
        read(walk)
    Progress(file=file).refused(*(fault.told for fault in refused.value.faults))
    told = json.loads(file.read_text())["refused"]
    assert len(told) == REFUSED_MAX
    assert told[0]["text"].startswith("walk.csv:2:7: 'noon' is no time")
    why = {"code": "track.time", "values": ["'noon'"], "text": told[0]["text"].removeprefix("walk.csv:2:7: ")}
    assert told[0]["code"] == {"code": "track.at", "values": ["walk.csv", 2, 7, why]}

"""How far a command has come: reports done, the share of the whole, and the time the rest will take."""

import json
from pathlib import Path
from typing import Any

from em_engine.commands.progress import Progress, sentence


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

"""A history judged by several processes tells what one heart tells of all."""

from pathlib import Path

from em_engine.commands.shares import Work, told
from em_engine.commands.survey import gone_through
from em_engine.rulebook import load
from em_engine.vocabulary import Change
from simulators.tracks import Track, read
from tests.scenarios.commands.walks import BEGIN, MINUTE, order, rules, there_and_back, track
from tests.scenarios.road.places import HEALTH, STAY_OUT

ALIVE = HEALTH | {"heartbeat_every": "PT5M"}
APART = {"id": "apart", "kind": "non-association", "group": "brothers", "alert_m": 300}


def tracks(folder: Path) -> tuple[Track, ...]:
    """Two walk the same way at once, two later; one is heard at the beginning only."""
    first = track(folder / "a.csv", ("tag-0001", there_and_back()), ("tag-0002", there_and_back()))
    late = (("tag-0003", there_and_back()), ("tag-0004", there_and_back(400.0)))
    return read(first), read(track(folder / "b.csv", *late, begin=BEGIN + 30 * MINUTE))


def test_shares_together_tell_what_one_heart_tells(tmp_path: Path) -> None:
    folder = rules(
        tmp_path / "rules",
        order(1, STAY_OUT, APART, ALIVE),
        order(2, STAY_OUT, APART, ALIVE),
        order(3, STAY_OUT, ALIVE),
        order(4, STAY_OUT, ALIVE),
    )
    rulebook = load(folder)
    past = tracks(tmp_path)
    end = max(int(one.rows["received_at"][-1]) for one in past) + 60 * MINUTE
    heard = gone_through(past, end, lambda _: None)
    assert heard is not None
    work = Work(
        rulebook=rulebook,
        orders=rulebook.orders,
        tracks=past,
        begin=heard.begin,
        end=end,
        reports=heard.counts,
    )

    def of(small: int) -> tuple[list[Change], int]:
        counted: list[int] = []
        return list(told(work, counted.append, small=small)), sum(counted)

    alone, judged = of(small=1_000_000)
    assert of(small=0) == (alone, judged)
    types = {change.type.value for change in alone}
    assert {"exclusion.entered", "device.silent"} < types, types
    assert judged == sum(map(len, past))
    assert any(change.condition == "apart" for change in alone)

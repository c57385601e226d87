"""`em bench`: the measures of the blueprint, on this machine."""

from collections.abc import Mapping
from typing import Final

from em_engine.bench.figures import Measure, Wish, tell
from em_engine.bench.group import group
from em_engine.bench.heart import heart, one
from em_engine.bench.memory import memory
from em_engine.bench.record import backtest, commit, restart
from em_engine.bench.road import road

MEASURES: Final[Mapping[str, Measure]] = {
    "heart": heart,
    "one": one,
    "group": group,
    "memory": memory,
    "commit": commit,
    "restart": restart,
    "backtest": backtest,
    "road": road,
}


def bench_command(names: tuple[str, ...], wish: Wish, *, as_json: bool) -> int:
    """A line a figure, as soon as it is known."""
    for name in names or tuple(MEASURES):
        tell(MEASURES[name](wish), as_json=as_json)
    return 0

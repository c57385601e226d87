"""`em bench`: the measures of the blueprint, on this machine."""

import json
from collections.abc import Mapping
from typing import Final

import click

from em_engine.bench.figures import Machine, Measure, Wish, as_line, figure_as_json
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
        for figure in MEASURES[name](wish):
            machine = Machine.here()
            if as_json:
                click.echo(json.dumps(figure_as_json(figure, machine), ensure_ascii=False))
            else:
                click.echo(as_line(figure, machine))
    return 0

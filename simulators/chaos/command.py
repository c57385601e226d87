"""`em bench chaos`: seed after seed on every core; those that break a promise are printed."""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import click

from simulators.chaos.invariants import broken
from simulators.chaos.plan import plan_of
from simulators.chaos.run import live


def chaos_command(*, first: int, seeds: int, as_json: bool) -> int:
    """A line for each promise a seed broke, and how to repeat it; 1 if there is one."""
    started, failing = time.monotonic(), 0
    for seed, promises in _tried(first, seeds):
        failing += bool(promises)
        if as_json:
            click.echo(json.dumps({"seed": seed, "broken": promises}, ensure_ascii=False))
            continue
        for promise in promises:
            click.echo(f"seed {seed}: {promise}")
        if promises:
            click.echo(f"    again: em bench chaos --seed {seed} --seeds 1")
    if not as_json:
        an_hour = seeds / max(1e-3, time.monotonic() - started) * 3600.0
        click.echo(f"{seeds} seeds, {failing} of them broke a promise; {an_hour:.0f} seeds an hour")
    return int(failing > 0)


def _tried(first: int, seeds: int) -> Iterator[tuple[int, list[str]]]:
    """Every seed with the promises it broke, in their order; on all cores where there are several."""
    numbers = range(first, first + seeds)
    if seeds == 1:
        yield first, try_seed(first)
        return
    workers = min(seeds, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from zip(numbers, pool.map(try_seed, numbers), strict=True)


def try_seed(seed: int) -> list[str]:
    """The promises that a seed breaks."""
    return broken(live(plan_of(seed)))

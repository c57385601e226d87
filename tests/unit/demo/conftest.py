"""One evening, listened to once."""

from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.loader import load
from em_engine.vocabulary import Change, Micros, parse_rfc3339
from simulators.demo.cast import demo_rules
from simulators.demo.evening import Evening
from simulators.demo.stage import stage_rulebook
from simulators.demo.tag import Report

START = parse_rfc3339("2026-11-22T18:03:20Z")


@cache
def heard(start: Micros, seed: int, span: Micros) -> tuple[Report, ...]:
    """Every report of an evening's first stretch."""
    evening = Evening(start, seed)
    return tuple(takewhile(lambda report: report.at < start + span, evening.reports()))


def decided(folder: Path, start: Micros, span: Micros) -> tuple[Change, ...]:
    """What the engine says of an evening's first stretch under the rulebook staged for it."""
    stage_rulebook(demo_rules(), folder, start)
    told = [Delivery(report.topic, report.payload, report.at) for report in heard(start, 1, span)]
    return Heart(compile_rules(load(folder))).step(decode(told).batch, start + span).changes


@pytest.fixture
def start() -> Micros:
    """A Sunday evening in November."""
    return START

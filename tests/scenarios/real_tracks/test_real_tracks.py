"""Real tracks through the whole heart: the alerts are those worked out without it, and no others.

Each folder beside this file is a case: `rules/`, `case.json` (why it is here), and `expected.json`, which
`expect.py` computes from the track, or from a reference receiver, with geodesics and straight lines alone.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import load
from em_engine.vocabulary import NEVER, SECOND, Change, ChangeKind, Micros, parse_rfc3339, rfc3339
from simulators.replay import line_of, replay
from simulators.tracks import Track, merge, read
from tests.scenarios.real_tracks.expect import expected, thinned

HERE = Path(__file__).parent
TRACKS = HERE.parents[3] / "shared" / "data" / "tracks"
CASES = sorted(path.parent.name for path in HERE.glob("*/case.json"))

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not TRACKS.is_dir(), reason="the recorded tracks are not beside the checkout"),
]


@dataclass
class Alert:
    """An alert as its changes leave it."""

    opened: Change
    last: Change

    def stands_at(self, at: Micros) -> bool:
        end = NEVER if self.last.cleared_at is None else self.last.cleared_at
        return self.opened.opened_at <= at < end

    def __str__(self) -> str:
        cleared = "-" if self.last.cleared_at is None else rfc3339(self.last.cleared_at)
        seen = rfc3339(self.opened.detected_at)
        return f"{self.opened.type.value} {rfc3339(self.opened.opened_at)} to {cleared}, detected {seen}"


def tracks_of(case: dict[str, Any]) -> list[Track]:
    return [_part(read(TRACKS / f"{name}.csv"), case) for name in case["tracks"]]


def _part(track: Track, case: dict[str, Any]) -> Track:
    rows = track.rows
    since, until = (parse_rfc3339(case[name]) if name in case else None for name in ("from", "until"))
    rows = rows if since is None else rows[rows["at"] >= since]
    rows = rows if until is None else rows[rows["at"] <= until]
    if "thin_s" in case:
        kept = {round(t * SECOND) for t in thinned(rows["at"] / SECOND, case["thin_s"])}
        rows = rows[[int(at) in kept for at in rows["at"]]]
    return replace(track, rows=rows)


@cache
def run(name: str, *, batch: int = 1000) -> tuple[Change, ...]:
    case = json.loads((HERE / name / "case.json").read_text())
    heart = Heart(compile_rules(load(HERE / name / "rules")))
    return tuple(replay(heart, merge(tracks_of(case), rows=batch)))


def alerts_of(changes: Iterable[Change]) -> list[Alert]:
    alerts: dict[str, Alert] = {}
    for change in changes:
        if change.change is ChangeKind.OPENED:
            assert change.alert not in alerts, f"opened twice: {change}"
            alerts[change.alert] = Alert(change, change)
        alerts[change.alert].last = change
    return list(alerts.values())


def is_within(at: Micros | None, window: dict[str, str] | None) -> bool:
    if at is None or window is None:
        return at is None and window is None
    return parse_rfc3339(window["earliest"]) <= at <= parse_rfc3339(window["latest"])


def is_as_expected(alert: Alert, wanted: dict[str, Any]) -> bool:
    opened = alert.opened
    return (
        opened.type.value == wanted["type"]
        and opened.condition == wanted["condition"]
        and is_within(opened.opened_at, wanted["opened_at"])
        and opened.detected_at >= opened.opened_at
        and opened.detected_at <= parse_rfc3339(wanted["detected_by"])
        and is_within(alert.last.cleared_at, wanted["cleared_at"])
        and opened.late is wanted["late"]
    )


@pytest.mark.parametrize("name", CASES)
def test_a_real_track_raises_what_happened_and_nothing_else(name: str) -> None:
    wanted = json.loads((HERE / name / "expected.json").read_text())
    raised = [alert for alert in alerts_of(run(name)) if alert.opened.type.value in wanted["nothing_else_of"]]
    told = "\n".join(map(str, raised)) or "nothing"
    for one in wanted["alerts"]:
        matching = [alert for alert in raised if is_as_expected(alert, one)]
        assert len(matching) == 1, f"wanted {json.dumps(one)}\nraised {told}"
    assert len(raised) == len(wanted["alerts"]), f"more was raised than happened:\n{told}"


@pytest.mark.parametrize("name", ["two-people-three-days"])
def test_an_alert_stands_whenever_two_people_are_together_and_not_when_they_are_far_apart(name: str) -> None:
    stands = json.loads((HERE / name / "expected.json").read_text())["stands"]
    alerts = [alert for alert in alerts_of(run(name)) if alert.opened.type.value == stands["type"]]
    for is_open, spans in ((True, stands["open_during"]), (False, stands["closed_during"])):
        assert spans
        for span in spans:
            for at in np.linspace(*map(parse_rfc3339, span), 20):
                standing = [alert for alert in alerts if alert.stands_at(int(at))]
                assert len(standing) == is_open, f"at {rfc3339(int(at))}: {[*map(str, standing)]}"


@pytest.mark.parametrize("name", ["three-providers-interleaved", "newest-first", "two-people-part-night"])
def test_the_bytes_are_the_same_for_every_batch_size(name: str) -> None:
    def lines(batch: int) -> Sequence[str]:
        return [line_of(change) for change in run(name, batch=batch)]

    whole = lines(10_000)
    assert whole
    assert lines(7) == whole
    assert lines(1) == whole


@pytest.mark.parametrize("name", CASES)
def test_the_expectations_are_what_the_script_computes(name: str) -> None:
    assert json.loads((HERE / name / "expected.json").read_text()) == expected(HERE / name, TRACKS)

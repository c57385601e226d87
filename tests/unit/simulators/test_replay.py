"""Driving a heart with tracks: the clock it hears, the order and bytes of what it says, and the pace."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from em_engine.vocabulary import (
    SECOND,
    AlertType,
    Batch,
    Change,
    ChangeKind,
    Micros,
    Severity,
    blank_reports,
)
from simulators.replay import counted, in_order, line_of, replay

OPENED = Change(
    alert="a1",
    change=ChangeKind.OPENED,
    at=10 * SECOND,
    type=AlertType.EXCLUSION_ENTERED,
    severity=Severity.HIGH,
    case="OVA-1",
    order="OVA-1",
    condition="sone-æøå",
    wearer="W-1",
    device="tag-1",
    opened_at=5 * SECOND,
    detected_at=9 * SECOND,
    cleared_at=None,
    confidence=0.99,
    late=False,
    evidence={"margin_m": -12.5},
    rulebook="abc",
)
CLEARED = replace(OPENED, change=ChangeKind.CLEARED, cleared_at=10 * SECOND)


def batch_at(*seconds: int) -> Batch:
    rows = blank_reports(len(seconds))
    rows["at"] = rows["received_at"] = np.array(seconds) * SECOND
    return Batch(devices=("tag-1",), rows=rows)


@dataclass(frozen=True)
class Said:
    changes: Sequence[Change] = ()


@dataclass
class Listener:
    """A heart that notes what it is told and says what it was given to say, a step at a time."""

    says: list[tuple[Change, ...]] = field(default_factory=list)
    heard: list[tuple[int, Micros]] = field(default_factory=list)
    is_concluded: bool = False

    def step(self, batch: Batch | None, until: Micros) -> Said:
        self.heard.append((0 if batch is None else len(batch), until // SECOND))
        return Said(self.says.pop(0) if self.says else ())

    def conclude(self) -> Said:
        self.is_concluded = True
        return Said(self.says.pop(0) if self.says else ())


def test_time_passes_with_each_batch_to_its_last_arrival() -> None:
    heart = Listener()
    assert [*replay(heart, [batch_at(1, 2), batch_at(5)])] == []
    assert heart.heard == [(2, 2), (1, 5)]
    assert heart.is_concluded


def test_after_the_last_report_time_passes_to_the_end_that_was_asked_for() -> None:
    heart = Listener()
    assert [*replay(heart, [batch_at(1, 2)], until=60 * SECOND)] == []
    assert heart.heard == [(2, 2), (0, 60)]


def test_what_is_said_in_the_end_is_told_too() -> None:
    assert [*replay(Listener(says=[(), (OPENED,)]), [batch_at(1)])] == [OPENED]


def test_changes_of_one_instant_have_one_order_however_the_steps_were_cut() -> None:
    other = replace(OPENED, case="OVA-0")
    later = replace(OPENED, at=11 * SECOND, case="OVA-0")
    whole = Listener(says=[(OPENED, CLEARED, other, later)])
    cut = Listener(says=[(other,), (OPENED,), (CLEARED,), (later,)])
    expected = [other, OPENED, CLEARED, later]
    assert [*replay(whole, [batch_at(10, 10, 10, 11)])] == expected
    assert [*replay(cut, [batch_at(10), batch_at(10), batch_at(10), batch_at(11)])] == expected


def test_an_alert_opens_before_it_clears() -> None:
    assert [*in_order([CLEARED, OPENED])] == [OPENED, CLEARED]


def test_a_line_is_the_contract_in_its_order_in_plain_utf8() -> None:
    line = line_of(OPENED)
    assert line.startswith('{"alert":"a1","change":"opened","at":"1970-01-01T00:00:10.000Z","type":')
    assert '"condition":"sone-æøå"' in line
    assert json.loads(line) == OPENED.as_json()


def test_how_far_it_has_come_is_told_after_each_batch() -> None:
    told: list[str] = []
    assert len([*counted([batch_at(1, 2), batch_at(3)], total=3, tell=told.append)]) == 2
    assert told == ["\r2 of 3 reports", "\r3 of 3 reports", "\r\033[K"]

"""Each fault does what it says, to whom it says, when it says; and nothing else."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import decode
from em_engine.vocabulary import MINUTE, SECOND, Batch, DeviceEvent, ReportKind, blank_reports
from simulators.faults import Fault, Region, Scope, suffer
from simulators.faults.named import FAULTS
from simulators.faults.network import (
    BrokerRestart,
    Delay,
    Duplication,
    Loss,
    Outage,
    Reordering,
    StolenCredential,
)
from simulators.faults.radio import ClockJump, DragOff, Jamming, Jump, Malformed, garble

T0 = 1_800_000_000 * SECOND


def batch(devices: int = 2, minutes: int = 60) -> Batch:
    """Each device a fix a minute at its own place, 0.1 degrees east of the one before."""
    rows = blank_reports(devices * minutes)
    rows["device"] = np.tile(np.arange(devices), minutes)
    rows["kind"] = ReportKind.FIX
    rows["at"] = rows["sent_at"] = T0 + np.repeat(np.arange(minutes), devices) * MINUTE
    rows["received_at"] = rows["at"] + SECOND
    rows["seq"] = 1 + np.repeat(np.arange(minutes), devices)
    rows["lon"], rows["lat"] = 10.0 + 0.1 * rows["device"], 60.0
    return Batch(devices=tuple(f"tag-{number}" for number in range(1, devices + 1)), rows=rows)


def suffered(terms: Any, made: Batch | None = None, *, seed: int = 1, **scope: Any) -> Batch:
    name, change = next((name, change) for name, (kind, change) in FAULTS.items() if kind is type(terms))
    return suffer(
        made or batch(), [Fault(name=name, terms=terms, scope=Scope(**scope), change=change)], seed=seed
    )


EVERY = [
    Loss(share=0.3),
    Delay(most=timedelta(minutes=3)),
    Duplication(share=0.5),
    Reordering(share=0.5),
    Outage(),
    BrokerRestart(forgets=3),
    StolenCredential(speaks_for="tag-1"),
    Jamming(),
    DragOff(bearing_deg=90.0, speed_mps=1.0),
    Jump(east_m=1000.0),
    ClockJump(by=timedelta(minutes=5)),
    Malformed(),
]


def test_every_fault_is_tried_here() -> None:
    assert {type(terms) for terms in EVERY} == {kind for kind, _ in FAULTS.values()}


@pytest.mark.parametrize("terms", EVERY, ids=lambda terms: type(terms).__name__)
def test_a_fault_is_pure_repeatable_and_keeps_to_its_scope(terms: Any) -> None:
    made = batch()
    before = made.rows.copy()
    scope = {
        "devices": ("tag-1",),
        "start": T0 + 10 * MINUTE,
        "end": T0 + 20 * MINUTE,
        "region": Region(lon=10.0, lat=60.0, radius_m=1_000.0),
    }
    one, again = suffered(terms, made, **scope), suffered(terms, made, **scope)
    assert made.rows.tobytes() == before.tobytes()
    assert one.rows.tobytes() == again.rows.tobytes()
    assert (np.diff(one.rows["received_at"]) >= 0).all()
    if isinstance(terms, BrokerRestart):
        return  # a broker is everyone's
    outside = (before["at"] < T0 + 5 * MINUTE) | (before["device"] == 1)
    untouched = set(map(tuple, before[outside][["device", "seq", "at"]].tolist()))
    assert untouched <= set(map(tuple, one.rows[["device", "seq", "at"]].tolist()))


def test_a_fault_more_does_not_move_the_chance_of_the_others() -> None:
    loss = Fault(name="loss", terms=Loss(share=0.5), scope=Scope(), change=FAULTS["loss"][1])
    jump = Fault(name="jump", terms=Jump(east_m=9.0), scope=Scope(), change=FAULTS["jump"][1])
    assert (
        suffer(batch(), [loss], seed=3).rows["seq"] == suffer(batch(), [loss, jump], seed=3).rows["seq"]
    ).all()


def test_loss_takes_its_share() -> None:
    assert 0.2 < 1 - len(suffered(Loss(share=0.3), batch(10))) / len(batch(10)) < 0.4


def test_an_outage_holds_back_and_loses_nothing() -> None:
    start, end = T0 + 10 * MINUTE, T0 + 20 * MINUTE
    rows = suffered(Outage(burst=timedelta(seconds=20)), start=start, end=end).rows
    assert len(rows) == len(batch())
    assert not ((rows["received_at"] >= start) & (rows["received_at"] < end)).any()
    burst = rows[(rows["received_at"] >= end) & (rows["at"] < end)]
    assert len(burst) == 20
    assert (burst["received_at"] <= end + 20 * SECOND).all()
    first = burst[burst["device"] == 0]
    assert (np.diff(first["seq"]) > 0).all()


def test_an_outage_of_a_region_spares_who_is_elsewhere() -> None:
    region = Region(lon=10.1, lat=60.0, radius_m=500.0)
    rows = suffered(Outage(), start=T0 + 10 * MINUTE, end=T0 + 20 * MINUTE, region=region).rows
    late = rows[rows["received_at"] > rows["at"] + SECOND]
    assert set(late["device"]) == {1}


def test_a_broker_that_restarts_forgets_the_last_it_took() -> None:
    start = T0 + 10 * MINUTE
    rows = suffered(BrokerRestart(forgets=3), start=start, end=start + 5 * MINUTE).rows
    assert len(rows) == len(batch()) - 3
    lost = set(batch().rows[["device", "seq"]].tolist()) - set(rows[["device", "seq"]].tolist())
    assert lost == {(1, 9), (0, 10), (1, 10)}


def test_jamming_takes_the_fixes_and_is_told() -> None:
    start, end = T0 + 10 * MINUTE, T0 + 20 * MINUTE
    rows = suffered(Jamming(), devices=("tag-1",), start=start, end=end).rows
    fixes = rows[(rows["device"] == 0) & (rows["kind"] == ReportKind.FIX)]
    assert not ((fixes["at"] >= start) & (fixes["at"] < end)).any()
    events = rows[rows["kind"] == ReportKind.EVENT]
    assert events["event"].tolist() == [DeviceEvent.JAMMING, DeviceEvent.JAMMING_ENDED]


def test_a_receiver_is_dragged_off_at_its_speed() -> None:
    start = T0 + 10 * MINUTE
    rows = suffered(DragOff(bearing_deg=90.0, speed_mps=2.0), start=start, end=start + 10 * MINUTE).rows
    dragged = rows[(rows["device"] == 0) & (rows["at"] == start + 5 * MINUTE)]
    east_m = (dragged["lon"][0] - 10.0) * 111_195.0 * np.cos(np.radians(60.0))
    assert east_m == pytest.approx(600.0, rel=0.01)
    assert dragged["lat"][0] == pytest.approx(60.0)


@pytest.mark.parametrize(("is_behind", "sign"), [(False, 1), (True, -1)])
def test_a_clock_jumps(is_behind: bool, sign: int) -> None:
    terms = ClockJump(by=timedelta(minutes=5), is_behind=is_behind)
    rows = suffered(terms, start=T0 + 10 * MINUTE).rows
    is_off = rows["received_at"] >= T0 + 10 * MINUTE
    assert (rows["received_at"] - rows["at"] == SECOND - sign * 5 * MINUTE * is_off).all()


def test_a_thief_s_messages_bear_another_s_name() -> None:
    region = Region(lon=11.0, lat=61.0, radius_m=1.0)
    terms = StolenCredential(speaks_for="tag-2", first_seq=500)
    arrived = suffered(terms, start=T0, end=T0 + 10 * MINUTE, region=region)
    false = arrived.rows[arrived.rows["lon"] == 11.0]
    assert {arrived.devices[number] for number in false["device"]} == {"tag-2"}
    assert false["seq"].tolist() == list(range(500, 510))


def test_what_is_garbled_can_mostly_not_be_read_and_never_makes_the_wire_raise() -> None:
    payload = b'{"seq":7,"fixed_at":"2026-11-20T12:00:00Z","lat":59.9,"lon":10.7}'
    chance = np.random.default_rng(1)
    garbled = [Delivery("em/1/tag-1/fix", garble(payload, chance), T0) for _ in range(60)]
    assert len(decode(garbled).quarantined) == 60

"""The queue's times: ladders, shelves, alerts that make others doubtful, and going on after a restart."""

import asyncio
from contextlib import closing
from datetime import timedelta

import pytest

from em_engine.alerts.actions import Acknowledge, Claim, Close, Shelve
from em_engine.alerts.alert import Outcome, ShelfReason, State
from em_engine.alerts.queue import PROTOCOL, AlertQueue
from em_engine.alerts.relations import DOUBTS, doubted
from em_engine.alerts.timekeeper import Timekeeper
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook.models import Escalation, Protocol
from em_engine.vocabulary import HOUR, MINUTE, NEVER, SECOND, AlertType, ChangeKind, Severity
from tests.unit.alerts.test_life import change, tell

LADDER = Protocol(
    severity=Severity.HIGH,
    lapse_after=timedelta(minutes=15),
    escalation=(
        Escalation(after=timedelta(minutes=2), to="supervisor", repeat=timedelta(minutes=2), times=2),
    ),
)


@pytest.fixture
def record(tmp_path):
    with closing(SqliteRecord(tmp_path / "record.db", durability=Durability.NORMAL)) as made:
        yield made


@pytest.fixture
def queue(record):
    return AlertQueue(record)


def keeper(queue):
    return Timekeeper(queue, lambda _: LADDER, lambda: 0)


def told(queue, id="a1", kind=ChangeKind.OPENED, at=100, **other):
    queue.commit(entry=None, changes=[change(kind, at, **{"alert": id, **other})], at=at)


def what_the_protocol_did(queue):
    return [(entry.what, entry.at) for entry in queue.history(0) if entry.by == PROTOCOL]


def test_the_ladder_is_climbed_at_its_times_and_not_before(queue):
    told(queue)
    clock = keeper(queue)
    assert clock.turn(100) == 0
    assert clock.next_turn == 100 + 2 * MINUTE
    assert clock.turn(100 + 2 * MINUTE - 1) == 0
    assert clock.turn(100 + 2 * MINUTE) == 1
    assert (queue.alert("a1").level, clock.next_turn) == (1, 100 + 4 * MINUTE)
    queue.act("a1", Acknowledge(), by="kari", at=100 + 3 * MINUTE, version=2)
    assert clock.turn(100 + HOUR) == 0
    assert clock.next_turn == NEVER


def test_times_run_on_while_nobody_is_there_and_each_thing_is_done_once(record, queue):
    told(queue)
    keeper(queue).turn(100 + 2 * MINUTE)
    fresh = AlertQueue(record)
    assert keeper(fresh).turn(100 + HOUR) == 2
    assert keeper(AlertQueue(record)).turn(100 + 2 * HOUR) == 0
    assert [what for what, _ in what_the_protocol_did(queue)] == ["escalated"] * 3


def test_a_shelf_ends_by_itself_and_an_owner_who_does_nothing_loses_the_alert(queue):
    told(queue)
    shelve = Shelve(until=100 + MINUTE, reason=ShelfReason.KNOWN_CAUSE)
    queue.act("a1", shelve, by="kari", at=100, version=1)
    clock = keeper(queue)
    assert clock.turn(100 + MINUTE - 1) == 0
    clock.turn(100 + MINUTE)
    queue.act("a1", Claim(), by="kari", at=100 + MINUTE, version=queue.alert("a1").version)
    clock.turn(100 + 16 * MINUTE)
    assert what_the_protocol_did(queue) == [("unshelved", 100 + MINUTE), ("lapsed", 100 + 16 * MINUTE)]
    assert (queue.alert("a1").state, queue.alert("a1").claimed_by) == (State.UNACKNOWLEDGED, None)


STRAP = {"type": AlertType.DEVICE_STRAP, "severity": Severity.CRITICAL, "condition": "alive"}
LEFT = {"type": AlertType.INCLUSION_LEFT, "severity": Severity.HIGH, "condition": "oslo"}


def test_an_open_strap_inhibits_what_it_makes_doubtful_and_its_end_sets_it_free(queue):
    told(queue, "strap", **STRAP)
    told(queue, "left", at=200, opened_at=150, **LEFT)
    clock = keeper(queue)
    clock.turn(300)
    assert [(cause.alert, cause.type) for cause in queue.alert("left").inhibited_by] == [
        ("strap", AlertType.DEVICE_STRAP)
    ]
    assert queue.counts().unacknowledged == 1
    assert [alert.id for alert in queue.open()] == ["strap", "left"]
    strap = queue.alert("strap")
    queue.act("strap", Close(outcome=Outcome.EQUIPMENT, note="x"), by="kari", at=400, version=strap.version)
    clock.turn(500)
    assert (queue.alert("left").inhibited_by, queue.alert("left").calls) == ((), True)
    assert what_the_protocol_did(queue) == [("inhibited", 300), ("uninhibited", 500)]


@pytest.mark.parametrize(
    ("cause", "alert", "is_doubtful"),
    [
        pytest.param({}, {}, True, id="a zone's verdict after the strap opened"),
        pytest.param({}, {"opened_at": 80}, False, id="one from before"),
        pytest.param({}, {"severity": Severity.CRITICAL}, False, id="one as urgent"),
        pytest.param({}, {"device": "tag-2"}, False, id="another device's"),
        pytest.param({}, {"type": AlertType.CONTACT_ALERT}, False, id="a protected person's"),
        pytest.param({}, {"type": AlertType.EXCLUSION_ENTERED}, False, id="a danger by itself"),
        pytest.param({"type": AlertType.DEVICE_CASE}, {}, False, id="a cause that doubts nothing"),
    ],
)
def test_what_makes_what_doubtful(cause, alert, is_doubtful):
    strap = tell(None, change(ChangeKind.OPENED, 100, **{"alert": "a1", **STRAP, **cause}))
    left = tell(None, change(ChangeKind.OPENED, 200, **{"alert": "a2", "opened_at": 150, **LEFT, **alert}))
    assert bool(doubted([left, strap])["a2"]) is is_doubtful
    assert doubted([left, strap])["a1"] == ()


def test_nothing_that_concerns_a_protected_person_is_ever_inhibited():
    for symptoms in DOUBTS.values():
        assert not [type for type in symptoms if type.value.startswith(("contact.", "person."))]
        assert AlertType.EXCLUSION_ENTERED not in symptoms


def test_what_is_shelved_speaks_for_nothing_else(queue):
    told(queue, "silent", type=AlertType.DEVICE_SILENT, condition="alive")
    told(queue, "no-fix", at=200, type=AlertType.DEVICE_NO_FIX, severity=Severity.MEDIUM, condition="alive")
    clock = keeper(queue)
    clock.turn(300)
    assert not queue.alert("no-fix").calls
    shelve = Shelve(until=300 + MINUTE, reason=ShelfReason.KNOWN_CAUSE)
    queue.act("silent", shelve, by="kari", at=300, version=1)
    clock.turn(310)
    assert queue.alert("no-fix").calls


async def test_it_acts_by_itself_as_the_history_grows(queue):
    now = 100
    clock = Timekeeper(queue, lambda _: LADDER, lambda: now)
    running = asyncio.create_task(clock.run())
    await asyncio.to_thread(told, queue, "strap", **STRAP)
    await asyncio.to_thread(told, queue, "left", at=200, opened_at=150, **LEFT)
    async with asyncio.timeout(20):
        seen = 2
        while not queue.alert("left").inhibited_by:
            seen = await queue.past(seen)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_a_new_rulebook_s_ladder_is_climbed_within_ten_seconds(queue):
    told(queue)
    protocols = [Protocol(severity=Severity.HIGH)]
    clock = Timekeeper(queue, lambda _: protocols[0], lambda: 0)
    assert (clock.turn(100), clock.next_turn) == (0, NEVER)
    protocols[0] = LADDER
    assert clock.turn(100 + 10 * SECOND) == 0
    assert clock.next_turn == 100 + 2 * MINUTE


def test_a_thousand_open_alerts_cost_a_turn_next_to_nothing(queue):
    changes = [change(alert=f"a{n}", case=f"case-{n % 300}") for n in range(1_000)]
    queue.commit(entry=None, changes=changes, at=100)
    clock = keeper(queue)
    assert clock.turn(100) == 0
    asked = []
    clock._protocol_of = lambda type: asked.append(type) or LADDER
    told(queue, "a1", ChangeKind.REPEATED, 200)
    assert clock.turn(200) == 0
    assert len(asked) == 1


OUTAGE = {"type": AlertType.OUTAGE_GROUP, "case": "outage", "condition": "everything", "device": None}
SILENT = {"type": AlertType.DEVICE_SILENT, "condition": "alive", "severity": Severity.HIGH}


def test_an_outage_speaks_for_its_silent_members_in_their_cases_and_for_nobody_else(queue):
    clock = keeper(queue)
    told(queue, "before", opened_at=40, **SILENT)
    told(queue, "member", at=200, opened_at=150, **{**SILENT, "case": "B", "device": "tag-2"})
    told(queue, "other", at=200, opened_at=150, **{**SILENT, "case": "C", "device": "tag-3"})
    clock.turn(200)
    members = {"devices": ["tag-1", "tag-2"]}
    told(queue, "outage", at=250, opened_at=60, severity=Severity.HIGH, evidence=members, **OUTAGE)
    clock.turn(300)
    assert {one.id: one.calls for one in queue.open()} == {
        "before": True,
        "member": False,
        "other": True,
        "outage": True,
    }
    assert [cause.alert for cause in queue.alert("member").inhibited_by] == ["outage"]
    told(queue, "outage", ChangeKind.CLEARED, at=400, opened_at=60, severity=Severity.HIGH, **OUTAGE)
    clock.turn(400)
    assert queue.alert("member").calls


def test_a_member_that_falls_silent_while_the_outage_lasts_does_not_call_either(queue):
    members = {"devices": ["tag-2"]}
    told(queue, "outage", opened_at=60, severity=Severity.HIGH, evidence=members, **OUTAGE)
    clock = keeper(queue)
    clock.turn(100)
    told(queue, "member", at=200, opened_at=150, **{**SILENT, "case": "B", "device": "tag-2"})
    told(queue, "graver", at=200, opened_at=150, **{**SILENT, "case": "D", "type": AlertType.CONTACT_UNKNOWN})
    clock.turn(200)
    assert not queue.alert("member").calls
    assert queue.alert("graver").calls

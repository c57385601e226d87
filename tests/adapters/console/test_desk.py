"""The life of an alert over HTTP: hands, shelves, ladders, steps, desks; groups and noise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from em_engine.alerts.deadlines import ANY_TYPE
from em_engine.alerts.timekeeper import Timekeeper
from em_engine.console.api.models import AlertView, DeskView, NoiseView, ProtocolView
from em_engine.console.roles import Role
from em_engine.rulebook.models import Escalation, ProgrammeName, Protocol
from em_engine.vocabulary import MINUTE, SECOND, AlertType, ChangeKind, Severity, rfc3339

PROTOCOL = Protocol(
    severity=Severity.HIGH,
    desk="police",
    steps=("Ring den overvåkede", "Send patrulje"),
    steps_by_language={"nb": ("Ring den overvåkede", "Send patrulje"), "en": ("Call the wearer",)},
    acknowledge_within=timedelta(minutes=2),
    escalation=(Escalation(after=timedelta(minutes=2), to="supervisor"),),
    note_for=("authorised-absence",),
)
HIGH = {"severity": Severity.HIGH}


@pytest.fixture
def told(bench, make):
    """One alert of high severity with a protocol; its path."""
    bench.rulebook = replace(bench.rulebook, protocols={AlertType.EXCLUSION_ENTERED: PROTOCOL})
    change = make.change(**HIGH)
    bench.tell(change)
    return f"/api/alerts/{change.alert}"


class Hand:
    """One person's screen: commands carry the version last seen."""

    def __init__(self, client, path):
        self.client, self.path, self.version = client, path, 1

    async def does(self, what, expected=200, **sent):
        headers = {"If-Match": f'"{self.version}"'}
        answer = await self.client.post(f"{self.path}/{what}", json=sent, headers=headers)
        assert answer.status_code == expected, answer.text
        if expected == 200:
            self.version = AlertView.model_validate_json(answer.content).version
        return answer.json()


async def test_two_claim_at_once_and_the_second_is_told_who_holds_it(bench, told, operator):
    kari = Hand(operator, told)
    ola = Hand(await bench.signed_in(Role.OPERATOR, name="ola"), told)
    assert (await kari.does("claim"))["claimed_by"] == "kari"
    stale = await ola.does("claim", 412)
    assert (stale["held_by"], stale["first"]["what"], stale["current"]["state"]) == (
        "kari",
        "claimed",
        "claimed",
    )
    ola.version = 2
    held = await ola.does("claim", 409)
    assert (held["held_by"], held["current"]["claimed_by"]) == ("kari", "kari")
    assert (await ola.does("claim", take_over=True))["claimed_by"] == "ola"
    kari.version = 3
    assert (await kari.does("close", 409, outcome="test", note="x"))["held_by"] == "ola"


async def test_an_alert_s_whole_night(bench, make, told, operator):
    kari = Hand(operator, told)
    alert = (await operator.get(told)).json()
    assert alert["due"]["acknowledge"] == rfc3339(make.NOW - 5 * MINUTE + 10 * SECOND + 2 * MINUTE)
    clock = Timekeeper(bench.queue, lambda type: bench.rulebook.protocols.get(type, ANY_TYPE), bench.clock)
    clock.turn(bench.clock())
    alert = (await operator.get(told)).json()
    assert (alert["level"], alert["escalated_to"], alert["due"]["escalate"]) == (1, "supervisor", None)
    kari.version = alert["version"]
    until = rfc3339(bench.clock() + 30 * MINUTE)
    shelved = await kari.does("shelve", until=until, reason="visit-agreed", note="they call back")
    assert (shelved["state"], shelved["shelved_until"], shelved["shelved_by"]) == ("shelved", until, "kari")
    assert [one["id"] for one in (await _queue(operator, state="shelved"))["alerts"]] == [alert["id"]]
    bench.tell(make.change(kind=ChangeKind.WORSENED, at=make.NOW, **HIGH))
    kari.version = (await operator.get(told)).json()["version"]
    assert (await kari.does("claim"))["raised_again"] == 1
    assert (await kari.does("steps/0", done=True))["steps_done"] == 1
    assert (await kari.does("escalate", to="duty officer", note="no answer"))["level"] == 2
    closed = await kari.does("close", outcome="breach", note="handled")
    assert closed["state"] == "closed"
    entries = (await operator.get(f"{told}/history")).json()["entries"]
    assert [entry["what"] for entry in entries] == [
        "opened",
        "escalated",
        "shelved",
        "worsened",
        "claimed",
        "step-done",
        "escalated",
        "closed",
    ]
    assert entries[2]["until"] == until


async def test_the_protocol_is_a_check_list_in_every_language(bench, told, operator):
    kari = Hand(operator, told)
    await kari.does("steps/1", done=True)
    view = ProtocolView.model_validate_json((await operator.get(f"{told}/protocol")).content)
    assert [(step.en, step.nn, step.done_by) for step in view.steps] == [
        ("Call the wearer", "Ring den overvåkede", None),
        ("Send patrulje", "Send patrulje", "kari"),
    ]
    assert (view.desk, view.shelve_max_s, view.acknowledge_within_s) == ("police", 3600, 120)
    assert [one.id for one in view.outcomes if one.note_required] == ["authorised-absence", "other"]
    assert (await kari.does("steps/1", done=False))["steps_done"] == 0
    await kari.does("steps/2", 404, done=True)


@pytest.mark.parametrize(
    ("what", "sent", "code"),
    [
        pytest.param(
            "shelve", {"until": "2026-11-22T21:00:01Z", "reason": "other", "note": "x"}, 409, id="too long"
        ),
        pytest.param(
            "shelve", {"until": "2026-11-22T20:30:00", "reason": "other", "note": "x"}, 422, id="no offset"
        ),
        pytest.param(
            "shelve", {"until": "2026-11-22T20:30:00Z", "reason": "lunch"}, 422, id="no such reason"
        ),
        pytest.param(
            "shelve", {"until": "2026-11-22T20:30:00Z", "reason": "other"}, 409, id="other, of no word"
        ),
        pytest.param("unshelve", {}, 409, id="not on the shelf"),
        pytest.param("release", {}, 409, id="nobody's"),
        pytest.param("hand-over", {"desk": "nowhere"}, 422, id="no such desk"),
        pytest.param("hand-over", {"desk": "police"}, 409, id="there already"),
        pytest.param("escalate", {"to": "supervisor"}, 422, id="no word why"),
        pytest.param("command", {"command": "message"}, 422, id="a message of no words"),
        pytest.param("command", {"command": "explode"}, 422, id="no such command"),
        pytest.param("close", {"outcome": "authorised-absence"}, 409, id="the protocol wants a note"),
    ],
)
async def test_what_cannot_be_done_changes_nothing(told, operator, what, sent, code):
    before = (await operator.get(told)).json()
    problem = await Hand(operator, told).does(what, code, **sent)
    assert problem["status"] == code
    assert (await operator.get(told)).json() == before


async def test_a_desk_answers_its_own_alerts_and_may_tell_others_of_theirs(bench, told):
    centre = Hand(await bench.signed_in(Role.OPERATOR, name="ola", desks=["centre"]), told)
    assert "police" in (await centre.does("claim", 403))["detail"]
    await centre.does("comment", note="the wearer rang us")
    await centre.does("escalate", to="police", note="urgent")
    police = Hand(await bench.signed_in(Role.POLICE, name="pia", desks=["police"]), told)
    police.version = centre.version
    handed = await police.does("hand-over", desk="centre", note="equipment")
    assert (handed["desk"], handed["state"]) == ("centre", "unacknowledged")
    await police.does("claim", 403)
    centre.version = police.version
    await centre.does("claim")
    desks = [DeskView.model_validate(one) for one in (await centre.client.get("/api/desks")).json()]
    assert [(desk.id, desk.mine) for desk in desks] == [("centre", True), ("police", False)]


async def test_the_queue_is_narrowed_by_desk_owner_and_programme(bench, make, told, operator):
    bench.tell(make.change(AlertType.INCLUSION_LEFT, case="HJ-2", condition="stay", wearer="W-18", **HIGH))
    await Hand(operator, told).does("claim")
    for asked, wearers in [
        ({"desk": "police"}, ["W-17"]),
        ({"desk": "centre"}, ["W-18"]),
        ({"owner": "kari"}, ["W-17"]),
        ({"programme": "remand"}, []),
        ({"type": "inclusion.left"}, ["W-18"]),
    ]:
        found = await _queue(operator, **asked)
        assert [alert["wearer"] for alert in found["alerts"]] == wearers, asked


async def test_who_sees_one_programme_is_told_of_no_other_anywhere(bench, make, told):
    remand = replace(bench.rulebook.orders[1], programme=ProgrammeName.REMAND)
    bench.rulebook = replace(bench.rulebook, orders=(bench.rulebook.orders[0], remand))
    other = make.change(AlertType.INCLUSION_LEFT, case="HJ-2", condition="stay", wearer="W-18", **HIGH)
    bench.tell(other)
    client = await bench.signed_in(Role.POLICE, name="pia", programmes=["remand"])
    queue = await _queue(client)
    assert [alert["wearer"] for alert in queue["alerts"]] == ["W-18"]
    for path in ("", "/history", "/map", "/protocol"):
        assert (await client.get(told + path)).status_code == 404, path
    assert (await client.post(f"{told}/claim", headers={"If-Match": '"1"'})).status_code == 404
    places = (await client.get("/api/places")).json()["features"]
    assert {feature["properties"]["name"] for feature in places} == {"area"}
    feed = bench.app.state.console.feed.follow(after=0, sees=lambda programme: programme == "remand")
    first = await anext(feed)
    assert b"id: 2\n" in first
    assert b"W-17" not in first
    await feed.aclose()


async def test_cases_are_grouped_with_the_most_urgent_on_top(bench, make, told, operator):
    bench.tell(
        make.change(AlertType.DEVICE_BATTERY_LOW, condition="alive", severity=Severity.LOW),
        make.change(
            AlertType.INCLUSION_LEFT, case="HJ-2", condition="stay", wearer="W-18", severity=Severity.CRITICAL
        ),
        make.change(kind=ChangeKind.REPEATED, at=make.NOW, **HIGH),
    )
    queue = await _queue(operator)
    assert [(group["case"], len(group["alerts"]), group["repeats"]) for group in queue["groups"]] == [
        ("HJ-2", 1, 0),
        ("OVA-1", 2, 1),
    ]
    assert queue["groups"][1]["top"] == queue["alerts"][1]["id"]
    assert queue["groups"][1]["wearer_name"] == "Kari W-17"


async def test_a_flood_chatter_and_what_stands_are_told_and_nothing_is_hidden(bench, make, operator):
    for number in range(11):
        bench.tell(make.change(opened_at=make.NOW - number * MINUTE // 2, **HIGH))
    queue = await _queue(operator)
    noise = NoiseView.model_validate(queue["noise"])
    assert (len(queue["alerts"]), noise.flood.active, noise.flood.count) == (11, True, 11)
    assert noise.flood.ends_at == rfc3339(make.NOW + 10 * MINUTE)
    (chatter,) = noise.chattering
    assert (chatter.count, chatter.condition) == (11, "home-of-p3")
    bench.clock.turn(minutes=11)
    later = NoiseView.model_validate((await operator.get("/api/noise")).json())
    assert (later.flood.active, later.flood.count, later.standing) == (False, 0, [])
    await operator.get("/api/session")
    bench.clock.turn(minutes=50)
    await operator.get("/api/session")
    oldest = min(queue["alerts"], key=lambda alert: alert["opened_at"])
    bench.clock.turn(hours=8)
    again = await bench.signed_in(Role.OPERATOR, name="ola")
    bench.clock.turn(minutes=15)
    assert (await again.get("/api/noise")).json()["standing"] == []
    bench.clock.turn(hours=15)
    third = await bench.signed_in(Role.OPERATOR, name="eva")
    assert (await third.get("/api/noise")).json()["standing"][0] == oldest["id"]


async def _queue(client, **asked):
    answer = await client.get("/api/alerts", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()

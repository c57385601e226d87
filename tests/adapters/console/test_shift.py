"""Handovers two people sign, the desk's figures, statistics by month, filters, search, and who is there."""

import csv
import io
from dataclasses import replace

import pytest

from em_engine.alerts.actions import Acknowledge, Claim, Close, Shelve
from em_engine.alerts.alert import Outcome, ShelfReason
from em_engine.console.api.shift_models import Draft, Found, HandoverList, HandoverView, Kpi
from em_engine.console.api.statistics import Statistics
from em_engine.console.figures import times_to_answer
from em_engine.console.roles import Role
from em_engine.rulebook.models import ProgrammeName
from em_engine.vocabulary import HOUR, MINUTE, AlertType, ChangeKind, Severity, parse_rfc3339, rfc3339

HIGH = {"severity": Severity.HIGH}


def night(bench, make):
    """One alert claimed after two minutes, one shelved, one closed as a position error, one nobody saw."""
    ids = []
    for number in range(4):
        change = make.change(opened_at=make.NOW - (10 + number) * MINUTE, at=make.NOW - 10 * MINUTE, **HIGH)
        bench.queue.commit(entry=None, changes=[change], at=make.NOW - 10 * MINUTE)
        ids.append(change.alert)
    acts = [
        (Claim(), 2),
        (Shelve(until=make.NOW + MINUTE, reason=ShelfReason.KNOWN_CAUSE), 4),
        (Close(outcome=Outcome.POSITION_ERROR, note="drift"), 6),
    ]
    for id, (action, minutes) in zip(ids, acts, strict=False):
        bench.queue.act(id, action, by="ola", at=make.NOW - (10 - minutes) * MINUTE, version=1)
    return ids


async def test_a_shift_is_handed_over_and_both_sign(bench, make, operator):
    ids = night(bench, make)
    draft = Draft.model_validate_json((await operator.get("/api/handovers/draft")).content)
    assert [alert.id for alert in draft.open] == [ids[3], ids[0]]
    assert [alert.id for alert in draft.shelved] == [ids[1]]
    assert [(one.alert, one.outcome) for one in draft.closed] == [(ids[2], "position-error")]
    assert draft.happened == {"claimed": 1, "closed": 1, "opened": 4, "shelved": 1}
    assert [(one.name, one.alerts) for one in draft.holders] == [("ola", [ids[0]])]
    answer = await operator.post("/api/handovers", json={"note": "W-17 is restless", "to": "eva"})
    assert answer.status_code == 201, answer.text
    written = HandoverView.model_validate_json(answer.content)
    path = f"/api/handovers/{written.id}/sign"
    assert (await operator.post(path)).status_code == 409
    eva = await bench.signed_in(Role.OPERATOR, name="eva")
    signed = HandoverView.model_validate_json((await eva.post(path, json={"note": "seen"})).content)
    assert [(one.by, one.model_extra["as"]) for one in signed.signed] == [
        ("kari", "outgoing"),
        ("eva", "incoming"),
    ]
    assert (await (await bench.signed_in(name="ola")).post(path)).status_code == 409
    (head,) = HandoverList.model_validate_json((await eva.get("/api/handovers")).content).handovers
    assert (head.id, head.open, head.shelved, head.to) == (written.id, 2, 1, "eva")
    whats = [entry["what"] for entry in bench.audit.entries(limit=100)]
    assert {"wrote a handover", "took a handover"} <= set(whats)


async def test_a_handover_is_kept_as_it_was_signed(bench, make, operator):
    ids = night(bench, make)
    number = (await operator.post("/api/handovers", json={})).json()["id"]
    bench.queue.act(ids[3], Close(outcome=Outcome.TEST, note="x"), by="ola", at=make.NOW, version=1)
    kept = (await operator.get(f"/api/handovers/{number}")).json()
    assert [alert["state"] for alert in kept["open"]] == ["unacknowledged", "claimed"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/handovers/draft?since=2026-11-20T00:00:00Z", 422),
        ("/api/handovers/draft?since=2026-11-23T00:00:00Z", 422),
        ("/api/handovers/7", 404),
        ("/api/search?q=x", 422),
        ("/api/statistics?from=2026-13", 422),
        ("/api/statistics?from=2026-11&to=2026-10", 422),
        ("/api/statistics?from=2020-01&to=2026-10", 422),
        ("/api/kpi?hours=0", 422),
    ],
)
async def test_what_is_not_there_is_refused(operator, path, code):
    assert (await operator.get(path)).status_code == code


async def test_the_figures_of_a_shift(bench, make, operator):
    night(bench, make)
    told = Kpi.model_validate_json((await operator.get("/api/kpi", params={"hours": 1})).content)
    assert (told.operators, told.alerts, told.per_operator_10min) == (1, 4, 0.667)
    assert (told.acknowledge_s.count, told.acknowledge_s.p50) == (3, 240.0)
    assert told.acknowledge_s.p95 == pytest.approx(348.0)
    assert (told.outcomes["position-error"], told.nuisance_share, told.flood_share) == (1, 1.0, 0.0)
    assert [(one.case, one.count) for one in told.top] == [("OVA-1", 4)]
    assert sum(hour.alerts for hour in told.by_hour) == 4


async def test_a_flood_has_its_share(bench, make, operator):
    for number in range(11):
        bench.tell(make.change(opened_at=make.NOW - number * MINUTE, **HIGH))
    bench.clock.turn(minutes=50)
    told = (await operator.get("/api/kpi", params={"hours": 1})).json()
    assert told["flood_share"] == pytest.approx(10 / 60, abs=0.001)


def test_every_call_is_answered_once_and_a_call_again_waits_anew(bench, make):
    (change,) = [make.change(**HIGH)]
    bench.queue.commit(entry=None, changes=[change], at=0)
    bench.queue.act(change.alert, Claim(), by="ola", at=60, version=1)
    bench.queue.act(change.alert, Close(outcome=Outcome.TEST, note="x"), by="ola", at=100, version=2)
    again = replace(change, change=ChangeKind.WORSENED, at=change.at + MINUTE)
    bench.queue.commit(entry=None, changes=[again], at=200)
    bench.queue.act(change.alert, Acknowledge(), by="ola", at=230, version=4)
    assert times_to_answer(bench.queue.history(0)) == [60, 30]


async def test_statistics_by_month_and_programme_as_json_and_csv(bench, make, operator):
    november = parse_rfc3339("2026-10-31T23:00:00Z")  # midnight in Oslo
    first, second, third = bench.rulebook.orders
    bench.rulebook = replace(
        bench.rulebook,
        orders=(
            replace(first, valid_from=november, valid_to=november + 48 * HOUR),
            replace(second, programme=ProgrammeName.REMAND, valid_from=november - 1, valid_to=november),
            third,
        ),
    )
    before = make.change(opened_at=november - MINUTE, **HIGH)
    bench.queue.commit(entry=None, changes=[before], at=november - 1)
    ids = night(bench, make)
    answer = await operator.get("/api/statistics", params={"from": "2026-10", "to": "2026-11"})
    told = Statistics.model_validate_json(answer.content)
    found = {
        (one.month, one.programme, one.measure, one.type, one.outcome): one.value for one in told.figures
    }
    ban = "contact-ban"
    assert found["2026-10", ban, "alerts-opened", "exclusion.entered", ""] == 1
    assert found["2026-11", ban, "alerts-opened", "exclusion.entered", ""] == len(ids)
    assert found["2026-11", ban, "alerts-closed", "exclusion.entered", "position-error"] == 1
    assert found["2026-11", ban, "orders-imposed", "", ""] == 1
    assert found["2026-10", ban, "orders-active", "", ""] == 1
    assert found["2026-11", ban, "orders-active", "", ""] == 2
    assert found["2026-11", ban, "device-days", "", ""] == 2 + 30
    assert found["2026-11", ban, "alerts-per-device-day", "", ""] == pytest.approx(4 / 32)
    assert found["2026-11", "remand", "orders-ended", "", ""] == 1
    assert found["2026-11", "remand", "orders-active", "", ""] == 0
    text = await operator.get("/api/statistics.csv", params={"from": "2026-11", "programme": ban})
    assert text.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert {row["programme"] for row in rows} == {ban}
    assert {"month", "measure", "value"} <= rows[0].keys()


async def test_filters_are_kept_by_person(bench, operator):
    put = await operator.put("/api/filters/mine", json={"query": {"severity": ["critical"], "q": "W-17"}})
    assert put.status_code == 200, put.text
    ola = await bench.signed_in(name="ola")
    assert (await ola.get("/api/filters")).json() == {"filters": []}
    (kept,) = (await operator.get("/api/filters")).json()["filters"]
    assert kept == {"name": "mine", "query": {"severity": ["critical"], "q": "W-17"}}
    assert (await ola.delete("/api/filters/mine")).status_code == 404
    assert (await operator.delete("/api/filters/mine")).status_code == 204
    assert (await operator.get("/api/filters")).json() == {"filters": []}


@pytest.mark.parametrize("asked", ["w-17", "kari w-17", "ova-1", "tag-w-17"])
async def test_a_wearer_is_found_by_any_name(bench, make, operator, asked):
    bench.tell(make.change(AlertType.DEVICE_STRAP))
    answer = await operator.get("/api/search", params={"q": asked})
    found = Found.model_validate_json(answer.content)
    assert [(one.id, one.order) for one in found.wearers] == [("W-17", "OVA-1")]
    assert "P-3" not in answer.text
    assert bench.audit.entries(limit=100)[-1]["subject"] == asked


async def test_who_is_there(bench, operator):
    await bench.signed_in(Role.POLICE, name="pia", desks=["police"])
    bench.access.add("aud", "long enough password", [Role.AUDITOR])
    bench.access.add("eva", "long enough password", [Role.OPERATOR])
    told = {one["name"]: one for one in (await operator.get("/api/people")).json()}
    assert {name: one["signed_in"] for name, one in told.items()} == {"kari": True, "pia": True, "eva": False}
    assert told["pia"]["desks"] == ["police"]
    assert rfc3339(bench.clock())

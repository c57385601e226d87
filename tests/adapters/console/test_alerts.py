"""The queue over HTTP, and what operators do with an alert."""

import pytest

from em_engine.alerts.alert import Outcome
from em_engine.console.api.models import AlertList, AlertView, EntryList
from em_engine.console.phrases import OUTCOMES
from em_engine.console.roles import Role
from em_engine.record.rows import Role as Side
from em_engine.vocabulary import MINUTE, AlertType, ChangeKind, Severity

SEEN = {"If-Match": '"1"'}
DRILL = {"outcome": "test", "note": "a drill"}


async def _only(client):
    (alert,) = (await client.get("/api/alerts")).json()["alerts"]
    return alert


async def test_the_queue_comes_most_urgent_first_with_everything_the_screen_needs(bench, make, operator):
    bench.tell(
        make.change(AlertType.DEVICE_BATTERY_LOW, condition="alive", severity=Severity.LOW),
        make.change(),
        make.change(AlertType.EXCLUSION_APPROACH, severity=Severity.HIGH),
    )
    answer = await operator.get("/api/alerts")
    told = AlertList.model_validate_json(answer.content)
    assert [alert.severity for alert in told.alerts] == [Severity.CRITICAL, Severity.HIGH, Severity.LOW]
    assert told.history == 3
    first = told.alerts[0]
    assert (first.wearer, first.wearer_name, first.programme) == ("W-17", "Kari W-17", "contact-ban")
    assert (first.state, first.breach, first.version) == ("unacknowledged", "open", 1)
    assert first.opened_at == "2026-11-22T19:55:00.000Z"
    assert (first.detected_at, first.raised_at) == ("2026-11-22T19:55:05.000Z", "2026-11-22T19:55:10.000Z")
    assert first.time_zone == "Europe/Oslo"
    assert first.reason.en == (
        "Inside the exclusion zone “Torshov” since 20:55 (+01:00), 120\N{NO-BREAK SPACE}m from its edge."
    )
    assert answer.headers["cache-control"] == "no-store"


async def test_one_alert_carries_its_version_as_etag(bench, make, operator):
    bench.tell(make.change())
    alert = await _only(operator)
    answer = await operator.get(f"/api/alerts/{alert['id']}")
    assert answer.headers["etag"] == '"1"'
    assert AlertView.model_validate_json(answer.content).model_dump(mode="json") == alert


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["W-17", "W-18"], id="open ones where nothing is asked"),
        pytest.param({"state": "closed"}, ["W-19"], id="closed"),
        pytest.param({"state": "all"}, ["W-17", "W-18", "W-19"], id="all"),
        pytest.param({"q": "hj-2"}, ["W-18"], id="an order's id"),
        pytest.param({"q": "kari w-1"}, ["W-17", "W-18"], id="a wearer's name"),
        pytest.param({"q": "100%"}, [], id="no pattern"),
        pytest.param({"limit": 1}, ["W-17"], id="a limit"),
    ],
)
async def test_the_queue_can_be_narrowed(bench, make, operator, asked, found):
    bench.tell(
        make.change(),
        make.change(
            AlertType.INCLUSION_LEFT, case="HJ-2", condition="stay", wearer="W-18", severity=Severity.LOW
        ),
        make.change(
            AlertType.INCLUSION_LEFT, case="SIT-3", condition="stay", wearer="W-19", severity=Severity.LOW
        ),
    )
    everyone = (await operator.get("/api/alerts")).json()["alerts"]
    last = next(alert for alert in everyone if alert["wearer"] == "W-19")
    closed = await operator.post(f"/api/alerts/{last['id']}/close", json=DRILL, headers=SEEN)
    assert closed.status_code == 200, closed.text
    answer = await operator.get("/api/alerts", params=asked)
    assert sorted(alert["wearer"] for alert in answer.json()["alerts"]) == found


async def test_an_alert_is_acknowledged_commented_and_closed(bench, make, operator):
    bench.tell(make.change())
    path = f"/api/alerts/{(await _only(operator))['id']}"
    seen = await operator.post(f"{path}/acknowledge", headers={"If-Match": '"1"'})
    assert (seen.json()["state"], seen.json()["acknowledged_by"]) == ("acknowledged", "kari")
    assert seen.headers["etag"] == '"2"'
    said = await operator.post(f"{path}/comment", json={"note": "rang"}, headers={"If-Match": '"2"'})
    assert said.json()["comments"] == 1
    done = await operator.post(
        f"{path}/close", json={"outcome": "breach", "note": "police went"}, headers={"If-Match": 'W/"3"'}
    )
    assert (done.json()["state"], done.json()["outcome"], done.json()["note"]) == (
        "closed",
        "breach",
        "police went",
    )
    told = EntryList.model_validate_json((await operator.get(f"{path}/history")).content)
    assert [(entry.what, entry.by) for entry in told.entries] == [
        ("opened", "engine"),
        ("acknowledged", "kari"),
        ("commented", "kari"),
        ("closed", "kari"),
    ]
    assert told.entries[2].model_extra["note"] == "rang"
    assert (await operator.get("/api/alerts")).json()["alerts"] == []


async def test_who_comes_second_is_told_who_was_first(bench, make, operator):
    bench.tell(make.change())
    path = f"/api/alerts/{(await _only(operator))['id']}/acknowledge"
    other = await bench.signed_in(Role.OPERATOR, name="ole")
    await other.post(path, headers=SEEN)
    late = await operator.post(path, headers=SEEN)
    assert late.status_code == 412
    assert late.headers["content-type"] == "application/problem+json"
    problem = late.json()
    assert (problem["first"]["by"], problem["first"]["what"]) == ("ole", "acknowledged")
    assert (problem["current"]["version"], problem["current"]["acknowledged_by"]) == (2, "ole")
    assert "ole" in problem["detail"]


@pytest.mark.parametrize(
    ("action", "sent", "headers", "code"),
    [
        pytest.param("acknowledge", {}, {}, 428, id="no version"),
        pytest.param("acknowledge", {}, {"If-Match": "*"}, 412, id="any version"),
        pytest.param("acknowledge", {}, {"If-Match": '"7"'}, 412, id="a version that is not"),
        pytest.param("close", {"outcome": "lunch"}, SEEN, 422, id="no such outcome"),
        pytest.param("close", {}, SEEN, 422, id="no outcome"),
        pytest.param("close", {"outcome": "other"}, SEEN, 409, id="other needs a note"),
        pytest.param("comment", {"note": "  "}, SEEN, 422, id="nothing said"),
        pytest.param("comment", {"note": "x", "by": "ole"}, SEEN, 422, id="a field nobody asked for"),
        pytest.param("forget", {}, SEEN, 404, id="no such action"),
        pytest.param("shelve", {}, SEEN, 422, id="no time"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(
    bench, make, operator, action, sent, headers, code
):
    bench.tell(make.change())
    before = await _only(operator)
    answer = await operator.post(f"/api/alerts/{before['id']}/{action}", json=sent, headers=headers)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == code
    assert await _only(operator) == before


async def test_a_closed_alert_is_not_acknowledged_and_the_answer_says_why(bench, make, operator):
    bench.tell(make.change())
    path = f"/api/alerts/{(await _only(operator))['id']}"
    await operator.post(f"{path}/close", json=DRILL, headers=SEEN)
    answer = await operator.post(f"{path}/acknowledge", headers={"If-Match": '"2"'})
    assert answer.status_code == 409
    assert "closed" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/history", "/map"])
async def test_an_alert_that_is_not_is_not_found(operator, path):
    answer = await operator.get(f"/api/alerts/nothing{path}")
    assert answer.status_code == 404
    assert "no alert 'nothing'" in answer.json()["detail"]


async def test_cleared_and_latched_show(bench, make, operator):
    strap = make.change(AlertType.DEVICE_STRAP, condition="alive")
    at = strap.at + MINUTE
    bench.tell(
        strap,
        make.change(AlertType.DEVICE_STRAP, condition="alive", kind=ChangeKind.CLEARED, at=at, cleared_at=at),
    )
    alert = await _only(operator)
    assert (alert["state"], alert["breach"], alert["latched"]) == ("unacknowledged", "cleared", True)
    assert alert["cleared_at"] == "2026-11-22T19:56:10.000Z"


async def test_evidence_never_carries_where_anybody_is(bench, make, operator):
    lon, lat = make.P3_AT
    evidence = {
        "separation_m": 412.0,
        "other": {"lon": lon, "lat": lat, "accuracy_m": 9.0},
        "other_fix": [lon, lat],
        "fixes": [{"at": "2026-11-22T19:55:00.000Z", "lon": lon, "lat": lat}],
        "last_fix_at": "2026-11-22T19:55:00.000Z",
    }
    bench.tell(
        make.change(AlertType.CONTACT_ALERT, condition="keep-apart", evidence=evidence),
        positions=(make.kept("OVA-1", "P-3", Side.PROTECTED, make.NOW, make.P3_AT),),
    )
    alert = await _only(operator)
    assert alert["evidence"] == {
        "separation_m": 412.0,
        "other": {"accuracy_m": 9.0},
        "last_fix_at": "2026-11-22T19:55:00.000Z",
    }
    for path in ("", f"/{alert['id']}", f"/{alert['id']}/history"):
        told = (await operator.get(f"/api/alerts{path}")).text
        assert str(lon) not in told
        assert str(lat) not in told


async def test_every_outcome_an_alert_can_have_is_offered_in_three_languages(operator):
    offered = (await operator.get("/api/outcomes")).json()
    assert [one["id"] for one in offered] == [outcome.value for outcome in Outcome] == list(OUTCOMES)
    assert all(one[language] for one in offered for language in ("nb", "nn", "en"))


READS = ["/api/alerts", "/api/alerts/stream", "/api/outcomes"]
MAPS = ["/api/positions"]
HEALTH = ["/api/status", "/api/quarantine", "/api/holes"]
PLACES = ["/api/places"]
AUDIT = ["/api/audit"]
EVERYTHING = [*READS, *MAPS, *HEALTH, *PLACES, *AUDIT]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        pytest.param(None, [], id="nobody"),
        pytest.param(Role.OPERATOR, [*READS, *MAPS, *HEALTH, *PLACES], id="operator"),
        pytest.param(Role.SUPERVISOR, EVERYTHING, id="supervisor"),
        pytest.param(Role.POLICE, [*READS, *MAPS, *HEALTH, *PLACES], id="police"),
        pytest.param(Role.AUDITOR, [*READS, *HEALTH, *PLACES, *AUDIT], id="auditor"),
        pytest.param(Role.AUTHOR, PLACES, id="author"),
        pytest.param(Role.APPROVER, PLACES, id="approver"),
        pytest.param(Role.ENGINEER, HEALTH, id="engineer"),
    ],
)
async def test_each_role_reads_what_it_may_and_nothing_else(bench, role, may):
    client = bench.client() if role is None else await bench.signed_in(role)
    bench.app.state.console.feed.close()  # so that the stream, where it is given, ends at once
    refused = 401 if role is None else 403
    for path in EVERYTHING:
        answer = await client.get(path)
        assert answer.status_code == (200 if path in may else refused), path


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR, Role.ENGINEER])
async def test_who_may_not_answer_alerts_changes_none(bench, make, role):
    bench.tell(make.change())
    (alert,) = bench.queue.open()
    client = await bench.signed_in(role)
    answer = await client.post(f"/api/alerts/{alert.id}/acknowledge", headers=SEEN)
    assert answer.status_code == 403
    assert bench.queue.alert(alert.id) == alert

"""How the engine is, the page, and what every answer carries."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from em_engine.console.api.models import HoleList, ProofView, QuarantineList, StatusView
from em_engine.console.desk import Link, Status
from em_engine.console.settings import ConsoleSettings
from em_engine.record.rows import Hole, QuarantineRow
from em_engine.vocabulary import SECOND, AlertType, Severity, rfc3339


async def test_the_status_tells_what_beats_tell_and_what_the_engine_runs_on(bench, operator):
    told = StatusView.model_validate_json((await operator.get("/api/status")).content)
    assert (told.rulebook, told.version, told.devices.heard) == ("abc123abc123", "0.1.0", 3)


async def test_what_the_synthetic_wearer_proved_is_told_with_when_he_must_have_proved_it_again(
    bench, make, operator
):
    async def told() -> ProofView | None:
        return StatusView.model_validate_json((await operator.get("/api/status")).content).proof

    link, began, due = bench.status.link, make.NOW - 40 * SECOND, make.NOW + 90 * SECOND
    assert await told() is None
    bench.status = Status(link=link, proof_due_at=due)
    assert await told() == ProofView(at=None, due=rfc3339(due), failing_since=None)
    bench.status = Status(link=link, proved_at=began, proof_due_at=due, proof_failing_since=make.NOW)
    assert await told() == ProofView(at=rfc3339(began), due=rfc3339(due), failing_since=rfc3339(make.NOW))


async def test_the_quarantine_tells_why_but_not_what(bench, make, operator):
    held = b'{"lat": 59.925678, "lon": 10.760123}'
    row = QuarantineRow(0, make.NOW, "em/1/phone-3/fix", "phone-3", "fixed_at is missing", held)
    bench.queue.commit(entry=None, quarantined=[row], at=make.NOW)
    answer = await operator.get("/api/quarantine")
    told = QuarantineList.model_validate_json(answer.content)
    assert told.quarantined == 1
    assert (told.messages[0].reason, told.messages[0].size) == ("fixed_at is missing", len(held))
    assert "59.92" not in answer.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({}, [1, 2, 3, 4, 5], id="all of a few"),
        pytest.param({"limit": 2}, [4, 5], id="the newest"),
        pytest.param({"limit": 2, "after": 1}, [2, 3], id="past a number"),
    ],
)
async def test_the_newest_of_the_quarantine_come_where_nothing_else_is_asked(
    bench, make, operator, asked, told
):
    rows = [QuarantineRow(0, make.NOW, "em/1/x/fix", None, f"reason {n}", b"") for n in range(5)]
    bench.queue.commit(entry=None, quarantined=rows, at=make.NOW)
    answer = await operator.get("/api/quarantine", params=asked)
    assert [message["number"] for message in answer.json()["messages"]] == told


async def test_holes_are_told(bench, make, operator):
    bench.queue.commit(entry=None, holes=[Hole("tag-17", 5, 9, make.NOW)], at=make.NOW)
    told = HoleList.model_validate_json((await operator.get("/api/holes")).content)
    assert [(hole.device, hole.from_seq, hole.to_seq, hole.asked_at) for hole in told.holes] == [
        ("tag-17", 5, 9, None)
    ]


async def test_live_is_always_live(bench):
    async with bench.client() as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}


@pytest.mark.parametrize(
    ("connected", "refusal", "code", "said"),
    [
        pytest.param(True, None, 200, "", id="ready"),
        pytest.param(
            False, None, 503, "broker has not been heard since 2026-11-22T20:00:00.000Z", id="no broker"
        ),
        pytest.param(True, "disk full", 503, "record cannot be written: disk full", id="no room"),
    ],
)
async def test_ready_says_what_is_not(bench, make, connected, refusal, code, said):
    bench.status = Status(link=Link(connected=connected, since=make.NOW), record_refusal=refusal)
    async with bench.client() as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == code
    assert said in answer.json().get("detail", "")


async def test_measures_are_in_base_units_and_name_nobody(bench, make, operator):
    bench.tell(make.change(), make.change(AlertType.DEVICE_SILENT, condition="alive", severity=Severity.LOW))
    bench.desk.metrics.observe_changes([make.change()])
    bench.status = Status(link=bench.status.link, last_report_at=make.NOW - 3 * SECOND)
    (await operator.get("/api/alerts")).raise_for_status()
    await operator.get(f"/api/alerts/{make.change().alert}/history")
    async with bench.client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["em_alerts_open", "critical"] == 1
    assert samples["em_alerts_open", "low"] == 1
    assert samples["em_alerts_open", "high"] == 0
    assert samples["em_alerts_unacknowledged",] == 2
    assert samples["em_alert_changes_total", "exclusion.entered", "opened"] == 1
    assert samples["em_history_number",] == 2
    assert samples["em_last_report_timestamp_seconds",] == make.NOW / SECOND - 3
    assert samples["em_http_requests_total", "/api/alerts/{id}/history", "200", "GET"] == 1
    assert all(name.startswith(("em_", "python_", "process_")) for name, *_ in samples)
    for person in ("W-17", "OVA-1", "tag-", "kari", make.change().alert):
        assert person not in answer.text


async def test_every_path_nobody_has_is_a_problem_and_one_label(bench):
    async with bench.client() as client:
        answers = [
            await client.get(path)
            for path in ("/api/nothing", "/nothing.html", "/../pyproject.toml", "/api/alerts/")
        ]
        measured = (await client.get("/metrics")).text
    for answer in answers:
        assert answer.status_code == 404, answer.url
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Not Found"
    assert "nothing" not in measured


async def test_a_failure_is_a_problem_that_tells_nothing_of_the_inside(bench, operator):
    def failing():
        raise ZeroDivisionError("secret of the inside")

    bench.desk.status = failing
    answer = await operator.get("/api/status")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_a_body_that_cannot_be_read_says_where_and_repeats_no_password(bench):
    async with bench.client() as client:
        wrong = await client.post(
            "/api/session", json={"name": 1, "password": "hunter2hunter2", "extra": True}
        )
        broken = await client.post("/api/session", content=b"{", headers={"Content-Type": "application/json"})
        huge = await client.post("/api/session", json={"name": "k", "password": "x" * 2_000_000})
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["#/name", "#/extra"]
    assert "hunter2" not in wrong.text
    assert broken.status_code == 422
    assert huge.status_code in (413, 422)
    assert "xxx" not in huge.text


async def test_every_answer_tells_the_browser_to_run_nothing_that_is_not_ours(bench, operator):
    for path in ("/", "/api/alerts", "/api/nothing", "/health/live", "/metrics"):
        policy = (await operator.get(path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


async def test_the_api_is_described_as_openapi_3_1_and_nothing_is_loaded_from_elsewhere(bench, operator):
    described = (await operator.get("/api/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    assert {
        "/api/session",
        "/api/alerts",
        "/api/alerts/{id}",
        "/api/alerts/{id}/history",
        "/api/alerts/{id}/map",
        "/api/alerts/{id}/acknowledge",
        "/api/alerts/{id}/comment",
        "/api/alerts/{id}/close",
        "/api/alerts/stream",
        "/api/outcomes",
        "/api/status",
        "/api/quarantine",
        "/api/holes",
        "/api/places",
        "/api/positions",
    } <= described["paths"].keys()
    statuses = {
        code for path in described["paths"].values() for one in path.values() for code in one["responses"]
    }
    assert statuses <= {"200", "201", "204", "303", "4XX", "5XX"}
    referenced = {text.split('"')[0] for text in json.dumps(described).split("#/components/schemas/")[1:]}
    assert referenced <= described["components"]["schemas"].keys()
    for path in ("/docs", "/redoc"):
        assert (await operator.get(path)).status_code == 404


async def test_a_page_that_is_not_built_is_said_in_plain_words(bench):
    async with bench.client() as client:
        answer = await client.get("/")
        script = await client.get("/assets/main-ABCD1234.js")
    assert answer.status_code == 503
    assert "python deploy/build_web.py" in answer.text
    assert script.status_code == 404


async def test_the_built_page_is_kept_as_long_as_its_names_allow(tmp_path, make):
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>EM</title>")
    (page / "assets" / "main-ABCD1234.js").write_text("let a = 1;" * 1_000)
    (page / "assets" / "NOTICE.txt").write_text("notice")
    bench = make.bench(tmp_path, settings=ConsoleSettings(page=page))
    async with bench.client() as client:
        index = await client.get("/")
        again = await client.get("/", headers={"If-None-Match": index.headers["etag"]})
        script = await client.get("/assets/main-ABCD1234.js")
        notice = await client.get("/assets/NOTICE.txt")
        outside = await client.get("/assets/../../record.sqlite3")
        missing = await client.get("/assets/other.js")
    bench.close()
    assert (index.status_code, index.headers["cache-control"]) == (200, "no-cache")
    assert again.status_code == 304
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-encoding"] == "gzip"
    assert notice.headers["cache-control"] == "no-cache"
    assert outside.status_code == missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"

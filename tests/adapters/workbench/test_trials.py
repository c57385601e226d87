"""Trials over HTTP: a job beside the engine, with progress, cancel and a result; why nothing was raised."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from em_engine.console.roles import Role
from em_engine.record.rows import KeptPosition
from em_engine.record.rows import Role as Side
from em_engine.vocabulary import MINUTE, Micros, parse_rfc3339

ORDER = "orders/OVA-1.yaml"
BEGIN = "2026-11-16T12:00:00+00:00"


def track(path: Path, metres_north: list[float], device: str = "tag-1") -> bytes:
    """A walk past p3's home, a fix a minute, so many metres north of her each time."""
    start = datetime.fromisoformat(BEGIN)
    rows = ["device_id,time_utc,lat,lon,accuracy_m"]
    for minute, metres in enumerate(metres_north):
        at = (start + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows.append(f"{device},{at},{59.9231 + metres / 111_195:.7f},10.7579,9")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path.read_bytes()


NEAR = [3000.0] * 3 + [1100.0] * 8 + [3000.0] * 6
"""Outside the ring of 900 m, within one of 1,200 m."""


async def ended(authors, trial: str) -> dict:
    """The trial once it has ended: the worker's thread is waited for, not a time."""
    worker = authors.bench.workbench.trials._worker
    if worker is not None:
        await asyncio.to_thread(worker.join, 120)
    return (await authors.author.get(f"/api/rules/trials/{trial}")).json()


async def wider(authors) -> str:
    """A draft whose ring reaches 800 m rather than 500."""
    draft = await authors.draft()
    version = await authors.version(draft, ORDER)
    answer = await authors.author.post(
        f"/api/rules/drafts/{draft}/value",
        params={"path": ORDER},
        json={"at": ["conditions", 0, "buffer_m"], "value": 800},
        headers={"If-Match": f'"{version}"'},
    )
    assert answer.status_code == 200, answer.text
    return draft


@pytest.fixture
def bench(bench):
    yield bench
    bench.workbench.trials.close()


async def sent(authors, tmp_path: Path) -> str:
    answer = await authors.author.post(
        "/api/rules/histories",
        params={"filename": "walk.csv"},
        content=track(tmp_path / "walk.csv", NEAR),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_draft_is_tried_on_a_sent_track_and_the_new_alert_is_placed(authors, tmp_path):
    draft, history = await wider(authors), await sent(authors, tmp_path)
    asked = {"kind": "diff", "old": "in-force", "new": draft, "history": {"uploads": [history]}}
    trial = (await authors.author.post("/api/rules/trials", json=asked)).json()
    done = await ended(authors, trial["id"])
    assert (done["state"], done["reasons"]) == ("done", [])
    found = (await authors.author.get(f"/api/rules/trials/{trial['id']}/result")).json()
    assert found["orders"]["OVA-1"] | {} == {
        "before": 0, "after": 1, "appears": 1, "disappears": 0, "moves": 0, "stays": 0,
    }  # fmt: skip
    (alert,) = found["alerts"]
    assert alert["fate"] == "appears"
    assert alert["after"]["type"] == "exclusion.approach"
    assert alert["at"] == pytest.approx([10.7579, 59.9231 + 1100 / 111_195], abs=1e-5)
    assert [one["text"] for one in found["differences"]] == ["home-of-p3: buffer_m 500 m → 800 m"]
    noted = [one["what"] for one in authors.bench.audit.entries(limit=1000)]
    assert "tried a rulebook on history" in noted


async def test_why_nothing_was_raised_is_told_condition_by_condition(authors, tmp_path):
    history = await sent(authors, tmp_path)
    at = (datetime.fromisoformat(BEGIN) + timedelta(minutes=9)).isoformat()
    asked = {"kind": "why", "wearer": "W-1", "at": at, "history": {"uploads": [history]}}
    trial = (await authors.author.post("/api/rules/trials", json=asked)).json()
    assert (await ended(authors, trial["id"]))["state"] == "done"
    found = (await authors.author.get(f"/api/rules/trials/{trial['id']}/result")).json()
    told = {one["condition"]: one for one in found["conditions"]}
    (fix,) = told["home-of-p3"]["fixes"]
    assert fix["depth_m"] == pytest.approx(400 - 1100, abs=5)
    assert told["home-of-p3"]["text"][-1] == "nothing is open and nothing is suspected"
    assert told["nights"]["binds"] is False


async def test_what_the_engine_kept_is_a_history_and_says_what_it_lacks(authors, bench):
    begin: Micros = parse_rfc3339(BEGIN)
    places = [(begin + n * MINUTE, 10.7579, 59.9231 + metres / 111_195) for n, metres in enumerate(NEAR)]
    kept = [KeptPosition("OVA-1", "W-1", Side.WEARER, "tag-1", *place, 9.0, 1) for place in places]
    with bench.record.transaction() as writing:
        writing.keep_positions(kept)
    draft = await wider(authors)
    asked = {"kind": "diff", "new": draft, "history": {"recorded": {"since": "2026-11-16T00:00:00Z"}}}
    trial = (await authors.author.post("/api/rules/trials", json=asked)).json()
    done = await ended(authors, trial["id"])
    assert (done["state"], done["reasons"]) == ("done", [])
    found = (await authors.author.get(f"/api/rules/trials/{trial['id']}/result")).json()
    assert found["orders"]["OVA-1"]["appears"] == 1
    assert "those the orders let us keep" in found["history"]["notices"][0]
    types = {kind for side in ("before", "after") for kind in found[side]["types"]}
    assert types == {"exclusion.approach"}, "kept positions say nothing of silence"


async def test_where_nothing_was_recorded_days_are_made_up_for_the_order_that_changed(authors):
    draft = await wider(authors)
    past = {"simulated": {"days": 1, "since": "2026-11-16T00:00:00Z"}}
    asked = {"kind": "diff", "new": draft, "history": past}
    trial = (await authors.author.post("/api/rules/trials", json=asked)).json()
    assert trial["of"]["history"] == {"simulated": {"days": 1, "seed": 1, "since": "2026-11-16T00:00:00Z"}}
    done = await ended(authors, trial["id"])
    assert (done["state"], done["reasons"]) == ("done", [])
    found = (await authors.author.get(f"/api/rules/trials/{trial['id']}/result")).json()
    assert found["orders"].keys() == {"OVA-1"}
    assert found["history"]["reports"] > 100
    assert found["history"]["notices"][0].startswith("nobody lived this: 1 tags")
    assert found["history"]["notice_codes"][0]["values"] == [1, "2026-11-16T00:00:00.000Z", 1, "1", ""]
    two = await authors.author.post("/api/rules/trials", json=asked | {"history": past | {"recorded": {}}})
    assert (two.status_code, "one of" in two.json()["detail"]) == (422, True)


async def test_a_trial_that_fails_says_why_and_one_that_waits_is_cancelled(authors, tmp_path):
    stranger = await authors.author.post(
        "/api/rules/histories",
        params={"filename": "stranger.csv"},
        content=track(tmp_path / "s.csv", NEAR, device="tag-9"),
        headers={"Content-Type": "application/octet-stream"},
    )
    asked = {"kind": "backtest", "book": "in-force", "history": {"uploads": [stranger.json()["id"]]}}
    first = (await authors.author.post("/api/rules/trials", json=asked)).json()
    second = (await authors.author.post("/api/rules/trials", json=asked)).json()
    early = await authors.author.get(f"/api/rules/trials/{second['id']}/result")
    assert early.status_code == 409
    cancelled = await authors.author.delete(f"/api/rules/trials/{second['id']}")
    assert cancelled.json()["state"] == "cancelled"
    failed = await ended(authors, first["id"])
    assert failed["state"] == "failed"
    (reason,) = failed["reasons"]
    assert reason.startswith("no order names tag-9 of the history")
    assert failed["reason_codes"] == [{"code": "history.unknown", "values": ["tag-9"]}]
    listed = (await authors.author.get("/api/rules/trials")).json()["trials"]
    assert {one["id"]: one["state"] for one in listed} == {first["id"]: "failed", second["id"]: "cancelled"}
    assert (await authors.author.delete(f"/api/rules/trials/{first['id']}")).status_code == 204
    assert (await authors.author.get(f"/api/rules/trials/{first['id']}")).status_code == 404


async def test_what_cannot_be_tried_is_refused_at_the_door(authors, bench):
    ask = authors.author.post
    unknown = {"kind": "backtest", "book": "in-force", "history": {"uploads": ["h-0123456789"]}}
    assert (await ask("/api/rules/trials", json=unknown)).status_code == 404
    neither = {"kind": "backtest", "book": "in-force", "history": {}}
    assert (await ask("/api/rules/trials", json=neither)).status_code == 422
    nobody = {"kind": "backtest", "book": "d-0123456789", "history": {"recorded": {}}}
    assert (await ask("/api/rules/trials", json=nobody)).status_code == 404
    auditor = await bench.signed_in(Role.AUDITOR, name="ada")
    assert (await auditor.post("/api/rules/trials", json=unknown)).status_code == 403
    await auditor.aclose()
    wrong = await ask(
        "/api/rules/histories",
        params={"filename": "../../x.py"},
        content=b"x",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert wrong.status_code == 409
    assert json.loads(wrong.content)["detail"].startswith("tracks are files ending in")

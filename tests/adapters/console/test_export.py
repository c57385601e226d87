"""A case for the court: paper, data and hashes; what is in them, for whom, and what the audit says of it."""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest

from em_engine.alerts.actions import Close
from em_engine.alerts.alert import Outcome
from em_engine.console.court.drawing import svg
from em_engine.console.roles import Role
from em_engine.record.rows import Role as Side
from em_engine.rulebook.models import RecordProfile
from em_engine.vocabulary import MINUTE, AlertType, Severity

SAID = "Må #strong[varsles] \\ $x$ čđŋ"


async def exported(client, case="OVA-1", expected=200, **sent):
    answer = await client.post(f"/api/cases/{case}/export", json={"reason": "court 26-1", **sent})
    assert answer.status_code == expected, answer.text
    if expected != 200:
        return answer.json()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def told(bench, make):
    at = make.NOW - 3 * MINUTE
    alert = make.change()
    bench.tell(
        alert,
        make.change(AlertType.DEVICE_STRAP, condition="alive", severity=Severity.HIGH),
        positions=(
            make.kept("OVA-1", "W-17", Side.WEARER, at, (10.7512345, 59.93), in_breach=True),
            make.kept("OVA-1", "W-17", Side.WEARER, at + MINUTE, (10.7523456, 59.931), in_breach=True),
            make.kept("OVA-1", "W-17", Side.WEARER, at - MINUTE, (10.7498765, 59.929)),
            make.kept("OVA-1", "P-3", Side.PROTECTED, at, make.P3_AT, in_breach=True),
        ),
    )
    bench.queue.act(
        alert.alert, Close(outcome=Outcome.BREACH, note=SAID), by="ola", at=bench.clock(), version=1
    )


async def test_the_archive_holds_paper_data_and_hashes_that_agree(bench, told):
    client = await bench.signed_in(Role.SUPERVISOR)
    files = await exported(client)
    assert sorted(files) == ["SHA256SUMS", "alerts.json", "case.json", "case.pdf", "positions.csv"]
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    for name, sum in sums.items():
        assert hashlib.sha256(files[name]).hexdigest() == sum
    assert len(sums) == 4
    assert files["case.pdf"].startswith(b"%PDF-1.7")
    assert b"pdfaid" in files["case.pdf"] or len(files["case.pdf"]) > 10_000
    case = json.loads(files["case.json"])
    assert (case["wearer"]["id"], case["alerts"], case["positions"]) == ("W-17", 2, 2)
    alerts = json.loads(files["alerts.json"])
    assert [entry["what"] for entry in alerts[1]["history"] + alerts[0]["history"]].count("closed") == 1
    newest = bench.audit.entries(limit=100)[-1]
    whole = hashlib.sha256(files["SHA256SUMS"]).hexdigest()
    assert (newest["what"], newest["why"], newest["subject"]) == (
        "exported the case",
        "court 26-1",
        f"OVA-1 sha256:{whole}",
    )


async def test_the_file_shows_what_the_law_let_us_keep_and_the_protected_person_to_the_police_alone(
    bench, make, told
):
    digits = str(make.P3_AT[0])
    for role, sees in ((Role.SUPERVISOR, False), (Role.POLICE, True)):
        files = await exported(await bench.signed_in(role, name=role.value))
        assert (digits in files["positions.csv"].decode()) is sees
        assert "10.7498765" not in files["positions.csv"].decode(), "a position outside breaches"
        assert "10.7512345" in files["positions.csv"].decode()
        assert digits.encode() not in files["alerts.json"] + files["case.json"]
    everything = replace(bench.rulebook.orders[0], record=RecordProfile.EVERYTHING)
    bench.rulebook = replace(bench.rulebook, orders=(everything, *bench.rulebook.orders[1:]))
    files = await exported(await bench.signed_in(Role.SUPERVISOR, name="supervisor"))
    assert "10.7498765" in files["positions.csv"].decode()


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
async def test_the_paper_is_set_in_each_language_whatever_people_wrote(bench, told, language):
    files = await exported(await bench.signed_in(Role.SUPERVISOR), language=language)
    assert len(files["case.pdf"]) > 20_000


async def test_who_may_not_export_a_case_does_not(bench, told, operator):
    await exported(operator, expected=403)
    auditor = await bench.signed_in(Role.AUDITOR, name="aud")
    await exported(auditor, expected=403)
    limited = await bench.signed_in(Role.SUPERVISOR, name="sup", programmes=["remand"])
    await exported(limited, expected=404)
    supervisor = await bench.signed_in(Role.SUPERVISOR, name="eva")
    await exported(supervisor, case="nowhere", expected=404)
    no_reason = await supervisor.post("/api/cases/OVA-1/export", json={})
    assert no_reason.status_code == 422
    assert "exported the case" not in [entry["what"] for entry in bench.audit.entries(limit=100)]


def fix(lon, lat, **told):
    properties = {"role": "fix", "accuracy_m": 10.0, "in_breach": True, **told}
    return {"geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}


def test_a_map_is_to_scale_with_east_to_the_right_and_north_up():
    drawn = svg({"features": [fix(10.75, 59.92), fix(10.76, 59.925)]})
    points = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="2.4"', drawn)
    (x1, y1), (x2, y2) = [(float(x), float(y)) for x, y in points]
    assert x1 < x2
    assert y1 > y2
    # 0.01 degrees of longitude at 59.92 north are 557 m, 0.005 of latitude 556 m.
    assert (x2 - x1) == pytest.approx(y1 - y2, rel=0.02)
    circle = float(re.search(r'r="([\d.]+)" fill="#1f4e8c"', drawn)[1])
    assert circle == pytest.approx((x2 - x1) / 557 * 10, abs=0.1)


def test_a_single_fix_is_not_blown_up_and_nothing_is_no_map():
    drawn = svg({"features": [fix(10.75, 59.92, accuracy_m=None)]})
    assert "50 m" in drawn or "20 m" in drawn
    assert svg({"features": []}) is None

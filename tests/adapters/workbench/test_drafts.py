"""Drafts over HTTP: saved whole, never over what somebody else saved, wrong for a while if need be."""

import io
import zipfile

import pytest

from em_engine.console.roles import Role

ORDER = "orders/OVA-1.yaml"


def match(version: str) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def test_a_draft_is_a_folder_of_the_same_files(authors, bench):
    draft = await authors.draft()
    folder = bench.folder / "drafts" / draft / "rulebook"
    kept = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert kept == dict(bench.rulebook.files)
    book = (await authors.author.get(f"/api/rules/books/{draft}")).json()
    assert book["revision"] == authors.revision()
    assert book["draft"]["is_stale"] is False
    assert [zone["name"] for zone in book["zones"]] == ["p3-home", "w1-home"]
    assert book["zones"][1]["orders"] == [
        {"order": "HJ-2", "conditions": ["nights"]},
        {"order": "OVA-1", "conditions": ["nights"]},
    ]


async def test_a_save_tells_every_error_with_its_place_and_is_kept(authors, bench):
    draft = await authors.draft()
    seen = await authors.version(draft, ORDER)
    text = (bench.folder / "rulebook" / ORDER).read_text("utf-8").replace("zone: p3-home", "zone: p3-hom")
    answer = await authors.author.put(
        f"/api/rules/drafts/{draft}/file", params={"path": ORDER}, json={"text": text}, headers=match(seen)
    )
    saved = answer.json()
    (error,) = [one for one in saved["problems"] if one["severity"] == "error"]
    assert (error["file"], error["line"], error["column"]) == (ORDER, 6, 45)
    assert error["hint"] == "did you mean 'p3-home'?"
    assert error["hint_code"] == {"code": "hint.meant", "values": ["p3-home"]}
    a_zone = {"code": "a.zone", "values": [], "text": "zone"}
    assert error["message_code"] == {"code": "name.unknown", "values": [a_zone, "p3-hom"]}
    assert error["excerpt"][0].startswith("  6 | ")
    assert error["excerpt"][1].index("^") == error["excerpt"][0].index("p3-hom,")
    assert saved["errors"] == 1
    assert saved["revision"] is None
    assert saved["version"] == await authors.version(draft, ORDER) != seen
    kept = bench.folder / "drafts" / draft / "rulebook" / ORDER
    assert kept.read_text("utf-8") == text
    proposed = await authors.author.post(f"/api/rules/drafts/{draft}/propose", json={"why": "wider"})
    assert proposed.status_code == 409
    assert proposed.json()["problems"][0]["code"] == "name.unknown"


async def test_who_saw_an_older_version_saves_nothing(authors, bench):
    draft = await authors.draft()
    seen = await authors.version(draft, ORDER)
    url = f"/api/rules/drafts/{draft}/file"
    first = await authors.author.put(
        url, params={"path": ORDER}, json={"text": "order: x"}, headers=match(seen)
    )
    assert first.status_code == 200
    second = await authors.author.put(url, params={"path": ORDER}, json={"text": "mine"}, headers=match(seen))
    assert second.status_code == 412
    assert second.json()["version"] == first.json()["version"]
    assert second.json()["changed_by"] == "anne"
    assert (bench.folder / "drafts" / draft / "rulebook" / ORDER).read_text("utf-8") == "order: x"
    without = await authors.author.put(url, params={"path": ORDER}, json={"text": "mine"})
    assert without.status_code == 428
    there = await authors.author.put(
        url, params={"path": ORDER}, json={"text": "mine"}, headers={"If-None-Match": "*"}
    )
    assert there.status_code == 412


@pytest.mark.parametrize(
    "path",
    ["../secrets.yaml", "orders/../../x.yaml", "orders/.hidden.yaml", "orders/a/b.yaml", "/etc/passwd",
     "x.txt", "zones/a.yaml", "orders/a\nb.yaml", "orders/" + "å" * 100 + ".yaml", "orders\\a.yaml"],
)  # fmt: skip
async def test_a_file_no_rulebook_has_is_refused(authors, bench, path):
    draft = await authors.draft()
    before = sorted(bench.folder.rglob("*"))
    answer = await authors.author.put(
        f"/api/rules/drafts/{draft}/file",
        params={"path": path},
        json={"text": "x"},
        headers={"If-None-Match": "*"},
    )
    assert answer.status_code == 422, answer.text
    assert [one for one in bench.folder.rglob("*") if one not in before and "sqlite" not in one.name] == []


async def test_one_value_is_changed_and_comments_and_layout_stay(authors, bench):
    draft = await authors.draft()
    seen = await authors.version(draft, ORDER)
    answer = await authors.author.post(
        f"/api/rules/drafts/{draft}/value",
        params={"path": ORDER},
        json={"at": ["conditions", 1, "weekly"], "value": ["mon-fri 21:00-06:00", "sat-sun 22:00-08:00"]},
        headers=match(seen),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["errors"] == 0
    old = (bench.folder / "rulebook" / ORDER).read_text("utf-8")
    new = (bench.folder / "drafts" / draft / "rulebook" / ORDER).read_text("utf-8")
    assert new == old.replace("mon-fri 22:00-06:00", "mon-fri 21:00-06:00")
    nowhere = await authors.author.post(
        f"/api/rules/drafts/{draft}/value",
        params={"path": ORDER},
        json={"at": ["conditions", 9, "weekly"], "value": []},
        headers=match(answer.json()["version"]),
    )
    assert nowhere.status_code == 422
    stale = await authors.author.post(
        f"/api/rules/drafts/{draft}/value",
        params={"path": ORDER},
        json={"at": ["conditions", 9, "weekly"], "value": []},
        headers=match(seen),
    )
    assert stale.status_code == 412


async def test_a_draft_comes_and_goes_as_an_archive(authors, bench):
    draft = await authors.draft()
    taken = await authors.author.get(f"/api/rules/books/{draft}/archive")
    names = zipfile.ZipFile(io.BytesIO(taken.content)).namelist()
    assert names == sorted(bench.rulebook.files)
    back = await authors.author.post(
        "/api/rules/drafts/archive",
        params={"name": "again"},
        content=taken.content,
        headers={"Content-Type": "application/zip"},
    )
    assert back.status_code == 201, back.text
    again = (await authors.author.get(f"/api/rules/books/{back.json()['id']}")).json()
    assert again["revision"] == authors.revision()


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return held.getvalue()


@pytest.mark.parametrize(
    "archive",
    [b"no zip", zipped(), zipped(**{"orders__../../x.yaml": b"x"}), zipped(readme=b"x"),
     zipped(**{"zones__a.geojson": bytes(60_000_000)})],
    ids=["no zip", "empty", "climbing", "foreign", "bomb"],
)  # fmt: skip
async def test_a_broken_archive_makes_no_draft(authors, bench, archive):
    answer = await authors.author.post(
        "/api/rules/drafts/archive",
        params={"name": "x"},
        content=archive,
        headers={"Content-Type": "application/zip"},
    )
    assert answer.status_code == 422, answer.text
    assert (await authors.author.get("/api/rules/drafts")).json() == {"drafts": []}


async def test_only_authors_write_and_every_deed_is_in_the_audit(authors, bench):
    draft = await authors.draft()
    body = {"name": "x", "from": "in-force"}
    assert (await authors.approver.post("/api/rules/drafts", json=body)).status_code == 403
    operator = await bench.signed_in(Role.OPERATOR, name="ola")
    assert (await operator.get("/api/rules")).status_code == 403
    auditor = await bench.signed_in(Role.AUDITOR, name="ada")
    assert (await auditor.get("/api/rules")).json()["may"] == ["read"]
    limited = await bench.signed_in(Role.AUTHOR, name="lise", programmes=["contact-ban"])
    assert (await limited.get("/api/rules")).status_code == 403
    without_token = dict(authors.author.headers)
    del authors.author.headers["X-CSRF-Token"]
    assert (await authors.author.post("/api/rules/drafts", json=body)).status_code == 403
    authors.author.headers.update(without_token)
    assert (await authors.author.delete(f"/api/rules/drafts/{draft}")).status_code == 204
    assert (await authors.author.get(f"/api/rules/books/{draft}")).status_code == 404
    noted = [(one["who"], one["what"], one["subject"]) for one in bench.audit.entries(limit=1000)]
    assert ("anne", "made a draft", f"{draft} from in-force") in noted
    assert ("anne", "dropped a draft", draft) in noted
    for client in (operator, auditor, limited):
        await client.aclose()

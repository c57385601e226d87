"""A change takes effect by two people, from a time on, and is taken back the same way."""

from em_engine.console.roles import Role

ORDER = "orders/OVA-1.yaml"


async def widened(authors) -> str:
    draft = await authors.draft()
    await authors.author.post(
        f"/api/rules/drafts/{draft}/value",
        params={"path": ORDER},
        json={"at": ["conditions", 0, "buffer_m"], "value": 800},
        headers={"If-Match": f'"{await authors.version(draft, ORDER)}"'},
    )
    return draft


async def test_one_proposes_another_approves_and_the_log_says_who_and_why(authors, bench):
    before, draft = authors.revision(), await widened(authors)
    made = await authors.author.post(f"/api/rules/drafts/{draft}/propose", json={"why": "she moved"})
    assert made.status_code == 201, made.text
    revision = made.json()["revision"]
    assert made.json()["state"] == "proposed"
    assert made.json()["proposed"]["by"] == "anne"
    twice = await authors.author.post(f"/api/rules/drafts/{draft}/propose", json={"why": "again"})
    assert twice.status_code == 409
    approve = f"/api/rules/revisions/{revision}/approve"
    assert (await authors.author.post(approve, json={"why": "mine"})).status_code == 403
    bench.clock.turn(minutes=1)
    given = await authors.approver.post(approve, json={"why": "read and tried"})
    assert given.json()["state"] == "in-force", given.text
    authors.take()
    seen = (await authors.author.get("/api/rules")).json()
    assert {one["revision"]: one["state"] for one in seen["revisions"]} == {
        revision: "in-force",
        before: "past",
    }
    assert seen["drafts"][0]["is_stale"] is True
    log = (await authors.author.get("/api/rules/log")).json()["entries"]
    assert [(one["deed"], one["who"], one["why"]) for one in log[2:]] == [
        ("proposed", "anne", "she moved"),
        ("approved", "bjarne", "read and tried"),
    ]
    back = await authors.author.post(f"/api/rules/revisions/{before}/propose", json={"why": "too wide"})
    assert back.json()["state"] == "proposed"
    assert authors.releases.in_force(bench.clock()) == revision


async def test_nobody_approves_their_own_whatever_their_roles(authors, bench):
    both = await bench.signed_in(Role.AUTHOR, Role.APPROVER, name="both")
    draft = await widened(authors)
    revision = (await both.post(f"/api/rules/drafts/{draft}/propose", json={"why": "x"})).json()["revision"]
    own = await both.post(f"/api/rules/revisions/{revision}/approve", json={"why": "x"})
    assert (own.status_code, own.json()["code"]) == (409, "release.own")
    past = await authors.approver.post(
        f"/api/rules/revisions/{revision}/approve",
        json={"why": "x", "effective_from": "2020-01-01T00:00:00Z"},
    )
    assert past.status_code == 409
    later = await authors.approver.post(
        f"/api/rules/revisions/{revision}/approve",
        json={"why": "x", "effective_from": "2026-12-01T00:00:00Z"},
    )
    assert later.json()["state"] == "planned"
    await both.aclose()


async def test_an_author_takes_back_their_own_proposal_and_no_other(authors, bench):
    draft = await widened(authors)
    made = await authors.author.post(f"/api/rules/drafts/{draft}/propose", json={"why": "x"})
    reject = f"/api/rules/revisions/{made.json()['revision']}/reject"
    other = await bench.signed_in(Role.AUTHOR, name="other")
    assert (await other.post(reject, json={"why": "not mine"})).status_code == 403
    assert (await authors.author.post(reject, json={"why": "mistaken"})).json()["state"] == "rejected"
    await other.aclose()


async def test_on_a_plain_folder_nothing_can_be_proposed_and_all_else_works(authors, bench, tmp_path):
    draft = await widened(authors)
    object.__setattr__(bench.workbench, "releases", None)
    told = await authors.author.post(f"/api/rules/drafts/{draft}/propose", json={"why": "x"})
    assert (told.status_code, told.json()["code"]) == (409, "release.plain")
    assert (await authors.author.get("/api/rules")).json()["follows_releases"] is False

"""Tokens for programs: narrowed, ending, never more than their person may; and whose desk sees whom."""

import sqlite3

import pytest

from em_engine.console.access import Access, AccessRefused
from em_engine.console.roles import Role
from em_engine.console.tokens import PREFIX, Tokens
from em_engine.record.rows import Role as Side
from em_engine.vocabulary import HOUR, MINUTE, AlertType


@pytest.fixture
def tokens(bench, make):
    bench.access.add("robot", make.PASSWORD, [Role.POLICE])
    return Tokens(bench.access)


def bearer(bench, secret):
    return bench.client(headers={"Authorization": f"Bearer {secret}"})


async def test_a_token_does_what_its_scopes_say_and_no_more(bench, make, tokens):
    bench.tell(make.change())
    secret = tokens.make("robot", label="export", scopes=["alerts:read"], lasts=HOUR)
    assert secret.startswith(PREFIX)
    async with bearer(bench, secret) as client:
        (alert,) = (await client.get("/api/alerts")).json()["alerts"]
        for path in (f"/api/alerts/{alert['id']}/map", "/api/positions", "/api/status", "/api/kpi"):
            refused = await client.get(path)
            assert refused.status_code == 403, path
            assert "token" in refused.json()["detail"]
        claim = await client.post(f"/api/alerts/{alert['id']}/claim", headers={"If-Match": '"1"'})
        assert claim.status_code == 403


async def test_a_token_answers_without_a_csrf_value_and_in_its_person_s_name(bench, make, tokens):
    bench.tell(make.change())
    secret = tokens.make("robot", label="bot", scopes=["alerts:read", "alerts:answer"], lasts=HOUR)
    async with bearer(bench, secret) as client:
        (alert,) = (await client.get("/api/alerts")).json()["alerts"]
        claimed = await client.post(f"/api/alerts/{alert['id']}/claim", headers={"If-Match": '"1"'})
    assert claimed.json()["claimed_by"] == "robot"


async def test_a_token_ends_by_its_date_with_its_account_and_when_revoked(bench, tokens):
    secret = tokens.make("robot", label="a", scopes=["health"], lasts=HOUR)
    other = tokens.make("robot", label="b", scopes=["health"], lasts=2 * HOUR)
    async with bearer(bench, secret) as client, bearer(bench, other) as second:
        assert (await client.get("/api/status")).status_code == 200
        bench.clock.turn(hours=1)
        assert (await client.get("/api/status")).status_code == 401
        assert (await second.get("/api/status")).status_code == 200
        bench.access.set_roles("robot", [Role.AUTHOR])
        assert (await second.get("/api/status")).status_code == 403
        assert tokens.revoke("robot", "b") == 1
        assert (await second.get("/api/status")).status_code == 401


async def test_what_is_no_token_is_refused_and_no_cookie_helps(bench, tokens, operator):
    operator.headers["Authorization"] = "Bearer em_nothing"
    answer = await operator.get("/api/status")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_only_the_digest_is_kept_and_scopes_are_known(bench, tokens, tmp_path):
    secret = tokens.make("robot", label="a", scopes=["health"], lasts=HOUR)
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("access")]
    assert files
    assert not any(secret.encode() in data for data in files)
    (listed,) = tokens.listed()
    assert (listed.name, listed.label, listed.scopes) == ("robot", "a", ("health",))
    for scopes in (["everything"], []):
        with pytest.raises(AccessRefused, match="scope"):
            tokens.make("robot", label="a", scopes=scopes, lasts=HOUR)
    with pytest.raises(AccessRefused, match="no account"):
        tokens.make("nobody", label="a", scopes=["health"], lasts=HOUR)


async def test_a_protected_person_s_place_reaches_the_desk_that_may_see_it_and_no_other(bench, make):
    at = make.NOW - MINUTE
    bench.tell(
        make.change(),
        positions=(
            make.kept("OVA-1", "W-17", Side.WEARER, at, (10.75, 59.93), in_breach=True),
            make.kept("OVA-1", "P-3", Side.PROTECTED, at, make.P3_AT, in_breach=True),
        ),
    )
    digits = [str(degrees) for degrees in make.P3_AT]
    seen = {}
    for name, role, limits in [
        ("pia", Role.POLICE, {"desks": ["police"]}),
        ("per", Role.POLICE, {"desks": ["centre"]}),
        ("ola", Role.OPERATOR, {}),
        ("sup", Role.SUPERVISOR, {}),
        ("pal", Role.POLICE, {"programmes": ["remand"]}),
    ]:
        client = await bench.signed_in(role, name=name, **limits)
        alerts = (await client.get("/api/alerts")).json()["alerts"]
        paths = [f"/api/alerts/{alert['id']}{part}" for alert in alerts for part in ("", "/map", "/history")]
        texts = [(await client.get(path)).text for path in [*paths, "/api/positions", "/api/alerts"]]
        seen[name] = any(digit in text for text in texts for digit in digits)
    assert seen == {"pia": True, "per": False, "ola": False, "sup": False, "pal": False}


def test_a_file_of_accounts_from_before_desks_is_brought_up_to_date(bench, make, tmp_path):
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE account (name TEXT PRIMARY KEY, password TEXT NOT NULL, roles TEXT NOT NULL,"
            " created_at INTEGER NOT NULL) STRICT"
        )
        old.execute("INSERT INTO account VALUES ('kari', 'x', '[\"operator\"]', 1)")
    old.close()
    access = Access(path, bench.clock)
    (account,) = access.accounts()
    assert (account.desks, account.programmes) == (None, None)
    access.limit("kari", desks=["centre"], programmes=["remand"])
    assert (access.account("kari").desks, access.account("kari").programmes) == (("centre",), ("remand",))
    access.close()


async def test_both_persons_ways_around_a_breach_are_shown_to_who_may_see_them(bench, make):
    at = make.NOW - 4 * MINUTE
    bench.tell(
        make.change(AlertType.CONTACT_ALERT, condition="keep-apart"),
        positions=(
            make.kept("OVA-1", "W-17", Side.WEARER, at, (10.75, 59.93), in_breach=True),
            make.kept("OVA-1", "P-3", Side.PROTECTED, at, make.P3_AT, in_breach=True),
            make.kept("OVA-1", "P-3", Side.PROTECTED, at + MINUTE, make.P3_AT, in_breach=True),
        ),
    )
    client = await bench.signed_in(Role.POLICE, name="pia")
    (alert,) = (await client.get("/api/alerts")).json()["alerts"]
    drawn = (await client.get(f"/api/alerts/{alert['id']}/map")).json()["features"]
    roles = [feature["properties"]["role"] for feature in drawn]
    assert (roles.count("other-fix"), roles.count("pair")) == (2, 1)

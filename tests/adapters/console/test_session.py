"""Signing in: who comes in, how long they stay, and how slow guessing is."""

import pytest

from em_engine.console.access import AccessRefused
from em_engine.console.roles import Role

GUESS = {"name": "kari", "password": "wrong horse battery"}


async def test_a_session_is_a_cookie_scripts_cannot_read(bench, make):
    bench.access.add("Kari", make.PASSWORD, [Role.OPERATOR])
    async with bench.client() as client:
        answer = await client.post("/api/session", json={"name": " KARI ", "password": make.PASSWORD})
    assert answer.json() == {
        "name": "kari",
        "roles": ["operator"],
        "csrf": answer.json()["csrf"],
        "ends_at": "2026-11-22T21:00:00.000Z",
        "desks": None,
        "programmes": None,
    }
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_is_secure(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    async with bench.client() as client:
        sent = {"name": "kari", "password": make.PASSWORD}
        answer = await client.post("https://console/api/session", json=sent)
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


async def test_a_wrong_password_and_an_unknown_name_look_the_same(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    async with bench.client() as client:
        wrong = await client.post("/api/session", json=GUESS)
        unknown = await client.post("/api/session", json={**GUESS, "name": "nobody"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_signing_out_ends_the_session_on_the_server(bench):
    client = await bench.signed_in()
    cookie = client.cookies["em_session"]
    assert (await client.delete("/api/session")).status_code == 204
    client.cookies.set("em_session", cookie)
    assert (await client.get("/api/session")).status_code == 401


@pytest.mark.parametrize(
    ("minutes_between_looks", "looks", "lasts"),
    [
        pytest.param(50, 3, True, id="a person who is there stays"),
        pytest.param(61, 1, False, id="an empty chair is signed out"),
        pytest.param(50, 15, False, id="a shift ends"),
    ],
)
async def test_a_session_ends(bench, minutes_between_looks, looks, lasts):
    client = await bench.signed_in()
    for _ in range(looks):
        bench.clock.turn(minutes=minutes_between_looks)
        answer = await client.get("/api/session")
    assert (answer.status_code == 200) is lasts


async def test_a_screen_that_asks_by_itself_keeps_nobody_signed_in(bench):
    client = await bench.signed_in()
    for _ in range(7):
        bench.clock.turn(minutes=10)
        answer = await client.get("/api/status")
    assert answer.status_code == 401


async def test_guessing_gets_slow_for_the_account_from_everywhere_else(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    async with bench.client() as client:
        codes = [(await client.post("/api/session", json=GUESS)).status_code for _ in range(7)]
        right = await client.post("/api/session", json={**GUESS, "password": make.PASSWORD})
    assert codes == [401] * 5 + [429] * 2
    assert right.status_code == 429
    assert right.headers["retry-after"] == "1"
    bench.clock.turn(seconds=1)
    async with bench.client() as client:
        right = await client.post("/api/session", json={**GUESS, "password": make.PASSWORD})
    assert right.status_code == 200


def test_the_wait_doubles_up_to_a_minute(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    waits = []
    for turn in range(14):
        _guess(bench, address=f"203.0.113.{turn}", until=waits)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def _guess(bench, *, address, until):
    from em_engine.console.access import SlowDown, WrongNameOrPassword

    try:
        bench.access.sign_in("kari", "wrong horse battery", address=address)
    except SlowDown as slow:
        until.append(slow.wait // 1_000_000)
        bench.clock.turn(microseconds=slow.wait)
        _guess(bench, address=address, until=until)
    except WrongNameOrPassword:
        pass


def test_a_stranger_cannot_keep_the_operator_out(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    bench.access.sign_in("kari", make.PASSWORD, address="10.0.0.5")
    for turn in range(5):
        with pytest.raises(AccessRefused, match="wrong"):
            bench.access.sign_in("kari", "wrong horse battery", address=f"203.0.113.{turn}")
    with pytest.raises(AccessRefused, match="too many"):
        bench.access.sign_in("kari", make.PASSWORD, address="203.0.113.9")
    assert bench.access.sign_in("kari", make.PASSWORD, address="10.0.0.5").name == "kari"


def test_one_address_that_tries_many_names_gets_slow_too(bench, make):
    for turn in range(20):
        with pytest.raises(AccessRefused, match="wrong"):
            bench.access.sign_in(f"name{turn}", "wrong horse battery", address="203.0.113.1")
    with pytest.raises(AccessRefused, match="too many"):
        bench.access.sign_in("another", "wrong horse battery", address="203.0.113.1")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param({}, 403, id="no token"),
        pytest.param({"X-CSRF-Token": "guess"}, 403, id="a wrong token"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site's page"),
    ],
)
async def test_what_changes_something_needs_the_sessions_token(bench, sent, code):
    client = await bench.signed_in()
    token = client.headers.pop("X-CSRF-Token")
    if "Sec-Fetch-Site" in sent:
        sent = {**sent, "X-CSRF-Token": token}
    assert (await client.delete("/api/session", headers=sent)).status_code == code
    assert (await client.get("/api/session")).status_code == 200


async def test_another_sites_page_cannot_sign_anybody_in(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    async with bench.client(headers={"Sec-Fetch-Site": "cross-site"}) as client:
        answer = await client.post("/api/session", json={"name": "kari", "password": make.PASSWORD})
    assert answer.status_code == 403


async def test_a_role_taken_away_is_gone_at_once(bench):
    client = await bench.signed_in(Role.OPERATOR)
    assert (await client.get("/api/alerts")).status_code == 200
    bench.access.set_roles("kari", [Role.AUTHOR])
    assert (await client.get("/api/alerts")).status_code == 403
    bench.access.remove("kari")
    assert (await client.get("/api/alerts")).status_code == 401


async def test_a_new_password_ends_the_sessions(bench):
    client = await bench.signed_in()
    bench.access.set_password("kari", "another horse battery")
    assert (await client.get("/api/session")).status_code == 401


def test_sessions_outlive_a_restart_and_the_file_holds_no_token(bench, make):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    session = bench.access.sign_in("kari", make.PASSWORD, address="10.0.0.5")
    again = type(bench.access)(bench.folder / "access.sqlite", bench.clock, hasher=bench.hasher)
    assert again.session(session.token) == session
    again.close()
    files = [path.read_bytes() for path in bench.folder.glob("access.sqlite*")]
    assert not any(session.token.encode() in held or make.PASSWORD.encode() in held for held in files)


async def test_a_full_disk_takes_the_queue_from_nobody_who_has_it(bench):
    client = await bench.signed_in()
    bench.clock.turn(minutes=10)
    bench.access._db.execute("PRAGMA query_only = ON")  # every write fails from here on
    assert (await client.get("/api/alerts")).status_code == 200
    again = await client.post("/api/session", json=GUESS)
    assert again.status_code == 503
    assert again.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "password", "roles", "said"),
    [
        pytest.param("", "long enough password", [Role.OPERATOR], "no account name", id="no name"),
        pytest.param("a b", "long enough password", [Role.OPERATOR], "no account name", id="a space"),
        pytest.param("Engine", "long enough password", [Role.OPERATOR], "no person", id="the engine's own"),
        pytest.param("protocol", "long enough password", [Role.OPERATOR], "no person", id="the clock's own"),
        pytest.param("ole", "short", [Role.OPERATOR], "12 to 1024", id="a short password"),
        pytest.param("ole", "long enough password", [], "at least one role", id="no role"),
        pytest.param("KARI", "long enough password", [Role.OPERATOR], "already", id="a name taken"),
    ],
)
def test_an_unfit_account_is_refused(bench, make, name, password, roles, said):
    bench.access.add("kari", make.PASSWORD, [Role.OPERATOR])
    with pytest.raises(AccessRefused, match=said):
        bench.access.add(name, password, roles)


def test_letters_are_the_same_whichever_keyboard_wrote_them(bench):
    bench.access.add("kari", "blåbærsyltetøy", [Role.OPERATOR])
    decomposed = "bla\u030abærsyltetøy"
    assert bench.access.sign_in("kari", decomposed, address="10.0.0.5").name == "kari"

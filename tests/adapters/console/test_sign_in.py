"""Signing in with an identity provider: who comes in, as what, and what is not taken for an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from em_engine.console.roles import Role
from em_engine.console.settings import ConsoleSettings
from em_engine.settings import RoleName, SignInSettings
from em_engine.vocabulary import MINUTE, SECOND
from tests.adapters.console.identity_provider import CLIENT, SECRET, IdentityProvider, providing

ROLES = {"em-operators": ("operator",), "em-leaders": ("supervisor",), "em-police": ("police",)}


@pytest.fixture(scope="module")
def shared_provider() -> Iterator[IdentityProvider]:
    with providing() as made:
        yield made


@pytest.fixture
def provider(shared_provider: IdentityProvider) -> IdentityProvider:
    """The provider as it was on its first day."""
    shared_provider.person = {"sub": "4711", "preferred_username": "Kari", "groups": ["em-operators"]}
    shared_provider.told_when_asked, shared_provider.wrong = {}, {}
    shared_provider.says_no = shared_provider.is_away = False
    shared_provider.published = shared_provider.key
    shared_provider.ends_sessions = True
    shared_provider.asked.clear()
    shared_provider.ended.clear()
    return shared_provider


@dataclass
class Way:
    """A console that sends people to the provider, and a browser's way there and back."""

    bench: Any
    provider: IdentityProvider

    def client(self) -> httpx.AsyncClient:
        return self.bench.client()

    async def there(self, client: httpx.AsyncClient) -> str:
        """Where the provider sends the browser back to."""
        begun = await client.get("/api/session/provider")
        assert begun.status_code == 303, begun.text
        async with httpx.AsyncClient() as outside:
            sent_back = await outside.get(begun.headers["location"])
        assert sent_back.status_code == 302
        return str(sent_back.headers["location"]).removeprefix("http://127.0.0.1:8080")

    async def through(self, client: httpx.AsyncClient) -> httpx.Response:
        """All of the way; what the console answers at its end."""
        return await client.get(await self.there(client))


@pytest.fixture
def way_with(make, tmp_path, provider) -> Iterator[Any]:
    made = []

    def build(**more: Any) -> Way:
        sign_in = SignInSettings(
            issuer=provider.issuer,
            client_id=CLIENT,
            client_secret=SecretStr(SECRET),
            address="http://127.0.0.1:8080/",
            roles=ROLES,
            **more,
        )
        bench = make.bench(tmp_path, settings=ConsoleSettings(page=tmp_path, sign_in=sign_in))
        provider.now = lambda: bench.clock() / SECOND
        made.append(bench)
        return Way(bench, provider)

    yield build
    for bench in made:
        bench.close()


@pytest.fixture
def way(way_with) -> Way:
    return way_with()


def asked_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_who_the_provider_vouches_for_has_a_session_with_the_roles_it_tells(way):
    async with way.client() as client:
        answer = await way.through(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        told = (await client.get("/api/session")).json()
    assert (told["name"], told["roles"], told["desks"]) == ("kari", ["operator"], None)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("em_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    written = way.bench.audit.entries()[-1]
    assert (written["who"], written["what"], written["why"]) == ("kari", "signed in", way.provider.issuer)


async def test_what_is_asked_of_the_provider_cannot_be_guessed_or_used_twice(way):
    async with way.client() as client:
        back = await way.there(client)
        assert (await client.get(back)).headers["location"] == "/"
        assert (await client.get(back)).headers["location"] == "/#/refused/stale"
        await way.there(client)
    first, second = map(asked_of, way.provider.asked)
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["redirect_uri"] == "http://127.0.0.1:8080/api/session/provider/back"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 43


async def test_one_browser_cannot_finish_what_another_began(way):
    async with way.client() as attacker, way.client() as other:
        back = await way.there(attacker)
        await way.there(other)  # so that it has a ticket, of its own
        answer = await other.get(back)
        assert answer.headers["location"] == "/#/refused/stale"
        assert (await other.get("/api/session")).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"nonce": "of another sign-in"}, id="another sign-in's token"),
        pytest.param({"aud": "another-client"}, id="another client's token"),
        pytest.param({"iss": "https://login.example"}, id="another provider's token"),
        pytest.param({"exp": 1_000_000_000}, id="a token that has ended"),
        pytest.param({"azp": "another-client", "aud": [CLIENT, "another-client"]}, id="given to another"),
    ],
)
async def test_a_token_that_does_not_hold_lets_nobody_in(way, wrong):
    way.provider.wrong = wrong
    async with way.client() as client:
        answer = await way.through(client)
        assert answer.headers["location"] == "/#/refused/refused"
        assert (await client.get("/api/session")).status_code == 401
    assert way.bench.access.accounts() == ()
    assert way.bench.audit.entries()[-1]["what"] == "failed to sign in"


async def test_a_signature_by_a_key_nobody_published_lets_nobody_in(way):
    old = way.provider.key
    way.provider.new_key()
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/#/refused/refused"
    way.provider.key = old


async def test_a_provider_that_changes_its_key_is_believed_without_a_restart(way):
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/"
        way.provider.new_key()
        way.provider.published = way.provider.key
        way.bench.clock.now += 2 * MINUTE
        assert (await way.through(client)).headers["location"] == "/"


async def test_whoever_has_no_role_here_is_told_so(way):
    way.provider.person["groups"] = ["gardeners"]
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/#/refused/no-role"
    assert "gardeners" in way.bench.audit.entries()[-1]["why"]


async def test_a_provider_that_says_no_or_nothing_leaves_the_door_shut(way):
    async with way.client() as client:
        way.provider.says_no = True
        assert (await way.through(client)).headers["location"] == "/#/refused/refused"
        way.provider.is_away = True
        way.bench.clock.now += 120 * MINUTE
        answer = await client.get("/api/session/provider")
        assert (answer.status_code, answer.headers["location"]) == (303, "/#/refused/away")


async def test_a_name_chosen_at_the_provider_does_not_become_the_person_who_has_it_here(way, make):
    way.bench.access.add("kari", make.PASSWORD, [Role.SUPERVISOR])
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/#/refused/taken"
    assert way.bench.access.account("kari").roles == (Role.SUPERVISOR,)


async def test_who_is_called_otherwise_later_stays_the_same_person_with_todays_roles(way):
    async with way.client() as client:
        await way.through(client)
        way.provider.person |= {"preferred_username": "Kari Nordmann-Hansen", "groups": ["em-leaders"]}
        await way.through(client)
        told = (await client.get("/api/session")).json()
    assert (told["name"], told["roles"]) == ("kari", ["supervisor"])


async def test_nobody_signs_in_with_a_password_to_an_account_of_the_provider(way):
    async with way.client() as client:
        await way.through(client)
    async with way.client() as guess:
        for password in ("", "x" * 12):
            answer = await guess.post("/api/session", json={"name": "kari", "password": password})
            assert answer.status_code == 401


async def sign_out(client: httpx.AsyncClient) -> httpx.Response:
    csrf = (await client.get("/api/session")).json()["csrf"]
    out = await client.delete("/api/session", headers={"X-CSRF-Token": csrf})
    assert (await client.get("/api/session")).status_code == 401
    return out


async def test_who_signs_out_is_told_where_the_providers_session_ends(way):
    async with way.client() as client:
        answer = await way.through(client)
        word = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("em_word="))
        assert "HttpOnly" in word
        assert "Path=/api/session; SameSite=strict" in word
        out = await sign_out(client)
        assert "em_word" not in client.cookies
    assert out.status_code == 200
    place = out.json()["next"]
    assert place.startswith(f"{way.provider.issuer}/logout?realm=1&")
    async with httpx.AsyncClient() as outside:
        back = await outside.get(place)
    assert back.headers["location"] == "http://127.0.0.1:8080/"
    assert [ended["client_id"] for ended in way.provider.ended] == [CLIENT]


@pytest.mark.parametrize("why", ["it has no such place", "it does not answer"])
async def test_who_signs_out_is_out_whatever_the_provider_can(way, why):
    way.provider.ends_sessions = why != "it has no such place"
    async with way.client() as client:
        await way.through(client)
        way.provider.is_away = why == "it does not answer"
        for _ in range(2):  # until what it told of itself is too old, and the person is still at work
            way.bench.clock.now += 31 * MINUTE
            await client.get("/api/session")
        assert (await sign_out(client)).status_code == 204


async def test_a_word_too_long_for_a_cookie_leaves_the_provider_to_ask(way):
    way.provider.person["groups"] += [f"group-{number}" for number in range(500)]
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/"
        asked = asked_of((await sign_out(client)).json()["next"])
    assert asked["client_id"] == CLIENT
    assert "id_token_hint" not in asked


async def test_who_came_with_a_password_is_not_sent_to_the_provider(way, make):
    way.bench.access.add("ola", make.PASSWORD, [Role.OPERATOR])
    async with way.client() as client:
        await client.post("/api/session", json={"name": "ola", "password": make.PASSWORD})
        assert (await sign_out(client)).status_code == 204


async def test_roles_that_lie_deeper_or_are_told_when_asked_are_found(way_with):
    way = way_with(roles_claim="realm_access.roles", desks_claim="desks", programmes_claim="programmes")
    del way.provider.person["groups"]
    way.provider.told_when_asked = {"realm_access": {"roles": ["em-police"]}, "desks": ["police"]}
    async with way.client() as client:
        assert (await way.through(client)).headers["location"] == "/"
        told = (await client.get("/api/session")).json()
    # Programmes are limited here and the provider tells none: the person sees no case.
    assert (told["roles"], told["desks"], told["programmes"]) == (["police"], ["police"], [])


async def test_passwords_can_be_turned_off_and_the_page_is_told(way_with, make):
    way = way_with(passwords=False, title="Ansattpålogging")
    way.bench.access.add("ola", make.PASSWORD, [Role.OPERATOR])
    async with way.client() as client:
        ways = (await client.get("/api/session/ways-in")).json()
        answer = await client.post("/api/session", json={"name": "ola", "password": make.PASSWORD})
    assert ways == {"password": False, "provider": "Ansattpålogging"}
    assert answer.status_code == 403


async def test_without_a_provider_there_is_no_way_by_one(bench):
    async with bench.client() as client:
        assert (await client.get("/api/session/ways-in")).json() == {"password": True, "provider": None}
        assert (await client.get("/api/session/provider")).status_code == 404


def test_the_settings_know_the_roles_there_are():
    assert set(RoleName.__args__) == set(Role)

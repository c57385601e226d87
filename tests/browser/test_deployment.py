"""The page as an installation sets it up: its identity provider, its map server, its auditor."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from playwright.sync_api import expect
from pydantic import SecretStr
from real_console import RealConsole, real_console

from em_engine.alerts.actions import Claim
from em_engine.console.roles import Role
from em_engine.ingest.broker import free_port
from em_engine.settings import SignInSettings, TileSettings
from tests.adapters.console.conftest import PASSWORD, change
from tests.adapters.console.identity_provider import CLIENT, SECRET, IdentityProvider, providing

ROLES = {"em-operators": ("operator",), "em-auditors": ("auditor",)}


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with providing() as made:
        yield made


@pytest.fixture
def deployment(tmp_path: Path, page_is_built: None, provider: IdentityProvider) -> Iterator[RealConsole]:
    port = free_port()
    told: dict[str, Any] = {"issuer": provider.issuer, "client_id": CLIENT, "roles": ROLES}
    sign_in = SignInSettings(
        client_secret=SecretStr(SECRET), address=f"http://127.0.0.1:{port}", title="Feide", **told
    )
    tiles = TileSettings(
        url=f"http://127.0.0.1:{provider.port}/tiles/{{z}}/{{x}}/{{y}}", attribution="© Prøvekart"
    )
    with real_console(tmp_path, port, sign_in=sign_in, tiles=tiles) as made:
        yield made


def through_the_provider(desk: Desk) -> None:
    """From our log-in page by the provider's and back."""
    desk.page.get_by_role("link", name="Logg inn med Feide").click()


def test_the_way_in_by_the_provider_ends_at_the_queue(open_at, deployment, provider, axe: str):
    provider.person = {"sub": "1", "preferred_username": "kari", "groups": ["em-operators"]}
    desk = open_at(deployment)
    desk.page.evaluate(axe)
    expect(desk.page.get_by_role("link", name="Logg inn med Feide")).to_be_visible()
    assert desk.barriers() == []
    through_the_provider(desk)
    desk.expect_loaded()
    expect(desk.page.locator(".me")).to_have_text("kari")
    assert desk.policy_breaches() == []


def test_logging_out_ends_the_providers_session_too_and_comes_back_to_the_door(open_at, deployment, provider):
    provider.person = {"sub": "1", "preferred_username": "kari", "groups": ["em-operators"]}
    provider.ended.clear()
    desk = open_at(deployment)
    through_the_provider(desk)
    desk.expect_loaded()
    with desk.page.expect_navigation(url=f"{deployment.url}/"):
        desk.page.get_by_role("button", name="Logg ut").click()
    expect(desk.page.get_by_role("link", name="Logg inn med Feide")).to_be_visible()
    assert len(provider.ended) == 1
    desk.page.reload()
    expect(desk.page.get_by_role("link", name="Logg inn med Feide")).to_be_visible()


def test_who_has_no_role_is_told_why_at_the_door(open_at, deployment, provider):
    provider.person = {"sub": "2", "preferred_username": "per", "groups": []}
    desk = open_at(deployment)
    through_the_provider(desk)
    expect(desk.page.get_by_role("alert")).to_contain_text("Du har ingen rolle her")
    expect(desk.page.get_by_role("link", name="Logg inn med Feide")).to_be_visible()


def test_tiles_come_from_the_server_that_is_set_and_from_no_other(open_at, deployment, provider):
    provider.person = {"sub": "1", "preferred_username": "kari", "groups": ["em-operators"]}
    provider.tiles.clear()
    desk = open_at(deployment)
    through_the_provider(desk)
    desk.expect_loaded()
    expect(desk.page.locator(".ol-attribution")).to_contain_text("© Prøvekart")
    for _ in range(300):
        if provider.tiles:
            break
        desk.page.wait_for_timeout(50)
    assert provider.tiles
    elsewhere = [url for url in desk.requests if "/tiles/" in url and f":{provider.port}/" not in url]
    assert elsewhere == []
    assert desk.policy_breaches() == []


def test_an_auditor_finds_who_did_what_about_a_case_and_sees_that_the_chain_holds(
    open_at, deployment, axe: str
):
    bench = deployment.bench
    bench.tell(change())
    (alert,) = bench.queue.open()
    bench.access.add("rune", PASSWORD, [Role.AUDITOR])
    bench.queue.act(alert.id, Claim(), by="kari", at=bench.clock(), version=alert.version)
    bench.audit.append(who="kari", what="looked at the alert", subject=alert.id, why="alert handling")
    bench.audit.append(who="ola", what="looked at all positions", why="overview")
    desk = open_at(deployment)
    desk.log_in(PASSWORD, name="rune")
    desk.page.get_by_label("Sider").select_option("audit")
    entries = desk.page.locator("table.told tbody tr")
    expect(entries.filter(has_text="looked at all positions")).to_have_count(1)
    expect(desk.page.locator(".chain.holds")).to_contain_text(re.compile(r"Kjeden holder: \d+ oppføringer"))
    desk.page.get_by_label("Sak, ordre eller domfelt").fill(alert.case)
    desk.page.get_by_role("button", name="Vis", exact=True).click()
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("looked at the alert")
    expect(entries).to_contain_text("kari")
    desk.page.evaluate(axe)
    assert desk.barriers() == []
    href = desk.page.get_by_role("link", name="Som CSV").get_attribute("href")
    assert href == f"/api/audit/search.csv?about={alert.case}"


def test_an_operator_is_not_offered_the_audit(open_at, deployment, provider):
    provider.person = {"sub": "1", "preferred_username": "kari", "groups": ["em-operators"]}
    desk = open_at(deployment)
    through_the_provider(desk)
    desk.expect_loaded()
    pages = desk.page.get_by_label("Sider").locator("option")
    expect(pages.first).to_be_attached()
    assert "audit" not in pages.evaluate_all("options => options.map(option => option.value)")

"""The pages beside the desk: the wall, the figures, the shift's report, the statistics."""

import re
from pathlib import Path

import pytest
from desk import Desk
from fake_console import Serving
from playwright.sync_api import expect

PAGES = ("wall", "figures", "handover", "statistics")


def go_to(desk: Desk, name: str) -> None:
    """By the bar's own list."""
    desk.page.get_by_label("Sider").select_option(name)
    expect(desk.page.locator(f".page.on-{name} main h1")).to_be_visible()


def test_the_wall_counts_and_shows_what_has_waited_longest(desk: Desk, server: Serving):
    go_to(desk, "wall")
    alerts = list(server.console.alerts.values())
    waiting = [alert for alert in alerts if alert["state"] == "unacknowledged"]
    oldest = min(waiting, key=lambda alert: alert["raised_at"])
    expect(desk.page.locator(".wall-oldest")).to_contain_text(oldest["wearer_name"])
    high = sum(alert["severity"] == "high" for alert in alerts)
    expect(desk.page.locator(".wall-counts .high b")).to_have_text(str(high))
    raised = server.console.raise_alert(971, "critical")
    expect(desk.page.locator(".wall-urgent")).to_contain_text(raised["wearer_name"])


def test_no_key_acts_on_an_alert_that_is_out_of_sight(desk: Desk, server: Serving):
    desk.press("j")
    go_to(desk, "wall")
    desk.page.locator(".map").focus()
    desk.press("a", "a", "c", "n", "x")
    expect(desk.page.locator("dialog")).to_have_count(0)
    assert server.console.history == []
    desk.press("Escape")
    expect(desk.title).to_be_visible()


def test_the_figures_of_the_period_asked_for_are_told(desk: Desk):
    go_to(desk, "figures")
    tile = desk.page.locator(".tile", has_text="Varsler").first
    expect(tile).to_contain_text("118")
    expect(desk.page.locator(".tiles")).to_contain_text("5 min 12 s")
    expect(desk.page.get_by_role("table", name="De ti største kildene")).to_contain_text("Ingen livstegn")
    desk.page.get_by_label("Tidsrom").select_option("24")
    expect(tile).to_contain_text("354")


def test_the_report_of_a_shift_is_signed_by_who_leaves_and_by_who_comes(desk: Desk, server: Serving):
    desk.press("j", "c")
    expect(desk.chosen).to_contain_text("◉ Kari")
    go_to(desk, "handover")
    expect(desk.page.locator(".happened")).to_contain_text("1 tatt")
    desk.page.get_by_label("Hva neste vakt må vite").fill("Ring legevakten om W-031")
    desk.page.get_by_label("Til", exact=True).select_option("Ola")
    desk.page.get_by_role("button", name="Signer og overlever").click()
    expect(desk.page.locator(".signatures")).to_contain_text("Signert av Kari")
    expect(desk.page.locator(".paper blockquote")).to_have_text("Ring legevakten om W-031")
    expect(desk.page.get_by_text("Venter på den påtroppende vaktens signatur")).to_be_visible()
    server.console.session = "Ola"
    desk.page.reload()
    desk.page.get_by_label("Tidligere rapporter").select_option("1")
    desk.page.get_by_role("button", name="Signer som påtroppende").click()
    expect(desk.page.locator(".signatures li")).to_have_text(
        [re.compile(r"Kari .*avtroppende"), re.compile(r"Ola .*påtroppende")]
    )
    assert [one["as"] for one in server.console.reports.kept[0]["signed"]] == ["outgoing", "incoming"]


def test_statistics_by_month_and_programme_with_the_same_as_csv(desk: Desk):
    go_to(desk, "statistics")
    rows = desk.page.locator("table.told tbody tr")
    expect(rows).to_have_count(4)
    desk.page.get_by_label("Program", exact=True).select_option("leave")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Permisjon")
    expect(rows.first).to_contain_text("0,31")
    csv = desk.page.get_by_role("link", name="Som CSV").get_attribute("href") or ""
    assert re.fullmatch(r"/api/statistics\.csv\?from=2026-\d\d&to=2026-\d\d&programme=leave", csv)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_bars_the_way_on_these_pages(desk: Desk, axe: str, theme: str):
    desk.page.get_by_label("Tema").select_option(theme)
    desk.page.evaluate(f"() => {{ {axe} }}")
    for name in PAGES:
        go_to(desk, name)
        expect(desk.page.get_by_text("Henter …")).to_have_count(0)
        assert desk.barriers() == [], name


@pytest.mark.parametrize("width", [1366, 390])
def test_nothing_is_cut_off_on_these_pages(open_at, server: Serving, width: int, tmp_path: Path):
    server.console.session = "Kari"
    desk = open_at(server, size=(width, 844))
    desk.expect_total(40)
    for name in PAGES:
        desk.page.evaluate("name => { location.hash = `/${name}`; }", name)
        expect(desk.page.locator(f".page.on-{name} main h1")).to_be_visible()
        assert desk.page.evaluate("document.documentElement.scrollWidth") == width, name

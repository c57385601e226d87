"""The page as a whole: its door, its line to the server, its languages, its manners."""

import re
from datetime import timedelta

import fake_alerts
import pytest
from desk import Desk, launch
from fake_console import Serving
from playwright.sync_api import Playwright, expect

WAITING_FOR_BANNER = """() => {
  const look = () => document.querySelector(".banner.lost") && (window.bannerAt ??= Date.now());
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


def test_a_wrong_password_is_refused_in_words(open_at, server: Serving):
    desk = open_at(server)
    desk.page.get_by_label("Navn").fill("Kari")
    desk.page.get_by_label("Passord").fill("wrong")
    desk.press("Enter")
    expect(desk.page.get_by_role("alert")).to_have_text("Navn eller passord er feil.")


def test_logging_out_leaves_nothing_on_the_screen(desk: Desk, server: Serving):
    desk.press("j")
    desk.page.get_by_role("button", name="Logg ut").click()
    expect(desk.page.get_by_label("Passord")).to_be_visible()
    assert "W-0" not in desk.page.content()
    desk.log_in()
    desk.expect_total(40)
    alert = server.console.raise_alert(920, "critical")
    expect(desk.row(alert)).to_be_visible()


def test_a_queue_that_was_not_read_yet_is_not_told_as_empty(open_at, server: Serving):
    server.console.session, server.console.keeps_queue = "Kari", True
    desk = open_at(server)
    expect(desk.total()).to_have_text("…")
    expect(desk.page.locator("#rows")).to_have_text("Henter …")
    server.console.keeps_queue = False
    desk.expect_total(40)


def test_a_reload_needs_no_new_log_in(desk: Desk):
    desk.page.reload()
    desk.expect_total(40)


def test_a_silent_connection_is_told_within_six_seconds_and_its_return_too(desk: Desk, server: Serving):
    expect(desk.page.locator(".light.live").first).to_be_visible()
    desk.page.evaluate(WAITING_FOR_BANNER)
    server.console.freeze(True)
    told_at = desk.page.wait_for_function("() => window.bannerAt", polling=50).json_value()
    assert told_at / 1000 - server.console.told_at <= 6
    expect(desk.banner).to_contain_text("Forbindelsen er brutt. Du ser det slik det var klokken")
    expect(desk.page.locator(".page.stale")).to_be_visible()
    server.console.freeze(False)
    expect(desk.banner).to_have_count(0)


def test_what_happened_while_the_server_was_away_arrives_once_when_it_is_back(desk: Desk, server: Serving):
    server.stop()
    expect(desk.banner).to_be_visible(timeout=6000)
    server.start()
    for number in (931, 932, 933):
        server.console.raise_alert(number, "critical")
    expect(desk.banner).to_have_count(0)
    desk.expect_total(43)
    for number in (931, 932, 933):
        expect(desk.page.locator(f"#row-{number:032x}")).to_have_count(1)


def test_a_record_put_back_to_an_earlier_state_is_read_anew(desk: Desk, server: Serving):
    server.console.alerts.popitem()
    server.console.number = 7
    desk.expect_total(39)


def test_seven_tabs_share_one_stream_and_all_of_them_hear(desk: Desk, server: Serving):
    tabs = [desk.context.new_page() for _ in range(6)]  # over HTTP/1.1 a seventh stream would hang
    for tab in tabs:
        tab.goto(server.url)
        expect(tab.locator("#queue-title .total")).to_have_text("40")
    server.console.raise_alert(941, "critical")
    for tab in (desk.page, *tabs):
        expect(tab.locator("#queue-title .total")).to_have_text("41")
    assert server.console.streams == 1


def test_the_engines_own_line_to_the_tags_is_told_when_it_breaks(desk: Desk, server: Serving):
    server.console.broker_up = False
    expect(desk.page.locator(".banner")).to_contain_text("uten forbindelse med lenkene")


def test_a_proof_of_the_road_that_is_past_its_due_is_told_as_none(open_at, server: Serving):
    def ago(seconds: int) -> str:
        return fake_alerts.rfc3339(fake_alerts.now() - timedelta(seconds=seconds))

    server.console.session = "Kari"
    server.console.proof = {"at": ago(40), "due": ago(-600), "failing_since": None}
    desk = open_at(server, size=(1920, 1080))
    road, closed = desk.page.locator(".light.road.live"), desk.page.locator(".health .light.lost")
    expect(road).to_have_text(re.compile(r"^Veien · bevist for \d+ (s|min) siden$"))
    server.console.proof = {"at": ago(400), "due": ago(220), "failing_since": None}
    expect(closed).to_have_text(re.compile(r"^Veien ikke bevist på \d min$"))
    expect(road).to_have_count(0)
    server.console.proof = {"at": None, "due": ago(-600), "failing_since": ago(5)}
    expect(closed).to_have_text("Veien er aldri bevist")


@pytest.mark.parametrize(
    ("language", "title", "kind"),
    [
        ("nb", "Åpne varsler", "Reimen er åpnet"),
        ("nn", "Opne varsel", "Reima er opna"),
        ("en", "Open alerts", "Strap opened"),
    ],
)
def test_the_language_changes_at_once_and_is_remembered(desk: Desk, language: str, title: str, kind: str):
    desk.page.get_by_label("Språk").select_option(language)
    for _ in range(2):
        expect(desk.page.locator("#queue-title")).to_contain_text(title)
        expect(desk.page.get_by_text(kind, exact=True).first).to_be_visible()
        expect(desk.page.locator("html")).to_have_attribute("lang", language)
        desk.page.reload()


def test_the_page_keeps_to_its_policy_and_asks_nobody_else(desk: Desk, server: Serving):
    desk.press("j")
    for key in ("x", "?", "Control+k"):
        desk.press(key)
        expect(desk.page.locator("dialog")).to_be_visible()
        desk.press("Escape")
        expect(desk.page.locator("dialog")).to_have_count(0)
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    desk.press("Escape")
    desk.page.get_by_label("Tema").select_option("light")
    assert desk.policy_breaches() == []
    foreign = [url for url in desk.requests if not url.startswith((server.url, "data:", "blob:"))]
    assert foreign == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_bars_the_way_of_anyone(desk: Desk, axe: str, theme: str):
    desk.page.get_by_label("Tema").select_option(theme)
    desk.page.evaluate(f"() => {{ {axe} }}")
    assert desk.barriers() == []
    desk.press("j")
    expect(desk.page.locator(".history li").first).to_be_visible()
    assert desk.barriers() == []
    for keys in (["x"], ["?"], ["Control+k"]):
        desk.press(*keys)
        expect(desk.page.locator("dialog")).to_be_visible()
        assert desk.barriers() == []
        desk.press("Escape")
        expect(desk.page.locator("dialog")).to_have_count(0)
    desk.page.get_by_role("button", name="Logg ut").click()
    expect(desk.page.get_by_label("Passord")).to_be_visible()
    assert desk.barriers() == []


WITHOUT_CANVAS_IN_WORKERS = "delete window.OffscreenCanvas"


@pytest.mark.parametrize("missing", ["", WITHOUT_CANVAS_IN_WORKERS], ids=["worker", "page"])
def test_without_3d_the_list_and_the_map_work(playwright: Playwright, open_at, server: Serving, missing: str):
    browser = launch(playwright, "--disable-3d-apis")
    desk = open_at(server, browser=browser)
    desk.context.add_init_script(missing)
    desk.page.reload()
    desk.log_in()
    desk.press("j")
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    # Something is drawn: a canvas of one colour would be a map that failed silently.
    desk.page.wait_for_function("() => new Set(new Uint32Array(mapPixels().buffer)).size > 50", polling=200)


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844)])
def test_nothing_is_cut_off_at_this_size(open_at, server: Serving, axe: str, size: tuple[int, int]):
    now = fake_alerts.rfc3339(fake_alerts.now())
    server.console.session = "Kari"
    server.console.proof = {"at": now, "due": "2100-01-01T00:00:00Z", "failing_since": None}
    for alert in list(server.console.alerts)[:12]:
        claimed = {"state": "claimed", "claimed_by": "kari.nordmann", "claimed_at": now, "late": True}
        server.console.change(alert, "claimed", "Kari", breach="cleared", cleared_at=now, **claimed)
    desk = open_at(server, size=size)
    desk.expect_total(40)
    expect(desk.page.locator(".light.road")).to_be_visible()
    assert extent(desk) == size
    assert desk.page.evaluate(OVERFLOWING) == []
    desk.page.evaluate(axe)
    desk.take(desk.rows.first)
    expect(desk.title).to_be_visible()
    assert extent(desk) == size
    assert desk.barriers() == []
    if size[0] < 760:
        expect(desk.page.locator("#rows")).not_to_be_visible()
        desk.page.get_by_role("button", name="Tilbake til listen").click()
    expect(desk.page.locator("#rows")).to_be_visible()


OVERFLOWING = """() => {
  const lines = [...document.querySelectorAll(".row > .line, .health, .bar")];
  const right = element => element.getBoundingClientRect().right;
  return lines.flatMap(line => [...line.querySelectorAll(":not(.unseen-by-eye)")]
    .filter(part => right(part) > right(line) + 1)
    .map(part => part.className + ": " + line.innerText));
}"""


def extent(desk: Desk) -> tuple[int, int]:
    """How wide and high the page is, what would have to be scrolled to included."""
    root = "document.documentElement"
    width, height = desk.page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]")
    return width, height


def test_the_page_says_what_it_is_built_with(desk: Desk, server: Serving):
    told = desk.page.request.get(f"{server.url}/assets/licences.txt").text()
    assert "ol 10.11.0 (BSD-2-Clause)" in told
    assert "preact 11.2.0 (MIT)" in told
    expect(desk.page.locator(".ol-attribution")).to_contain_text("Kartverket")

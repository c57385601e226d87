"""The page before a real engine: what tags publish through a real broker is on the screen in time."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, launch
from playwright.sync_api import Playwright, expect
from real_engine import PASSWORD, PROTECTED_AT, SCHOOL, Town, beside, bytes_received, town

from em_engine.ingest.broker import find_mosquitto

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)"
    ),
]

WAITING_FOR_PAINT = """() => {
  window.wasNeverReloaded = true;
  window.paintedAt = new Map();
  const look = () => {
    for (const row of document.querySelectorAll(".row"))
      if (!window.paintedAt.has(row.id)) window.paintedAt.set(row.id, Date.now());
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
OUTSIDE = beside(SCHOOL, east_m=-400)
INSIDE = beside(SCHOOL, east_m=-60)
NEAR_HER = beside(PROTECTED_AT, east_m=150, north_m=80)


@pytest.fixture
def lively(tmp_path: Path) -> Iterator[Town]:
    """A town whose tags have just been heard, everyone where they may be."""
    with town(tmp_path) as made:
        made.tags.fix("phone-0003", PROTECTED_AT, ago_s=60)
        made.tags.fix("tag-0017", OUTSIDE, ago_s=60)
        yield made


def sign_in(desk: Desk, name: str = "kari") -> None:
    """Through the door, and until both devices have been heard."""
    desk.log_in(PASSWORD, name=name)
    expect(desk.page.locator(".health")).to_contain_text("2 av 2 hørt")


def raise_alert(desk: Desk, lively: Town) -> float:
    """The wearer goes in; how long it took from the publish until a row was painted, in seconds."""
    desk.page.evaluate(WAITING_FOR_PAINT)
    lively.tags.fix("tag-0017", OUTSIDE, ago_s=20)
    published_at = time.time()
    lively.tags.fix("tag-0017", INSIDE)
    painted_at = desk.page.wait_for_function(
        "() => [...window.paintedAt.values()][0]", polling=20, timeout=10_000
    ).json_value()
    return float(painted_at) / 1000 - published_at


def test_what_a_tag_publishes_is_painted_within_two_seconds(open_at, lively: Town):
    desk = open_at(lively)
    sign_in(desk)
    assert raise_alert(desk, lively) < 2
    expect(desk.rows.first).to_contain_text("Selje")
    expect(desk.rows.first).to_contain_text("forbudssonen «Skolen»")


def test_an_acknowledgement_survives_the_engine(open_at, lively: Town):
    desk = open_at(lively)
    sign_in(desk)
    raise_alert(desk, lively)
    desk.press("j", "a", "a")
    expect(desk.page.locator(".notice.done")).to_have_text("Kvittert")
    lively.kill()
    expect(desk.banner).to_be_visible(timeout=6000)
    lively.start()
    expect(desk.banner).to_have_count(0)
    expect(desk.chosen).to_contain_text("Kvittert av kari")
    happened = desk.page.locator(".history li")
    expect(happened).to_have_text([re.compile("Kvittert kari$"), re.compile("Åpnet motoren$")])
    assert desk.page.evaluate("window.wasNeverReloaded")
    desk.press("n")
    desk.page.keyboard.type("Ringt etter omstarten")
    desk.press("Control+Enter")
    expect(desk.page.locator(".history")).to_contain_text("Ringt etter omstarten")


def test_the_map_shows_the_zone_the_way_and_the_fix(open_at, lively: Town):
    desk = open_at(lively)
    sign_in(desk)
    raise_alert(desk, lively)
    with desk.page.expect_response(re.compile("/map$")) as answered:
        desk.press("j")
    roles = [feature["properties"]["role"] for feature in answered.value.json()["features"]]
    assert roles == ["zone", "buffer", "trail", "fix", "fix", "fix"]
    expect(desk.page.locator(".map-note")).to_have_text(re.compile(r"Siste posisjon for \d+ s siden"))
    expect(desk.page.locator(".legend")).to_have_text(
        "forbudssone buffer spor posisjon i brudd", use_inner_text=True
    )
    critical, exclusion = (255, 92, 92), (255, 107, 107)
    expect_pixels(desk, exclusion, more_than=500)
    expect_pixels(desk, critical, more_than=50, less_than=5000)


def expect_pixels(
    desk: Desk, colour: tuple[int, int, int], *, more_than: int, less_than: int = 1_000_000
) -> None:
    """Wait until so many of the map's pixels have that colour: it is drawn a frame after the words."""
    desk.page.wait_for_function(
        """([[r, g, b], more, less]) => {
          const data = mapPixels();
          let count = 0;
          for (let i = 0; i < data.length; i += 4)
            if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count += 1;
          return more < count && count < less;
        }""",
        arg=[list(colour), more_than, less_than],
        polling=200,
    )


@pytest.mark.parametrize(("name", "sees_her"), [("kari", False), ("politi", True)])
def test_where_a_protected_person_is_reaches_only_the_screens_that_may_show_it(
    playwright: Playwright, open_at, lively: Town, tmp_path: Path, name: str, sees_her: bool
):
    log = tmp_path / "net.json"
    browser = launch(playwright, f"--log-net-log={log}", "--net-log-capture-mode=Everything")
    desk = open_at(lively, browser=browser)
    sign_in(desk, name)
    expect(desk.page.locator(".ol-attribution")).to_be_visible()
    lively.tags.fix("phone-0003", PROTECTED_AT)
    lively.tags.fix("tag-0017", NEAR_HER)
    expect(desk.row_of("Kontaktalarm: for nær")).to_be_visible()
    desk.press("g")
    expect(desk.title).to_have_text("Kontaktalarm: for nær")
    legend = desk.page.locator(".legend")
    expect(legend).to_contain_text("spor")
    for told in ("beskyttet person", "nærmeste tillatte"):
        expect(legend.get_by_text(told)).to_have_count(int(sees_her))
    desk.press("Escape", "Escape")
    expect(legend).to_contain_text("person med lenke")
    expect(desk.page.locator(".map-note")).to_have_count(0)  # "loading" until everybody is read
    desk.close()
    browser.close()
    received = bytes_received(log)
    asked = {url.removeprefix(lively.url).partition("?")[0] for url in received}
    assert {"/api/alerts", "/api/alerts/stream", "/api/places", "/api/positions"} <= asked
    assert any(url.endswith("/map") for url in received)
    assert any(b'"contact.alert"' in read for url, read in received.items() if "/stream" in url)
    told = b"".join(read for url, read in received.items() if "/api/" in url)
    digits = [f"{degrees:.4f}".encode() for degrees in PROTECTED_AT]
    assert [number in told for number in digits] == [sees_her, sees_her]


def test_a_broker_that_is_away_is_told_and_what_comes_after_it_arrives(open_at, lively: Town):
    desk = open_at(lively)
    sign_in(desk)
    lively.loop.run(lively.broker.stop())
    told = desk.page.locator(".banner")
    expect(told).to_contain_text("uten forbindelse med lenkene")
    expect(desk.banner).to_have_count(0)
    lively.loop.run(lively.broker.start())
    expect(told).to_have_count(0)
    raise_alert(desk, lively)
    expect(desk.rows.first).to_contain_text("Selje")


def test_an_old_position_is_told_as_old(open_at, tmp_path: Path):
    with town(tmp_path) as sleepy:
        sleepy.tags.fix("phone-0003", PROTECTED_AT, ago_s=15 * 60)
        sleepy.tags.fix("tag-0017", OUTSIDE, ago_s=15 * 60)
        sleepy.tags.fix("tag-0017", INSIDE, ago_s=14 * 60)
        desk = open_at(sleepy)
        sign_in(desk)
        desk.take(desk.row_of("Inne i forbudssone"))
        expect(desk.page.locator(".map-note")).to_have_text("Siste posisjon for 14 min siden")

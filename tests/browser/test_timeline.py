"""The case over time: the way replayed, the slider, and finding what is no longer open."""

import re

from desk import Desk
from fake_console import Serving
from playwright.sync_api import expect

SLIDER = "Tidspunkt"


def test_the_slider_shows_the_case_as_it_was(desk: Desk):
    desk.press("j")
    note = desk.page.locator(".map-note")
    expect(note).to_contain_text("Siste posisjon")
    desk.page.get_by_label(SLIDER).focus()
    desk.press("Home", "PageUp")
    expect(note).to_have_text(re.compile(r"Slik det var klokken \d\d:\d\d:\d\d"))
    desk.press("End")
    expect(note).to_contain_text("Siste posisjon")
    expect(desk.chosen).to_be_visible()


def test_the_way_is_played_to_now_and_no_look_is_taken_for_it(desk: Desk, server: Serving):
    desk.press("j")
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    timeline = desk.page.get_by_role("group", name="Tidslinje")
    timeline.get_by_role("combobox").select_option("300×")
    desk.page.get_by_label(SLIDER).focus()
    desk.press("PageDown", "PageDown")
    timeline.get_by_role("button", name="Spill av sporet").click()
    expect(desk.page.locator(".map-note")).to_contain_text("Slik det var klokken")
    expect(timeline.get_by_role("button", name="Spill av sporet")).to_be_visible()
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    assert len(server.console.looks) == 1 + (desk.page.locator(".map-note.past").count())


def test_another_alert_is_looked_at_as_it_is_now(desk: Desk):
    desk.press("j")
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    desk.page.get_by_label(SLIDER).focus()
    desk.press("Home", "PageUp")
    expect(desk.page.locator(".map-note.past")).to_be_visible()
    desk.press("j")
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")


def test_a_closed_alert_is_found_and_opened(desk: Desk, server: Serving):
    ended = desk.order()[2]
    server.console.change(ended, "closed", "ola", state="closed", closed_by="ola")
    desk.expect_total(39)
    wearer = server.console.alerts[ended]["wearer"]
    desk.press("Control+k")
    desk.page.keyboard.type(wearer.lower())
    desk.page.get_by_role("option", name=re.compile("lukket")).click()
    expect(desk.page.locator(".detail-head .chip.closed")).to_have_text("Lukket av ola")
    expect(desk.page.locator(".subject")).to_contain_text(wearer)
    desk.expect_total(39)

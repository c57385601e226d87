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


def test_the_way_is_played_to_now_and_no_look_is_taken_for_it(open_at, server: Serving):
    for alert in server.console.alerts.values():  # what is over is not looked at again by itself
        alert |= {"breach": "cleared", "cleared_at": alert["detected_at"]}
    server.console.session = "Kari"
    desk = open_at(server)
    desk.expect_total(40)
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
    assert len(server.console.looks) == 1


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


def test_a_crowd_is_drawn_and_whoever_has_an_alert_can_be_picked_from_it(open_at, server: Serving):
    server.console.session, server.console.devices = "Kari", 1100
    desk = open_at(server)
    desk.expect_total(40)
    crowd = desk.page.locator(".map canvas").nth(1)
    expect(crowd).to_be_visible()
    desk.page.wait_for_function(IS_DRAWN)
    box = crowd.bounding_box()
    assert box is not None
    for x, y in desk.page.evaluate(CRITICAL_PIXELS)[:1]:
        desk.page.mouse.click(box["x"] + x, box["y"] + y)
    expect(desk.title).to_have_text("Inne i forbudssone")


IS_DRAWN = """() => {
  const canvas = document.querySelectorAll(".map canvas")[1];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 0 && value === 255 && data[at + 1] === 92);
}"""
CRITICAL_PIXELS = """() => {
  const canvas = document.querySelectorAll(".map canvas")[1];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = [];
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === 255 && data[at + 1] === 92)
      found.push([(at / 4) % canvas.width, Math.floor(at / 4 / canvas.width)]);
  return [found[Math.floor(found.length / 2)]];
}"""

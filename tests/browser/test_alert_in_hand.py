"""The alert in hand: what is told of it, and what an operator does with it by keyboard alone."""

import re

from desk import Desk
from fake_console import Serving
from playwright.sync_api import expect


def chosen_id(desk: Desk) -> str:
    """The alert in hand."""
    return str(desk.chosen.get_attribute("data-id"))


def test_acknowledge_comment_and_close_by_keyboard_alone(desk: Desk, server: Serving):
    desk.press("j")
    alert_id = chosen_id(desk)
    desk.acknowledge()
    expect(desk.page.locator(".notice.done")).to_have_text("Kvittert")
    desk.press("n")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.page.keyboard.type("Snakket med ham på telefon")
    desk.press("Control+Enter")
    expect(desk.page.locator("dialog")).to_have_count(0)
    expect(desk.page.locator(".history")).to_contain_text("Snakket med ham på telefon")
    desk.press("x")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.press("ArrowDown", "Tab")
    desk.page.keyboard.type("Batteri byttet")
    desk.press("Control+Enter")
    expect(desk.page.locator("dialog")).to_have_count(0)
    alert = server.console.alerts[alert_id]
    assert (alert["state"], alert["outcome"], alert["note"]) == ("closed", "equipment", "Batteri byttet")
    assert [entry["what"] for entry in server.console.history] == ["acknowledged", "commented", "closed"]
    desk.expect_total(39)


def test_no_letter_typed_right_behind_a_command_is_lost(desk: Desk):
    desk.press("j", "n")
    desk.page.keyboard.type("Rask hånd")
    expect(desk.page.get_by_label("Merknad")).to_have_value("Rask hånd")
    desk.press("Escape")
    desk.press("Control+k")
    desk.page.keyboard.type("w-031")
    expect(desk.page.get_by_role("combobox", name="Kommando, person")).to_have_value("w-031")


def test_closing_asks_for_an_outcome_and_says_when_the_breach_goes_on(desk: Desk, server: Serving):
    desk.press("j", "x")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Bruddet pågår fortsatt.")
    dialog.get_by_role("button", name="Lukk varselet").click()
    expect(dialog).to_be_visible()
    assert server.console.history == []
    desk.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_rows_wait_behind_an_open_question(desk: Desk, server: Serving):
    desk.press("j", "x")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    before = desk.places()
    server.console.raise_alert(911, "critical")
    desk.expect_total(41)
    assert desk.places() == before
    desk.press("Escape")
    assert desk.places() == before


def test_who_comes_second_is_told_who_was_first_and_nothing_is_sent(desk: Desk, server: Serving):
    desk.press("j")
    alert_id = chosen_id(desk)
    first = {"by": "ola", "what": "acknowledged", "at": "2026-11-22T11:03:05.000Z"}
    done = {"state": "acknowledged", "acknowledged_by": "ola", "acknowledged_at": first["at"]}
    server.console.change_unheard(alert_id, first, **done)
    desk.acknowledge()
    refusal = desk.page.locator(".notice.refusal")
    expect(refusal).to_contain_text("ola var først: kvittert")
    expect(refusal).to_contain_text("12:03:05")
    expect(desk.page.locator(".detail-head .chip.acknowledged")).to_be_visible()
    assert server.console.history == []


def test_without_a_connection_an_action_says_that_it_was_not_sent(desk: Desk, server: Serving):
    desk.press("j")
    server.stop()
    desk.acknowledge()
    expect(desk.page.locator(".notice.refusal")).to_have_text("Ikke sendt: ingen forbindelse med motoren.")
    server.start()


def test_times_are_told_in_the_readers_zone_with_its_offset(desk: Desk):
    desk.press("j")
    opened = desk.page.locator(".facts dd").first
    expect(opened).to_have_text(re.compile(r"\d+\. \w+\.?( 20\d\d)?, \d\d:\d\d:\d\d \(UTC\+0[12]:00\)"))


def test_evidence_is_told_in_words_with_units(desk: Desk):
    desk.press("g")
    body = desk.page.locator(".detail-body")
    expect(body).to_contain_text("Sannsynlighet")
    expect(body).to_contain_text(re.compile(r"9[79](,8)? %"))
    expect(body).to_contain_text(re.compile(r"(Margin\s*−184 m|Avstand\s*243 m)"))


def test_the_map_says_how_old_the_last_fix_is(desk: Desk):
    desk.press("j")
    expect(desk.page.locator(".map-note")).to_have_text(re.compile(r"Siste posisjon for \d+ s siden"))


def test_a_row_passed_over_is_not_looked_at(desk: Desk, server: Serving):
    desk.press_at_once("j", 12)
    alert_id = chosen_id(desk)
    expect(desk.page.locator(".map-note")).to_contain_text("Siste posisjon")
    assert server.console.looks == [(alert_id, "alert handling")]


def test_enter_goes_to_the_alert_and_escape_comes_back(desk: Desk):
    desk.press("j", "j", "Enter")
    expect(desk.title).to_be_focused()
    desk.press("Escape")
    expect(desk.page.locator("#rows")).to_be_focused()
    desk.press("Escape")
    expect(desk.title).to_have_count(0)


def test_every_command_can_be_found_by_name(desk: Desk):
    desk.press("Control+k")
    desk.page.keyboard.type("gå til w-031")
    desk.press("Enter")
    expect(desk.page.locator(".subject")).to_contain_text("W-031")
    desk.press("Control+k")
    desk.page.keyboard.type("tema lyst")
    desk.press("Enter")
    expect(desk.page.locator("html")).to_have_attribute("data-theme", "light")


def test_single_keys_can_be_turned_off(desk: Desk, server: Serving):
    desk.press("?")
    desk.page.get_by_label("Kommandoer med én tast").uncheck()
    desk.press("Escape")
    desk.page.locator("#rows").focus()
    desk.press("ArrowDown", "a", "n", "x")
    expect(desk.title).to_be_visible()
    expect(desk.page.locator("dialog")).to_have_count(0)
    assert server.console.history == []


def test_what_could_not_be_read_is_listed(desk: Desk):
    desk.page.get_by_role("button", name=re.compile("Karantene")).click()
    expect(desk.page.get_by_role("dialog")).to_contain_text("latitude 91")

"""The list of alerts: nothing lost, nothing moved under the hand."""

import time

import fake_alerts
from desk import Desk
from fake_console import ENGINE, Serving, serving
from playwright.sync_api import expect


def test_five_hundred_alerts_are_listed_though_only_those_in_view_are_drawn(open_at):
    with serving(fake_alerts.seeded(500)) as fake:
        fake.console.session = "Kari"
        desk = open_at(fake)
        desk.expect_total(500)
        assert desk.rows.count() < 40
        expect(desk.rows.first).to_have_attribute("aria-setsize", "500")
        desk.page.locator("#rows").focus()
        desk.press("End")
        expect(desk.chosen).to_have_attribute("aria-posinset", "500")
        expect(desk.chosen).to_be_in_viewport(ratio=1)


def test_the_most_urgent_stand_first_and_the_unseen_before_the_seen(desk: Desk, server: Serving):
    ranks = ["critical", "high", "medium", "low"]
    alerts = [server.console.alerts[alert_id] for alert_id in desk.order()]
    keys = [(ranks.index(alert["severity"]), alert["state"] != "unacknowledged") for alert in alerts]
    assert len(keys) > 5
    assert keys == sorted(keys)


def test_a_new_alert_appears_by_itself_without_reload(desk: Desk, server: Serving):
    raised_at = time.monotonic()
    alert = server.console.raise_alert(901, "critical")
    expect(desk.row(alert)).to_be_visible()
    assert time.monotonic() - raised_at < 2
    expect(desk.row(alert)).to_contain_text("W-901")
    desk.expect_total(41)


def test_while_a_row_is_focused_no_row_moves_and_newcomers_wait_behind_a_pill(desk: Desk, server: Serving):
    desk.press("j", "j", "j")
    before = desk.places()
    server.console.raise_alert(902, "high")
    server.console.raise_alert(903, "medium")
    desk.expect_total(42)
    expect(desk.page.locator(".pill")).to_contain_text("Vis 2 nye")
    assert desk.places() == before
    desk.press("r")
    expect(desk.page.locator(".pill")).to_have_count(0)
    assert desk.places() != before
    expect(desk.row(server.console.alerts[f"{902:032x}"])).to_be_visible()


def test_a_new_critical_alert_is_told_above_the_list_without_moving_it(desk: Desk, server: Serving):
    desk.press("j", "j")
    before = desk.places()
    alert = server.console.raise_alert(904, "critical")
    told = desk.page.locator(".hold.urgent .newcomer")
    expect(told).to_contain_text(alert["wearer_name"])
    assert desk.places() == before
    told.click()
    expect(desk.title).to_have_text(
        "Inne i forbudssone" if "exclusion" in alert["type"] else "Kontaktalarm: for nær"
    )


def test_an_alert_that_another_closes_keeps_its_row_until_the_hand_is_gone(desk: Desk, server: Serving):
    desk.press("j", "j")
    ended = desk.order()[4]
    before = desk.places()
    server.console.change(ended, "closed", "ola", state="closed", closed_by="ola")
    row = desk.page.locator(f"#row-{ended}")
    expect(row).to_contain_text("Lukket av ola")
    assert desk.places() == before
    desk.press("Escape")
    expect(row).to_have_count(0)


def test_the_choice_stays_with_its_alert_when_others_overtake_it(desk: Desk, server: Serving):
    desk.press("j", "j", "j", "j")
    chosen = desk.chosen.get_attribute("data-id")
    for number in range(905, 910):
        server.console.raise_alert(number, "critical")
    desk.expect_total(45)
    desk.press("r")
    expect(desk.chosen).to_have_attribute("data-id", str(chosen))
    desk.acknowledge()
    expect(desk.page.locator(".notice.done")).to_have_text("Kvittert")
    assert server.console.alerts[str(chosen)]["acknowledged_by"] == "Kari"


def test_cleared_but_unacknowledged_is_told_apart_and_stays(desk: Desk, server: Serving):
    alert_id = desk.order()[0]
    server.console.change(
        alert_id, "cleared", ENGINE, breach="cleared", cleared_at=fake_alerts.rfc3339(fake_alerts.now())
    )
    row = desk.page.locator(f"#row-{alert_id}")
    expect(row.locator(".chip.cleared")).to_contain_text("Opphørt for")
    expect(row).to_contain_text("Ikke kvittert")
    desk.expect_total(40)


def test_the_filter_finds_by_wearer_and_by_type_in_words_of_any_language(desk: Desk):
    desk.press("/")
    desk.page.keyboard.type("w-031")
    expect(desk.rows).to_have_count(1)
    desk.page.get_by_role("button", name="Fjern filter").click()
    desk.page.locator("#filter").fill("strap opened")
    for text in desk.rows.all_inner_texts():
        assert "Reimen er åpnet" in text
    desk.page.locator("#filter").fill("nobody at all")
    expect(desk.page.get_by_text("Ingen åpne varsler passer filteret.")).to_be_visible()


def test_a_press_on_a_severity_shows_only_that(desk: Desk):
    desk.page.locator(".count.low").click()
    expect(desk.page.locator(".row.critical, .row.high, .row.medium")).to_have_count(0)
    assert desk.rows.count() > 0


def test_the_tab_counts_what_nobody_has_seen(desk: Desk, server: Serving):
    unseen = sum(alert["state"] == "unacknowledged" for alert in server.console.alerts.values())
    expect(desk.page).to_have_title(f"({unseen}) Elektronisk kontroll")


def test_an_unseen_critical_alert_sounds_until_it_is_acknowledged(desk: Desk):
    sound = desk.page.locator("button.sound")
    expect(sound).to_contain_text("Lyd sperret")
    desk.press("g")
    expect(sound).to_contain_text("Lyd på")
    expect(desk.chosen).to_have_class("row critical unacknowledged open chosen calling")
    expect(sound).to_have_class("sound quiet armed ringing")
    while desk.page.locator(".count.critical.unseen").count():
        desk.press("g", "a", "a")
        expect(desk.page.locator(".notice.done")).to_be_visible()
    expect(sound).to_have_class("sound quiet armed ")

"""Working an alert: whose it is, until when, what the protocol asks, what stands behind it."""

import re
from datetime import timedelta

import fake_alerts
from desk import Desk
from fake_console import ENGINE, Serving
from playwright.sync_api import expect


def chosen(desk: Desk, server: Serving) -> fake_alerts.Json:
    """The alert in hand, as the server has it."""
    return server.console.alerts[str(desk.chosen.get_attribute("data-id"))]


def take_first(desk: Desk, server: Serving, severity: str) -> fake_alerts.Json:
    """An unseen alert of that severity, filtered for and in hand, and its protocol read."""
    alert = next(
        alert
        for alert in server.console.alerts.values()
        if (alert["severity"], alert["state"]) == (severity, "unacknowledged")
    )
    desk.page.locator("#filter").fill(alert["wearer"])
    expect(desk.rows).to_have_count(1)
    desk.page.locator("#rows").focus()
    desk.press("ArrowDown")
    expect(desk.page.locator(".steps li")).to_have_count(3)
    return alert


def test_a_claim_shows_its_owner_and_is_let_go_by_the_same_key(desk: Desk, server: Serving):
    desk.press("j", "c")
    expect(desk.chosen.locator(".chip.claimed")).to_have_text("◉ Kari")
    assert chosen(desk, server)["claimed_by"] == "Kari"
    desk.press("v")
    expect(desk.rows).to_have_count(1)
    expect(desk.page.get_by_role("button", name="Mine")).to_have_text("Mine 1")
    desk.press("c")
    expect(desk.chosen).to_contain_text("Ikke kvittert")
    assert [entry["what"] for entry in server.console.history] == ["claimed", "released"]


def test_anothers_claim_is_seen_live_and_taken_over_only_when_said_so(desk: Desk, server: Serving):
    desk.press("j")
    alert = chosen(desk, server)
    done = {"state": "claimed", "claimed_by": "Ola", "claimed_at": alert["raised_at"]}
    server.console.change(alert["id"], "claimed", "Ola", **done)
    expect(desk.chosen.locator(".chip.claimed")).to_have_text("◉ Ola")
    desk.press("c")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Ola har hatt dette varselet siden")
    desk.press("Escape")
    expect(dialog).to_have_count(0)
    assert server.console.alerts[alert["id"]]["claimed_by"] == "Ola"
    desk.press("c")
    dialog.get_by_role("button", name="Overta varselet").click()
    expect(desk.chosen.locator(".chip.claimed")).to_have_text("◉ Kari")
    assert server.console.history[-1]["what"] == "taken-over"


def test_who_claims_second_at_the_same_moment_is_told_who_has_it(desk: Desk, server: Serving):
    desk.press("j")
    alert = chosen(desk, server)
    server.console.alerts[alert["id"]] = {
        **alert,
        "state": "claimed",
        "claimed_by": "Ola",
        "claimed_at": alert["raised_at"],
    }
    desk.press("c")
    dialog = desk.page.get_by_role("dialog", name="Overta varselet")
    expect(dialog).to_contain_text("Ola har hatt dette varselet siden")
    assert server.console.history == []


def test_a_critical_alert_is_acknowledged_by_the_second_press(desk: Desk, server: Serving):
    alert = take_first(desk, server, "critical")
    desk.press("a")
    expect(desk.page.locator("button.confirming")).to_contain_text("trykk en gang til")
    assert server.console.history == []
    desk.press("a")
    expect(desk.page.locator(".notice.done")).to_have_text("Kvittert")
    assert server.console.alerts[alert["id"]]["acknowledged_by"] == "Kari"


def test_a_shelved_alert_leaves_the_list_for_the_shelf_with_reason_and_end(desk: Desk, server: Serving):
    alert = take_first(desk, server, "low")
    desk.press("s")
    dialog = desk.page.get_by_role("dialog", name="Legg varselet på hylla")
    expect(dialog).to_contain_text("Høyst 2 t 00 min")
    expect(dialog.get_by_label("4 t")).to_have_count(0)
    dialog.get_by_label("1 t").check()
    dialog.get_by_label("Venter på utstyr").check()
    dialog.get_by_role("button", name="Legg varselet på hylla").click()
    expect(dialog).to_have_count(0)
    kept = server.console.alerts[alert["id"]]
    assert (kept["state"], kept["shelved_reason"]) == ("shelved", "awaiting-equipment")
    desk.press("Escape")
    desk.expect_total(39)
    expect(desk.row(alert)).to_have_count(0)
    desk.page.get_by_role("button", name="Hylla").click()
    expect(desk.row(alert)).to_contain_text(re.compile(r"På hylla, tilbake om (59:\d\d|1 t)"))
    desk.take(desk.row(alert))
    desk.press("s")
    expect(desk.row(alert)).to_contain_text("Ikke kvittert")


def test_what_the_protocol_does_not_let_be_shelved_is_not(desk: Desk, server: Serving):
    take_first(desk, server, "critical")
    desk.press("s")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Protokollen lar ikke varsler av denne typen legges på hylla.")
    expect(dialog.get_by_role("button", name="Legg varselet på hylla")).to_be_disabled()


def test_an_escalation_names_whom_and_why_and_its_level_stands_in_the_row(desk: Desk, server: Serving):
    alert = take_first(desk, server, "high")
    desk.press("e")
    dialog = desk.page.get_by_role("dialog", name="Eskaler varselet")
    expect(dialog.get_by_label("supervisor")).to_be_checked()
    expect(dialog.get_by_label("Ola")).to_be_visible()
    dialog.get_by_label("Hvorfor").fill("Svarer ikke")
    desk.press("Control+Enter")
    expect(desk.row(alert).locator(".level")).to_contain_text("▲1")
    assert server.console.history[-1]["note"] == "Svarer ikke"


def test_an_alert_handed_over_is_the_other_desks(desk: Desk, server: Serving):
    alert = take_first(desk, server, "low")
    desk.press("h")
    dialog = desk.page.get_by_role("dialog", name="Send videre til et annet bord")
    expect(dialog.get_by_label("Overvåkningssentralen")).to_have_count(0)
    expect(dialog.get_by_label("Politiet")).to_be_checked()
    dialog.get_by_role("button", name="Send videre til et annet bord").click()
    expect(dialog).to_have_count(0)
    desk.page.get_by_label("Bord", exact=True).select_option("Politiet")
    expect(desk.row(alert)).to_be_visible()
    desk.page.get_by_label("Bord", exact=True).select_option("Overvåkningssentralen")
    expect(desk.row(alert)).to_have_count(0)


def test_steps_are_checked_off_with_who_and_when(desk: Desk, server: Serving):
    take_first(desk, server, "high")
    desk.page.get_by_label("Ring personen").click()
    expect(desk.page.locator(".steps li.done")).to_contain_text(re.compile(r"Kari \d\d:\d\d:\d\d"))
    expect(desk.page.get_by_role("heading", name="Hva du skal gjøre")).to_contain_text("1 av 3 gjort")
    desk.page.get_by_label("Ring personen").click()
    expect(desk.page.locator(".steps li.done")).to_have_count(0)
    assert [entry["what"] for entry in server.console.history] == ["step-done", "step-undone"]


def test_a_command_to_the_tag_carries_what_it_needs(desk: Desk, server: Serving):
    take_first(desk, server, "high")
    desk.press("t")
    dialog = desk.page.get_by_role("dialog", name="Send til lenken")
    dialog.get_by_label("Melding").check()
    dialog.get_by_label("Tekst til personen").fill("Ring sentralen")
    desk.press("Enter")
    expect(desk.page.locator(".notice.done")).to_have_text("Sendt til lenken")
    assert server.console.history[-1]["what"] == "commanded"


def test_deadlines_count_down_and_say_when_they_have_passed(desk: Desk, server: Serving):
    alert = take_first(desk, server, "high")
    row = desk.row(alert)
    expect(row.locator(".due")).to_have_text(re.compile(r"^(1:[0-3]|0:[3-5])\d igjen$"))
    expect(desk.page.locator(".dues")).to_contain_text("Eskaleres til supervisor om")
    past = fake_alerts.rfc3339(fake_alerts.now() - timedelta(minutes=3))
    server.console.change(alert["id"], "repeated", ENGINE, due={**alert["due"], "acknowledge": past})
    expect(row.locator(".due.late")).to_have_text("3 min for sent")
    expect(desk.page.locator(".dues .late")).to_have_text("Skulle vært kvittert for 3 min siden")


def test_alerts_of_one_case_share_a_row_and_unfold_by_key(desk: Desk, server: Serving):
    first, second, third = desk.order()[3:6]
    case = server.console.alerts[first]["case"]
    for alert_id in (second, third):
        server.console.change(alert_id, "repeated", ENGINE, case=case)
    row = desk.page.locator(f"#row-{first}")
    expect(row.locator(".fold")).to_contain_text("2 til i denne saken")
    expect(desk.page.locator(f"#row-{second}")).to_have_count(0)
    desk.expect_total(40)
    desk.press(*["j"] * 4)
    expect(desk.chosen).to_have_attribute("data-id", first)
    expect(desk.page.locator(".related li")).to_have_count(2)
    desk.press("ArrowRight")
    assert desk.order()[3:6] == [first, second, third]
    desk.press("j", "ArrowLeft")
    expect(desk.chosen).to_have_attribute("data-id", first)
    expect(desk.page.locator(f"#row-{second}")).to_have_count(0)


def test_a_doubtful_alert_says_why_and_does_not_call(desk: Desk, server: Serving):
    alert = server.console.raise_alert(950, "critical")
    expect(desk.row(alert)).to_have_class(re.compile("calling"))
    cause = {"alert": desk.order()[-1], "type": "device.strap"}
    server.console.change(alert["id"], "inhibited", "protocol", inhibited_by=[cause])
    expect(desk.row(alert)).not_to_have_class(re.compile("calling"))
    expect(desk.row(alert)).to_contain_text("I tvil: Reimen er åpnet")


def test_in_a_flood_technical_alerts_fold_by_type_and_are_acknowledged_by_type(desk: Desk, server: Serving):
    server.console.flood = {"active": True, "count": 31, "span_s": 600, "limit": 10}
    for number in range(960, 964):
        server.console.raise_alert(number, "low")
    banner = desk.page.locator(".banner.flood")
    expect(banner).to_contain_text("Flom: 31 varsler på 10 min.")
    desk.page.locator(".count.low").click()
    expect(desk.row_of("Lavt batteri")).to_have_count(1)
    desk.expect_total(44)
    unseen = [
        alert
        for alert in server.console.alerts.values()
        if alert["type"] == "device.battery-low" and alert["state"] == "unacknowledged"
    ]
    banner.get_by_role("button").click()
    line = desk.page.get_by_role("dialog").locator("li", has_text="Lavt batteri")
    expect(line).to_contain_text(f"{len(unseen)} ikke kvittert")
    line.get_by_role("button").click()
    # One after the other, each with its answer: on a busy machine that is a while.
    expect(desk.page.get_by_role("dialog")).not_to_contain_text("Lavt batteri", timeout=60_000)
    seen = [entry["alert"]["id"] for entry in server.console.history if entry["what"] == "acknowledged"]
    assert sorted(seen) == sorted(alert["id"] for alert in unseen)


def test_filters_are_kept_by_name_for_the_next_visit(desk: Desk, server: Serving):
    desk.page.locator("#filter").fill("w-03")
    saved = desk.page.get_by_label("Lagrede filtre")
    saved.select_option("Lagre filter …")
    desk.page.get_by_label("Navn").fill("Trettiåra")
    desk.press("Enter")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    assert server.console.desk.filters["Trettiåra"]["text"] == "w-03"
    desk.page.reload()
    desk.expect_total(40)
    desk.page.get_by_label("Lagrede filtre").select_option("Trettiåra")
    expect(desk.page.locator("#filter")).to_have_value("w-03")
    expect(desk.rows).to_have_count(10)
    saved.select_option("Slett «Trettiåra»")
    expect(saved.locator("option", has_text="Trettiåra")).to_have_count(0)

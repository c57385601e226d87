"""Several at one queue: who else has the alert open, whose keys these are, why it was acknowledged."""

from desk import Desk
from fake_console import Serving
from playwright.sync_api import Page, expect


def in_hand(desk: Desk) -> str:
    """The id of the alert in hand."""
    return str(desk.chosen.get_attribute("data-id"))


def until_said(desk: Desk, server: Serving, **wanted: object) -> None:
    """Wait until the page has said so of itself."""
    for _ in range(300):
        if server.console.said and wanted.items() <= server.console.said[-1].items():
            return
        desk.page.wait_for_timeout(50)
    raise AssertionError((wanted, server.console.said[-3:]))


def test_who_else_has_the_alert_open_or_writes_is_told_in_its_head_and_its_row(desk: Desk, server: Serving):
    desk.press("j")
    alert = in_hand(desk)
    here = {"alert": alert, "person": "Ola", "writes": False}
    server.console.meet(here, {**here, "person": "Kari"}, {**here, "alert": "another", "person": "Per"})
    expect(desk.page.locator(".detail-head .others")).to_have_text("Ola ser også på dette")
    expect(desk.chosen.locator(".chip.others")).to_contain_text("Ola")
    server.console.meet({**here, "writes": True})
    expect(desk.page.locator(".detail-head .others")).to_have_text("Ola skriver om dette")
    server.console.meet()
    expect(desk.page.locator(".chip.others")).to_have_count(0)


def test_the_page_says_which_alert_it_has_and_when_something_is_written(desk: Desk, server: Serving):
    desk.press("j")
    alert = in_hand(desk)
    until_said(desk, server, alert=alert, writes=False)
    desk.press("x")
    until_said(desk, server, alert=alert, writes=True)
    desk.press("Escape")
    until_said(desk, server, alert=alert, writes=False)
    desk.press("Escape", "Escape")
    until_said(desk, server, alert=None)
    assert len({said["screen"] for said in server.console.said}) == 1


def change_key(page: Page, command: str, key: str) -> None:
    """In the help, give the command another key."""
    page.get_by_role("button", name=f"{command}: tast").click()
    expect(page.get_by_role("button", name=f"{command}: tast")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press(key)


def test_a_key_is_changed_for_the_person_and_the_one_it_was_takes_its_place(desk: Desk, server: Serving):
    desk.press("?")
    change_key(desk.page, "ta, overta, gi slipp", "a")
    expect(desk.page.get_by_role("button", name="kvitter: tast C")).to_be_visible()
    assert server.console.keys == {"claim": "a", "acknowledge": "c"}
    desk.press("Escape")
    expect(desk.page.locator("dialog")).to_have_count(0)
    desk.press("j", "a")
    expect(desk.chosen.locator(".chip.claimed")).to_have_text("◉ Kari")
    expect(desk.page.locator(".actions button", has_text="Gi slipp").locator("kbd")).to_have_text("A")
    desk.press("?")
    desk.page.get_by_role("button", name="Opprinnelige taster").click()
    expect(desk.page.get_by_role("button", name="kvitter: tast A")).to_be_visible()
    assert server.console.keys == {}


def test_the_keys_of_a_person_are_there_at_another_desk(open_at, server: Serving):
    server.console.session, server.console.keys = "Kari", {"next": "b"}
    desk = open_at(server)
    desk.expect_total(40)
    desk.press("?")
    expect(desk.page.get_by_role("button", name="neste varsel: tast B")).to_be_visible()
    desk.press("Escape")
    expect(desk.page.locator("dialog")).to_have_count(0)
    desk.press("j")
    desk.press("b")
    expect(desk.chosen).to_have_count(1)
    assert in_hand(desk) == desk.order()[0]


def test_the_help_with_its_keys_holds_no_barriers(desk: Desk, axe: str):
    desk.page.evaluate(axe)
    desk.press("?")
    expect(desk.page.get_by_role("button", name="kvitter: tast A")).to_be_visible()
    assert desk.barriers() == []


def test_where_the_protocol_asks_why_an_acknowledgement_says_it(desk: Desk, server: Serving):
    alert = server.console.raise_alert(77, "critical")
    server.console.change(alert["id"], "repeated", "engine", asks_reason=True)
    desk.page.locator("#filter").fill(alert["wearer"])
    desk.take(desk.row(alert))
    desk.press("a")
    dialog = desk.page.get_by_role("dialog", name="Kvitter varselet")
    dialog.get_by_label("Ringer personen").check()
    dialog.get_by_role("button", name="Kvitter varselet").click()
    expect(dialog).to_have_count(0)
    expect(desk.page.locator(".facts").first).to_contain_text("Ringer personen")
    assert server.console.alerts[alert["id"]]["seen_reason"] == "calling"


def test_another_reason_needs_words(desk: Desk, server: Serving):
    alert = server.console.raise_alert(78, "high")
    server.console.change(alert["id"], "repeated", "engine", asks_reason=True)
    desk.page.locator("#filter").fill(alert["wearer"])
    desk.take(desk.row(alert))
    desk.press("a")
    dialog = desk.page.get_by_role("dialog", name="Kvitter varselet")
    dialog.get_by_label("Annet (skriv hva)").check()
    expect(dialog.get_by_role("textbox")).to_have_attribute("required", "")
    dialog.get_by_role("button", name="Kvitter varselet").click()
    expect(dialog).to_be_visible()
    assert server.console.alerts[alert["id"]]["seen_reason"] is None

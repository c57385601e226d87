"""A night at two desks, before a real engine: an alert from its arrival to the shift's report."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from playwright.sync_api import Locator, expect
from real_engine import PASSWORD, PROTECTED_AT, SCHOOL, Town, beside, town

from em_engine.ingest.broker import find_mosquitto

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)"
    ),
]
OUTSIDE, NEAR, INSIDE = (beside(SCHOOL, east_m=metres) for metres in (-400, -240, -60))


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Town]:
    """A town where everyone is where they may be."""
    with town(tmp_path) as made:
        made.tags.fix("phone-0003", PROTECTED_AT, ago_s=60)
        made.tags.fix("tag-0017", OUTSIDE, ago_s=60)
        yield made


def dialog_of(desk: Desk, name: str) -> Locator:
    """The question that is open."""
    return desk.page.get_by_role("dialog", name=name)


def test_a_night_at_two_desks(open_at, quiet: Town):
    kari, ola = open_at(quiet), open_at(quiet)
    for desk, name in ((kari, "kari"), (ola, "ola")):
        desk.log_in(PASSWORD, name=name)
    quiet.tags.fix("tag-0017", OUTSIDE, ago_s=30)
    quiet.tags.fix("tag-0017", NEAR, ago_s=20)
    quiet.tags.fix("tag-0017", NEAR, ago_s=10)
    shelve_what_only_comes_near(kari)
    quiet.tags.fix("tag-0017", INSIDE)
    one_of_two_has_it(kari, ola)
    work_through_it(kari)
    expect(ola.row_of("Inne i forbudssone").locator(".level")).to_contain_text("▲1")
    close_it(kari)
    # The row in Ola's hand keeps its place, struck out.
    expect(ola.chosen).to_contain_text("Lukket av kari")
    hand_over(kari, ola)
    kari.page.get_by_label("Sider").select_option("statistics")
    expect(kari.page.locator("table.told")).to_contain_text("Kontaktforbud")
    expect(kari.page.locator(".chart", has_text="Etter utfall")).to_contain_text("Brudd")


def shelve_what_only_comes_near(desk: Desk) -> None:
    """An approach is let rest, and stands on the shelf with its end."""
    desk.take(desk.row_of("Nærmer seg forbudssone"))
    expect(desk.title).to_have_text("Nærmer seg forbudssone")
    desk.press("s")
    dialog = dialog_of(desk, "Legg varselet på hylla")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_role("group", name="Grunn").get_by_role("radio").first.check()
    dialog.get_by_role("button", name="Legg varselet på hylla").click()
    expect(dialog).to_have_count(0)
    expect(desk.page.get_by_role("button", name="Hylla")).to_have_text("Hylla 1")
    desk.press("Escape")


def one_of_two_has_it(first: Desk, second: Desk) -> None:
    """Both want it; who is second is told who has it, and leaves it there."""
    for desk in (first, second):
        desk.take(desk.row_of("Inne i forbudssone"))
        expect(desk.title).to_have_text("Inne i forbudssone")
    first.press("c")
    expect(second.chosen.locator(".chip.claimed")).to_have_text("◉ kari")
    second.press("c")
    expect(dialog_of(second, "Overta varselet")).to_contain_text("kari har hatt dette varselet siden")
    second.press("Escape")
    expect(second.page.locator("dialog")).to_have_count(0)
    expect(first.page.locator(".detail-head .chip.claimed")).to_have_text("◉ kari")


def work_through_it(desk: Desk) -> None:
    """A step of the protocol is done, the supervisor told."""
    steps = desk.page.locator(".steps li")
    steps.first.get_by_role("checkbox").click()
    expect(steps.first).to_have_class("done")
    expect(steps.first).to_contain_text("kari")
    desk.press("e")
    dialog = dialog_of(desk, "Eskaler varselet")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_label("Hvorfor").fill("Svarer ikke")
    desk.press("Control+Enter")
    expect(dialog).to_have_count(0)
    expect(desk.page.locator(".history")).to_contain_text("Eskalert")


def close_it(desk: Desk) -> None:
    """It was a breach; the note says why it is ended while it goes on."""
    desk.press("x")
    dialog = dialog_of(desk, "Lukk varselet")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_role("textbox").fill("Patruljen er på stedet")
    desk.press("Control+Enter")
    expect(dialog).to_have_count(0)
    desk.press("Escape")


def hand_over(outgoing: Desk, incoming: Desk) -> None:
    """The report tells of it, and both sign."""
    outgoing.page.get_by_label("Sider").select_option("handover")
    expect(outgoing.page.locator(".happened")).to_contain_text("1 lukket")
    expect(outgoing.page.locator(".paper")).to_contain_text("Patruljen er på stedet")
    expect(outgoing.page.locator(".paper")).to_contain_text("Nærmer seg forbudssone")
    outgoing.page.get_by_label("Hva neste vakt må vite").fill("Rolig etter midnatt")
    outgoing.page.get_by_role("button", name="Signer og overlever").click()
    expect(outgoing.page.locator(".signatures")).to_contain_text("Signert av kari")
    incoming.press("Escape")
    incoming.page.get_by_label("Sider").select_option("handover")
    incoming.page.get_by_label("Tidligere rapporter").select_option("1")
    expect(incoming.page.locator(".paper")).to_contain_text("Rolig etter midnatt")
    incoming.page.get_by_role("button", name="Signer som påtroppende").click()
    expect(incoming.page.locator(".signatures li")).to_have_text(
        [re.compile("kari .*avtroppende"), re.compile("ola .*påtroppende")]
    )

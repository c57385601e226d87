"""The authors' page while nobody answers: nothing typed or drawn is lost, and it goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from drawing_office import Draughtsman, Rules, folder_of
from fake_console import Serving
from playwright.sync_api import Browser, Route, expect
from real_engine import PASSWORD

ORDER = "orders/A-1.yaml"


@pytest.fixture
def kari(chromium: Browser, office: Serving, request: pytest.FixtureRequest) -> Iterator[Draughtsman]:
    """An author with a draft of her own in hand."""
    author: Draughtsman = Draughtsman.at(chromium, Rules(office), "kari")  # type: ignore[assignment]
    author.make_draft(request.node.name[:60])
    yield author
    author.close()


@contextmanager
def away(office: Serving) -> Iterator[None]:
    """Nobody answers meanwhile."""
    office.stop()
    try:
        yield
    finally:
        office.start()


def written(office: Serving, author: Draughtsman, path: str) -> str:
    """A file of the draft in hand as it lies on disk."""
    return (folder_of(office, author) / path).read_text("utf-8")


def type_a_line(author: Draughtsman) -> None:
    """A remark at the end of the order."""
    author.open_file(ORDER).click()
    author.press("Control+End")
    author.page.keyboard.type("# read by two\n")


def keep_what_is_said(author: Draughtsman) -> None:
    """Of the lines at the top: one that says that all is well again stands for a few seconds only."""
    author.page.evaluate(
        "() => { window.said = []; new MutationObserver(() => window.said.push("
        "document.querySelector('.workbench > [role=status]').textContent))"
        ".observe(document.querySelector('.workbench'), { childList: true, subtree: true }); }"
    )


def lose_the_first_answer_to_a_save(author: Draughtsman) -> None:
    """The engine keeps what it was sent; that it did is not heard."""
    lost: list[Route] = []

    def lose(route: Route) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    author.page.route("**/file?path=**", lose)


def test_what_was_written_waits_and_a_save_whose_answer_was_lost_is_no_quarrel_with_oneself(
    kari: Draughtsman, office: Serving
):
    type_a_line(kari)
    keep_what_is_said(kari)
    state = kari.page.locator(".file-text [role=status]")
    with away(office):
        kari.press("Control+s")
        expect(kari.banner).to_contain_text("Motoren svarer ikke.")
        expect(state).to_have_text("Ikke lagret")
    expect(kari.banner).to_have_count(0)
    assert "Motoren svarer igjen. Lagre det som ikke er lagret." in kari.page.evaluate("window.said")
    lose_the_first_answer_to_a_save(kari)
    kari.press("Control+s")
    expect(state).to_have_text("Lagret")
    assert written(office, kari, ORDER).endswith("# read by two\n")
    expect(kari.page.locator('.editor[data-ready="true"]')).to_be_visible()
    expect(kari.page.get_by_role("alert")).to_have_count(0)


def test_who_is_signed_out_at_work_logs_in_over_it(kari: Draughtsman, office: Serving):
    type_a_line(kari)
    kari.context.clear_cookies()
    kari.press("Control+s")
    door = kari.page.locator("dialog.reopened")
    expect(door).to_contain_text("Økten din er over.")
    kari.press("Escape")
    door.get_by_label("Navn").fill("kari")
    door.get_by_label("Passord").fill(PASSWORD)
    door.get_by_role("button", name="Logg inn").click()
    expect(door).to_have_count(0)
    expect(kari.page.locator(".file-text [role=status]")).to_have_text("Ikke lagret")
    kari.press("Control+s")
    expect(kari.page.locator(".file-text [role=status]")).to_have_text("Lagret")
    assert written(office, kari, ORDER).endswith("# read by two\n")


def test_what_was_opened_drawn_and_brought_meanwhile_goes_on(kari: Draughtsman, office: Serving):
    parts = kari.page.get_by_role("navigation", name="Deler av regelboken")
    with away(office):
        parts.get_by_role("link", name="Soner").click()
        parts.get_by_role("link", name="Filer").click()
        kari.page.get_by_role("link", name=ORDER).click()
        expect(kari.banner).to_contain_text("Motoren svarer ikke.")
    expect(kari.page.locator('.editor[data-ready="true"]')).to_be_visible()
    kari.open_tab("Soner")
    kari.expect_read()
    kari.hold("Parken")
    with away(office):
        kari.panel.get_by_label("Navn", exact=True).fill("Byparken")
        kari.map.focus()
        kari.press("Control+s")
        expect(kari.page.locator(".zone-notice")).to_contain_text("Motoren svarer ikke.")
        expect(kari.page.locator(".unsaved")).to_have_text("1 ikke lagret")
        kari.drop("square.wkt", "POLYGON ((10.75 59.92, 10.76 59.92, 10.76 59.93, 10.75 59.92))")
        dialog = kari.page.locator("dialog[open]")
        expect(dialog.get_by_role("alert")).to_contain_text("Motoren svarer ikke.")
    expect(dialog).to_contain_text("Soner funnet: 1")
    dialog.get_by_role("button", name="Importer").click()
    expect(dialog).to_have_count(0)
    kari.expect_right()
    kari.save()
    assert "Byparken" in written(office, kari, "zones/places.geojson")

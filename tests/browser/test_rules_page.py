"""The authors' page before a real engine: drafts, text, week, differences, approval, and what comes of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from authors import CURFEW, CURFEW_FILE, HOME, Author, Office, office
from desk import open_desk
from drawing_office import Draughtsman
from playwright.sync_api import Browser, expect
from real_engine import PASSWORD, SCHOOL, beside

from tests.scenarios.road.engine import NEEDS_MOSQUITTO

TRIAL_MS = 150_000
"""What a trial may take: a process of its own, on a machine that does other things too."""
pytestmark = [*NEEDS_MOSQUITTO, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def at_work(playwright: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for all: every test has drafts of its own."""
    with office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


@pytest.fixture
def kari(chromium: Browser, at_work: Office) -> Iterator[Author]:
    """Who writes rulebooks, at the overview."""
    author = Author.at(chromium, at_work, "kari")
    yield author
    author.close()


def saved(author: Author) -> None:
    """Wait until the file in hand is on disk as it stands on the screen."""
    expect(author.page.locator(".file-text [role=status]")).to_have_text("Lagret")


def text_of(author: Author, path: str) -> str:
    """A file of the draft in hand as the server has it."""
    ask = (
        "path => fetch(`/api/rules/books/${location.hash.split('/')[2]}/file?path=${path}`)"
        ".then(reply => reply.json()).then(told => told.text)"
    )
    return str(author.page.evaluate(ask, path))


def test_what_judges_now_who_made_it_so_and_why_is_told_first(kari: Author):
    in_force = kari.page.get_by_role("region", name="I kraft")
    expect(in_force).to_contain_text("Foreslått av anna, godkjent av bjarne: the first rulebook")
    log = kari.page.get_by_role("region", name="Logg").locator("tbody tr")
    expect(log.filter(has_text="Godkjent av bjarne")).to_contain_text("read and tried")


def test_an_error_stands_under_its_line_with_what_may_have_been_meant(kari: Author):
    kari.make_draft("Med feil")
    editor = kari.open_file(CURFEW_FILE)
    expect(editor).to_contain_text("agreed with the employer")
    editor.locator(".cm-line", has_text="zone: home").click()
    kari.press("End", "s", "Control+s")
    told = kari.page.locator(".cm-problem.error")
    expect(told).to_contain_text("det finnes ingen sone «homes»")
    expect(told).to_contain_text("mente du «home»?")
    saved(kari)
    files = kari.page.get_by_role("navigation", name="Filer")
    expect(files.locator("a", has_text=CURFEW_FILE)).to_contain_text("1 feil")
    expect(kari.page.get_by_role("button", name="Foreslå …")).to_be_disabled()
    editor.click()
    kari.press("Control+z", "Control+s")
    expect(told).to_have_count(0)
    expect(kari.page.get_by_role("button", name="Foreslå …")).to_be_enabled()
    assert text_of(kari, CURFEW_FILE) == CURFEW


def test_what_may_be_written_is_offered_with_the_zones_there_are(kari: Author):
    kari.make_draft("Med hjelp")
    editor = kari.open_file(CURFEW_FILE)
    editor.locator(".cm-line", has_text="PT30M").click()
    kari.press("End", "Enter")
    kari.page.keyboard.type("- {id: ban, kind: excl")
    offered = kari.page.locator(".cm-tooltip-autocomplete")
    expect(kari.page.locator(".cm-completionInfo")).to_contain_text("Forbudt sone")
    offered.get_by_role("option", name="exclusion").click()
    kari.page.keyboard.type(", zone: sch")
    offered.get_by_role("option", name="school").click()
    kari.page.keyboard.type("}")
    kari.press("Control+s")
    saved(kari)
    assert "- {id: ban, kind: exclusion, zone: school}" in text_of(kari, CURFEW_FILE)
    editor.get_by_text("fix_every", exact=True).hover()
    expect(kari.page.locator(".cm-said")).to_contain_text("Så lenge kan lenken være uten posisjon")


def test_two_who_write_one_file_lose_nothing_of_each_other(kari: Author, chromium: Browser, at_work: Office):
    kari.make_draft("Til to")
    editor = kari.open_file(CURFEW_FILE)
    other = Author.at(chromium, at_work, "kari")
    other.page.goto(kari.page.url)
    theirs = other.page.get_by_role("textbox", name=CURFEW_FILE)
    for author, field, line in ((other, theirs, "# theirs"), (kari, editor, "# mine")):
        field.click()
        author.press("Control+Home")
        author.page.keyboard.type(f"{line}\n")
        if author is other:
            author.press("Control+s")
            saved(author)
    kari.press("Control+s")
    conflict = kari.page.get_by_role("alert")
    expect(conflict).to_contain_text("kari lagret denne filen")
    expect(editor).to_contain_text("# mine")
    assert text_of(kari, CURFEW_FILE).startswith("# theirs")
    kari.press_button("Ta deres, forkast min")
    expect(kari.page.get_by_role("textbox", name=CURFEW_FILE)).to_contain_text("# theirs")
    saved(kari)
    other.close()


def week_of(author: Author, name: str, date: str) -> None:
    """The calendar of the curfew in a draft of its own, at the week of a date."""
    author.make_draft(name)
    author.open_tab("Uke")
    author.page.get_by_label("Gå til").fill(date)
    author.read()


def test_the_week_is_told_as_it_will_be_applied_clocks_holidays_and_leave(kari: Author):
    week_of(kari, "Se på uken", "2026-10-23")
    week = kari.page.get_by_role("group", name="Ukens tider")
    sunday = week.get_by_role("region", name=re.compile("søndag 25. oktober"))
    expect(sunday).to_contain_text("25 timer")
    expect(sunday.get_by_role("button", name=re.compile("nights: .*13 timer")).first).to_be_visible()
    friday = week.get_by_role("region", name=re.compile("fredag 23. oktober"))
    expect(
        friday.get_by_role("button", name=re.compile("permisjon.*confirmation, prison service"))
    ).to_be_visible()
    kari.page.get_by_label("Gå til").fill("2026-12-25")
    held = week.get_by_role("region", name=re.compile("fredag 25. desember"))
    expect(held.locator(".holiday")).to_be_visible()
    expect(
        held.get_by_role("button", name=re.compile(r"nights: .*19:00 til .*08:00, 13 timer"))
    ).to_be_visible()


def test_the_calendar_is_walked_by_keyboard(kari: Author):
    week_of(kari, "Med tastatur", "2026-11-18")
    first = kari.page.locator(".block[tabindex='0']")
    first.focus()
    kari.press("ArrowDown")
    expect(kari.page.locator(".block:focus")).to_have_accessible_name(re.compile(r"man\. 16\..* 21:00"))
    kari.press("ArrowRight")
    expect(kari.page.locator(".block:focus")).to_have_accessible_name(re.compile(r"tir\. 17\..* 21:00"))
    kari.press("Enter")
    expect(kari.page.locator(".line.chosen code")).to_have_text("mon-fri 21:00-06:00")
    kari.press("PageDown")
    expect(kari.page.get_by_role("heading", name=re.compile("Uke 48"))).to_be_visible()


def test_a_window_moved_in_the_calendar_changes_its_line_and_no_other(kari: Author):
    week_of(kari, "Senere hjem", "2026-11-18")
    line = kari.page.get_by_role("group", name=re.compile("Linje 1 mon-fri 21:00-06:00"))
    line.get_by_label("Fra").focus()
    kari.press("ArrowUp", "ArrowUp")
    kari.page.get_by_role("form", name="nights").get_by_role("button", name="fredag").first.click()
    kari.press_button("Lagre tidene")
    monday = kari.page.get_by_role("region", name=re.compile("mandag 16. november"))
    expect(monday.get_by_role("button", name=re.compile("man. 16. nov. 21:30"))).to_be_visible()
    written = text_of(kari, CURFEW_FILE)
    assert "mon-thu 21:30-06:00" in written
    changed = [line for line in written.splitlines() if line not in CURFEW.splitlines()]
    assert len(changed) <= 2, changed
    assert "# agreed with the employer" in written


def test_a_window_is_dragged_another_is_drawn_and_a_third_moved_by_keyboard(kari: Author):
    week_of(kari, "Med hånden", "2026-11-18")
    course = kari.page.get_by_role("form", name="course")
    tuesday, wednesday, thursday = "tirsdag 17. nov", "onsdag 18. nov", "torsdag 19. nov"
    block = kari.page.get_by_role("button", name=re.compile("course: .*12:00"))
    expect(block).to_be_visible()
    kari.drag((tuesday, 13.0), (wednesday, 14.0))
    expect(course.locator("code")).to_have_text(["wed 13:00-15:00"])
    expect(block).to_be_visible()  # what applies is shown until it is saved
    expect(kari.page.locator(".outline")).to_have_text("13:00–15:00")
    kari.drag((thursday, 9.0), (thursday, 11.5))
    expect(course.locator("code")).to_have_text(["wed 13:00-15:00", "thu 09:00-11:30"])
    kari.press_button("Lagre tidene")
    moved = kari.page.get_by_role("button", name=re.compile("course: ons.*13:00"))
    moved.focus()
    kari.press("Alt+ArrowUp", "Alt+Shift+ArrowDown")
    expect(course.locator("code")).to_have_text(["wed 12:45-15:00", "thu 09:00-11:30"])
    kari.press_button("Lagre tidene")
    expect(kari.page.get_by_role("button", name=re.compile("course: ons.*12:45"))).to_be_visible()
    written = text_of(kari, CURFEW_FILE)
    assert '"wed 12:45-15:00"' in written
    assert '"thu 09:00-11:30"' in written


def test_a_leave_given_in_the_calendar_stands_in_the_file_with_who_gave_it(kari: Author):
    week_of(kari, "Ny permisjon", "2026-11-18")
    kari.page.get_by_role("form", name="nights").get_by_role("button", name="Legg til permisjon …").click()
    fields = {
        "from": "2026-11-18T12:00",
        "to": "2026-11-19T12:00",
        "reason": "begravelse",
        "by": "Kriminalomsorgen",
    }
    kari.answer("Legg til permisjon", **fields)
    wednesday = kari.page.get_by_role("region", name=re.compile("onsdag 18. november"))
    given = wednesday.get_by_role("button", name=re.compile("permisjon.*begravelse, Kriminalomsorgen"))
    expect(given).to_be_visible()
    assert "reason: confirmation" in text_of(kari, CURFEW_FILE)


def propose(author: Author, why: str) -> str:
    """Propose the draft in hand; the revision it becomes."""
    author.press_button("Foreslå …")
    author.answer("Foreslå", why=why)
    author.read()
    card = author.page.get_by_role("region", name="Forslag").locator(".card", has_text=why)
    expect(card).to_be_visible()
    return card.locator("code").inner_text()


def test_nobody_approves_what_they_proposed_and_what_is_rejected_stays_in_the_log(
    kari: Author, chromium: Browser, at_work: Office
):
    week_of(kari, "Avvises", "2026-11-18")
    kari.page.get_by_role("button", name="Fjern mon-fri 21:00-06:00").click()
    kari.press_button("Lagre tidene")
    expect(kari.page.get_by_role("button", name="Fjern mon-fri 21:00-06:00")).to_have_count(0)
    revision = propose(kari, "bare i helgene")
    own = kari.page.get_by_role("region", name="Forslag").locator(".card", has_text=revision)
    expect(own).to_contain_text("en annen godkjenner det")
    expect(own.get_by_role("button", name="Godkjenn …")).to_have_count(0)
    ola = Author.at(chromium, at_work, "ola")
    ola.page.get_by_role("region", name="Forslag").locator(".card", has_text=revision).get_by_role(
        "link", name="Sammenlign med det som er i kraft"
    ).click()
    ola.read()
    expect(ola.page.get_by_role("region", name="Hva som kreves")).to_contain_text("nights")
    ola.page.go_back()
    ola.press_button("Avvis …")
    ola.answer("Avvis", why="han skal være hjemme alle netter")
    expect(ola.page.get_by_role("region", name="Logg")).to_contain_text("han skal være hjemme alle netter")
    expect(ola.page.get_by_role("region", name="Forslag")).not_to_contain_text(revision)
    ola.close()
    kari.page.reload()
    kari.page.get_by_role("button", name=f"Gå tilbake til denne … ({revision})").click()
    kari.answer("Foreslå på nytt", why="arbeidsgiver har bekreftet")
    again = kari.page.get_by_role("region", name="Forslag").locator(".card", has_text=revision)
    expect(again).to_contain_text("arbeidsgiver har bekreftet")


def test_an_auditor_reads_everything_and_changes_nothing(chromium: Browser, at_work: Office):
    rita = Author.at(chromium, at_work, "rita")
    expect(rita.page.get_by_role("button", name="Nytt utkast …")).to_have_count(0)
    rita.page.get_by_role("link", name="Se på den").click()
    rita.read()
    editor = rita.open_file(CURFEW_FILE)
    expect(rita.page.locator(".file-text [role=status]")).to_have_text("Bare til lesing")
    editor.click()
    rita.page.keyboard.type("x")
    expect(editor).not_to_contain_text("x#")
    expect(rita.page.get_by_role("button", name="Lagre")).to_have_count(0)
    rita.close()


def test_an_operator_is_told_that_rulebooks_are_not_theirs(chromium: Browser, at_work: Office):
    per = Author.at(chromium, at_work, "per")
    expect(per.main).to_contain_text("Kontoen din kan ikke lese regelbøker")
    per.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_bars_the_way_and_nothing_is_cut_off(kari: Author, axe: str, theme: str):
    kari.page.get_by_label("Tema").select_option(theme)
    kari.make_draft(f"Uten hindre {theme}")
    kari.page.evaluate(f"() => {{ {axe} }}")
    for tab in ("Ordrer", "Uke", "Filer"):
        kari.open_tab(tab)
        assert kari.barriers() == [], tab
    kari.open_file(CURFEW_FILE)
    assert kari.barriers() == []
    for name in ("Sammenlign med det som er i kraft", "Hvorfor, eller hvorfor ikke?"):
        kari.page.get_by_role("link", name=name).click()
        kari.read()
        assert kari.barriers() == [], name
        assert kari.page.evaluate("document.documentElement.scrollWidth") == 1366
        kari.page.go_back()
    kari.page.get_by_role("link", name="Regelbok").click()
    kari.read()
    assert kari.barriers() == []
    assert kari.policy_breaches() == []


def track() -> bytes:
    """W-21 on 18 November: at a friend's until ten past ten in the evening, then at home."""
    lines = ["device_id,time_utc,lat,lon,accuracy_m"]
    for minute in range(0, 240, 2):
        lon, lat = beside(HOME, east_m=600) if minute < 130 else HOME
        at = f"2026-11-18T{19 + minute // 60:02}:{minute % 60:02}:00Z"
        lines.append(f"tag-0021,{at},{lat:.6f},{lon:.6f},8")
    return "\n".join(lines).encode()


def hand_in(author: Author) -> None:
    """The track as the history something is tried on."""
    author.page.get_by_label("Egne filer").check()
    given = {"name": "november.csv", "mimeType": "text/csv", "buffer": track()}
    author.page.locator("input[name=files]").set_input_files([given])  # type: ignore[list-item]


def test_what_a_change_does_is_seen_on_history_before_it_does_it(kari: Author):
    week_of(kari, "En time senere", "2026-11-18")
    start = kari.page.get_by_role("group", name=re.compile("Linje 1 mon-fri")).get_by_label("Fra")
    start.fill("23:30")
    start.press("Tab")
    kari.press_button("Lagre tidene")
    expect(kari.page.get_by_role("button", name=re.compile("man. 16. nov. 23:30")).first).to_be_visible()
    kari.page.get_by_role("link", name="Sammenlign med det som er i kraft").click()
    kari.read()
    expect(kari.page.get_by_role("region", name="Hva som kreves")).to_contain_text("mon-fri 23:30-06:00")
    expect(kari.page.locator(".text-diff .added", has_text="23:30")).to_be_visible()
    hand_in(kari)
    kari.press_button("Prøv begge")
    counts = kari.page.get_by_role("table", name="Per ordre").locator("tr", has_text="HJS-2026-0021")
    expect(counts).to_be_visible(timeout=TRIAL_MS)
    gone = kari.page.locator("tr", has=kari.page.locator(".chip.disappears"))
    expect(gone).to_contain_text("nights")
    expect(kari.page.get_by_role("table", name="Begge på samme historikk")).to_contain_text("Varsler")
    kari.page.get_by_role("button", name="kommer til").click()
    expect(kari.page.get_by_text("Ingen varsler er annerledes.")).to_be_visible()


def test_why_an_alert_came_is_told_condition_by_condition(kari: Author):
    kari.page.get_by_role("link", name="Hvorfor, eller hvorfor ikke?").click()
    kari.read()
    kari.page.get_by_label("Person", exact=True).fill("W-21")
    kari.page.get_by_label("Øyeblikk").fill("2026-11-18T21:40:00")
    hand_in(kari)
    kari.press_button("Spør hvorfor")
    nights = kari.page.locator(".why-result .card", has_text="nights")
    expect(nights).to_contain_text("åpent siden", timeout=TRIAL_MS)
    expect(nights).to_contain_text("Binder")
    expect(nights).to_contain_text("utenfor")


def test_the_guide_from_nothing_to_an_order_in_force_and_an_alert_from_it(chromium: Browser, at_work: Office):
    """The steps of `rules/workbench.md`, "On the page", as a new author walks them."""
    kari: Any = Author.at(chromium, at_work, "kari")
    kari.__class__ = Draughtsman
    kari.make_draft("Besøksforbud W-99")
    kari.open_tab("Soner")
    kari.expect_read()
    kari.hold("Skolen")
    kari.expect_middle(SCHOOL)
    corners = ((-60, -60), (60, -60), (60, 60), (-60, 60))
    kari.draw("Nytt område", [beside(SCHOOL, east_m=east, north_m=north) for east, north in corners])
    kari.name_it("Gymsalen", file="zones/places.geojson")
    kari.expect_right()
    kari.save()

    kari.open_tab("Ordrer")
    kari.press_button("Ny ordre …")
    kari.answer("Lag ordre", order="OVA-2026-0099", wearer="W-99", device="tag-0099")
    expect(kari.page.locator('.editor[data-ready="true"]')).to_be_visible()
    editor = kari.page.get_by_role("textbox", name="orders/OVA-2026-0099.yaml")
    editor.locator(".cm-line", has_text="PT30M").click()
    kari.press("End", "Enter")
    kari.page.keyboard.type("- {id: stay-out, kind: exclusion, zone: gymsallen}")
    kari.press("Escape", "Control+s")
    expect(kari.page.locator(".cm-problem.error")).to_contain_text("gymsalen")
    editor.locator(".cm-line", has_text="stay-out").click()
    kari.press("End", "ArrowLeft", *["Backspace"] * len("gymsallen"))
    kari.page.keyboard.type("gymsalen")
    kari.press("Escape", "Control+s")
    expect(kari.page.locator(".cm-problem")).to_have_count(0)
    revision = propose(kari, "vedtak 99, besøksforbud")
    kari.close()

    ola = Author.at(chromium, at_work, "ola")
    card = ola.page.get_by_role("region", name="Forslag").locator(".card", has_text=revision)
    card.get_by_role("link", name="Sammenlign med det som er i kraft").click()
    ola.read()
    expect(ola.page.get_by_role("region", name="Hva som kreves")).to_contain_text("OVA-2026-0099")
    ola.page.go_back()
    card.get_by_role("button", name="Godkjenn …").click()
    ola.answer("Godkjenn", why="lest og prøvd")
    # What the engine itself judges by, which takes it over a moment after it was approved.
    expect(ola.page.get_by_role("region", name="I kraft").locator("code")).to_have_text(revision)
    ola.close()

    per = open_desk(chromium, at_work.desk)
    per.log_in(PASSWORD, name="per")
    at_work.tags.fix("tag-0099", beside(SCHOOL, east_m=900), ago_s=20)
    at_work.tags.fix("tag-0099", SCHOOL)
    expect(per.row_of("Inne i forbudssone")).to_contain_text("W-99")
    per.close()

"""A real engine that follows a folder of releases, and the people who write and approve what it judges by."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk import Desk, open_desk
from playwright.sync_api import Browser, Locator, expect
from real_engine import PASSWORD, SCHOOL, WORK_S, Loop, Tags

from em_engine.console.access import Access
from em_engine.console.roles import Role
from em_engine.ingest.broker import MosquittoBroker, find_mosquitto, free_port
from em_engine.ingest.delivery import system_clock
from em_engine.rulebook.releases import Releases
from tests.scenarios.road.bench import until
from tests.scenarios.road.engine import EngineProcess, ask
from tests.scenarios.road.places import write

HOME = (10.7712, 59.9293)
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": name,
            "properties": {"title": title, "radius_m": radius_m},
            "geometry": {"type": "Point", "coordinates": place},
        }
        for name, title, radius_m, place in (
            ("home", "Hjemme hos W-21", 50, HOME),
            ("school", "Skolen", 150, SCHOOL),
        )
    ],
}
CURFEW_FILE = "orders/HJS-2026-0021.yaml"
CURFEW = """\
# Home detention of W-21; the court's decision is in the case file.
order: HJS-2026-0021
programme: home-detention
time_zone: Europe/Oslo
valid: {from: 2020-01-01T00:00, to: 2040-01-01T00:00}
wearer: {id: W-21, name: Selje, devices: [tag-0021]}
conditions:
  - id: nights    # agreed with the employer
    kind: curfew
    zone: home
    weekly: ["mon-fri 21:00-06:00", "sat-sun 19:00-08:00"]
    holidays: {calendar: "NO", as: sun}
    leave:
      - {from: 2026-10-23T12:00, to: 2026-10-24T20:00, reason: confirmation, authorised_by: prison service}
  - {id: course, kind: attendance, zone: school, weekly: ["tue 12:00-14:00"], minimum: PT1H}
  - {id: alive, kind: device-health, heartbeat_every: PT15M, fix_every: PT30M}
"""
PEOPLE = {"kari": Role.AUTHOR, "ola": Role.APPROVER, "rita": Role.AUDITOR, "per": Role.OPERATOR}


class Office:
    """Where rulebooks are written: a broker, an engine, two authors, and nobody monitored but W-21."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop()
        self.port = free_port()
        mosquitto = find_mosquitto()
        assert mosquitto is not None, "tests that need it are skipped without it"
        (folder / "broker").mkdir()
        self.broker = MosquittoBroker(mosquitto, folder / "broker")
        self.loop.run(self.broker.start())
        self.releases = Releases(folder / "rules")
        first_revision(self.releases, folder / "first")
        self.engine = EngineProcess(folder, self.broker.url)
        config = self.engine.config.read_text().replace("port = 0", f"port = {self.port}")
        self.engine.config.write_text(config)
        (folder / "data").mkdir()
        with contextlib.closing(Access(folder / "data" / "access.sqlite3", system_clock)) as access:
            for name, role in PEOPLE.items():
                access.add(name, PASSWORD, [role])
        self.engine.start()
        self.loop.run(self.engine.address())
        self.loop.run(until(lambda: ask(f"{self.console}/health/ready")[0] == 200, seconds=WORK_S))
        self.tags = Tags(self.broker.port)

    @property
    def console(self) -> str:
        """Where the engine's console answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where the authors' page is."""
        return f"{self.console}/rules/"

    @property
    def desk(self) -> "Operators":
        """The operators' page of the same engine."""
        return Operators(self.console)

    def close(self) -> None:
        """End everything."""
        self.tags.close()
        self.engine.close()
        self.loop.run(self.broker.stop())
        self.loop.close()


@dataclass(frozen=True)
class Operators:
    """Where the operators' page is."""

    url: str


def first_revision(releases: Releases, folder: Path) -> None:
    """One curfew, proposed and approved by two other people before the office opened."""
    zones = json.dumps(ZONES, ensure_ascii=False, indent=1).encode()
    write(folder, {"zones/places.geojson": zones, CURFEW_FILE: CURFEW.encode()})
    at = system_clock()
    entry = releases.propose(folder, who="anna", why="the first rulebook", at=at)
    releases.approve(entry.revision, who="bjarne", why="read and tried", at=at)


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Office]:
    """The office, for as long as a test needs it."""
    made = Office(folder)
    try:
        yield made
    finally:
        made.close()


class Author(Desk):
    """Somebody at the authors' page."""

    @classmethod
    def at(cls, browser: Browser, office: Office, name: str) -> "Author":
        """A browser of their own, logged in, the overview before them."""
        desk: Any = open_desk(browser, office)
        desk.__class__ = cls
        desk.page.get_by_label("Navn").fill(name)
        desk.page.get_by_label("Passord").fill(PASSWORD)
        desk.page.get_by_role("button", name="Logg inn").click()
        desk.read()
        return desk

    @property
    def main(self) -> Locator:
        """What the page is about."""
        return self.page.locator(".workbench main")

    def read(self) -> None:
        """Wait until what the page shows has been read from the server."""
        expect(self.main).to_be_visible()
        expect(self.page.locator('main[aria-busy="true"], main [aria-busy="true"]')).to_have_count(0)

    def press_button(self, name: str) -> None:
        """One of the page's buttons, or of the dialog that is open."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def answer(self, does: str, **fields: str) -> None:
        """Fill in the dialog and send it; it closes when it was done."""
        dialog = self.page.locator("dialog[open]")
        for label, value in fields.items():
            dialog.locator(f"[name={label}]").fill(value)
        dialog.get_by_role("button", name=does, exact=True).click()
        expect(dialog).to_have_count(0)

    def make_draft(self, name: str) -> None:
        """A draft of what is in force, in hand."""
        self.press_button("Nytt utkast …")
        self.answer("Lag utkast", name=name)
        expect(self.page.get_by_role("heading", name=name)).to_be_visible()

    def drag(self, start: tuple[str, float], end: tuple[str, float]) -> None:
        """In the calendar, from an hour of one day to an hour of one, with the pointer."""
        self.page.mouse.move(*self._at_hour(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self._at_hour(*end), steps=6)
        self.page.mouse.up()

    def _at_hour(self, day: str, hour: float) -> tuple[float, float]:
        column = self.page.get_by_role("region", name=re.compile(day)).locator(".hours")
        box = column.bounding_box()
        assert box is not None, "the day is shown"
        return box["x"] + box["width"] / 2, box["y"] + box["height"] * hour / 24

    def open_tab(self, name: str) -> None:
        """One of the parts of the rulebook in hand."""
        tabs = self.page.get_by_role("navigation", name="Deler av regelboken")
        tabs.get_by_role("link", name=name).click()
        expect(tabs.locator('[aria-current="page"]')).to_contain_text(name)
        self.read()

    def open_file(self, path: str) -> Locator:
        """A file as text, its editor ready to be typed into."""
        self.open_tab("Filer")
        self.page.get_by_role("navigation", name="Filer").get_by_role("link", name=path).click()
        expect(self.page.locator('.editor[data-ready="true"]')).to_be_visible()
        return self.page.get_by_role("textbox", name=path)

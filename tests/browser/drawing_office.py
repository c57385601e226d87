"""A console with the authors' side over a small rulebook, and an author with the zone editor before them."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from authors import Author
from fake_console import Serving
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, expect
from real_engine import PASSWORD, beside

from em_engine.console.roles import Role
from em_engine.console.settings import ConsoleSettings
from em_engine.rulebook import load
from em_engine.rulebook.releases import Releases
from tests.adapters.console.conftest import NOW, Bench
from tests.scenarios.road.places import write

PARK = (10.7600, 59.9250)
"""The middle of the park, a square of 400 m."""
EARTH_M = 6_378_137.0
Place = tuple[float, float]


def square(middle: Place, *, size_m: float) -> list[list[float]]:
    """A ring of four corners and the first again, against the clock from the south-west."""
    half = size_m / 2
    steps = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
    return [[round(one, 7) for one in beside(middle, east_m=east, north_m=north)] for east, north in steps]


PARK_LINE = json.dumps(
    {
        "type": "Feature",
        "id": "park",
        "properties": {"name": "Parken"},
        "geometry": {"type": "Polygon", "coordinates": [square(PARK, size_m=400)]},
    }
)
# Written by hand: more digits than a centimetre, a member nobody knows, spaces as somebody liked them.
HOME_LINE = (
    '{ "type": "Feature", "id": "home", "note": "as written",  "properties": {"radius_m": 50},'
    ' "geometry": {"type": "Point", "coordinates": [10.771234567891, 59.92930]} }'
)
PLACES = f'{{"type": "FeatureCollection", "features": [\n  {HOME_LINE},\n  {PARK_LINE}\n]}}\n'
ORDER = """\
order: {order}
programme: home-detention
wearer: {{id: {wearer}, devices: [tag-{wearer}]}}
conditions:
  - {{id: nights, kind: curfew, zone: home, weekly: ["daily 22:00-06:00"]}}
  - {{id: park, kind: exclusion, zone: {zone}}}
  - {{id: alive, kind: device-health, heartbeat_every: PT5M}}
"""
COURT = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "court",
                "properties": {"name": "Tinghuset", "radius_m": 100},
                "geometry": {"type": "Point", "coordinates": beside(PARK, east_m=900)},
            }
        ],
    }
)
FILES = {
    "zones/places.geojson": PLACES,
    "zones/court.geojson": COURT,
    "orders/A-1.yaml": ORDER.format(order="A-1", wearer="W-1", zone="court"),
    "orders/A-2.yaml": ORDER.format(order="A-2", wearer="W-2", zone="court"),
}


class Console:
    """The console of the office; what `Serving` serves."""

    def __init__(self, folder: Path) -> None:
        write(folder / "rulebook", {path: text.encode() for path, text in FILES.items()})
        releases = Releases(folder / "releases")
        began = releases.propose(folder / "rulebook", who="anna", why="the first", at=NOW - 1_000_000)
        releases.approve(began.revision, who="bjarne", why="read", at=NOW - 1_000_000)
        self.folder = folder
        self.bench = Bench(folder, settings=ConsoleSettings(), releases=releases)
        self.bench.rulebook = load(folder / "rulebook")
        for name, role in (("kari", Role.AUTHOR), ("ola", Role.AUTHOR), ("rita", Role.AUDITOR)):
            self.bench.access.add(name, PASSWORD, [role])

    def app(self) -> FastAPI:
        """The application, as it stands."""
        return self.bench.app


@contextmanager
def drawing_office(folder: Path) -> Iterator[Serving]:
    """The office, for as long as a file of tests needs it."""
    console = Console(folder)
    served: Any = Serving(console)  # type: ignore[arg-type]  # it serves whatever has an application
    served.start()
    try:
        yield served
    finally:
        served.stop()
        console.bench.close()


def folder_of(office: Serving, author: "Draughtsman") -> Path:
    """Where the draft that an author has in hand lies on disk."""
    folder: Path = office.console.folder / "drafts" / author.draft / "rulebook"  # type: ignore[attr-defined]
    return folder


class Draughtsman(Author):
    """An author at the zone editor."""

    @classmethod
    def with_draft(cls, browser: Browser, office: Serving, name: str) -> "Draughtsman":
        """Kari, a draft of what is in force in hand, its zones before her."""
        kari: Any = cls.at(browser, Rules(office), "kari")
        kari.make_draft(name)
        kari.open_tab("Soner")
        kari.expect_read()
        return kari  # type: ignore[no-any-return]

    def expect_read(self) -> None:
        """Wait until the zones have been read and the map is drawn."""
        expect(self.page.locator(".zone-list li").first).to_be_visible()
        expect(self.map).to_have_attribute("data-view", re.compile(r"\d"))

    @property
    def draft(self) -> str:
        """The id of the draft in hand, as the address names it."""
        return self.page.url.split("/book/")[1].split("/")[0]

    @property
    def map(self) -> Locator:
        """The map zones are drawn on."""
        return self.page.locator(".zone-frame .map")

    @property
    def panel(self) -> Locator:
        """What is said of the zone in hand."""
        return self.page.locator(".zone-panel")

    def figure(self, name: str) -> Locator:
        """One of the figures of the zone in hand."""
        return self.panel.locator(f'.figures dt:text-is("{name}") + dd')

    def hold(self, title: str) -> None:
        """Take a zone in hand; it is in the middle of the map, and the server has looked at its outline."""
        named = self.page.locator("b").filter(has_text=re.compile(rf"^{title}(ikke lagret)?$"))
        self.page.locator(".zone-list li").filter(has=named).get_by_role("button").click()
        expect(self.panel.get_by_label("Navn", exact=True)).to_have_value(title)
        self.expect_right()

    def expect_right(self) -> None:
        """Wait until the server has found the outline in hand right."""
        expect(self.panel.locator(".right")).to_be_visible()

    def expect_middle(self, place: Place) -> None:
        """Wait until the map is drawn with that place in its middle."""
        self.page.wait_for_function(
            "([lon, lat]) => { const { view } = document.querySelector('.zone-frame .map').dataset;"
            " const [x, y] = view.split(' '); return Math.abs(x - lon) < 2e-5 && Math.abs(y - lat) < 2e-5; }",
            arg=list(place),
        )

    def pixel(self, place: Place) -> Place:
        """Where on the screen a place is."""
        lon, lat, resolution = (float(part) for part in str(self.map.get_attribute("data-view")).split())
        box = self.map.bounding_box()
        assert box is not None
        (x, y), (x0, y0) = mercator(place), mercator((lon, lat))
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        return middle[0] + (x - x0) / resolution, middle[1] - (y - y0) / resolution

    def draw(self, tool: str, places: Sequence[Place]) -> None:
        """Click the places with the tool, the last one twice."""
        self.take_tool(tool)
        *clicked, last = [self.pixel(place) for place in places]
        for x, y in clicked:
            self.page.mouse.click(x, y)
        self.page.mouse.dblclick(*last)

    def name_it(self, title: str, *, file: str) -> None:
        """Give the new zone in hand its name, and a place in a file."""
        name = self.panel.get_by_label("Navn", exact=True)
        expect(name).to_have_value("Ny sone")
        name.fill(title)
        name.press("Enter")
        expect(self.panel.get_by_label("Id", exact=True)).to_have_value(title.lower())
        self.panel.get_by_role("combobox", name="Fil").select_option(file)

    def take_tool(self, tool: str) -> None:
        """Take up one of the tools."""
        self.page.get_by_role("button", name=tool, exact=True).click()
        expect(self.page.get_by_role("button", name=tool, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )

    def pan(self, way: str) -> None:
        """Move the map by a key, and wait until it stands still."""
        before = str(self.map.get_attribute("data-view"))
        self.press(way)
        expect(self.map).not_to_have_attribute("data-view", before)

    def set_reach(self, radius_m: int) -> None:
        """Let the place in hand reach so far."""
        field = self.panel.get_by_label("Rekkevidde, m")
        field.fill(str(radius_m))
        field.press("Enter")

    def change(self, does: str, **fields: str) -> None:
        """One of the changes of a whole zone by numbers."""
        form = self.panel.locator(".changes form").filter(has=self.page.get_by_role("button", name=does))
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            if name == "other":
                field.select_option(value)
            else:
                field.fill(value)
        form.get_by_role("button", name=does).click()

    def drop(self, name: str, text: str) -> None:
        """Let a file fall on the editor."""
        self.page.evaluate(
            "([name, text]) => { const dataTransfer = new DataTransfer();"
            " dataTransfer.items.add(new File([text], name));"
            " for (const type of ['dragover', 'drop']) document.querySelector('.zone-editor .map')"
            ".dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer })); }",
            [name, text],
        )

    def pixel_m(self) -> float:
        """How many metres of ground a pixel of the map is."""
        view = self.map.get_attribute("data-view")
        assert view is not None, "the map is drawn"
        _, latitude, resolution = map(float, view.split())
        return resolution * math.cos(math.radians(latitude))

    def save(self) -> None:
        """Save by key, and wait until the server has it."""
        self.map.focus()
        self.press("Control+s")
        expect(self.page.locator(".zone-notice")).to_contain_text("Lagret.")
        expect(self.page.locator(".unsaved")).to_be_empty()


class Rules:
    """The authors' page of whatever serves it."""

    def __init__(self, served: Serving) -> None:
        self.url = f"{served.url}/rules/"


def mercator(place: Place) -> Place:
    """Where a place is in the map's own plane."""
    lon, lat = map(math.radians, place)
    return EARTH_M * lon, EARTH_M * math.log(math.tan(math.pi / 4 + lat / 2))

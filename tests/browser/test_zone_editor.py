"""The zone editor before a real console: what an author draws is what stands in the draft's file."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawing_office import HOME_LINE, PARK, Draughtsman, Place, folder_of
from fake_console import Serving
from playwright.sync_api import Browser, expect
from pyproj import Geod
from real_engine import beside
from shapely.geometry import shape

from em_engine.rulebook import load
from em_engine.rulebook.gazetteer.areas import Origin
from em_engine.rulebook.gazetteer.search import STORE_NAME
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports.layers import Wish

GEOD = Geod(ellps="WGS84")
PLACES = "zones/places.geojson"
ADDRESSES = (
    "kommunenummer;kommunenavn;adressenavn;nummer;bokstav;EPSG-kode;Nord;Øst;postnummer;poststed\n"
    "3212;NESODDEN;Åsveien;12;;4258;59.86;10.66;1450;NESODDTANGEN\n"
)
KARTVERKET = Origin(source="Kartverket", licence="CC BY 4.0", date="2026-11-01")
KML = """\
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Elvestien</name>
<LineString><coordinates>10.750,59.920 10.752,59.924 10.755,59.926</coordinates></LineString>
</Placemark></Document></kml>
"""


@pytest.fixture
def kari(chromium: Browser, office: Serving, request: pytest.FixtureRequest) -> Iterator[Draughtsman]:
    """An author with a draft of her own, its zones on the map before her."""
    author = Draughtsman.with_draft(chromium, office, request.node.name[:60])
    yield author
    assert author.policy_breaches() == []
    author.close()


def zone(folder: Path, name: str, *, file: str = PLACES) -> dict[str, Any]:
    """A zone as the file says it."""
    features = json.loads((folder / file).read_text("utf-8"))["features"]
    (found,) = [feature for feature in features if feature["id"] == name]
    return dict(found)


def ring(*steps: tuple[float, float]) -> list[Place]:
    """Places so many metres east and north of the middle of the park."""
    return [beside(PARK, east_m=east, north_m=north) for east, north in steps]


def area_m2(geometry: dict[str, Any]) -> float:
    """On the ellipsoid."""
    return abs(float(GEOD.geometry_area_perimeter(shape(geometry))[0]))


def test_a_zone_is_drawn_with_a_hole_cut_moved_by_key_undone_and_saved_among_others(
    kari: Draughtsman, office: Serving
):
    kari.hold("Parken")
    kari.expect_middle(PARK)
    kari.draw("Nytt område", ring((-150, -150), (150, -150), (150, 150), (-150, 150)))
    expect(kari.panel.get_by_label("Navn", exact=True)).to_have_value("Ny sone")
    kari.name_it("Skolegården", file=PLACES)
    kari.draw("Lag hull", ring((-80, -40), (-20, -40), (-20, 40), (-80, 40)))
    expect(kari.figure("Deler, hull")).to_have_text("1, 1")
    kari.expect_right()
    whole = kari.figure("Areal").inner_text()
    kari.draw("Skjær bort", ring((75, -180), (180, -180), (180, 180), (75, 180)))
    expect(kari.figure("Areal")).not_to_have_text(whole)
    kari.save()
    folder = folder_of(office, kari)
    before = zone(folder, "skolegården")
    assert before["properties"] == {"name": "Skolegården"}
    assert area_m2(before["geometry"]) == pytest.approx(225 * 300 - 60 * 80, rel=0.03)
    assert [len(one) for one in before["geometry"]["coordinates"]] == [5, 5]

    kari.take_tool("Rediger")
    kari.map.focus()
    kari.press("n", "n", "Shift+ArrowUp", "Shift+ArrowUp", "n", "Delete")
    expect(kari.figure("Hjørner")).to_have_text("7")
    kari.press("Control+z")
    expect(kari.figure("Hjørner")).to_have_text("8")
    kari.save()
    after = zone(folder, "skolegården")
    assert moves_m(before["geometry"], after["geometry"]) == [(0.0, 20.0)]
    assert HOME_LINE in (folder / PLACES).read_text("utf-8")
    load(folder)


def moves_m(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[float, float]]:
    """How far each corner that moved went, east and north, to a tenth of a metre."""
    moved = []
    for old, new in zip(before["coordinates"], after["coordinates"], strict=True):
        for here, there in zip(old[:-1], new[:-1], strict=True):
            if here != there:
                azimuth, _, length = GEOD.inv(*here, *there)
                east, north = (length * part(math.radians(azimuth)) for part in (math.sin, math.cos))
                moved.append((abs(round(east, 1)), round(north, 1)))
    return moved


def test_an_area_is_drawn_and_a_part_added_without_a_pointer(kari: Draughtsman, office: Serving):
    kari.hold("Parken")
    for tool, ways in (("Nytt område", ()), ("Legg til del", ("ArrowDown", "ArrowDown"))):
        kari.page.get_by_role("button", name=tool, exact=True).press("Enter")
        kari.map.focus()
        for way in ways:
            kari.pan(way)
        kari.press("Space")
        for way in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            kari.pan(way)
            kari.press("Space")
        kari.press("Enter")
        kari.expect_right()
    kari.name_it("Løkka", file=PLACES)
    kari.save()
    drawn = zone(folder_of(office, kari), "løkka")
    assert drawn["geometry"]["type"] == "MultiPolygon"
    assert [len(part) for part in drawn["geometry"]["coordinates"]] == [1, 1]
    side_m = 128 * kari.pixel_m()  # so many pixels a key
    assert area_m2(drawn["geometry"]) == pytest.approx(2 * side_m**2, rel=0.05)


def test_a_zone_of_several_orders_asks_before_it_changes_for_all(kari: Draughtsman, office: Serving):
    kari.hold("Tinghuset")
    expect(kari.panel.locator(".users")).to_contain_text("A-2")
    kari.set_reach(150)
    dialog = kari.page.get_by_role("dialog", name="Tinghuset er delt")
    expect(dialog).to_contain_text("A-1")
    dialog.get_by_label("La den være").check()
    dialog.get_by_role("button", name="Fortsett").click()
    expect(kari.panel.get_by_label("Navn", exact=True)).to_have_value("Tinghuset, kopi")
    kari.save()
    folder = folder_of(office, kari)
    assert zone(folder, "court", file="zones/court.geojson")["properties"]["radius_m"] == 100
    assert zone(folder, "tinghuset-kopi", file="zones/court.geojson")["properties"]["radius_m"] == 150

    kari.hold("Tinghuset")
    kari.set_reach(120)
    kari.page.get_by_role("dialog").get_by_role("button", name="Fortsett").click()
    kari.expect_right()
    kari.save()
    assert zone(folder, "court", file="zones/court.geojson")["properties"]["radius_m"] == 120


def test_a_zone_is_split_widened_joined_and_ringed_in_true_metres(kari: Draughtsman, office: Serving):
    kari.hold("Parken")
    kari.expect_middle(PARK)
    kari.draw("Del", ring((-220, 0), (220, 0)))
    expect(kari.page.locator(".unsaved")).to_have_text("2 ikke lagret")
    kari.take_tool("Rediger")
    kari.panel.get_by_text("Endre sonen").click()
    kari.change("Utvid", by_m="50")
    expect(kari.figure("Areal")).to_contain_text("0,1")
    kari.change("Slå sammen", other="court")
    expect(kari.figure("Deler, hull")).to_have_text("2, 0")
    kari.press("Control+z")
    expect(kari.figure("Deler, hull")).to_have_text("1, 0")
    kari.change("Tegn ringen", minutes="6", speed="50")
    expect(kari.panel.get_by_label("Navn", exact=True)).to_have_value("Parken, ring 6 min")
    kari.save()
    folder = folder_of(office, kari)
    assert area_m2(zone(folder, "parken")["geometry"]) == pytest.approx(200 * 400, rel=0.03)
    widened = 200 * 400 + 2 * (200 + 400) * 50 + math.pi * 50**2
    assert area_m2(zone(folder, "park")["geometry"]) == pytest.approx(widened, rel=0.03)
    ringed = area_m2(zone(folder, "parken-ring-6-min")["geometry"])
    assert ringed == pytest.approx(math.pi * 5000**2 + widened + 5000 * 1515, rel=0.02)


def test_a_new_name_goes_into_the_orders_and_a_zone_removed_out_of_its_file(
    kari: Draughtsman, office: Serving
):
    kari.hold("home")
    kari.page.get_by_role("button", name="Ny id …").click()
    dialog = kari.page.get_by_role("dialog", name="Ny id for home")
    dialog.get_by_label("Ny id").fill("bolig")
    dialog.get_by_role("button", name="Fortsett").click()
    expect(kari.panel.locator(".names .faint")).to_contain_text("bolig")
    folder = folder_of(office, kari)
    assert "zone: bolig" in (folder / "orders/A-1.yaml").read_text("utf-8")

    kari.hold("Parken")
    kari.page.get_by_role("button", name="Fjern …").click()
    kari.page.get_by_role("dialog", name="Fjerne Parken?").get_by_role("button", name="Fjern").click()
    expect(kari.page.locator(".zone-list li")).to_have_count(2)
    kari.save()
    assert [one["id"] for one in json.loads((folder / PLACES).read_text("utf-8"))["features"]] == ["bolig"]
    load(folder)


def test_two_who_save_the_same_file_both_keep_what_they_drew(kari: Draughtsman, office: Serving):
    kari.hold("Parken")
    kari.map.focus()
    kari.press("n", "Shift+ArrowRight")
    path = folder_of(office, kari) / PLACES
    path.write_text(path.read_text("utf-8").replace('"radius_m": 50', '"radius_m": 75'), "utf-8")
    kari.save()
    assert zone(path.parents[1], "home")["properties"] == {"radius_m": 75}
    (west, south), *_ = zone(path.parents[1], "park")["geometry"]["coordinates"][0]
    assert (west, south) == pytest.approx(beside(PARK, east_m=-190, north_m=-200), abs=2e-6)


def test_an_outline_that_crosses_itself_is_shown_where_and_repaired(kari: Draughtsman, axe: str):
    kari.hold("Parken")
    kari.expect_middle(PARK)
    kari.draw("Nytt område", ring((-150, -150), (150, 150), (150, -150), (-150, 150)))
    expect(kari.panel.locator(".wrong")).to_contain_text("galt ett sted")
    repair = kari.panel.get_by_role("button", name="Rett som stiplet")
    expect(repair).to_be_visible()
    kari.panel.get_by_role("button", name="Vis sted 1").click()
    kari.expect_middle(PARK)
    kari.page.evaluate(axe)
    assert kari.barriers() == []
    kari.page.get_by_label("Tema").select_option("light")
    expect(kari.page.locator(":root")).to_have_attribute("data-theme", "light")
    assert kari.barriers() == []
    repair.click()
    kari.expect_right()
    expect(kari.figure("Deler, hull")).to_have_text("2, 0")


def test_a_file_let_fall_on_the_map_becomes_zones(kari: Draughtsman, office: Serving, axe: str):
    kari.drop("stier.kml", KML)
    dialog = kari.page.get_by_role("dialog", name="Importer stier.kml")
    expect(dialog.get_by_role("alert")).to_contain_text("radius")
    dialog.get_by_label("Rekkevidde").fill("40")
    dialog.get_by_label("Rekkevidde").press("Tab")
    expect(dialog.locator(".found")).to_contain_text("elvestien")
    kari.page.evaluate(axe)
    assert kari.barriers() == []
    dialog.get_by_role("button", name="Importer").click()
    kari.hold("Elvestien")
    drawn = zone(folder_of(office, kari), "elvestien", file="zones/stier.geojson")
    assert drawn["properties"]["radius_m"] == 40
    assert drawn["geometry"]["type"] == "LineString"


def test_a_file_in_metres_is_refused_until_its_system_is_told_and_leaves_the_draft_as_it_was(
    kari: Draughtsman, office: Serving
):
    folder = folder_of(office, kari)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    kari.drop("skole.wkt", "skole\tPOLYGON((264000 6651000,264100 6651000,264100 6651100,264000 6651000))")
    dialog = kari.page.get_by_role("dialog", name="Importer skole.wkt")
    expect(dialog.get_by_role("alert")).to_contain_text("det ser ut som meter")
    dialog.get_by_role("button", name="Importer").click()
    system = dialog.get_by_label("Koordinatsystem")
    system.press_sequentially("EPSG:258")
    expect(dialog.get_by_role("alert").first).to_contain_text("det ser ut som meter")
    expect(dialog.get_by_role("button", name="Importer")).to_be_enabled()
    system.press_sequentially("33")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    expect(system).to_have_value("EPSG:25833")
    system.press("Tab")
    expect(dialog.locator(".found")).to_contain_text("skole")
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_what_a_draft_draws_otherwise_stands_beside_what_was(kari: Draughtsman, axe: str):
    kari.hold("Parken")
    kari.map.focus()
    kari.press("n", "Shift+ArrowLeft", "Shift+ArrowLeft")
    kari.save()
    kari.page.goto(f"{kari.page.url.split('#')[0]}#/difference/in-force/{kari.draft}")
    beside_each_other = kari.page.get_by_role("region", name="Hva som er endret av sonene")
    beside_each_other.get_by_role("button", name="park").click()
    before, after = (beside_each_other.get_by_role("application", name=name) for name in ("Før", "Etter"))
    expect(before).to_have_attribute("data-view", re.compile(r"^10\.759"))
    stood = before.get_attribute("data-view")
    after.focus()
    kari.press("ArrowUp")
    expect(before).not_to_have_attribute("data-view", str(stood))
    assert before.get_attribute("data-view") == after.get_attribute("data-view")
    kari.page.evaluate(axe)
    assert kari.barriers() == []


def test_what_is_in_force_can_be_looked_at_and_not_drawn_on(kari: Draughtsman):
    kari.page.goto(f"{kari.page.url.split('#')[0]}#/book/in-force/zones/park")
    expect(kari.panel.get_by_label("Navn", exact=True)).to_have_value("Parken")
    expect(kari.panel.get_by_label("Navn", exact=True)).not_to_be_editable()
    for tool in ("Flytt", "Nytt område", "Skjær bort"):
        expect(kari.page.get_by_role("button", name=tool, exact=True)).to_be_disabled()
    expect(kari.page.get_by_role("button", name="Mål", exact=True)).to_be_enabled()


def test_a_municipality_and_an_address_become_zones_by_their_names_and_keys(
    kari: Draughtsman, office: Serving
):
    data = office.console.folder  # type: ignore[attr-defined]
    table = data / "adresser.csv"
    table.write_text(ADDRESSES, "utf-8")
    take_in(table, data / STORE_NAME, origin=KARTVERKET, wish=Wish())
    finder = kari.page.get_by_role("combobox", name="Kommune, fylke eller adresse")
    finder.fill("nesoden")
    option = kari.page.get_by_role("option", name="Nesodden, Akershus (3212)")
    expect(option).to_have_attribute("aria-selected", "true")
    finder.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "false")
    finder.press("ArrowUp")
    expect(option).to_have_attribute("aria-selected", "true")
    finder.press("Enter")
    expect(kari.panel.get_by_label("Navn", exact=True)).to_have_value("Nesodden")
    expect(kari.page.locator(".zone-notice")).to_contain_text("Omrisset av Nesodden kan være")
    expect(finder).to_have_value("")
    finder.fill("aasveien 12")
    kari.page.get_by_role("option", name="Åsveien 12, 1450 Nesoddtangen (Nesodden)").click()
    expect(kari.panel.get_by_label("Rekkevidde, m")).to_have_value("50")
    kari.expect_middle((10.66, 59.86))
    kari.save()
    zones = load(folder_of(office, kari)).zones
    assert zones["nesodden"].outline_accuracy_m == 1_500.0
    assert zones["nesodden"].properties["licence"] == "CC BY 4.0"
    circle = zones["åsveien-12-1450-nesoddtangen-nesodden"]
    assert (circle.radius_m, circle.geometry.x, circle.geometry.y) == (50.0, 10.66, 59.86)

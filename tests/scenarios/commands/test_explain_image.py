"""`em explain --image`: the map of an alert, drawn from the record alone."""

import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.console.audit import Audit
from em_engine.rulebook import Rulebook
from em_engine.vocabulary import SECOND, DeviceEvent
from tests.scenarios.road.bench import Bench
from tests.scenarios.road.places import HEALTH, STAY_OUT, keep_apart, order, rulebook

RINGED = rulebook(order(1, STAY_OUT | {"buffer_m": 200}, HEALTH))


def em_explain(bench: Bench, alert: str, image: Path, *options: str, expect: int = 0) -> Result:
    words = ["explain", alert, "--data", str(bench.folder), "--image", str(image), *options]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == expect, result.output
    return result


class Walked(Bench):
    """A bench on which somebody walked, and the alerts that came of it, by type."""

    found: dict[str, str]


async def walked(folder: Path, rules: Rulebook, *places_m: float, phone: bool = False) -> Walked:
    """A fix at each place, half a minute apart; with a phone, the protected person's just beside."""
    bench = Walked(folder, rules)
    async with bench.running():
        for east_m in places_m:
            if phone:
                bench.tag("phone-0001").fix(-40.0)
            bench.tag("tag-0001").fix(east_m)
            await bench.settle()
            await bench.passes(28 * SECOND)
        bench.found = {alert.type.value: alert.id for alert in bench.alerts()}
    return bench


def drawn(bench: Walked, type: str, folder: Path, *options: str) -> ET.Element:
    target = folder / "map.svg"
    em_explain(bench, bench.found[type], target, *options)
    return ET.fromstring(target.read_text(encoding="utf-8"))


def words_of(image: ET.Element) -> str:
    return "\n".join(one.text or "" for one in image.iter("{http://www.w3.org/2000/svg}text"))


def circles(image: ET.Element, **wanted: str) -> list[ET.Element]:
    """On the map itself: the legend's samples stand beside it."""
    (chart,) = image.findall("{http://www.w3.org/2000/svg}svg")
    found = chart.iter("{http://www.w3.org/2000/svg}circle")
    return [one for one in found if all(one.get(name) == value for name, value in wanted.items())]


async def test_it_draws_zone_ring_way_circles_and_the_fix_that_proved_it(tmp_path: Path):
    bench = await walked(tmp_path, RINGED, 900.0, 700.0, 400.0, 100.0, 50.0)
    image = drawn(bench, "exclusion.entered", tmp_path)
    assert (len(circles(image, r="2.4")), len(circles(image, r="6"))) == (5, 1)
    points = [(one.get("cx"), one.get("cy")) for one in circles(image, r="2.4")]
    (proof,) = circles(image, r="6")
    assert (proof.get("cx"), proof.get("cy")) == points[3], "the first fix inside, and no other"
    said = words_of(image)
    expected = ("Inside the exclusion zone “ban”", "the ring around it", "fix the alert rests on", "N", " m")
    assert [words for words in expected if words not in said] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", ["Inne i forbudssonen", "ringen rundt den"]), ("nn", ["Inne i forbodssona", "ringen rundt ho"])],
)
async def test_it_speaks_the_language_that_was_asked_for(tmp_path: Path, language: str, words: list[str]):
    bench = await walked(tmp_path, RINGED, 900.0, 100.0)
    said = words_of(drawn(bench, "exclusion.entered", tmp_path, "--language", language))
    assert [text for text in words if text not in said] == []


async def test_a_png_is_the_same_image_in_pixels(tmp_path: Path):
    bench = await walked(tmp_path, RINGED, 900.0, 100.0)
    svg = drawn(bench, "exclusion.entered", tmp_path)
    em_explain(bench, bench.found["exclusion.entered"], tmp_path / "map.png")
    data = (tmp_path / "map.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", data[16:24])
    assert wide / high == pytest.approx(float(svg.get("width", 0)) / float(svg.get("height", 0)), rel=0.01)
    assert len(data) > 10_000, "a white page is not a map"


async def test_the_protected_person_is_on_no_map(tmp_path: Path):
    bench = await walked(
        tmp_path, rulebook(order(1, keep_apart("P-1"), phone=True)), 900, 300, 300, phone=True
    )
    image = drawn(bench, "contact.alert", tmp_path)
    assert len(circles(image, r="2.4")) == 3, "the wearer's three fixes, and none of hers"
    assert "#5b2a86" not in (tmp_path / "map.svg").read_text(), "the colour of another person"


async def test_a_breach_of_a_silent_order_shows_only_what_was_in_breach(tmp_path: Path):
    rules = rulebook(order(1, STAY_OUT) | {"record": "situational"})
    bench = await walked(tmp_path, rules, 900.0, 700.0, 100.0, 50.0)
    assert len(circles(drawn(bench, "exclusion.entered", tmp_path), r="2.4")) == 2


async def test_where_there_is_nothing_to_draw_it_says_so_and_explains_all_the_same(tmp_path: Path):
    bench = Bench(tmp_path, RINGED)
    async with bench.running():
        bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
        (alert,) = bench.alerts()
    told = em_explain(bench, alert.id, tmp_path / "map.svg", "--json")
    assert json.loads(told.stdout)["image"] is None
    assert "no map" in told.stderr
    assert not (tmp_path / "map.svg").exists()


async def test_the_image_is_named_in_the_data_and_the_look_in_the_audit(tmp_path: Path):
    bench = await walked(tmp_path, RINGED, 900.0, 100.0)
    id = bench.found["exclusion.entered"]
    told = em_explain(bench, id, tmp_path / "map.svg", "--json")
    assert json.loads(told.stdout)["image"] == str(tmp_path / "map.svg")
    audit = Audit(tmp_path / "audit.sqlite3", lambda: 0)
    try:
        (entry,) = audit.entries()
    finally:
        audit.close()
    assert (entry["what"], entry["subject"]) == ("looked at the alert", id)
    assert re.search(r"\(em explain\)$", entry["who"])


async def test_an_image_of_another_kind_is_refused(tmp_path: Path):
    bench = await walked(tmp_path, RINGED, 900.0, 100.0)
    id = bench.found["exclusion.entered"]
    assert "an .svg or a .png" in em_explain(bench, id, tmp_path / "map.bmp", expect=2).stderr

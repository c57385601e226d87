"""What is wrong with a scenario is told at once, with file, line and column."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from simulators.scenarios.play import VERBS
from simulators.scenarios.sentences import TEMPLATES, NotUnderstood, understand

GOOD = """\
scenario: Late home
starts: 2026-11-20T18:50
ends: 2026-11-20T19:30
places: {home: [0, 0], work: [3000, 0]}
zones:
  w1-home: {around: home, radius_m: 50}
orders:
  - order: O-1
    wearer: {id: W-1, devices: [tag-1]}
    conditions:
      - {id: nights, kind: curfew, zone: w1-home, weekly: ["daily 19:00-07:00"]}
devices:
  tag-1: {at: work}
story:
  - at 19:00: expect curfew.late for W-1 within 2 min
"""


def simulated(folder: Path, text: str, *options: str) -> Result:
    path = folder / "story.yaml"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["simulate", str(path), *options])


def test_a_scenario_that_is_met_is_told_and_ends_with_0(tmp_path: Path) -> None:
    result = simulated(tmp_path, GOOD)
    assert result.exit_code == 0, result.output
    assert "met      story.yaml: Late home" in result.output


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("kind: curfew", "kind: curfu", "11:28", "'curfu' is no kind of condition"),
        ("zone: w1-home", "zone: w1-hom", "11:42", "there is no zone 'w1-hom'"),
        ("    wearer: {id: W-1, d", "    wearer: {d", "9:13", "`id` is missing"),
        ("radius_m: 50", "radius: 50", "6:27", "`radius` is no field here"),
        ("{around: home, radius_m: 50}", "{around: home}", "6:12", "need `radius_m`"),
        ("around: home", "around: hom", "6:12", "there is no place 'hom'; did you mean 'home'?"),
        ("home: [0, 0]", "home: [0]", "4:16", "'home' is no place"),
        ("{at: work}", "{at: wrk}", "13:15", "there is no place 'wrk'"),
        ("{at: work}", "{at: work, fix_every: 60}", "13:32", "should be a duration like PT10M"),
        ("curfew.late", "curfew.lat", "15:15", "'curfew.lat' is no type of alert"),
        ("for W-1 within", "for W-2 within", "15:15", "nobody is called 'W-2'"),
        ("at 19:00: expect", "at 25:00: expect", "15:5", "`at 25:00` is no moment"),
        ("at 19:00: expect", "at 20:00: expect", "15:5", "lies outside the story"),
        ("expect curfew.late for W-1 within 2 min", "W-1 goes hom on foot", "15:15", "is no sentence"),
        ("expect curfew.late for W-1 within 2 min", "W-9 stays", "15:15", "'W-9' has no device"),
        ("ends: 2026-11-20T19:30", "ends: 2026-11-20T18:30", "3:7", "ends before it begins"),
        ("story:", "faults: [{fault: los}]\nstory:", "14:18", "'los' is no fault; did you mean 'loss'?"),
        ("story:", "faults: [{fault: loss, share: 2}]\nstory:", "14:31", "`share` should be at most 1"),
        ("story:", "faults: [{fault: outage}]\nstory:", "14:10", "outage needs `from` and `to`"),
        ("story:", "storey: 1\nstory:", "14:1", "`storey` is no field here; did you mean 'story'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, old: str, new: str, place: str, said: str) -> None:
    assert GOOD.count(old) == 1 or old == "zone: w1-home"
    result = simulated(tmp_path, GOOD.replace(old, new, 1))
    assert result.exit_code == 2, result.output
    assert f"story.yaml:{place}: " in result.output
    assert said in result.output
    follows = old == "home: [0, 0]"  # a place that cannot be read is missed where it is named
    assert result.output.count("story.yaml:") == 1 + follows


def test_two_mistakes_are_told_at_once(tmp_path: Path) -> None:
    result = simulated(tmp_path, GOOD.replace("at: work", "at: wrk").replace("late for", "lat for"))
    assert "story.yaml:13:15:" in result.output
    assert "story.yaml:15:15:" in result.output


def test_an_expectation_that_is_not_met_ends_with_1_and_says_what_was_told(tmp_path: Path) -> None:
    result = simulated(tmp_path, GOOD.replace("curfew.late", "curfew.left"))
    assert result.exit_code == 1
    assert (
        "line 15: expect curfew.left for W-1 within 2 min (19:00:00 to 19:02:00): not told" in result.output
    )
    assert "nothing expects this: curfew.late opened for W-1 on nights at 19:00:00" in result.output


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("expect 2 curfew.late for W-1 within 2 min", "told only 1 times: curfew.late opened"),
        ("expect curfew.late since 18:30", "not told so; of this type: curfew.late opened"),
        ("expect curfew.late cleared", "not told so; of this type: curfew.late opened"),
        ("expect curfew.late in arrears", "not told so; of this type: curfew.late opened"),
        ("expect curfew.late for tag-1 on days", "not told so; of this type: curfew.late opened"),
        ("expect no curfew.late until 19:20", "told 1 times: curfew.late opened"),
        ("expect some messages missing", "there were 0"),
    ],
)
def test_every_part_of_an_expectation_counts(tmp_path: Path, sentence: str, said: str) -> None:
    result = simulated(tmp_path, GOOD.replace("expect curfew.late for W-1 within 2 min", sentence))
    assert result.exit_code == 1, result.output
    assert said in result.output


def test_what_is_known_and_passes_is_no_longer_known(tmp_path: Path) -> None:
    result = simulated(tmp_path, GOOD.replace("story:", "known: not built yet\nstory:"))
    assert result.exit_code == 1
    assert "it passes, though it is said to be known" in result.output


def test_results_for_machines_and_a_page_for_people(tmp_path: Path) -> None:
    xml, html = tmp_path / "r.xml", tmp_path / "r.html"
    bad = GOOD.replace("curfew.late", "curfew.left").replace("Late home", "Late <home>")
    result = simulated(tmp_path, bad, "--junit", str(xml), "--html", str(html), "--json")
    said = json.loads(result.stdout)
    assert (said["scenario"], said["met"], said["alerts"]) == ("Late <home>", False, 1)
    suite = ET.parse(xml).getroot()[0]
    assert suite.attrib["failures"] == "1"
    assert "curfew.left" in suite[0][0].attrib["message"]
    page = html.read_text()
    assert "Late &lt;home&gt;" in page
    assert page.count("<svg") == 2
    assert "src=" not in page
    assert "href=" not in page


def test_every_sentence_is_done_by_something() -> None:
    names = {name for name in TEMPLATES.values() if not name.startswith("engine_")}
    assert names == VERBS.keys()


def test_the_guide_shows_every_sentence_and_fault() -> None:
    import simulators.scenarios
    from simulators.faults.named import FAULTS

    guide = (Path(simulators.scenarios.__file__).parent / "README.md").read_text(encoding="utf-8")
    shown = " ".join(guide.split())
    assert not [template for template in TEMPLATES if template not in shown]
    assert not [name for name in FAULTS if f"`{name}`" not in guide]


def test_a_sentence_nobody_understands_names_the_nearest() -> None:
    with pytest.raises(NotUnderstood) as refusal:
        understand("W-1 goes to home by foot")
    assert "{who} goes to {place} {how}" in refusal.value.hint

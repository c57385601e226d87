"""Alerts held against the truth: found, missed, nuisance, twice, and how late."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.vocabulary import NEVER, SECOND
from simulators.score import folded, score, score_command, summed, table
from simulators.score_chart import score_svg
from simulators.spans import ScoreRefused, Span, read_alerts, read_truth

KEY = ("OVA-1", "home", "exclusion.entered")


def breach(start: int, end: int | None = None, key: tuple[str, str, str] = KEY) -> Span:
    return Span(key=key, start=start * SECOND, end=NEVER if end is None else end * SECOND)


def alert(start: int, end: int | None, detected: int, key: tuple[str, str, str] = KEY) -> Span:
    span = breach(start, end, key)
    return Span(key=key, start=span.start, end=span.end, detected_at=detected * SECOND)


def counts(alerts: list[Span], breaches: list[Span], tolerance_s: int = 60) -> dict[str, int]:
    total = score(alerts, breaches, device_days=2, tolerance=tolerance_s * SECOND).total
    return {
        "found": total.found,
        "missed": total.missed,
        "nuisance": total.nuisance,
        "duplicates": total.duplicates,
    }


NONE = {"found": 0, "missed": 0, "nuisance": 0, "duplicates": 0}
TIMELINES = {
    "nothing happened, nothing raised": ([], [], {}),
    "found": ([alert(100, 200, 110)], [breach(100, 200)], {"found": 1}),
    "missed": ([], [breach(100, 200)], {"missed": 1}),
    "nuisance": ([alert(100, 200, 110)], [], {"nuisance": 1}),
    "still open both": ([alert(100, None, 110)], [breach(100, None)], {"found": 1}),
    "told twice": (
        [alert(100, 120, 110), alert(150, 200, 160)],
        [breach(100, 200)],
        {"found": 1, "duplicates": 1},
    ),
    "one alert over two breaches": (
        [alert(100, 1000, 110)],
        [breach(100, 200), breach(800, 900)],
        {"found": 2},
    ),
    "two breaches, two alerts": (
        [alert(1000, 1100, 1010), alert(100, 200, 110)],
        [breach(100, 200), breach(1000, 1100)],
        {"found": 2},
    ),
    "within the tolerance": ([alert(260, 270, 265)], [breach(100, 200)], {"found": 1}),
    "beyond the tolerance": ([alert(261, 270, 265)], [breach(100, 200)], {"missed": 1, "nuisance": 1}),
    "another condition": (
        [alert(100, 200, 110, ("OVA-1", "work", KEY[2]))],
        [breach(100, 200)],
        {"missed": 1, "nuisance": 1},
    ),
    "another type": (
        [alert(100, 200, 110, (*KEY[:2], "exclusion.approach"))],
        [breach(100, 200)],
        {"missed": 1, "nuisance": 1},
    ),
    "another case": (
        [alert(100, 200, 110, ("OVA-2", *KEY[1:]))],
        [breach(100, 200)],
        {"missed": 1, "nuisance": 1},
    ),
}


@pytest.mark.parametrize(("alerts", "breaches", "told"), TIMELINES.values(), ids=TIMELINES)
def test_alerts_are_held_against_the_truth(
    alerts: list[Span], breaches: list[Span], told: dict[str, int]
) -> None:
    assert counts(alerts, breaches) == NONE | told


def test_the_delay_is_from_the_true_start_to_what_proved_it() -> None:
    times = range(1, 101)
    breaches = [breach(1000 * n, 1000 * n + 500) for n in times]
    alerts = [alert(1000 * n, 1000 * n + 500, 1000 * n + n) for n in times]
    told = score(alerts, breaches, device_days=1).as_json()["total"]["delay_s"]
    assert told == {"p50": 50.5, "p95": pytest.approx(95.05), "max": 100.0}


def test_an_alert_that_was_open_already_is_not_late() -> None:
    alerts, breaches = [alert(100, 1000, 110)], [breach(100, 200), breach(800, 900)]
    assert score(alerts, breaches, device_days=1).total.delays_s == (10.0, 0.0)


def test_types_are_told_apart_and_nuisance_is_by_device_day() -> None:
    other = (*KEY[:2], "inclusion.left")
    result = score([alert(1, 2, 1), alert(1, 2, 1, other)], [breach(1, 2)], device_days=4)
    told = result.as_json()
    assert told["types"][KEY[2]]["found"] == 1
    assert told["types"]["inclusion.left"]["nuisance"] == 1
    assert told["total"]["nuisance_per_device_day"] == 0.25
    assert "inclusion.left" in table(result)


def change(**fields: Any) -> str:
    told = {
        "alert": "a1",
        "change": "opened",
        "case": KEY[0],
        "condition": KEY[1],
        "type": KEY[2],
        "opened_at": "2026-11-22T01:00:00.000Z",
        "detected_at": "2026-11-22T01:00:10.000Z",
        "cleared_at": None,
    }
    return json.dumps(told | fields)


TRUE = {"case": KEY[0], "condition": KEY[1], "type": KEY[2], "from": "2026-11-22T01:00:00Z"}


def files(folder: Path, alerts: str, truth: str) -> tuple[Path, Path]:
    paths = folder / "ALERTS.jsonl", folder / "TRUTH.json"
    for path, text in zip(paths, (alerts, truth), strict=True):
        path.write_text(text)
    return paths


def truth(*breaches: dict[str, Any], device_days: Any = 1) -> str:
    return json.dumps({"breaches": breaches, "device_days": device_days})


def test_the_changes_of_one_alert_are_one_alert(tmp_path: Path) -> None:
    later = change(change="cleared", cleared_at="2026-11-22T02:00:00Z", detected_at="2026-11-22T02:00:05Z")
    alerts, _ = files(tmp_path, f"{change()}\n{later}\n\n", "")
    (span,) = read_alerts(alerts)
    assert (span.end - span.start, span.detected_at - span.start) == (3600 * SECOND, 10 * SECOND)


COMMANDS = {
    "all found": (change(), truth(TRUE | {"to": "2026-11-22T02:00:00Z"}), {}, 0),
    "one missed": ("", truth(TRUE | {"to": None}), {}, 1),
    "nuisance without a limit": (change(), truth(), {}, 0),
    "nuisance at the limit": (change(), truth(), {"nuisance_max": 1.0}, 0),
    "nuisance above the limit": (change(), truth(), {"nuisance_max": 0.02}, 1),
    "a tolerance of nothing": (
        change(opened_at="2026-11-22T03:00:01Z"),
        truth(TRUE | {"to": "2026-11-22T03:00:00Z"}),
        {"tolerance_s": 0.0},
        1,
    ),
}


@pytest.mark.parametrize(("alerts", "told", "options", "status"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_says_by_its_status_whether_the_run_was_good(
    tmp_path: Path, alerts: str, told: str, options: dict[str, float], status: int
) -> None:
    assert score_command(*files(tmp_path, alerts, told), **options) == status


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = files(tmp_path, change(), truth(TRUE | {"to": None}))
    assert score_command(*paths, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["total"]["found"] == 1


BAD_INPUT = {
    "broken line": (f"{change()}\n{{", truth(), "ALERTS.jsonl:2:2: no JSON"),
    "no object": ("7", truth(), "ALERTS.jsonl:1:1: no alert change"),
    "no type": (json.dumps({"alert": "a"}), truth(), "ALERTS.jsonl:1:1: no alert change: case is missing"),
    "no offset": (change(opened_at="2026-11-22T01:00:00"), truth(), "no time with an offset"),
    "broken truth": ("", '{"breaches": [', "TRUTH.json:1:15: no JSON"),
    "no breaches": ("", "{}", "TRUTH.json:1:1: a truth is"),
    "no days": ("", truth(device_days=0), "device_days 0 is not"),
    "days in words": ("", truth(device_days="one"), "device_days 'one' is not"),
    "a breach without end": ("", truth(TRUE), "TRUTH.json:1:15: breach 0: to is missing"),
    "ends before it begins": ("", truth(TRUE | {"to": "2026-11-22T00:00:00Z"}), "before it begins"),
    "a breach by number": ("", truth(TRUE | {"to": None}, 7), "breach 1"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("alerts", "told", "reason"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], alerts: str, told: str, reason: str
) -> None:
    assert score_command(*files(tmp_path, alerts, told)) == 2
    said = capsys.readouterr().err
    assert said.startswith(str(tmp_path))
    assert reason in said


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ScoreRefused, match="cannot be opened"):
        read_truth(tmp_path / "TRUTH.json")


@pytest.mark.parametrize(
    ("told", "true"),
    [
        ("exclusion.crossed", "exclusion.entered"),
        ("exclusion.entered", "exclusion.crossed"),
        ("curfew.late", "curfew.left"),
        ("curfew.early", "curfew.late"),
    ],
)
def test_what_tells_an_operator_the_same_is_one_type(told: str, true: str) -> None:
    alerts = folded([alert(100, 200, 110, ("OVA-1", "home", told))])
    breaches = folded([breach(100, 200, ("OVA-1", "home", true))])
    assert counts(alerts, breaches) == NONE | {"found": 1}


def test_an_approach_is_not_an_entry() -> None:
    alerts = folded([alert(100, 200, 110, ("OVA-1", "home", "exclusion.approach"))])
    assert counts(alerts, folded([breach(100, 200)])) == NONE | {"missed": 1, "nuisance": 1}


def test_scores_of_different_cases_add_up() -> None:
    one = score([alert(100, 200, 110)], [breach(100, 200)], device_days=2)
    other = score([alert(100, 200, 110)], [], device_days=3)
    both = summed([one, other])
    assert both.device_days == 5
    assert (both.total.found, both.total.nuisance, both.total.delays_s) == (1, 1, (10.0,))


def test_a_picture_has_a_row_for_every_type_and_its_counts() -> None:
    result = score(
        [
            alert(100, 200, 110),
            alert(900, 950, 910),
            alert(100, 200, 130, ("OVA-1", "home", "inclusion.left")),
        ],
        [breach(100, 200)],
        device_days=1,
    )
    picture = ET.fromstring(score_svg(result))
    words = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"exclusion.entered", "inclusion.left", "all", "1/0/0/1", "0/0/0/1", "1/0/0/2"} <= words


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert "all" in score_svg(score([], [], device_days=1))


def test_em_score_writes_its_picture(tmp_path: Path) -> None:
    alerts, truth, plot = (tmp_path / name for name in ("ALERTS.jsonl", "TRUTH.json", "score.svg"))
    alerts.write_text("")
    truth.write_text('{"breaches": [], "device_days": 1}')
    asked = CliRunner().invoke(main, ["score", str(alerts), str(truth), "--plot", str(plot)])
    assert asked.exit_code == 0, asked.output
    assert plot.read_text(encoding="utf-8").startswith("<svg")

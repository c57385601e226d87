"""`em rules check` as an author meets it: the place itself under every problem, and SARIF for review."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.rulebook.excerpts import excerpt

DEMO = Path(__file__).parents[3] / "rules" / "demo-oslo"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """The demonstration's rulebook with a zone misspelt."""
    folder = shutil.copytree(DEMO, tmp_path / "book")
    order = folder / "orders" / "W-36.yaml"
    order.write_text(order.read_text("utf-8").replace("zone: sagene", "zone: sagnee"), "utf-8")
    return folder


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["rules", "check", *map(str, arguments)])


def test_under_each_problem_stands_the_place_with_a_caret(wrong: Path):
    result = check(wrong)
    head, line, caret, *unused = result.stderr.splitlines()
    assert "no order uses the zone 'sagene'" in unused[0]
    assert (result.exit_code, result.stdout) == (2, "")
    assert head.startswith(
        f"{wrong}/orders/W-36.yaml:11:39: there is no zone 'sagnee'; did you mean 'sagene'?"
    )
    assert line.endswith("{id: area, kind: inclusion, zone: sagnee}")
    assert line[caret.index("^") :] == "sagnee}"


@pytest.mark.parametrize("column", [1, 2, 40, 60, 61, 62, 100, 101, 5_000, 9_990, 10_000])
@pytest.mark.parametrize("length", [1, 100, 101, 10_000])
def test_the_caret_stands_under_its_column_however_long_the_line(column: int, length: int):
    if column > length:
        pytest.skip("the line ends before")
    line = "".join(chr(ord("a") + index % 26) for index in range(length))
    shown, caret = excerpt(line, 7, column)
    assert shown[caret.index("^")] == line[column - 1]
    assert len(shown) <= 110


def test_a_tab_before_the_column_stays_a_tab():
    shown, caret = excerpt("\tzone: x", 1, 8)
    assert shown[caret.index("^")] == "x"
    assert shown.count("\t") == caret.count("\t") == 1


def test_sarif_tells_every_problem_at_its_place(wrong: Path, tmp_path: Path):
    target = tmp_path / "check.sarif"
    result = check(wrong, "--sarif", target, "--json")
    problems = json.loads(result.stdout)["problems"]
    told = json.loads(target.read_text("utf-8"))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted({problem["code"] for problem in problems})
    assert len(run["results"]) == len(problems) == 2
    for one, problem in zip(run["results"], problems, strict=True):
        place = one["locations"][0]["physicalLocation"]
        assert place["region"] == {"startLine": problem["line"], "startColumn": problem["column"]}
        assert place["artifactLocation"]["uri"] == problem["file"]
        assert (one["ruleId"], one["level"]) == (problem["code"], problem["severity"])
        assert rules[one["ruleIndex"]] == one["ruleId"]
        assert problem["message"] in one["message"]["text"]


def test_a_right_rulebook_makes_an_empty_run(tmp_path: Path):
    target = tmp_path / "check.sarif"
    assert check(DEMO, "--sarif", target).exit_code == 0
    (run,) = json.loads(target.read_text("utf-8"))["runs"]
    assert run["results"] == []


def test_a_file_that_is_no_text_is_told_without_breaking(tmp_path: Path):
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "a.yaml").write_bytes(b"order: \xff\xfe\n")
    result = check(tmp_path)
    assert result.exit_code == 2
    assert "orders/a.yaml:1:8: the file is not UTF-8" in result.stderr

"""What our documents show is true: JSON and YAML parse, orders are valid, programs run, commands print what
is shown.

A block marked as `console` is typed line by line where it begins with `$ em`; what is shown beneath must be
printed. Exit code 0 is meant unless the command ends in a comment such as `# exit 1`. A block marked `sketch`
(```python sketch) only shows a shape.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from em_engine.rulebook import check
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.yaml_tree import read_yaml
from em_engine.settings import read_settings
from tests.house.examples import Command, Example, commands_in, documents, examples, examples_in, is_shown
from tests.house.house import ROOT, Source, finding, hold

GOES_ON_FOR_EVER = ("em up", "em engine")
LENT = ("rules", "simulators", "deploy", "tests")


def marked(*languages: str) -> Any:
    chosen = examples(*languages)
    return pytest.mark.parametrize("example", chosen, ids=map(str, chosen))


COMMANDS = [
    command
    for example in examples("console")
    for command in commands_in(example)
    if command.typed.startswith("em ") and not command.typed.startswith(GOES_ON_FOR_EVER)
]


@marked("json")
def test_json_is_json(example: Example) -> None:
    values = [json.loads(text) for text in re.split(r"\n(?=\{)", example.text.strip())]
    assert values, f"{example}: an empty example"


@marked("yaml")
def test_yaml_is_ours(example: Example, tmp_path: Path) -> None:
    """Parsed by the rulebook's own reader; an order with its zones at hand is a valid rulebook."""
    if not example.text.startswith("order:"):
        assert read_yaml_text(example.text) is not None, f"{example}: no YAML of ours"
        return
    rulebook, problems = check(a_rulebook(tmp_path, example.text))
    told = [str(problem) for problem in problems if problem.severity == "error"]
    assert rulebook is not None, "\n".join([f"{example}: this order would be refused", *told])


def a_rulebook(folder: Path, order: str) -> Path:
    """A folder in which every zone that the order names is a circle in Oslo, each beside the last."""
    for name in ("orders", "zones"):
        (folder / name).mkdir()
    (folder / "orders" / "example.yaml").write_text(order, encoding="utf-8")
    excepted = [name for listed in re.findall(r"\bexcept: *\[(.*?)\]", order) for name in listed.split(", ")]
    names = sorted({*re.findall(r"\bzone: *([\w-]+)", order), *excepted})
    features = [
        {
            "type": "Feature",
            "id": name,
            "properties": {"radius_m": 60},
            "geometry": {"type": "Point", "coordinates": [10.70 + 0.02 * place, 59.92]},
        }
        for place, name in enumerate(names)
    ]
    zones = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "zones" / "zones.geojson").write_text(zones, encoding="utf-8")
    return folder


@marked("toml")
def test_settings_are_read(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text(example.text, encoding="utf-8")
    assert read_settings(path).rules.parent == tmp_path


@marked("python")
def test_python_runs(example: Example, tmp_path: Path) -> None:
    asked = [sys.executable, "-W", "error::SyntaxWarning", "-c", example.text]
    run = in_a_folder(asked, tmp_path)
    assert run.returncode == 0, f"{example}: this program fails\n{run.stderr[-2000:]}"


@pytest.mark.parametrize("command", COMMANDS, ids=map(str, COMMANDS))
def test_a_command_prints_what_is_shown(command: Command, tmp_path: Path) -> None:
    """With the commands before it in its block, which it may build on."""
    before = [one for one in COMMANDS if one.example == command.example and one.line < command.line]
    for one in before:
        typed(one, tmp_path)
    run = typed(command, tmp_path)
    meant = re.search(r"# exit (\d)", command.typed)
    printed = run.stdout + run.stderr
    assert run.returncode == (int(meant[1]) if meant else 0), f"{command}: {command.typed}\n{printed[-2000:]}"
    missing = [line for line in command.shown if line.strip(" …") and not is_shown(line, printed)]
    assert not missing, f"{command}: {command.typed}\ndoes not print {missing}, but\n{printed[-2000:]}"


def typed(command: Command, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command.typed, comments=True)
    return in_a_folder([sys.executable, "-m", "em_engine", *words[1:]], folder)


def in_a_folder(asked: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run where the house's folders are at hand under their names, and what is written goes nowhere."""
    for name in LENT:
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    world = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "COLUMNS": "110"}
    return subprocess.run(
        asked, cwd=folder, capture_output=True, text=True, env=world, timeout=120, check=False
    )


def read_yaml_text(text: str) -> Any:
    findings = Findings()
    document = read_yaml("example.yaml", text, findings)
    return None if findings.has_errors or document is None else document.data


def test_every_block_says_what_it_is() -> None:
    hold(
        finding(source.path, number, "name the block's language, or `text`; only named blocks are tried")
        for source in documents()
        if source.path not in ("em_engine/README.md",)
        for number in opened_without_a_name(source)
    )


def opened_without_a_name(source: Source) -> list[int]:
    fences = [(number, line) for number, line in enumerate(source.lines, 1) if line.startswith("```")]
    return [number for number, line in fences[::2] if line.strip() == "```"]


def test_links_lead_somewhere() -> None:
    hold(
        finding(source.path, number, f"{target} is not there")
        for source in documents()
        for number, line in enumerate(source.lines, 1)
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", line)
        if not (ROOT / source.path).parent.joinpath(target).exists()
    )


def test_paths_that_are_named_are_there() -> None:
    """`tests/…/test_x.py` and the like, in code quotes, from the top of the house."""
    named = re.compile(r"`((?:tests|rules|deploy|simulators|em_engine)/[\w./-]+)`")
    hold(
        finding(source.path, number, f"{path} is not there")
        for source in documents()
        for number, line in enumerate(source.lines, 1)
        for path in named.findall(line)
        if not (ROOT / path).exists()
    )


def test_a_block_is_read_with_its_commands_and_what_they_show() -> None:
    text = (
        "x\n```console\n$ em rules check \\\n    rules/x\nrules/x: fine\n$ em score A B  # exit 1\n…\n```\n"
    )
    (example,) = examples_in(Source("README.md", text))
    first, second = commands_in(example)
    assert (first.typed.split(), first.shown, first.line) == (
        ["em", "rules", "check", "rules/x"],
        ("rules/x: fine",),
        3,
    )
    assert (second.typed, second.shown, second.line) == ("em score A B  # exit 1", ("…",), 6)


@pytest.mark.parametrize(
    ("expected", "printed", "is_there"),
    [
        ("rules/x: revision …, 3 orders", "a\nrules/x: revision 7f, 3 orders\n", True),
        ("3 orders", "rules/x: 3 orders", False),
        ("a.c", "abc", False),
        ("  indented", "indented", True),
    ],
)
def test_what_is_shown_is_found_or_not(expected: str, printed: str, is_there: bool) -> None:
    assert is_shown(expected, printed) is is_there

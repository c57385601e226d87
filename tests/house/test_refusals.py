"""What the authors' page is refused, and what a check finds, is told in its reader's language.

A refusal has words in all three; what the engine itself says of a rulebook (`Said`) is English already, and
so is what the schemas say of fields and kinds.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from em_engine.rulebook.schema import schemas, with_codes
from em_engine.rulebook.schema_words import KIND_WORDS, WORDS
from tests.house.house import ROOT

REFUSALS = {
    "EditRefused",
    "DraftRefused",
    "ShapeRefused",
    "ReleaseRefused",
    "TrialRefused",
    "Reason",
    "AlreadyThere",
}
SAID = {"Said"}
PACKAGE = ROOT / "em_engine"
HISTORIES = ROOT / "simulators"
PAGE = PACKAGE / "console" / "web" / "src" / "words"
_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
_WORD = re.compile(
    rf"""^  "?(?P<code>[A-Za-z_.0-9-]+)"?:\s+(?P<text>{_TEXT}(?:\s*\+\s*{_TEXT})*),$""", re.MULTILINE
)


def codes_in(names: set[str], package: Path = PACKAGE) -> Iterator[tuple[str, int]]:
    """The codes given to these, each with how many values it speaks of."""
    for path in sorted(package.rglob("*.py")):
        source = path.read_text("utf-8")
        if any(f"{name}(" in source for name in names):
            yield from _codes_of(ast.parse(source), path, names)


def _codes_of(tree: ast.AST, path: Path, names: set[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            code, _text, *values = node.args
            assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: the code should be written out"
            assert not any(isinstance(one, ast.Starred) for one in values), f"{path}:{node.lineno}: a star"
            yield str(code.value), len(values)


def words_of(name: str) -> dict[str, str]:
    """The page's words of that file, by code."""
    text = (PAGE / f"{name}.ts").read_text("utf-8")
    return {found["code"]: "".join(_texts(found["text"])) for found in _WORD.finditer(text)}


def _texts(written: str) -> Iterator[str]:
    for text in re.findall(_TEXT, written):
        yield text[1:-1] if text.startswith("'") else json.loads(text)


@pytest.mark.parametrize(
    ("names", "package", "file", "at_least"),
    [
        *((REFUSALS, PACKAGE, f"refusals.{language}", 80) for language in ("nb", "nn", "en")),
        *((SAID, PACKAGE, f"checks.{language}", 300) for language in ("nb", "nn")),
        *((SAID, HISTORIES, f"tracks.{language}", 60) for language in ("nb", "nn")),
    ],
    ids=[
        *("refusals-nb", "refusals-nn", "refusals-en", "checks-nb", "checks-nn"),
        *("histories-nb", "histories-nn"),
    ],
)
def test_every_code_has_words_and_speaks_of_what_it_was_told(
    names: set[str], package: Path, file: str, at_least: int
):
    raised, words = set(codes_in(names, package)), words_of(file)
    if file.startswith("refusals"):
        words |= words_of(file.replace("refusals", "requests"))  # which the operators' page has as well
    assert len(raised) >= at_least
    assert {code for code, _ in raised} == words.keys()
    for code, values in sorted(raised):
        places = set(re.findall(r"\{(\d)\}", words[code]))
        assert places == {str(place) for place in range(values)}, f"{code}: {words[code]}"


def test_no_code_means_two_things():
    told = [codes_in(REFUSALS), codes_in(SAID), codes_in(SAID, HISTORIES)]
    codes = [code for each in told for code in {code for code, _ in each}]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_field_and_kind_has_words_for_the_text_editor(language: str):
    explained = {told.code for told in (*WORDS.values(), *KIND_WORDS.values())}
    words = words_of(f"fields.{language}")
    assert words.keys() == explained
    assert all(text.endswith(".") for text in words.values())


@pytest.mark.parametrize("name", ["order", "schedule", "programme", "protocols"])
def test_every_field_of_a_schema_is_told_in_code(name: str):
    """Of the files that the page completes: zones are drawn."""
    schema = with_codes(schemas()[f"{name}.schema.json"])
    fields = list(_fields(schema, schema))
    assert len(fields) >= 8
    assert not [field for field, told in fields if "description_code" not in told]


def _fields(schema: Any, within: Any) -> Iterator[tuple[str, Any]]:
    """Every field at any depth, with the first of it and what it refers to that is described."""
    if isinstance(within, dict):
        for field, told in within.get("properties", {}).items():
            yield field, _described(schema, told)
        within = list(within.values())
    for part in within if isinstance(within, list) else ():
        yield from _fields(schema, part)


def _described(schema: Any, told: Any) -> Any:
    while "description" not in told and "$ref" in told:
        pointed = schema
        for step in told["$ref"].removeprefix("#/").split("/"):
            pointed = pointed[step]
        told = pointed
    return told

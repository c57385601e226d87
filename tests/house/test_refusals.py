"""What the authors' page is refused is told in its reader's language: every code has words in all three."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.house import ROOT

REFUSALS = {"EditRefused", "DraftRefused", "ShapeRefused", "ReleaseRefused", "Reason"}
PACKAGE = ROOT / "em_engine"
WORDS = PACKAGE / "console" / "web" / "src" / "words"
_WORD = re.compile(r'^  "(?P<code>[a-z_.0-9]+)":\s+(?P<text>".*"),$', re.MULTILINE)


def codes_raised() -> Iterator[tuple[str, int]]:
    """The codes that are raised, each with how many values it speaks of."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        if any(name in source for name in REFUSALS):
            yield from _codes_in(ast.parse(source), path)


def _codes_in(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
            code, _text, *values = node.args
            assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: the code should be written out"
            yield str(code.value), len(values)


def words_of(language: str) -> dict[str, str]:
    """The page's words for refusals, by code."""
    text = (WORDS / f"refusals.{language}.ts").read_text("utf-8")
    return {found["code"]: json.loads(found["text"]) for found in _WORD.finditer(text)}


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_refusal_has_words_and_speaks_of_what_it_was_told(language: str):
    raised, words = set(codes_raised()), words_of(language)
    assert len(raised) > 20
    assert {code for code, _ in raised} == words.keys()
    for code, values in raised:
        places = set(re.findall(r"\{(\d)\}", words[code]))
        assert places == {str(place) for place in range(values)}, f"{code}: {words[code]}"

"""`em rules check`: what is wrong with a rulebook, for people, for programs and for code review."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click

from em_engine.rulebook import check
from em_engine.rulebook.models import Rulebook
from em_engine.rulebook.problems import Problem

_WIDTH: Final = 100
"""Characters of a line that are shown: a zone's ring can be a hundred thousand long."""
_BEFORE: Final = 60


def check_command(folder: Path, *, as_json: bool, sarif: Path | None = None) -> int:
    """Every problem of the rulebook on stderr, or as JSON; 2 if one is an error."""
    rulebook, problems = check(folder)
    if sarif is not None:
        sarif.write_text(json.dumps(as_sarif(problems), ensure_ascii=False, indent=2) + "\n", "utf-8")
    if as_json:
        found = [_as_json(problem) for problem in problems]
        revision = None if rulebook is None else rulebook.revision
        click.echo(json.dumps({"revision": revision, "problems": found}, ensure_ascii=False, indent=2))
    else:
        for line in told(problems):
            click.echo(line, err=True)
    if rulebook is None:
        return 2
    if not as_json:
        click.echo(f"{folder}: {_summary(rulebook, problems)}")
    return 0


def _summary(rulebook: Rulebook, problems: Sequence[Problem]) -> str:
    conditions = sum(len(order.conditions) for order in rulebook.orders)
    warnings = f", {len(problems)} warnings" if problems else ""
    return (
        f"revision {rulebook.revision}, {len(rulebook.orders)} orders with {conditions} conditions, "
        f"{len(rulebook.zones)} zones{warnings}"
    )


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        name: getattr(problem, name)
        for name in ("file", "line", "column", "severity", "code", "message", "hint")
    }


def told(problems: Iterable[Problem]) -> Iterator[str]:
    """The problems in lines: what and where, then the place itself with a caret under it."""
    texts: dict[str, list[str]] = {}
    for problem in problems:
        yield str(problem)
        if problem.file not in texts:
            texts[problem.file] = _lines_of(Path(problem.file))
        lines = texts[problem.file]
        if problem.line <= len(lines):
            yield from excerpt(lines[problem.line - 1], problem.line, problem.column)


def excerpt(line: str, number: int, column: int) -> tuple[str, str]:
    """A line of a file with its number, and a caret under the column (from 1); a long line is cut."""
    start = max(0, column - 1 - _BEFORE) if len(line) > _WIDTH else 0
    cut = line[start : start + _WIDTH]
    before, after = ("…" if start else ""), ("…" if start + _WIDTH < len(line) else "")
    margin = f"  {number} | "
    lead = cut[: column - 1 - start]
    under = before.replace("…", " ") + "".join("\t" if sign == "\t" else " " for sign in lead)
    return f"{margin}{before}{cut}{after}", f"{' ' * (len(margin) - 2)}| {under}^"


def _lines_of(path: Path) -> list[str]:
    """The file as positions count it: lines and letters as the loader reads them, whatever the encoding."""
    if not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")


_LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning"}


def as_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """The problems as SARIF 2.1.0, which code review and editors show at their lines."""
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "em rules check",
        "version": version("em-engine"),
        "rules": [{"id": code, "shortDescription": {"text": code.replace(".", ": ")}} for code in codes],
    }
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    message = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    region = {"startLine": problem.line, "startColumn": problem.column}
    place = {"artifactLocation": {"uri": Path(problem.file).as_posix()}, "region": region}
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": _LEVELS[problem.severity],
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    }

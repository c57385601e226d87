"""`em rules check`: what is wrong with a rulebook, for people, for programs and for code review."""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from em_engine.rulebook import check
from em_engine.rulebook.excerpts import excerpt
from em_engine.rulebook.models import Rulebook
from em_engine.rulebook.problems import Problem
from em_engine.rulebook.sources import lines_of


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
            path = Path(problem.file)
            texts[problem.file] = lines_of(path.read_bytes()) if path.is_file() else []
        lines = texts[problem.file]
        if problem.line <= len(lines):
            yield from excerpt(lines[problem.line - 1], problem.line, problem.column)


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
        "level": problem.severity,  # SARIF calls them what we do
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    }

"""What the house tests need: the files of the house, read once, and findings told so that they can be mended.

A finding is one line, `file:line: what is wrong; what to do`. A rule is a function from a source to its
findings, so that it can be held against the house and, to prove that it bites, against a bad example.
"""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("em_engine", "simulators")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the house: its path from the top, and its text."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """`em_engine.law.curfew`; of an `__init__.py`, its package."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_package_code(self) -> bool:
        return self.path.startswith(tuple(f"{package}/" for package in PACKAGES))

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def finding(path: str, line: int, wrong: str) -> str:
    return f"{path}:{line}: {wrong}"


@cache
def _paths() -> tuple[str, ...]:
    """Every file of the house: those under version control, or, without it, those an install leaves alone."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return tuple(path for path in asked.stdout.split("\0") if path and (ROOT / path).is_file())
    made = {"node_modules", "__pycache__", "static", "var", "build", "dist"}
    tops = (
        "em_engine",
        "simulators",
        "rules",
        "deploy",
        "tests",
        "README.md",
        "pyproject.toml",
        "Makefile",
        ".ci",
    )
    found = (path for top in tops for path in [ROOT / top, *(ROOT / top).rglob("*")] if path.is_file())
    return tuple(str(path.relative_to(ROOT)) for path in found if not made & set(path.parts))


@cache
def sources(*endings: str, under: tuple[str, ...] = ("",)) -> tuple[Source, ...]:
    """The files whose names end so, below these folders, in order of path."""
    chosen = sorted(path for path in _paths() if path.endswith(endings) and path.startswith(under))
    return tuple(Source(path, (ROOT / path).read_text(encoding="utf-8")) for path in chosen)


def package_code() -> tuple[Source, ...]:
    return sources(".py", under=tuple(f"{package}/" for package in PACKAGES))


def hold(findings: Iterable[str]) -> None:
    """Fails with every finding on a line of its own, and nothing else to read."""
    if listed := sorted(set(findings)):
        pytest.fail("\n".join(["", *listed]), pytrace=False)

"""Imports run one way, down, by the table that em_engine/README.md shows."""

import ast
import re
from collections.abc import Iterator

import pytest

from em_engine.law.kinds import KINDS
from tests.house.house import ROOT, Source, finding, hold, package_code

README = "em_engine/README.md"
READERS_OF_SIMULATORS = ("commands", "__main__")


def floors() -> dict[str, int]:
    """Each folder or file directly in em_engine, and its floor: the rows `| 3 | `ingest` `record` | … |`."""
    return {name: int(floor) for floor, names, _ in _rows() for name in re.findall(r"`(\w+)`", names)}


def arrows() -> set[tuple[str, str]]:
    """What a floor's neighbours may import of each other: `a → b` in the table's third column."""
    return {pair for *_, drawn in _rows() for pair in re.findall(r"`(\w+)` → `(\w+)`", drawn)}


def _rows() -> list[tuple[str, str, str]]:
    text = (ROOT / README).read_text(encoding="utf-8")
    return re.findall(r"^\| (\d+) \|([^|]+)\|([^|]*)\|", text, flags=re.MULTILINE)


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Every module a file imports, inside functions too, with its line."""
    package = source.module.split(".")
    if not source.path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join([*package[: len(package) - node.level + 1], node.module or ""])
                if node.level
                else node.module
            )
            assert base is not None
            yield from ((node.lineno, f"{base.rstrip('.')}.{alias.name}") for alias in node.names)


def climbing(source: Source) -> Iterator[str]:
    """Imports that run up, or sideways without an arrow."""
    where = _room(source.module)
    for line, module in imported(source):
        if module.startswith("simulators"):
            if source.path.startswith("em_engine/") and where not in READERS_OF_SIMULATORS:
                yield finding(
                    source.path, line, f"{where} imports {module}; only the command line may use simulators"
                )
            continue
        room = _room(module)
        if room is None or where is None or room == where:
            continue
        if source.path.startswith("simulators/"):
            if room in READERS_OF_SIMULATORS:
                yield finding(source.path, line, f"simulators import {module}, which imports them")
        elif not _may(where, room):
            yield finding(
                source.path,
                line,
                f"{where} imports {module}, which is not below it; move what both need down",
            )


def _room(module: str) -> str | None:
    """The folder or file of em_engine that a module is in; None outside it, "simulators" for those."""
    parts = module.split(".")
    if parts[0] != "em_engine":
        return parts[0] if parts[0] == "simulators" else None
    return parts[1] if len(parts) > 1 else None


def _may(above: str, below: str) -> bool:
    table = floors()
    return table[below] < table[above] or (table[below] == table[above] and (above, below) in arrows())


def test_every_folder_and_file_of_the_engine_stands_on_a_floor() -> None:
    rooms = {room for source in package_code() if (room := _room(source.module)) not in (None, "simulators")}
    assert rooms == set(floors()), f"{README}: its table of floors and the folders of em_engine differ"


def test_imports_run_down() -> None:
    hold(line for source in package_code() for line in climbing(source))


def test_no_arrow_is_drawn_that_nothing_uses() -> None:
    used = {
        (_room(source.module), _room(module)) for source in package_code() for _, module in imported(source)
    }
    assert arrows() <= used, f"{README}: remove the arrows {sorted(arrows() - used)}"


def test_kinds_of_condition_do_not_know_each_other() -> None:
    files = {kind.terms.__module__ for kind in KINDS.values()}
    hold(
        finding(
            source.path, line, f"imports {module}; a kind knows no other, what both need stands below them"
        )
        for source in package_code()
        if source.module in files
        for line, module in imported(source)
        if module.rpartition(".")[0] in files - {source.module}
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("em_engine/law/x.py", "from em_engine.monitoring.heart import Heart"),
        ("em_engine/law/x.py", "def f():\n    import em_engine.record.sqlite"),
        ("em_engine/law/x.py", "from ..console import maps"),
        ("em_engine/record/x.py", "from em_engine.ingest import wire"),
        ("em_engine/vocabulary.py", "from em_engine import law"),
        ("em_engine/app.py", "from simulators.world import Streets"),
        ("simulators/x.py", "from em_engine.commands.up import Wish"),
    ],
    ids=[
        "up",
        "up, inside a function",
        "up, relative",
        "sideways",
        "a whole folder",
        "simulators",
        "a circle",
    ],
)
def test_the_rule_bites(path: str, text: str) -> None:
    assert list(climbing(Source(path, text)))


def test_the_rule_lets_what_runs_down() -> None:
    text = "from em_engine.law import geodesy\nfrom em_engine import vocabulary\nfrom . import heart"
    assert not list(climbing(Source("em_engine/monitoring/x.py", text)))

"""The heart is pure: the law, monitoring and an alert's life read no clock, file, socket, environment or
random number, and write no log. An allow-list, because what is forbidden has no end."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.house import Source, finding, hold, package_code
from tests.house.test_layers import imported

CALCULATING = {
    *(
        "__future__",
        "abc",
        "annotated_types",
        "bisect",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
    ),
    *(
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "itertools",
        "math",
        "numpy",
        "operator",
        "re",
        "string",
        "types",
    ),
    *("typing", "zoneinfo"),
}
"""Modules of the standard library and of others that answer from their arguments alone."""
MAY_USE = {
    "em_engine/law/": CALCULATING | {"dateutil", "em_engine", "holidays", "pyproj", "shapely"},
    "em_engine/monitoring/": CALCULATING | {"em_engine", "msgspec"},
    **{
        f"em_engine/alerts/{name}.py": CALCULATING | {"em_engine"}
        for name in ("life", "alert", "actions", "answers", "deadlines", "relations", "noise")
    },
    "em_engine/vocabulary.py": CALCULATING,
}
FORBIDDEN_CALLS = {"open", "input", "print", "exec", "eval", "compile", "breakpoint", "__import__"}
FORBIDDEN_ENDINGS = (
    *(".now", ".today", ".utcnow", ".sleep", ".random", ".default_rng", ".urandom", ".getenv"),
    *(".tofile", ".fromfile", ".memmap", ".loadtxt", ".savetxt", ".genfromtxt"),
    *(".read_text", ".write_text", ".read_bytes", ".write_bytes"),
)
CIVIL_TIME = {
    "em_engine/law/schedule.py": "weekly windows are written in civil time",
    "em_engine/rulebook/civil.py": "validity and leave are written in civil time",
    "em_engine/rulebook/texts.py": "names of time zones are checked",
    "em_engine/law/recurrence.py": "events of a calendar come again in civil time",
    "em_engine/rulebook/calendars.py": "a calendar's times are read from the clock of their zone",
    "em_engine/rulebook/binding.py": "hands an order's zone to its schedule",
    "em_engine/console/directory.py": "hands an order's zone to the sentences",
    "em_engine/commands/rules.py": "shows windows as their author wrote them",
    "em_engine/commands/why.py": "shows the moment asked about on the order's own clock",
}
GEODESY = "em_engine/law/geodesy.py"
IMPORT_DOOR = "em_engine/rulebook/imports/coordinates.py"


def impure(source: Source) -> Iterator[str]:
    """Imports and calls by which the world could get in."""
    allowed = next((names for path, names in MAY_USE.items() if source.path.startswith(path)), None)
    if allowed is None:
        return
    for line, module in imported(source):
        if module.split(".")[0] not in allowed:
            yield finding(
                source.path, line, f"imports {module}; the heart is pure, hand in what it tells as a value"
            )
    for node in source.nodes(ast.Call, ast.Attribute):
        name = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        if name in FORBIDDEN_CALLS or f".{name}".endswith(FORBIDDEN_ENDINGS):
            yield finding(
                source.path, getattr(node, "lineno", 1), f"uses {name}; time and data are handed in"
            )


def users_of(module: str) -> dict[str, int]:
    return {
        source.path: line
        for source in package_code()
        if source.path.startswith("em_engine/")
        for line, name in imported(source)
        if name.split(".")[0] == module
    }


def test_the_heart_is_pure() -> None:
    hold(line for source in package_code() for line in impure(source))


@pytest.mark.parametrize("path", MAY_USE)
def test_what_must_be_pure_is_there(path: str) -> None:
    assert any(source.path.startswith(path) for source in package_code()), f"{path} moved: say so in MAY_USE"


def test_the_law_uses_nothing_above_it() -> None:
    """The law stands on the vocabulary and itself alone."""
    hold(
        finding(source.path, line, f"the law imports {module}")
        for source in package_code()
        if source.path.startswith("em_engine/law/")
        for line, module in imported(source)
        if module.startswith("em_engine.")
        and not module.startswith(("em_engine.law.", "em_engine.vocabulary."))
    )


def test_geodesy_and_the_import_door_alone_know_the_projection_library() -> None:
    """The law measures in planes of its own; drawings in other systems are brought to degrees at the door."""
    found = users_of("pyproj")
    assert {GEODESY, IMPORT_DOOR} <= set(found)
    hold(
        finding(path, line, f"ask {GEODESY} instead of pyproj")
        for path, line in found.items()
        if path not in (GEODESY, IMPORT_DOOR)
    )


def test_civil_time_is_known_in_few_places() -> None:
    found = users_of("zoneinfo")
    assert set(CIVIL_TIME) <= set(found), f"CIVIL_TIME names {sorted(set(CIVIL_TIME) - set(found))} in vain"
    hold(
        finding(path, line, "knows civil time; UTC inside, or say in CIVIL_TIME why")
        for path, line in found.items()
        if path not in CIVIL_TIME
    )


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from datetime import datetime\nat = datetime.now()",
        "import numpy as np\nx = np.random.default_rng(1)",
        "import logging",
        "from pathlib import Path",
        "import os",
        "def f():\n    import random",
        "def f(path):\n    return open(path)",
        "def f(path):\n    return path.read_text()",
        "from em_engine.law import x\nx.today()",
    ],
)
def test_the_rule_bites(text: str) -> None:
    assert list(impure(Source("em_engine/law/x.py", text)))

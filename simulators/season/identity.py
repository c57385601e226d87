"""Under which law a season was judged: a digest of every line of code that bears on what it comes to.

    law_identity()    # '4f2a9c1b7d3e'

Words do not bear on it: comments, docstrings and the drawing of charts may change, and the identity stays.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import em_engine

ROOT: Final = Path(em_engine.__file__).parent.parent
OURS: Final = ("em_engine", "simulators")
JUDGES: Final = "simulators.season.contest"
"""Who judges a season: all that he imports bears on it, and nothing else."""
DRAWS: Final = frozenset({"simulators.chart", "simulators.score_chart"})


@cache
def law_identity(root: Path = ROOT, judges: str = JUDGES) -> str:
    """Twelve hexadecimal digits: the same as long as the code is."""
    digest = hashlib.sha256()
    for module, tree in sorted(what_bears(root, judges).items()):
        digest.update(f"{module}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()[:12]


@cache
def what_bears(root: Path = ROOT, judges: str = JUDGES) -> dict[str, ast.Module]:
    """The module and every one of ours that it imports, inside functions too, by name; without words."""
    found: dict[str, ast.Module] = {}
    waiting = [judges]
    while waiting:
        module = waiting.pop()
        file = _file_of(root, module)
        if module in found or module in DRAWS or file is None:
            continue
        found[module] = _without_words(ast.parse(file.read_bytes()))
        waiting += _imported(found[module])
        waiting += [module.rpartition(".")[0]] if "." in module else []
    return found


def _file_of(root: Path, module: str) -> Path | None:
    """None for a name that is no module, but something in one."""
    path = root.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((one for one in candidates if one.is_file()), None)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name.startswith(OURS))
            case ast.ImportFrom(module=str(module), names=names) if module.startswith(OURS):
                yield module
                yield from (f"{module}.{one.name}" for one in names)


def _without_words(tree: ast.Module) -> ast.Module:
    """Without docstrings, those of names too: statements that are a text alone."""
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return tree


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False

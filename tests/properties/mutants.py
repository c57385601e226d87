"""Which changes of the law's numbers and comparisons would the worlds not notice? Run by hand, in minutes:

`python -m tests.properties.mutants [module or name ...]`

Every named number of `em_engine/law` is made a tenth smaller and greater, every `<` becomes `<=` and the
like, one at a time and in this process only. The aimed worlds of the suite are judged with each; a mutant
that tells the same of all of them survives, and is printed. Geometry and the calendar have other tests; what
the worlds left has one in `tests/unit/law/test_beside_numbers.py`, but for margins that would have to be met
to the last digit.
"""

import ast
import importlib
import inspect
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.properties.aimed import KINDS, aimed
from tests.properties.hearts import changes, in_arrears, in_time
from tests.properties.test_heart_and_reference import AIMED, assert_same, by_slot
from tests.properties.worlds import World
from tests.reference.duty import Told

LAW = (
    "breach", "evidence", "frozen", "motion", "zone_watch", "windowed_watch", "geofence", "curfew",
    "allowance", "contact_ban", "device_health", "device_signs", "attendance", "sobriety",
    "whereabouts", "separation", "presence", "signs", "doubt", "one_error",
)  # fmt: skip
FACTORS = (0.9, 1.1)
BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
PATIENCE_S = 60


@dataclass(frozen=True)
class Mutant:
    """One change: how it is called, what makes it and what takes it back."""

    name: str
    make: Callable[[], None]
    undo: Callable[[], None]


def main(wanted: list[str]) -> None:
    """Try every mutant whose name holds one of the words; all of them where there are none."""
    worlds = [aimed(seed, kind=kind) for seed in range(AIMED) for kind in KINDS]
    expected = [_told(one) for one in worlds]
    survivors = count = 0
    for mutant in mutants():
        if wanted and not any(word in mutant.name for word in wanted):
            continue
        count += 1
        place = _noticed(mutant, worlds, expected)
        if place is None:
            survivors += 1
            sys.stdout.write(f"survives {mutant.name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{count} mutants, {survivors} survive {len(worlds)} worlds\n")


def _noticed(mutant: Mutant, worlds: list[World], expected: list[tuple[list[Told], ...]]) -> int | None:
    """The first world that tells the difference."""
    mutant.make()
    try:
        for place, (one, before) in enumerate(zip(worlds, expected, strict=True)):
            try:
                with _impatience():
                    for told, was in zip(_told(one), before, strict=True):
                        assert_same(by_slot(told), by_slot(was), within=1_000)
            except Exception:  # whatever goes wrong, it was noticed
                return place
        return None
    finally:
        mutant.undo()


def _told(one: World) -> tuple[list[Told], list[Told]]:
    told = changes(one.rulebook, one.reports, until=one.until)
    return in_time(told), in_arrears(told)


@contextmanager
def _impatience() -> Iterator[None]:
    """A heart that never comes back has been noticed too."""

    def give_up(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)


def mutants() -> Iterator[Mutant]:
    """Every change there is to try."""
    for name in LAW:
        try:
            module = importlib.import_module(f"em_engine.law.{name}")
        except ModuleNotFoundError:
            continue
        tree = ast.parse(inspect.getsource(module))
        yield from _numbers(module, tree)
        yield from _comparisons(module, tree)


def _numbers(module: ModuleType, tree: ast.Module) -> Iterator[Mutant]:
    for node in tree.body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        name, value = node.target.id, getattr(module, node.target.id)
        if type(value) not in (int, float) or abs(value) > 2**60:
            continue
        for factor in FACTORS:
            changed = type(value)(value * factor)
            users = [one for one in _engine() if getattr(one, name, None) is value]
            yield Mutant(
                f"{module.__name__}:{node.lineno} {name} = {changed} (is {value})",
                make=_setter(users, name, changed),
                undo=_setter(users, name, value),
            )


def _engine() -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.startswith("em_engine")]


def _setter(users: list[ModuleType], name: str, value: Any) -> Callable[[], None]:
    def put() -> None:
        for one in users:
            setattr(one, name, value)

    return put


def _comparisons(module: ModuleType, tree: ast.Module) -> Iterator[Mutant]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        for place, was in enumerate(node.ops):
            if type(was) not in BOUNDARY:
                continue
            source = ast.unparse(node)
            node.ops[place] = BOUNDARY[type(was)]()
            changed = ast.unparse(node)
            codes = _codes(compile(tree, str(module.__file__), "exec"))
            node.ops[place] = was
            owner = _function_at(module, codes, node.lineno)
            if owner is not None:
                function, code = owner
                yield Mutant(
                    f"{module.__name__}:{node.lineno} {changed} (is {source})",
                    make=_recoder(function, code),
                    undo=_recoder(function, function.__code__),
                )


def _recoder(function: FunctionType, code: CodeType) -> Callable[[], None]:
    def put() -> None:
        function.__code__ = code

    return put


def _codes(code: CodeType) -> dict[str, CodeType]:
    """The code of every function in a module, by its qualified name."""
    found: dict[str, CodeType] = {}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found |= {inner.co_qualname: inner} | _codes(inner)
    return found


def _function_at(
    module: ModuleType, codes: dict[str, CodeType], line: int
) -> tuple[FunctionType, CodeType] | None:
    """The function that holds that line, and its changed code."""
    holding = [
        (code.co_firstlineno, name)
        for name, code in codes.items()
        if "<" not in name
        and code.co_firstlineno <= line <= max(last for _, _, last in code.co_lines() if last)
    ]
    if not holding:
        return None
    name = max(holding)[1]
    found: Any = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    function = getattr(found, "fget", found)
    function = inspect.unwrap(getattr(function, "__func__", function))
    return (function, codes[name]) if isinstance(function, FunctionType) else None


if __name__ == "__main__":
    main(sys.argv[1:])

"""Size: files, functions, lines and parameters, as small as a reader wants them.

A function's size is the lines of its body without docstring, blank lines and comments; what is defined within
it counts with it. Parameters are counted where a caller must give them by place: `self`, `cls`, keyword-only
ones and those with a default are left out.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from statistics import median, quantiles

import pytest

from tests.house.house import Function, Source, finding, hold, package_code, sources

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
NINE_IN_TEN_UNDER = 25
MEDIAN_UNDER = 10
COLUMNS = 110
POSITIONAL_MAX = 3
POSITIONAL_MAX_PRIVATE = 6  # of a helper: its callers stand in the same file, where one sees which is which

CODE = (".py", ".ts", ".tsx", ".mjs", ".css", ".sql", ".sh", ".html")
WRITTEN = (*CODE, ".md", ".yaml", "Makefile", ".ci/run", ".npmrc")
GRANTED = {
    "alert_id": "the four parts of an alert's id, in the order the contract names them",
    "crossing": "two margins and two times, before and after, as the law's page writes them",
    "withdrawn": "one row of one slot, as the snapshot names it",
    "error": "document, path, code, message: said so some hundred times, always in this order",
    "error_at_key": "as error",
    "warning": "as error",
    "unreadable": "as error, with a position in the path's place",
}
"""Public functions that take more by place, and why."""


def code_lines(source: Source, function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    lines = source.lines[body[0].lineno - 1 : body[-1].end_lineno]
    return sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))


def positional(function: Function, *, is_method: bool) -> int:
    taken = len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)
    is_static = any(ast.unparse(decorator) == "staticmethod" for decorator in function.decorator_list)
    return taken - (1 if is_method and not is_static else 0)


def methods(source: Source) -> Iterator[tuple[ast.ClassDef, Function]]:
    for owner in source.nodes(ast.ClassDef):
        assert isinstance(owner, ast.ClassDef)
        yield from ((owner, member) for member in owner.body if isinstance(member, Function))


@cache
def shared_methods() -> frozenset[str]:
    """Methods that several classes have: their shape is an interface's, not their own."""
    count = Counter(member.name for source in package_code() for _, member in methods(source))
    return frozenset(name for name, owners in count.items() if owners > 1 and name != "__init__")


def crowded(source: Source) -> Iterator[str]:
    """Functions that take too much by place."""
    owners = {member: owner for owner, member in methods(source)}
    for function in source.functions():
        if _is_anothers_shape(function, owners.get(function)):
            continue
        most = POSITIONAL_MAX_PRIVATE if function.name.startswith("_") else POSITIONAL_MAX
        taken = positional(function, is_method=function in owners)
        if taken > most and function.name not in GRANTED:
            yield finding(
                source.path,
                function.lineno,
                f"{function.name} takes {taken} by place; make them keyword-only",
            )


def _is_anothers_shape(function: Function, owner: ast.ClassDef | None) -> bool:
    """Called by a framework, or written down by an interface or a foreign base class."""
    plain = {"staticmethod", "classmethod", "property", "cache", "override"}
    is_registered = any(ast.unparse(one).split(".")[-1] not in plain for one in function.decorator_list)
    overrides = owner is not None and function.name in shared_methods()
    is_plug_in = owner is not None and owner.name.startswith("_Keeping")  # amqtt's own classes, kept in order
    return is_registered or overrides or is_plug_in


def long_lines(source: Source) -> Iterator[str]:
    """Lines a screen half cannot show; tables of Markdown cannot be broken, nor can an address."""
    is_markdown = source.path.endswith(".md")
    for number, line in enumerate(source.lines, 1):
        is_whole = (is_markdown and line.lstrip().startswith("|")) or (
            " " not in line.strip() and "://" in line
        )
        if len(line) > COLUMNS and not is_whole:
            yield finding(source.path, number, f"{len(line)} columns, {COLUMNS} are enough; break the line")


def long_files(source: Source) -> Iterable[str]:
    if len(source.lines) > FILE_LINES_MAX:
        yield finding(
            source.path, FILE_LINES_MAX, f"{len(source.lines)} lines, at most {FILE_LINES_MAX}; divide it"
        )


def long_functions(source: Source) -> Iterator[str]:
    for function in source.functions():
        if (size := code_lines(source, function)) > FUNCTION_LINES_MAX:
            yield finding(
                source.path,
                function.lineno,
                f"{function.name}: {size} lines, at most {FUNCTION_LINES_MAX}; divide it",
            )


def sizes() -> list[int]:
    return [code_lines(source, function) for source in package_code() for function in source.functions()]


def test_files_are_short() -> None:
    hold(line for source in sources(*CODE, ".md") for line in long_files(source))


def test_functions_are_short() -> None:
    hold(line for source in sources(".py") for line in long_functions(source))


def test_nine_in_ten_functions_are_shorter_and_most_are_a_glance() -> None:
    assert quantiles(sizes(), n=10)[-1] < NINE_IN_TEN_UNDER
    assert median(sizes()) < MEDIAN_UNDER


def test_lines_fit() -> None:
    hold(line for source in sources(*WRITTEN) for line in long_lines(source))


def test_more_than_three_parameters_are_named() -> None:
    hold(line for source in package_code() for line in crowded(source))


def test_every_grant_is_still_needed() -> None:
    names = {
        function.name
        for source in package_code()
        for function in source.functions()
        if positional(function, is_method=any(function is member for _, member in methods(source)))
        > POSITIONAL_MAX
    }
    assert set(GRANTED) <= names, (
        f"tests/house/test_size.py: GRANTED names {sorted(set(GRANTED) - names)} in vain"
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_files, "x = 1\n" * (FILE_LINES_MAX + 1)),
        (long_functions, "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX + 1)),
        (long_functions, "class C:\n    async def f(self):\n        'Says.'\n" + "        x = 1\n" * 51),
        (long_lines, "x = '" + "å" * COLUMNS + "'"),
        (crowded, "def f(a, b, c, d): ..."),
        (crowded, "class C:\n    def f(self, a, b, c, d): ..."),
        (crowded, "class C:\n    def _f(self, a, b, c, d, e, f, g): ..."),
    ],
    ids=["file", "function", "method", "line", "parameters", "of a method", "of a helper"],
)
def test_the_rules_bite(rule, text: str) -> None:  # type: ignore[no-untyped-def]
    assert list(rule(Source("em_engine/x.py", text)))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_functions, "def f():\n    'Says.'\n" + "    # why\n\n" * 60 + "    x = 1\n"),
        (crowded, "def f(a, b, c, *, d, e): ..."),
        (crowded, "class C:\n    def f(self, a, b, c): ..."),
        (crowded, "@router.get('/')\ndef f(a, b, c, d, e): ..."),
    ],
)
def test_the_rules_let_be(rule, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not list(rule(Source("em_engine/x.py", text)))

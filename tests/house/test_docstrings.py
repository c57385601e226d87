"""Every public module, class, function and method says what it is. Our own check and not ruff's D rules: a
method that only fulfils an interface is said once, where the interface is."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.house import Function, Source, finding, hold, package_code
from tests.house.test_size import methods


@cache
def said_by_interfaces() -> frozenset[str]:
    """Methods that a protocol or a base class of ours describes."""
    return frozenset(
        member.name
        for source in package_code()
        for owner, member in methods(source)
        if ast.get_docstring(member) and _is_interface(owner, source)
    )


def _is_interface(owner: ast.ClassDef, source: Source) -> bool:
    is_protocol = any(ast.unparse(base).split("[")[0].endswith(("Protocol", "ABC")) for base in owner.bases)
    return is_protocol or any(
        owner.name in {ast.unparse(base) for base in other.bases}
        for other in source.nodes(ast.ClassDef)
        if isinstance(other, ast.ClassDef)
    )


def unsaid(source: Source) -> Iterator[str]:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield finding(source.path, 1, "say in a docstring what this file is")
    yield from _unsaid_in(source, source.tree, is_class=False)


def _unsaid_in(source: Source, owner: ast.Module | ast.ClassDef, *, is_class: bool) -> Iterator[str]:
    for node in owner.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        is_said = ast.get_docstring(node) or (is_class and node.name in said_by_interfaces())
        if not is_said and not _is_another_half(node) and not _is_a_field(node):
            yield finding(source.path, node.lineno, f"say in a docstring what {node.name} is or answers")
        if isinstance(node, ast.ClassDef):
            yield from _unsaid_in(source, node, is_class=True)


def _is_another_half(node: Function | ast.ClassDef) -> bool:
    """An overload, or the setter of a property that is described."""
    return any(ast.unparse(one).endswith(("overload", ".setter")) for one in node.decorator_list)


def _is_a_field(node: Function | ast.ClassDef) -> bool:
    """A property without a body: how a protocol declares a field, which its own docstring is about."""
    is_property = any(ast.unparse(one) == "property" for one in node.decorator_list)
    return is_property and [ast.unparse(line) for line in node.body] == ["..."]


def test_everything_public_says_what_it_is() -> None:
    hold(line for source in package_code() for line in unsaid(source))


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "'''A file.'''\ndef f(): ...",
        "'''A file.'''\nclass C:\n    '''A thing.'''\n    def f(self): ...",
    ],
    ids=["file", "function", "method"],
)
def test_the_rule_bites(text: str) -> None:
    assert list(unsaid(Source("em_engine/x.py", text)))

"""What must not be left lying in the house: this machine's paths, where packages came from, unfinished notes,
prints, errors swallowed whole."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.house import ROOT, Source, finding, hold, package_code, sources

WRITTEN = (
    *(
        ".py",
        ".md",
        ".ts",
        ".tsx",
        ".mjs",
        ".css",
        ".html",
        ".sql",
        ".sh",
        ".toml",
        ".yaml",
        ".json",
        ".npmrc",
    ),
    *("NOTICE", "Makefile", ".ci/run", ".gitignore", ".txt", ".conf", ".service"),
)
HERE = "tests/house/"
MACHINE = [str(ROOT), str(Path.home())]
MACHINE_PATH = re.compile(
    "|".join(
        [
            *(re.escape(path) + r"(?=[/\"'\s]|$)" for path in MACHINE if path.count("/") > 1),
            r"/home/[a-z]\w*/",
        ]
    )
)
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
PACKAGE_SOURCE = re.compile(
    r"\"resolved\"\s*:|index[-_]url|^registry\s*=|https?://[\w.-]*(registry|pypi|pythonhosted|artifact|nexus|mirror)",
    flags=re.IGNORECASE | re.MULTILINE,
)
LAST_RESORTS = {
    "em_engine/runners/local.py": "the runner's supervisor",
    "em_engine/console/problems.py": "the web error page",
}
"""Where everything may be caught (style, section 2)."""


def paths_of_a_machine(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.lines, 1):
        if found := MACHINE_PATH.search(line):
            yield finding(
                source.path, number, f"{found[0]} is a path of one machine; say it relative to something"
            )


def package_sources(source: Source) -> Iterator[str]:
    for found in PACKAGE_SOURCE.finditer(source.text):
        line = source.text.count("\n", 0, found.start()) + 1
        yield finding(source.path, line, "says where packages come from; name and version are enough")


def unfinished(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.lines, 1):
        if found := UNFINISHED.search(line):
            yield finding(source.path, number, f"{found[0]}: do it, or put it into an issue")


def swallowing(source: Source) -> Iterator[str]:
    """Handlers for every exception there is, but in the two last resorts, or where it goes on its way."""
    for handler in source.nodes(ast.ExceptHandler):
        assert isinstance(handler, ast.ExceptHandler)
        caught = "everything" if handler.type is None else ast.unparse(handler.type)
        if re.search(r"\b(everything|Exception|BaseException)\b", caught) and not _goes_on(handler):
            yield finding(source.path, handler.lineno, f"catches {caught}; name what is foreseen")


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """The last thing it does is to raise the same again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def prints(source: Source) -> Iterator[str]:
    for call in source.nodes(ast.Call):
        assert isinstance(call, ast.Call)
        if ast.unparse(call.func) in ("print", "pprint", "sys.stdout.write"):
            yield finding(source.path, call.lineno, "prints; the command line says things with click.echo")


def test_no_path_of_this_machine_is_written_down() -> None:
    hold(line for source in sources(*WRITTEN) for line in paths_of_a_machine(source))


def test_no_file_says_where_packages_come_from() -> None:
    hold(
        line
        for source in sources(*WRITTEN)
        if not source.path.startswith(HERE)
        for line in package_sources(source)
    )


def test_nothing_is_left_to_be_done_in_a_comment() -> None:
    hold(line for source in sources(*WRITTEN) for line in unfinished(source))


def test_package_code_prints_nothing() -> None:
    at_install = ("em_engine/console/web/", "simulators/demo/draw_map.py")
    hold(
        line for source in package_code() if not source.path.startswith(at_install) for line in prints(source)
    )


def test_everything_is_caught_in_two_places_only() -> None:
    hold(line for source in package_code() if source.path not in LAST_RESORTS for line in swallowing(source))


def test_assertions_are_left_on() -> None:
    """The impossible is an assertion, in production too: nothing we start says -O."""
    off = re.compile(r"PYTHONOPTIMIZE|python3?[\w.]*\s+-OO?\b")
    hold(
        finding(source.path, number, "turns assertions off")
        for source in sources(".sh", ".md", ".toml", ".yaml", ".service", "Makefile", "Dockerfile", ".ci/run")
        for number, line in enumerate(source.lines, 1)
        if off.search(line)
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (paths_of_a_machine, "see /" + "home/kari/notes"),
        (package_sources, '{"resolved": "somewhere"}'),
        (package_sources, "registry=somewhere"),
        (package_sources, "see https://" + "registry.example.org/x"),
        (unfinished, "x = 1  # " + "TO" + "DO: more"),
        (prints, "print('here')"),
        (swallowing, "try:\n    f()\nexcept Exception:\n    pass"),
        (swallowing, "try:\n    f()\nexcept:\n    pass"),
        (swallowing, "try:\n    f()\nexcept (ValueError, BaseException) as error:\n    log(error)"),
    ],
)
def test_the_rules_bite(rule, text: str) -> None:  # type: ignore[no-untyped-def]
    assert list(rule(Source("em_engine/x.py", text)))


def test_what_is_raised_again_is_not_swallowed() -> None:
    text = "try:\n    f()\nexcept BaseException:\n    undo()\n    raise"
    assert not list(swallowing(Source("em_engine/x.py", text)))

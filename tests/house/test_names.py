"""One word, one meaning: the glossary's words, in names and in what people read.

Only words that have no other lawful use here are looked for. `user` is who signs in, `record` what is kept,
`location` a word of OwnTracks: those a reader must judge.
"""

import ast
import re
from collections.abc import Iterator

import numpy as np
import pytest

from tests.house.house import Source, finding, hold, package_code, sources

INSTEAD = {
    "offender": "wearer",
    "victim": "protected person",
    "debounce": "dwell",
    "snooze": "shelve",
    "slack": "margin_m",
    "incident": "breach",
    "violation": "breach",
    "alarm": "alert",
    "tracker": "tag or device",
    "timeout": "overdue, or until when",
    "ping": "fix or heartbeat",
    "geofence": "zone",
}
"""Words that are no name of ours, and what we say."""
FOREIGN_WORDS = {
    "em_engine/ingest/mqtt.py": {"timeout"},  # a socket's, not a wearer's
    "em_engine/ingest/broker.py": {"timeout"},
    "em_engine/ingest/embedded.py": {"timeout"},  # amqtt's parameter
    "em_engine/console/problems.py": {"violation"},
}
READ_BY_PEOPLE = ("offender", "victim", "debounce", "snooze", "ping", "tracker")
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "misc",
    "common",
    "stuff",
    "base",
    "core",
    "manager",
    "tools",
}
LENGTHS = ("accuracy", "buffer", "clearance", "depth", "distance", "length", "margin", "radius", "separation")
SPANS = re.compile(r"_(s|ms|us|secs?|seconds|micros|minutes|hours)$")


def names(source: Source) -> Iterator[tuple[int, str]]:
    """Every name a file gives to something, with its line."""
    for node in ast.walk(source.tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr


def words_of(name: str) -> set[str]:
    """`heardUntil_m` is heard, until, m; plurals count as their singular."""
    found = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return found | {word.removesuffix("s") for word in found}


def foreign_names(source: Source) -> Iterator[str]:
    granted = FOREIGN_WORDS.get(source.path, set())
    for line, name in names(source):
        for word in words_of(name) & INSTEAD.keys() - granted:
            yield finding(source.path, line, f"{name}: {word} is no word of ours; say {INSTEAD[word]}")


def foreign_prose(source: Source) -> Iterator[str]:
    """Words nobody should read, on a screen, in a document or in a comment."""
    for number, line in enumerate(source.lines, 1):
        for word in re.findall(rf"\b({'|'.join(READ_BY_PEOPLE)})s?\b", line, flags=re.IGNORECASE):
            yield finding(source.path, number, f"{word} is no word of ours; say {INSTEAD[word.lower()]}")


def unnamed_lengths(source: Source) -> Iterator[str]:
    """Annotated numbers that are a length and do not end in _m (or _m and a qualifier)."""
    for node in ast.walk(source.tree):
        name, written = "", None
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=written):
                pass
            case ast.arg(arg=name, annotation=written) if written is not None:
                pass
            case _:
                continue
        is_number = re.match(r"(Final\[)?(float|Floats)\b", ast.unparse(written))
        if (
            is_number
            and words_of(name) & set(LENGTHS)
            and not re.search(r"_m($|_)", name, flags=re.IGNORECASE)
        ):
            yield finding(source.path, node.lineno, f"{name} is a length: name it {name}_m")


def columns() -> Iterator[tuple[str, str, np.dtype[np.generic]]]:
    """Every field of every structured column of the engine: where, its name, its type."""
    from em_engine import vocabulary
    from em_engine.law import attendance, breach, contact_ban, curfew, device_health, evidence, geofence
    from em_engine.law.kinds import KINDS

    for module in (vocabulary, attendance, breach, contact_ban, curfew, device_health, evidence, geofence):
        for name, value in vars(module).items():
            if isinstance(value, np.dtype) and value.names:
                yield from ((f"{module.__name__}.{name}", field, value[field].base) for field in value.names)
    for kind in KINDS.values():
        state = kind.watch.state_type
        yield from (
            (f"{kind.watch.__name__}.state_type", field, state[field].base) for field in state.names or ()
        )


def test_names_are_the_glossary_s() -> None:
    hold(line for source in package_code() for line in foreign_names(source))


def test_what_people_read_is_the_glossary_s() -> None:
    read = sources(
        ".py", ".md", ".ts", ".tsx", ".html", ".yaml", ".sql", under=("em_engine/", "simulators/", "rules/")
    )
    hold(line for source in read for line in foreign_prose(source))


def test_no_file_is_named_after_nothing() -> None:
    hold(
        finding(source.path, 1, f"{part} says nothing; name it after the thing in it")
        for source in sources(".py", ".ts", ".tsx", ".sql", ".sh")
        for part in re.split(r"[/.]", source.path)
        if part in EMPTY_NAMES and source.path != "em_engine/console/web/src/style/base.css"
    )


def test_lengths_are_named_metres() -> None:
    hold(line for source in package_code() for line in unnamed_lengths(source))


def test_times_and_spans_in_columns_are_whole_microseconds() -> None:
    listed = list(columns())
    assert len(listed) > 50, "the columns moved: say where in this file"
    assert not [
        f"{where}.{field}: {kind} should be int64 microseconds"
        for where, field, kind in listed
        if field.endswith("_at") and kind != np.int64
    ]
    assert not [
        f"{where}.{field}: name it without its unit" for where, field, _ in listed if SPANS.search(field)
    ]


@pytest.mark.parametrize(
    "text", ["offender_id = 1", "def f(snoozeUntil): ...", "class AlarmQueue: ...", "x.slack = 0"]
)
def test_the_rule_of_names_bites(text: str) -> None:
    assert list(foreign_names(Source("em_engine/x.py", text)))


@pytest.mark.parametrize(
    "text", ["radius: float = 3.0", "def f(distance: float): ...", "buffer: Final[float] = 1.0"]
)
def test_the_rule_of_lengths_bites(text: str) -> None:
    assert list(unnamed_lengths(Source("em_engine/x.py", text)))


def test_the_rule_of_prose_bites_and_spares_words_within_words() -> None:
    assert list(foreign_prose(Source("rules/README.md", "The Offenders of the week")))
    assert not list(foreign_prose(Source("rules/README.md", "mapping, shipping, tracking")))

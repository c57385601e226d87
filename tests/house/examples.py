"""The examples of our documents: fenced blocks, with where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.house import Source, sources


@dataclass(frozen=True)
class Example:
    """One fenced block: ```language note."""

    path: str
    line: int
    language: str
    note: str  # `sketch` marks a block that only shows a shape
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A line of a console block that begins with `$`, and the lines shown under it."""

    example: Example
    line: int
    typed: str
    shown: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.example.path}:{self.line}"


def examples_in(source: Source) -> Iterator[Example]:
    for found in re.finditer(r"^```(\w+)[ \t]*(.*)\n((?:.*\n)*?)```$", source.text, flags=re.MULTILINE):
        line = source.text.count("\n", 0, found.start()) + 1
        yield Example(source.path, line, *found.groups())


def documents() -> tuple[Source, ...]:
    """What people read to learn the product."""
    return sources(
        "README.md", "KINDS.md", under=("README.md", "rules/", "em_engine/", "simulators/", "deploy/")
    )


def examples(*languages: str) -> list[Example]:
    return [
        example
        for source in documents()
        for example in examples_in(source)
        if example.language in languages and example.note != "sketch"
    ]


def commands_in(example: Example) -> Iterator[Command]:
    """Commands go on over lines that end in a backslash; `…` in what is shown stands for anything."""
    lines = example.text.replace("\\\n", "\0").splitlines()
    number = example.line
    typed: str | None = None
    shown: list[str] = []
    began = number
    for line in [*lines, "$ "]:
        number += 1
        if line.startswith("$ "):
            if typed:
                yield Command(example, began, typed, tuple(shown))
            typed, shown, began = line[2:].replace("\0", " ").strip(), [], number
        else:
            shown.append(line)
        number += line.count("\0")


def is_shown(expected: str, printed: str) -> bool:
    """Whether a line of an example is among what was printed; `…` stands for anything within a line."""
    pattern = ".*".join(re.escape(part.strip()) for part in expected.split("…"))
    return any(re.fullmatch(rf"\s*{pattern}\s*", line) for line in printed.splitlines())

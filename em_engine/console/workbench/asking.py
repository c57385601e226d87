"""Trials as the command lines they are: what is tried, on which history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from em_engine.console.workbench.trials import Wish
from em_engine.console.workbench.workbench import Workbench
from em_engine.vocabulary import Micros, rfc3339

Words = Callable[[Path], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The history to try on: what the engine recorded, files that were sent, or days that are made up."""

    simulated_days: int | None = None
    seed: int = 1
    since: Micros | None = None
    until: Micros | None = None
    uploads: tuple[str, ...] = ()
    truth: str | None = None
    device: str | None = None

    def words(self, bench: Workbench) -> list[str]:
        """The same as a command has it. Raises UnknownTrial for a file that was never sent."""
        if not self.uploads:
            return self._named(bench) + self._span()
        told = [word for id in self.uploads for word in ("--history", str(bench.trials.history(id)))]
        told += ["--truth", str(bench.trials.history(self.truth))] if self.truth else []
        return told + (["--device", self.device] if self.device else [])

    def _named(self, bench: Workbench) -> list[str]:
        if self.simulated_days is None:
            return ["--recorded", str(bench.data)]
        return ["--simulated", str(self.simulated_days), "--seed", str(self.seed)]

    def _span(self) -> list[str]:
        ends = {"--since": self.since, "--until": self.until}
        return [word for name, at in ends.items() if at is not None for word in (name, rfc3339(at))]


def diff_of(bench: Workbench, of: Mapping[str, Any], past: Past) -> Wish:
    """Two books on one history. Raises UnknownBook, BookRefused, UnknownTrial."""
    books = {side: _sound(bench, str(of[side])) for side in ("old", "new")}
    said = past.words(bench)
    return Wish(
        kind="diff",
        of=of,
        books=books,
        words=lambda folder: _typed(folder, "diff", "old", "new", said),
    )


def backtest_of(bench: Workbench, of: Mapping[str, Any], past: Past) -> Wish:
    """One book on a history. Raises UnknownBook, BookRefused, UnknownTrial."""
    said = past.words(bench)
    return Wish(
        kind="backtest",
        of=of,
        books={"book": _sound(bench, str(of["book"]))},
        words=lambda folder: _typed(folder, "backtest", "book", said),
    )


def why_of(bench: Workbench, of: Mapping[str, Any], past: Past, *, wearer: str, at: Micros) -> Wish:
    """One wearer at one moment of a history. Raises UnknownBook, BookRefused, UnknownTrial."""
    asked = ["--wearer", wearer, "--at", rfc3339(at)]
    said = [*past.words(bench), *asked]
    return Wish(
        kind="why",
        of=of,
        books={"book": _sound(bench, str(of["book"]))},
        words=lambda folder: _typed(folder, "why", "book", said),
    )


def _typed(folder: Path, command: str, *words: str | list[str]) -> list[str]:
    """`em rules …`, the books by their folders within the trial's."""
    typed = ["rules", command]
    for word in words:
        typed += word if isinstance(word, list) else [str(folder / word)]
    return [*typed, "--json", "--progress", str(folder / "progress.json")]


def _sound(bench: Workbench, name: str) -> Mapping[str, bytes]:
    """The book's files, if it can be judged by."""
    book = bench.books.book(name)
    return book.rulebook.files

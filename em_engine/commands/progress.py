"""How far a command has come: on a terminal for who waits, in a file for a program that started it."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import click

from em_engine.rulebook.coded import in_code
from em_engine.vocabulary import Batch

EVERY_S: Final = 0.25
"""It is told as often as this: whoever reads it asks no oftener."""
FORESEEN_AFTER_S: Final = 2.0
"""Nothing is said of the time left before so much has passed: the first batches are no measure."""


REFUSED_MAX: Final = 20
"""Of many reasons the first are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where progress is told; `file` holds one JSON object, replaced as a whole.

    What takes long is judged in one stage, or in several that are shares of the whole; `clock` is of any
    beginning, in seconds.
    """

    file: Path | None = None
    stage: tuple[float, float] = (0.0, 1.0)
    clock: Callable[[], float] = time.monotonic
    _began: list[float] = field(default_factory=list, repr=False)  # of the first stage, which all share

    def staged(self, start: float, end: float) -> "Progress":
        """The same for a stage, from one share of the whole to another."""
        return replace(self, stage=(start, end))

    def over(self, batches: Iterable[Batch], *, part: str, total: int) -> Iterator[Batch]:
        """The batches, with how far they have come told after each."""
        with self.counting(part=part, total=total) as count:
            for batch in batches:
                yield batch
                count(len(batch))

    @contextmanager
    def counting(self, *, part: str, total: int, is_whole: bool = True) -> Iterator[Callable[[int], None]]:
        """Tells of work as it hears how many more reports are done.

        What is not the whole, such as reading before the judging, has no share of it.
        """
        is_shown, done, told_at = sys.stderr.isatty(), 0, self.clock()

        def count(more: int) -> None:
            nonlocal done, told_at
            done += more
            if self.clock() - told_at >= EVERY_S:
                told_at = self.clock()
                tell(done)

        def tell(done: int) -> None:
            told = {"part": part, "done": done, "total": total}
            told |= self._foreseen(done / total if total else 1.0) if is_whole else {}
            self._write(told)
            if is_shown:
                click.echo(f"\r{sentence(told)}\033[K", err=True, nl=False)

        if is_whole and not self._began:
            self._began.append(self.clock())
        tell(0)
        yield count
        tell(total)
        if is_shown:
            click.echo("\r\033[K", err=True, nl=False)

    def of(self, part: str) -> Callable[[int, int], None]:
        """Tells of work that is not counted in reports: so many done, of so many."""
        return lambda done, total: self._write({"part": part, "done": done, "total": total})

    def refused(self, *why: str) -> None:
        """Tells why nothing came of it, where that has a code: a page says it in its reader's language."""
        told = [{"text": str(one), "code": in_code(one)} for one in why[:REFUSED_MAX]]
        if any(one["code"] for one in told):
            self._write({"part": "refused", "done": 0, "total": 0, "refused": told})

    def _foreseen(self, share: float) -> dict[str, Any]:
        """The share of the whole that is done, and how many seconds the rest will take at this pace."""
        low, high = self.stage
        whole = low + share * (high - low)
        passed_s = self.clock() - self._began[0]
        told: dict[str, Any] = {"share": round(whole, 4)}
        if passed_s >= FORESEEN_AFTER_S and whole > 0.0:
            told["left_s"] = round(passed_s * (1.0 - whole) / whole)
        return told

    def _write(self, told: dict[str, Any]) -> None:
        if self.file is None:
            return
        building = self.file.with_name(f".{self.file.name}")
        building.write_text(json.dumps(told), "utf-8")
        building.replace(self.file)


def sentence(told: dict[str, Any]) -> str:
    """How far it has come, for people."""
    said = f"{told['part']}: {told['done']} of {told['total']} reports"
    if "share" in told:
        said += f", {told['share']:.0%} of all"
    if told.get("left_s", 0) > 0:
        said += f", about {_span(told['left_s'])} left"
    return said


def _span(seconds: int) -> str:
    if seconds < 100:
        return f"{seconds} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"

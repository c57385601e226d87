"""How far a command has come: on a terminal for who waits, in a file for a program that started it."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from em_engine.vocabulary import Batch

EVERY_S: Final = 0.25
"""The file is written as often as this: whoever reads it asks no oftener."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where progress is told; `file` holds one JSON object, replaced as a whole."""

    file: Path | None = None

    def over(self, batches: Iterable[Batch], *, part: str, total: int) -> Iterator[Batch]:
        """The batches, with how far they have come told after each."""
        with self.counting(part=part, total=total) as count:
            for batch in batches:
                yield batch
                count(len(batch))

    @contextmanager
    def counting(self, *, part: str, total: int) -> Iterator[Callable[[int], None]]:
        """Tells of work as it hears how many more reports are done."""
        is_shown, done, wrote_at = sys.stderr.isatty(), 0, 0.0

        def count(more: int) -> None:
            nonlocal done, wrote_at
            done += more
            if is_shown:
                click.echo(f"\r{part}: {done} of {total} reports", err=True, nl=False)
            if time.monotonic() - wrote_at >= EVERY_S:
                self._write(part, done, total)
                wrote_at = time.monotonic()

        self._write(part, 0, total)
        yield count
        if is_shown:
            click.echo("\r\033[K", err=True, nl=False)
        self._write(part, total, total)

    def of(self, part: str) -> Callable[[int, int], None]:
        """Tells of work that is not counted in reports: so many done, of so many."""
        return lambda done, total: self._write(part, done, total)

    def _write(self, part: str, done: int, total: int) -> None:
        if self.file is None:
            return
        building = self.file.with_name(f".{self.file.name}")
        building.write_text(json.dumps({"part": part, "done": done, "total": total}), "utf-8")
        building.replace(self.file)

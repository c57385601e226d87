"""Books: a rulebook by any of its names. What is in force, a revision of the past, or a draft."""

import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from em_engine.console.desk import Desk
from em_engine.console.workbench.drafts import ID, Drafts
from em_engine.rulebook.memory import Memory
from em_engine.rulebook.models import Rulebook
from em_engine.rulebook.problems import Problem
from em_engine.rulebook.releases import ReleaseRefused, Releases
from em_engine.rulebook.survey import Survey, survey

IN_FORCE: Final = "in-force"
KEPT_MAX: Final = 12
"""So many surveys are kept: an author at work asks for the same few books over and over."""


class UnknownBook(LookupError):
    """There is no revision, and no draft, of that name."""


class BookRefused(Exception):
    """The book has errors, so it cannot be judged by, compared or proposed."""

    def __init__(self, book: str, problems: tuple[Problem, ...]) -> None:
        self.book, self.problems = book, problems
        super().__init__(f"{book} has errors: mend them first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A rulebook's files, and everything that can be read of them."""

    name: str
    kind: str  # draft, revision or in-force
    files: Mapping[str, bytes]
    held: Survey
    memory: Memory  # what was read and checked of files like these

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook. Raises BookRefused where it has an error."""
        if self.held.rulebook is None:
            raise BookRefused(self.name, self.held.problems)
        return self.held.rulebook


class Counted(Mapping[str, bytes]):
    """Files that know how many of them have been read."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._read: set[str] = set()

    def __getitem__(self, name: str) -> bytes:
        content = self._files[name]
        self._read.add(name)
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    @property
    def done(self) -> int:
        """How many have been read at least once."""
        return len(self._read)


class Books:
    """Every book there is. Safe to use from several threads."""

    def __init__(self, desk: Desk, drafts: Drafts, releases: Releases | None) -> None:
        self._desk, self._drafts, self._releases = desk, drafts, releases
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[tuple[str, bytes], ...], Survey] = OrderedDict()
        self._memory = Memory()
        self._reading: Counted | None = None

    def book(self, name: str) -> Book:
        """The book of that name. Raises UnknownBook, UnknownDraft."""
        if re.fullmatch(ID, name):
            return self.of_files(name, "draft", self._drafts.files(name))
        in_force = self._desk.rulebook()
        if name in (IN_FORCE, in_force.revision):
            return self.of_files(name, IN_FORCE if name == IN_FORCE else "revision", in_force.files)
        return self.of_files(name, "revision", self._files_of(name))

    def of_files(self, name: str, kind: str, files: Mapping[str, bytes]) -> Book:
        """A book of these files."""
        return Book(name=name, kind=kind, files=files, held=self._survey(files), memory=self._memory)

    def reading(self) -> tuple[int, int] | None:
        """How many files of how many have been read of the book that is being read just now, if one is."""
        under_way = self._reading
        return None if under_way is None else (under_way.done, len(under_way))

    def _files_of(self, revision: str) -> Mapping[str, bytes]:
        if self._releases is not None:
            try:
                return self._releases.files(revision)
            except ReleaseRefused:
                pass  # not proposed in this folder; it may have judged before
        with self._desk.record.reading() as reading:
            row = reading.rulebook(revision)
        if row is None:
            raise UnknownBook(f"there is no revision {revision}")
        files: dict[str, bytes] = msgspec.msgpack.decode(zlib.decompress(row.files))
        return files

    def _survey(self, files: Mapping[str, bytes]) -> Survey:
        """One at a time: two screens that ask for one large rulebook should not both read it."""
        key = tuple(sorted(files.items()))
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = self._read(files)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
            return found

    def _read(self, files: Mapping[str, bytes]) -> Survey:
        counted = self._reading = Counted(files)
        try:
            return survey(counted, at=self._desk.clock(), memory=self._memory)
        finally:
            self._reading = None

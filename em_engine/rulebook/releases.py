"""The life of a change: proposed by one person, approved by another, in force from a time, never altered.

A folder holds every revision that was ever proposed (`revisions/<revision>/`, as it was read) and
`log.jsonl`: what was done by whom, when and why, each line with the hash of the one before. To roll back is
to propose an old revision again. The engine follows such a folder and takes what is in force between two
batches.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from em_engine.rulebook.coded import Coded
from em_engine.rulebook.loader import load
from em_engine.rulebook.models import Rulebook
from em_engine.rulebook.problems import Findings, nearest
from em_engine.rulebook.sources import read_folder, revision_of
from em_engine.vocabulary import Micros, parse_rfc3339, rfc3339

LOG: Final = "log.jsonl"
REVISIONS: Final = "revisions"


class Deed(StrEnum):
    """What can be done with a revision."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class ReleaseRefused(Coded):
    """What was asked for is against the rules of release, or the folder does not hold together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the log. `effective_from` is set where something was approved; `before` is a hash."""

    number: int
    at: str
    deed: Deed
    revision: str
    who: str
    why: str
    effective_from: str | None
    before: str


class Releases:
    """The revisions of one rulebook, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def stand_in(folder: Path) -> bool:
        """Whether the folder is one of releases rather than a rulebook itself."""
        return (folder / LOG).is_file()

    def entries(self) -> tuple[Entry, ...]:
        """The log, oldest first. Raises ReleaseRefused where a line was changed, taken out or moved."""
        if not (self.folder / LOG).exists():
            return ()
        lines = (self.folder / LOG).read_text("utf-8").splitlines()
        return tuple(_read(self.folder, lines))

    def rulebook(self, revision: str) -> Rulebook:
        """A revision as it was proposed. Raises ReleaseRefused, RulebookRefused."""
        folder = self._kept(revision)
        rulebook = load(folder)
        self._check_unchanged(revision, rulebook.revision)
        return rulebook

    def files(self, revision: str) -> dict[str, bytes]:
        """A revision's files as proposed, whatever would be said of them today. Raises ReleaseRefused."""
        folder = self._kept(revision)
        files = read_folder(folder, Findings(prefix=str(folder)))
        self._check_unchanged(revision, revision_of(files))
        return files

    def _kept(self, revision: str) -> Path:
        folder = self.folder / REVISIONS / revision
        if not folder.is_dir():
            known = [path.name for path in sorted((self.folder / REVISIONS).glob("*"))]
            text = f"{self.folder}: there is no revision {revision!r}; {nearest(revision, known)}"
            raise ReleaseRefused("release.unknown", text, revision)
        return folder

    def _check_unchanged(self, revision: str, found: str) -> None:
        if found != revision:
            where = self._kept(revision)
            text = f"{where}: the files are no longer those of {revision}: somebody changed them"
            raise ReleaseRefused("release.tampered", text, revision)

    def in_force(self, at: Micros) -> str | None:
        """The revision that judges at that time: of those approved, the one whose time came last."""
        approved = [entry for entry in self.entries() if entry.deed is Deed.APPROVED]
        begun = [
            (_effective(entry), entry.number, entry.revision) for entry in approved if _effective(entry) <= at
        ]
        return max(begun)[2] if begun else None

    def propose(self, source: Path, *, who: str, why: str, at: Micros) -> Entry:
        """Keep the rulebook in `source` as a revision to be approved.

        Raises RulebookRefused, ReleaseRefused.
        """
        return self.propose_rulebook(load(source), who=who, why=why, at=at)

    def propose_rulebook(self, rulebook: Rulebook, *, who: str, why: str, at: Micros) -> Entry:
        """Keep the rulebook as a revision to be approved. Raises ReleaseRefused."""
        with self._alone() as entries:
            self._keep(rulebook)
            return self._append(entries, Deed.PROPOSED, rulebook.revision, who=who, why=why, at=at)

    def propose_again(self, revision: str, *, who: str, why: str, at: Micros) -> Entry:
        """Go back to an old revision: it is approved like any other. Raises ReleaseRefused."""
        self.rulebook(revision)
        with self._alone() as entries:
            return self._append(entries, Deed.PROPOSED, revision, who=who, why=why, at=at)

    def approve(
        self, revision: str, *, who: str, why: str, at: Micros, effective_from: Micros | None = None
    ) -> Entry:
        """Let a proposed revision judge from a time on: not from the past, and not by who proposed it.

        Raises ReleaseRefused, RulebookRefused.
        """
        start = at if effective_from is None else effective_from
        if start < at:
            text = "a rulebook takes effect from now on or later: what was lawful then stays lawful"
            raise ReleaseRefused("release.past", text)
        self.rulebook(revision)
        with self._alone() as entries:
            self._check_waiting(entries, revision)
            proposed = next(
                one for one in reversed(entries) if one.deed is Deed.PROPOSED and one.revision == revision
            )
            if proposed.who.casefold() == who.casefold():
                text = f"{who} proposed {revision}; a second person approves it"
                raise ReleaseRefused("release.own", text, who, revision)
            return self._append(
                entries, Deed.APPROVED, revision, who=who, why=why, at=at, effective_from=start
            )

    def reject(self, revision: str, *, who: str, why: str, at: Micros) -> Entry:
        """Turn a proposal down, also one's own. Raises ReleaseRefused."""
        with self._alone() as entries:
            self._check_waiting(entries, revision)
            return self._append(entries, Deed.REJECTED, revision, who=who, why=why, at=at)

    def _check_waiting(self, entries: Sequence[Entry], revision: str) -> None:
        last = next((one for one in reversed(entries) if one.revision == revision), None)
        if last is None:
            known = {entry.revision for entry in entries}
            text = f"{revision!r} was never proposed; {nearest(revision, known)}"
            raise ReleaseRefused("release.never", text, revision)
        text = f"{revision} was {last.deed} by {last.who}; propose it again first"
        match last.deed:
            case Deed.APPROVED:
                raise ReleaseRefused("release.approved", text, revision, last.who)
            case Deed.REJECTED:
                raise ReleaseRefused("release.rejected", text, revision, last.who)

    def _keep(self, rulebook: Rulebook) -> None:
        target = self.folder / REVISIONS / rulebook.revision
        if target.is_dir():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=".draft-"))
        try:
            for name, content in rulebook.files.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).write_bytes(content)
            draft.chmod(0o755)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _append(
        self,
        entries: Sequence[Entry],
        deed: Deed,
        revision: str,
        *,
        who: str,
        why: str,
        at: Micros,
        effective_from: Micros | None = None,
    ) -> Entry:
        if not who.strip() or not why.strip():
            raise ReleaseRefused("release.nameless", "say who does it and why: both stand in the log")
        entry = Entry(
            number=len(entries) + 1,
            at=rfc3339(at),
            deed=deed,
            revision=revision,
            who=who,
            why=why,
            effective_from=None if effective_from is None else rfc3339(effective_from),
            before=_hash(entries[-1]) if entries else "",
        )
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(_line(entry) + "\n")
            log.flush()
            os.fsync(log.fileno())
        return entry

    @contextlib.contextmanager
    def _alone(self) -> Iterator[tuple[Entry, ...]]:
        """The log, while nobody else writes to it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.entries()


def _effective(entry: Entry) -> Micros:
    assert entry.effective_from is not None, "an approval says from when"
    return parse_rfc3339(entry.effective_from)


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False)


def _hash(entry: Entry) -> str:
    return hashlib.sha256(_line(entry).encode()).hexdigest()


def _read(folder: Path, lines: Sequence[str]) -> Iterator[Entry]:
    before = ""
    for number, line in enumerate(lines, start=1):
        try:
            told: Mapping[str, Any] = json.loads(line)
            entry = Entry(**{**told, "deed": Deed(told["deed"])})
        except (ValueError, TypeError, KeyError) as error:
            text = f"{folder / LOG}:{number}:1: this line cannot be read: {error}"
            raise ReleaseRefused("release.log_unreadable", text, number) from error
        if entry.number != number or entry.before != before or _line(entry) != line:
            text = f"{folder / LOG}:{number}:1: the log was changed here, or a line before is missing"
            raise ReleaseRefused("release.log_changed", text, number)
        before = _hash(entry)
        yield entry

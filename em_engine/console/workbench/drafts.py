"""Drafts: rulebooks on their way, each a folder of the files it is made of, in the engine's data folder.

A draft may be wrong for a while, so a save is kept whatever is wrong in it; what is never kept is half a
save, or one by somebody who has not seen what it writes over. Nothing here judges anybody: that begins with a
proposal.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from em_engine.console.workbench.shelf import Shelf, stamps_in
from em_engine.rulebook.coded import Coded
from em_engine.rulebook.sources import BESIDE, FILE_BYTES_MAX, FOLDERS, RULEBOOK_BYTES_MAX, SINGLES
from em_engine.vocabulary import Micros

DRAFTS_MAX: Final = 200
FILES_MAX: Final = 20_000
ID: Final = r"d-[0-9a-f]{10}"
_HEAD: Final = "draft.json"
_BOOK: Final = "rulebook"
_NAME_LENGTH_MAX: Final = 128
_PATHS: Final = (
    "zones/*.geojson, orders/*.yaml, schedules/*.yaml, schedules/*.ics, protocols.yaml, programme.yaml"
)


class DraftRefused(Coded):
    """What was asked of a draft cannot be; the text says why, and what would be right."""


class UnknownDraft(LookupError):
    """There is no such draft, or no such file in it."""


class AlreadyThere(DraftRefused):
    """A file stands where one would come to stand that nobody wanted to write over."""


class StaleFile(Exception):
    """The file is no longer what the author saw. `version` is what it is now; None where it is gone."""

    def __init__(self, path: str, version: str | None, touched: "Touched | None") -> None:
        self.path, self.version, self.touched = path, version, touched
        by = f" by {touched.by}" if touched else ""
        super().__init__(f"{path} was changed meanwhile{by}: read it again, then save")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Who changed something last, and when."""

    by: str
    at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft's head. `came_from` is the revision it was made of; empty where it came in as an archive."""

    id: str
    name: str
    came_from: str
    made: Touched
    changed: Touched
    files: Mapping[str, Touched] = field(default_factory=dict)  # those changed since it was made


class Drafts:
    """The drafts of one installation. Safe to use from several threads."""

    def __init__(self, folder: Path, clock: Callable[[], Micros]) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._shelf = Shelf()

    # Drafts as wholes -----------------------------------------------------------------------------

    def all(self) -> list[Draft]:
        """Every draft, the one changed last first."""
        found = (self.head(path.parent.name) for path in self._folder.glob(f"d-*/{_HEAD}"))
        return sorted(found, key=lambda one: (one.changed.at, one.id), reverse=True)

    def make(self, name: str, files: Mapping[str, bytes], *, came_from: str, by: str) -> Draft:
        """A new draft of these files. Raises DraftRefused."""
        with self._lock:
            if sum(1 for _ in self._folder.glob("d-*")) >= DRAFTS_MAX:
                raise DraftRefused(
                    "draft.too_many", f"{DRAFTS_MAX} drafts are kept already; drop one first", DRAFTS_MAX
                )
            now = Touched(by=by, at=self._clock())
            id = f"d-{secrets.token_hex(5)}"
            draft = Draft(id=id, name=name, came_from=came_from, made=now, changed=now)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            building = Path(tempfile.mkdtemp(dir=self._folder, prefix=".making-"))
            try:
                for path, content in files.items():
                    check_path(path)
                    _write(building / _BOOK / path, content)
                (building / _BOOK).mkdir(exist_ok=True)
                _write(building / _HEAD, _encoded(draft))
                building.rename(self._folder / id)
            finally:
                shutil.rmtree(building, ignore_errors=True)
            return draft

    def head(self, id: str) -> Draft:
        """The draft of that id. Raises UnknownDraft."""
        try:
            return _decoded((self._at(id) / _HEAD).read_bytes())
        except OSError:
            raise UnknownDraft(f"there is no draft {id}") from None

    def rename(self, id: str, name: str, *, by: str) -> Draft:
        """Gives the draft another name. Raises UnknownDraft."""
        with self._lock:
            return self._touch(replace(self.head(id), name=name), by=by)

    def drop(self, id: str) -> None:
        """Deletes the draft with everything in it. Raises UnknownDraft."""
        with self._lock:
            self.head(id)
            shutil.rmtree(self._at(id))

    def folder(self, id: str) -> Path:
        """The rulebook's folder itself. Raises UnknownDraft."""
        self.head(id)
        return self._at(id) / _BOOK

    # Files ----------------------------------------------------------------------------------------

    def files(self, id: str) -> Mapping[str, bytes]:
        """The files of the draft, by name. Raises UnknownDraft."""
        with self._lock:
            return self._shelf.files(self.folder(id))

    def save(self, id: str, path: str, content: bytes | None, *, seen: str | None, by: str) -> str | None:
        """Puts the file in the place of the version that was `seen`; None means there was, or is, no file.

        Returns the new version. Raises UnknownDraft, StaleFile, and DraftRefused for a name or size that
        rulebooks do not have.
        """
        return self.save_all(id, {path: content}, seen={path: seen}, by=by)[path]

    def save_all(
        self, id: str, contents: Mapping[str, bytes | None], *, seen: Mapping[str, str | None], by: str
    ) -> dict[str, str | None]:
        """As `save`, of several files: all of them or none. Those not in `seen` are not asked for."""
        with self._lock:
            draft, folder = self.head(id), self.folder(id)
            for path, content in contents.items():
                check_path(path)
                self._check_room(folder, path, content)
            for path, version in seen.items():
                now = _version_at(folder / path)
                if now != version:
                    raise StaleFile(path, now, draft.files.get(path))
            self._shelf.forget(folder, *contents)
            for path, content in contents.items():
                _put(folder / path, content)
            touched = Touched(by=by, at=self._clock())
            self._touch(replace(draft, files={**draft.files, **dict.fromkeys(contents, touched)}), by=by)
            return {path: None if one is None else version_of(one) for path, one in contents.items()}

    def _check_room(self, folder: Path, path: str, content: bytes | None) -> None:
        if content is None:
            return
        if len(content) > FILE_BYTES_MAX:
            raise DraftRefused(
                "draft.file_size",
                f"{path} would have more than {FILE_BYTES_MAX // 10**6} MB: simplify or split it",
                path,
                FILE_BYTES_MAX // 10**6,
            )
        kept = {name: size for name, (_, size, _) in stamps_in(folder).items() if name != path}
        if len(kept) >= FILES_MAX:
            raise DraftRefused("draft.files", f"a draft has at most {FILES_MAX} files", FILES_MAX)
        if sum(kept.values()) + len(content) > RULEBOOK_BYTES_MAX:
            most = RULEBOOK_BYTES_MAX // 10**6
            raise DraftRefused("draft.size", f"a rulebook has at most {most} MB", most)

    def _touch(self, draft: Draft, *, by: str) -> Draft:
        touched = replace(draft, changed=Touched(by=by, at=self._clock()))
        _put(self._at(draft.id) / _HEAD, _encoded(touched))
        return touched

    def _at(self, id: str) -> Path:
        if re.fullmatch(ID, id) is None:
            raise UnknownDraft(f"there is no draft {id}")
        return self._folder / id


def version_of(content: bytes) -> str:
    """What tells a file's content from every other."""
    return hashlib.sha256(content).hexdigest()[:16]


def check_path(path: str) -> None:
    """Refuses a name that no file of a rulebook has. Raises DraftRefused."""
    folder, _, name = path.rpartition("/")
    is_fit = name.isprintable() and not name.startswith(".") and len(name.encode()) <= _NAME_LENGTH_MAX
    if path in SINGLES or (is_fit and "\\" not in name and name.endswith(FOLDERS.get(folder, ("/",)))):
        return
    raise DraftRefused(
        "draft.path",
        f"{path[:200]!r} is no file of a rulebook: {_PATHS}",
        path[:200],
        _PATHS,
    )


def is_beside(path: str) -> bool:
    """Whether a file is for people: such ones stand beside a rulebook's files and are not read."""
    return path.rpartition("/")[2].startswith(".") or path.lower().endswith(BESIDE)


def _version_at(path: Path) -> str | None:
    return version_of(path.read_bytes()) if path.is_file() else None


def _put(path: Path, content: bytes | None) -> None:
    """The whole file at once, or none of it."""
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, building = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(building).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(building).unlink()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _encoded(draft: Draft) -> bytes:
    return json.dumps(asdict(draft), ensure_ascii=False, indent=1).encode()


def _decoded(text: bytes) -> Draft:
    told: dict[str, Any] = json.loads(text)
    files = {path: Touched(**one) for path, one in told.pop("files").items()}
    made, changed = Touched(**told.pop("made")), Touched(**told.pop("changed"))
    return Draft(**told, made=made, changed=changed, files=files)


def changed_files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """The files that are not the same in both, each with what became of it."""
    for path in sorted(old.keys() | new.keys()):
        if path not in old or path not in new:
            yield path, "added" if path in new else "removed"
        elif old[path] != new[path]:
            yield path, "changed"

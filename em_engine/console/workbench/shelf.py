"""The files of drafts as they were read last: a look at a draft reads only those that changed since."""

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from em_engine.rulebook.problems import Findings
from em_engine.rulebook.sources import (
    BESIDE,
    FILE_BYTES_MAX,
    FOLDERS,
    RULEBOOK_BYTES_MAX,
    SINGLES,
    read_folder,
)

FOLDERS_MAX: Final = 4
"""So many drafts are kept in memory, those looked at last; their files are no larger than a rulebook's."""
Stamp = tuple[int, int, int]
"""When a file was changed, how large it is, and which file of the disk it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    stamps: Mapping[str, Stamp]
    files: Mapping[str, bytes]


class Shelf:
    """The files of some folders. Whoever calls has locked them against changes of ours."""

    def __init__(self) -> None:
        self._looks: OrderedDict[Path, _Look] = OrderedDict()

    def files(self, folder: Path) -> Mapping[str, bytes]:
        """The rulebook's files in the folder, by name; the same mapping while nothing changed."""
        stamps = dict(sorted(stamps_in(folder).items()))
        before = self._looks.pop(folder, None)
        if before is None or before.stamps != stamps:
            before = _Look(stamps=stamps, files=MappingProxyType(_read(folder, stamps, before)))
        self._looks[folder] = before
        while len(self._looks) > FOLDERS_MAX:
            self._looks.popitem(last=False)
        return before.files

    def forget(self, folder: Path, *paths: str) -> None:
        """Files that we write: a stamp is not asked whether they changed."""
        before = self._looks.get(folder)
        if before is not None:
            kept = {path: stamp for path, stamp in before.stamps.items() if path not in paths}
            self._looks[folder] = _Look(stamps=kept, files=before.files)


def stamps_in(folder: Path) -> dict[str, Stamp]:
    """The files of a rulebook that stand in the folder."""
    return {
        name: (told.st_mtime_ns, told.st_size, told.st_ino)
        for name, entry in _entries(folder)
        if entry.is_file()
        for told in [entry.stat()]
    }


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    if folder.is_dir():
        with os.scandir(folder) as found:
            yield from ((entry.name, entry) for entry in found if entry.name in SINGLES)
    for kind, endings in FOLDERS.items():
        if (folder / kind).is_dir():
            with os.scandir(folder / kind) as found:
                yield from ((f"{kind}/{one.name}", one) for one in found if _is_read(one.name, endings))


def _is_read(name: str, endings: tuple[str, ...]) -> bool:
    is_hidden = name.startswith(".") or name.lower().endswith(BESIDE)
    return not is_hidden and name.endswith(endings) and name.isprintable()


def _read(folder: Path, stamps: Mapping[str, Stamp], before: _Look | None) -> dict[str, bytes]:
    sizes = [size for _, size, _ in stamps.values()]
    if before is None or max(sizes, default=0) > FILE_BYTES_MAX or sum(sizes) > RULEBOOK_BYTES_MAX:
        return read_folder(folder, Findings())
    try:
        return {
            name: before.files[name] if before.stamps.get(name) == stamp else (folder / name).read_bytes()
            for name, stamp in stamps.items()
        }
    except (OSError, KeyError):
        return read_folder(folder, Findings())  # changed under our hands: look again, at everything

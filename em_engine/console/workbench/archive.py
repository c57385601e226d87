"""A rulebook's folder as one zip, out and in: what comes in is unpacked with limits and never trusted."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from em_engine.console.workbench.drafts import FILES_MAX, DraftRefused, check_path, is_beside
from em_engine.rulebook.sources import FILE_BYTES_MAX, FOLDERS, SINGLES

UNPACKED_BYTES_MAX: Final = 200_000_000
_CHUNK: Final = 1 << 20


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip: the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            # The earliest time a zip can tell: when it was made is no part of what it holds.
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return held.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The rulebook's files in a zip, be they at its top or in one folder. Raises DraftRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise DraftRefused("archive.unreadable", f"the archive cannot be read: {error}") from error


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if len(entries) > FILES_MAX:
        raise DraftRefused(
            "archive.files",
            f"the archive holds {len(entries):,} files; at most {FILES_MAX:,} are looked at",
            len(entries),
            FILES_MAX,
        )
    top = _top([one.filename for one in entries])
    found: dict[str, bytes] = {}
    left = UNPACKED_BYTES_MAX
    for entry in entries:
        path = entry.filename.removeprefix(top)
        if is_beside(path) or entry.filename.startswith("__MACOSX/"):
            continue
        check_path(path)
        if path in found:
            raise DraftRefused("archive.twice", f"the archive holds {path} twice", path)
        found[path] = _content(archive, entry, left)
        left -= len(found[path])
    if not found:
        raise DraftRefused("archive.empty", "the archive holds no file of a rulebook")
    return found


def _top(names: list[str]) -> str:
    """The folder the rulebook stands in within the archive; nothing where it stands at its top."""
    tops = {name.split("/")[0] for name in names if "/" in name and not name.startswith("__MACOSX/")}
    at_top = {name for name in names if "/" not in name} & set(SINGLES)
    if at_top or tops & FOLDERS.keys() or len(tops) != 1:
        return ""
    return f"{tops.pop()}/"


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One file; the sizes an archive tells of itself are not believed."""
    most = min(left, FILE_BYTES_MAX)
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as packed_file:
        while chunk := packed_file.read(_CHUNK):
            size += len(chunk)
            if size > most:
                file_mb, all_mb = FILE_BYTES_MAX // 10**6, UNPACKED_BYTES_MAX // 10**6
                limits = f"a file has at most {file_mb} MB, all {all_mb} MB"
                raise DraftRefused(
                    "archive.size", f"the archive unpacks to too much: {limits}", file_mb, all_mb
                )
            parts.append(chunk)
    return b"".join(parts)

"""What a source file really is, and archives unpacked with limits: nothing in a file is taken on trust.

GDAL goes by a file's content, not its name, and some of its formats name other files or addresses. So a file
is handed on only where its first bytes are those of the format its name promises.
"""

import contextlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from em_engine.rulebook.imports.refusal import ImportRefused

SOURCE_BYTES_MAX: Final = 200_000_000
UNPACKED_BYTES_MAX: Final = 500_000_000
ENTRIES_MAX: Final = 1_000
_AT_MOST: Final = f"at most {UNPACKED_BYTES_MAX // 10**6} MB are unpacked"
_CHUNK: Final = 1 << 20
_HEAD: Final = 1 << 16

_MARKS: Final[Mapping[str, tuple[bytes, ...]]] = {
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".topojson": (b"{",),
    ".kml": (b"<kml", b":kml"),
    ".gpx": (b"<gpx", b":gpx"),
    ".gml": (b"FeatureCollection",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
}
"""What stands at the beginning of a file of that name: for texts anywhere in the first 64 kB."""
_TEXTS: Final = (".kml", ".gpx", ".gml")
_BINARY: Final = (".gpkg", ".shp", ".fgb")
_BESIDE_SHP: Final = (".shx", ".dbf", ".prj", ".cpg")
ARCHIVES: Final = (".zip", ".kmz")
ENDINGS: Final = (*_MARKS, *ARCHIVES, ".wkt")


@contextlib.contextmanager
def opened(source: Path) -> Iterator[Path]:
    """The file to read for `source`: itself, or what an archive holds, unpacked for as long as needed.

    Raises ImportRefused.
    """
    ending = source.suffix.lower()
    if ending not in ENDINGS:
        refuse_ending(source)
    if source.stat().st_size > SOURCE_BYTES_MAX:
        raise ImportRefused(
            source, f"the file is larger than {SOURCE_BYTES_MAX // 10**6} MB; split it by layer or area"
        )
    if ending in ARCHIVES:
        with tempfile.TemporaryDirectory(prefix="em-import-") as folder:
            yield _unpacked(source, Path(folder))
    else:
        _check_content(source, source)
        yield source


def refuse_ending(source: Path) -> None:
    """Raise ImportRefused for a file that is of no format we read."""
    known = ", ".join(sorted(ENDINGS))
    raise ImportRefused(
        source, f"files ending in {source.suffix or 'nothing'!r} are not read; known are {known}"
    )


def _unpacked(source: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(source) as archive:
            wanted = _wanted(source, archive)
            _check_sizes(source, wanted)
            left = UNPACKED_BYTES_MAX
            for entry in wanted:
                left = _unpack(source, archive, entry, folder, left)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ImportRefused(source, f"the archive cannot be read: {error}") from error
    return _main_file(source, folder)


def _wanted(source: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries of formats we read, wherever they stand in the archive."""
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        raise ImportRefused(
            source, f"the archive holds {len(entries):,} files; at most {ENTRIES_MAX:,} are looked at"
        )
    endings = (*_MARKS, *_BESIDE_SHP)
    wanted = [
        one for one in entries if not one.is_dir() and PurePosixPath(one.filename).suffix.lower() in endings
    ]
    wanted = [one for one in wanted if not one.filename.startswith("__MACOSX/")]
    if any(one.flag_bits & 0x1 for one in wanted):
        raise ImportRefused(source, "the archive is encrypted; unpack it first")
    return wanted


def _check_sizes(source: Path, wanted: list[zipfile.ZipInfo]) -> None:
    told = sum(one.file_size for one in wanted)
    if told > UNPACKED_BYTES_MAX:
        raise ImportRefused(
            source,
            f"the archive would unpack to {told / 1e6:,.0f} MB; {_AT_MOST}",
        )


def _unpack(source: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Unpack one file by its bare name; the sizes an archive tells of itself are not believed."""
    target = folder / PurePosixPath(entry.filename.replace("\\", "/")).name
    if target.exists():
        raise ImportRefused(
            source, f"the archive holds two files named {target.name!r}; unpack it and choose one"
        )
    with archive.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ImportRefused(
                    source,
                    f"the archive unpacks to more than it says; {_AT_MOST}",
                )
            file.write(chunk)
    return left


def _main_file(source: Path, folder: Path) -> Path:
    """The one file of the archive that holds geometry."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _MARKS)
    if source.suffix.lower() == ".kmz":
        found = [path for path in found if path.suffix.lower() == ".kml"]
        found = [path for path in found if path.name.lower() == "doc.kml"] or found
    if not found:
        raise ImportRefused(source, "the archive holds no file with zones")
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:5])
        raise ImportRefused(
            source, f"the archive holds {len(found)} files ({names}); unpack it and choose one"
        )
    if found[0].suffix.lower() == ".shp":
        _check_beside(source, found[0])
    _check_content(source, found[0])
    return found[0]


def _check_beside(source: Path, shapes: Path) -> None:
    there = {path.suffix.lower() for path in shapes.parent.iterdir() if path.stem == shapes.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in there]
    if missing:
        raise ImportRefused(source, f"the shapefile is not whole: {shapes.stem}{missing[0]} is missing")


def _check_content(source: Path, path: Path) -> None:
    ending = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise ImportRefused(source, "the file is empty")
    if not _is_right(ending, head):
        raise ImportRefused(source, f"the file is named {ending} and holds something else")
    if ending in _TEXTS and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
        raise ImportRefused(source, "the file declares entities of its own, which no export of zones needs")


def _is_right(ending: str, head: bytes) -> bool:
    """Whether a file that begins so is of the format its ending promises."""
    marks = _MARKS.get(ending, (b"",))
    if ending in _TEXTS:
        return any(mark in head for mark in marks)
    return (head if ending in _BINARY else head.lstrip()).startswith(marks)

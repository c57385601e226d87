"""What a source file really is, and archives unpacked with limits: nothing in a file is taken on trust.

GDAL goes by a file's content, not its name, and some of its formats name other files or addresses. So a file
is handed on only where its first bytes are those of the format its name promises.
"""

import contextlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports.geopackage import refuse_reckoned
from em_engine.rulebook.imports.refusal import ImportRefused

SOURCE_BYTES_MAX: Final = 200_000_000
UNPACKED_BYTES_MAX: Final = 500_000_000
ENTRIES_MAX: Final = 1_000
CORNERS_MAX: Final = 2_000_000
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
_CORNER_MARKS: Final[Mapping[str, bytes]] = {
    ".geojson": b"[",
    ".json": b"[",
    ".topojson": b"[",
    ".kml": b",",
    ".gpx": b"lat=",
}
"""What stands in a text at least once for every corner, and at most twice in one that holds little else."""
_MARKS_A_CORNER: Final = 2
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_TEXTS: Final = (".kml", ".gpx", ".gml")
_BINARY: Final = (".gpkg", ".shp", ".fgb")
_BESIDE_SHP: Final = (".shx", ".dbf", ".prj", ".cpg")
ARCHIVES: Final = (".zip", ".kmz")
ENDINGS: Final = (*_MARKS, *ARCHIVES, ".wkt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a source is looked at; who sends one over the network is given less."""

    unpacked_bytes: int = UNPACKED_BYTES_MAX
    corners: int = CORNERS_MAX

    def too_many(self, holder: str, found: int) -> Reason:
        """Why a source with more corners than that is refused."""
        text = f"{holder} {found:,} corners, more than {self.corners:,}: simplify it first"
        return Reason("import.corners", text, found, self.corners)


@contextlib.contextmanager
def opened(source: Path, limits: Limits) -> Iterator[Path]:
    """The file to read for `source`: itself, or what an archive holds, unpacked for as long as needed.

    Raises ImportRefused.
    """
    ending = source.suffix.lower()
    if ending not in ENDINGS:
        refuse_ending(source)
    if source.stat().st_size > SOURCE_BYTES_MAX:
        most = SOURCE_BYTES_MAX // 10**6
        text = f"the file is larger than {most} MB; split it by layer or area"
        raise ImportRefused(source, Reason("import.file_size", text, most))
    if ending in ARCHIVES:
        with tempfile.TemporaryDirectory(prefix="em-import-") as folder:
            path = _unpacked(source, Path(folder), limits.unpacked_bytes)
            _check_held(source, path, limits)
            yield path
    else:
        _check_content(source, source)
        _check_held(source, source, limits)
        yield source


def _check_held(source: Path, path: Path, limits: Limits) -> None:
    """What must be known of the file before anything reads it."""
    ending = path.suffix.lower()
    if ending == ".gpkg":
        refuse_reckoned(source, path.absolute())
    if ending == ".kml":
        _refuse_picture(source, path)
    _check_count(source, path, limits)


def _refuse_picture(source: Path, path: Path) -> None:
    """A picture laid over the ground has a frame, and nobody means the frame as a zone."""
    content = path.read_bytes()
    if b"<GroundOverlay" in content and b"<Placemark" not in content:
        text = "the file holds a picture laid over the map and no outlines: draw the zone from it"
        raise ImportRefused(source, Reason("import.picture", text))


def refuse_ending(source: Path) -> None:
    """Raise ImportRefused for a file that is of no format we read."""
    known = ", ".join(sorted(ENDINGS))
    text = f"files ending in {source.suffix or 'nothing'!r} are not read; known are {known}"
    raise ImportRefused(source, Reason("import.ending", text, source.suffix, known))


def _unpacked(source: Path, folder: Path, most: int) -> Path:
    try:
        with zipfile.ZipFile(source) as archive:
            wanted = _wanted(source, archive)
            _check_sizes(source, wanted, most)
            left = most
            for entry in wanted:
                left = _unpack(source, archive, entry, folder, left)
    except _Bursting as error:
        text = f"the archive unpacks to more than it says; {_at_most(most)}"
        raise ImportRefused(source, Reason("import.bursting", text, most // 10**6)) from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        text = f"the archive cannot be read: {error}"
        raise ImportRefused(source, Reason("import.archive", text, str(error))) from error
    return _main_file(source, folder)


def _wanted(source: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries of formats we read, wherever they stand in the archive."""
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        text = f"the archive holds {len(entries):,} files; at most {ENTRIES_MAX:,} are looked at"
        raise ImportRefused(source, Reason("import.archive_files", text, len(entries), ENTRIES_MAX))
    endings = (*_MARKS, *_BESIDE_SHP)
    wanted = [
        one for one in entries if not one.is_dir() and PurePosixPath(one.filename).suffix.lower() in endings
    ]
    wanted = [one for one in wanted if not one.filename.startswith("__MACOSX/")]
    if any(one.flag_bits & 0x1 for one in wanted):
        raise ImportRefused(source, Reason("import.encrypted", "the archive is encrypted; unpack it first"))
    return wanted


def _check_sizes(source: Path, wanted: list[zipfile.ZipInfo], most: int) -> None:
    told = sum(one.file_size for one in wanted)
    if told > most:
        text = f"the archive would unpack to {told / 1e6:,.0f} MB; {_at_most(most)}"
        raise ImportRefused(source, Reason("import.unpacked", text, round(told / 1e6), most // 10**6))


def _at_most(bytes_max: int) -> str:
    return f"at most {bytes_max // 10**6} MB are unpacked"


class _Bursting(Exception):
    """An archive unpacks to more than is looked at."""


def _unpack(source: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Unpack one file by its bare name; the sizes an archive tells of itself are not believed."""
    target = folder / PurePosixPath(entry.filename.replace("\\", "/")).name
    if target.exists():
        text = f"the archive holds two files named {target.name!r}; unpack it and choose one"
        raise ImportRefused(source, Reason("import.two_files", text, target.name))
    with archive.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise _Bursting
            file.write(chunk)
    return left


def _main_file(source: Path, folder: Path) -> Path:
    """The one file of the archive that holds geometry."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _MARKS)
    if source.suffix.lower() == ".kmz":
        found = [path for path in found if path.suffix.lower() == ".kml"]
        found = [path for path in found if path.name.lower() == "doc.kml"] or found
    if not found:
        raise ImportRefused(source, Reason("import.no_file", "the archive holds no file with zones"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:5])
        text = f"the archive holds {len(found)} files ({names}); unpack it and choose one"
        raise ImportRefused(source, Reason("import.many_files", text, len(found), names))
    if found[0].suffix.lower() == ".shp":
        _check_beside(source, found[0])
    _check_content(source, found[0])
    return found[0]


def _check_beside(source: Path, shapes: Path) -> None:
    there = {path.suffix.lower() for path in shapes.parent.iterdir() if path.stem == shapes.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in there]
    if missing:
        text = f"the shapefile is not whole: {shapes.stem}{missing[0]} is missing"
        raise ImportRefused(source, Reason("import.shapefile", text, f"{shapes.stem}{missing[0]}"))


def _check_content(source: Path, path: Path) -> None:
    ending = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise ImportRefused(source, Reason("import.blank", "the file is empty"))
    if head.startswith(_UTF16):
        raise ImportRefused(source, Reason("import.utf16", "the file is UTF-16; save it as UTF-8"))
    if not _is_right(ending, head):
        text = f"the file is named {ending} and holds something else"
        raise ImportRefused(source, Reason("import.content", text, ending))
    if ending in _TEXTS and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
        text = "the file declares entities of its own, which no export of zones needs"
        raise ImportRefused(source, Reason("import.entities", text))


def _check_count(source: Path, path: Path, limits: Limits) -> None:
    """Refuse a text of far too many corners before it is parsed, which takes ten times its room."""
    mark = _CORNER_MARKS.get(path.suffix.lower())
    if mark is None:
        return
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found += chunk.count(mark)
    if found > _MARKS_A_CORNER * limits.corners:
        raise ImportRefused(source, limits.too_many("the file holds at least", found // _MARKS_A_CORNER))


def _is_right(ending: str, head: bytes) -> bool:
    """Whether a file that begins so is of the format its ending promises."""
    marks = _MARKS.get(ending, (b"",))
    if ending in _TEXTS:
        return any(mark in head for mark in marks)
    return (head if ending in _BINARY else head.lstrip()).startswith(marks)

"""The files of a rulebook as they stand in a folder, and the text in each of them."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from em_engine.rulebook.coded import Said
from em_engine.rulebook.problems import Findings

FOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "zones": (".geojson",),
    "orders": (".yaml",),
    "schedules": (".yaml", ".ics"),
}
"""The folders of a rulebook, and how the names of the files in each end."""
BESIDE: Final = (".md", ".txt")
"""Endings of what may stand beside the rulebook's files: it is for people and is not read."""
SINGLES: Final = ("protocols.yaml", "programme.yaml")
FILE_BYTES_MAX: Final = 50_000_000
RULEBOOK_BYTES_MAX: Final = 1_000_000_000

_PLACES: Final = Said(
    "hint.places",
    "a rulebook is zones/*.geojson, orders/*.yaml, schedules/*.yaml and *.ics, protocols.yaml, "
    "programme.yaml",
)
# What YAML 1.2 and JSON let into a text, less the two signs (U+0085, U+2028 and the like) that some editors
# count as line ends and others do not: positions must mean the same to everyone.
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_folder(folder: Path, findings: Findings) -> dict[str, bytes]:
    """The rulebook's files by their name within `folder`, with `/` between the parts, sorted."""
    if not folder.is_dir():
        message = Said("folder.missing", "there is no such folder")
        findings.unreadable("", (1, 1), "folder.missing", message, hint=_PLACES)
        return {}
    paths = sorted(_rulebook_paths(folder, findings), key=lambda path: path.relative_to(folder).as_posix())
    read: dict[str, bytes] = {}
    left = RULEBOOK_BYTES_MAX
    for path in paths:
        name = path.relative_to(folder).as_posix()
        content = _content(path, name, min(left, FILE_BYTES_MAX), findings)
        if content is not None:
            read[name] = content
            left -= len(content)
    if not paths and not findings.has_errors:
        message = Said("folder.empty", "the folder holds no rulebook")
        findings.unreadable("", (1, 1), "folder.empty", message, hint=_PLACES)
    return read


def text_of(name: str, content: bytes, findings: Findings) -> str | None:
    """The file's text with LF line ends and without byte order mark, or None where it is no text.

    Letters that can be written in two ways (å as one sign or two) get one, so that names meet.
    """
    try:
        raw = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _position_in_bytes(content, error.start)
        byte = f"0x{content[error.start]:02X}"
        message = Said("text.encoding", "the file is not UTF-8 (byte {})", byte)
        hint = Said("hint.text.encoding", "save it as UTF-8")
        findings.unreadable(name, at, "text.encoding", message, hint=hint)
        return None
    text = normal_text(raw)
    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        sign, at = f"U+{ord(odd[0]):04X}", line_column(text, odd.start())
        message = Said("text.control", "the file holds the control character {}", sign)
        findings.unreadable(name, at, "text.control", message, hint=Said("hint.remove", "remove it"))
        return None
    if not text.strip():
        message, hint = Said("text.empty", "the file is empty"), Said("hint.fill", "fill it or delete it")
        findings.unreadable(name, (1, 1), "text.empty", message, hint=hint)
        return None
    return text


def normal_text(raw: str) -> str:
    """The text as positions count it: LF line ends, and one sign for a letter that can be written as two."""
    return unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))


def lines_of(content: bytes) -> list[str]:
    """The lines of a file as positions count them, whatever its encoding."""
    return normal_text(content.decode("utf-8-sig", errors="replace")).split("\n")


def digest_of(content: bytes) -> bytes:
    """SHA-256 of what the file says: line ends, a byte order mark and ways to write a letter say nothing."""
    return hashlib.sha256(_normal(content)).digest()


def revision_of(files: Mapping[str, bytes], digest_of: Callable[[bytes], bytes] = digest_of) -> str:
    """Twelve hex digits of SHA-256 over names and contents, the same wherever the folder stands.

    Line ends, byte order marks and ways to write a letter do not change it; everything else does.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(hashlib.sha256(unicodedata.normalize("NFC", name).encode()).digest())
        digest.update(digest_of(files[name]))
    return digest.hexdigest()[:12]


def line_column(text: str, offset: int) -> tuple[int, int]:
    """The position of the character at `offset`."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _rulebook_paths(folder: Path, findings: Findings) -> Iterator[Path]:
    yield from (folder / name for name in SINGLES if (folder / name).exists())
    for name in ("protocols.yml", "programme.yml"):
        if (folder / name).exists():
            _unread(folder / name, folder, (".yaml",), findings)
    for kind, endings in FOLDERS.items():
        for path in sorted((folder / kind).iterdir()) if (folder / kind).is_dir() else ():
            if path.name.startswith(".") or path.suffix.lower() in BESIDE:
                continue
            if path.is_file() and path.name.endswith(endings) and path.name.isprintable():
                yield path
            else:
                _unread(path, folder, endings, findings)


def _unread(path: Path, folder: Path, endings: tuple[str, ...], findings: Findings) -> None:
    """A file that looks like a part of the rulebook and would be passed over in silence is an error."""
    name = path.relative_to(folder).as_posix()
    # A name that is no text (bytes of another encoding) must not break the printing of the problem either.
    shown = name if name.isprintable() else ascii(name)[1:-1]
    told = ascii(path.name) if shown != name else repr(path.name)
    message = Said("file.unread", "{} would not be read", told)
    either = endings[0] if len(endings) == 1 else Said("either", "{} or {}", endings[0], endings[1])
    hint = Said("hint.file.unread", "files here end in {} and stand directly in their folder", either)
    findings.unreadable(shown, (1, 1), "file.unread", message, hint=hint)


def _content(path: Path, name: str, bytes_max: int, findings: Findings) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as error:
        message = Said("file.unreadable", "the file cannot be read: {}", str(error.strerror))
        findings.unreadable(name, (1, 1), "file.unreadable", message)
        return None
    if len(content) <= bytes_max:
        return content
    told = "a file may have {} MB, a rulebook {} MB: simplify its geometry or split it"
    hint = Said("hint.file.too-big", told, FILE_BYTES_MAX // 10**6, RULEBOOK_BYTES_MAX // 10**6)
    findings.unreadable(name, (1, 1), "file.too-big", Said("file.too-big", "the file is too big"), hint=hint)
    return None


def _position_in_bytes(content: bytes, offset: int) -> tuple[int, int]:
    before = content[:offset].decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return line_column(before, len(before))


def _normal(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content
    return normal_text(text).encode()

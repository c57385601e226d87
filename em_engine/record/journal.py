"""The journal's entries: what the engine was told, in bytes that are checked when they are read back.

State is a pure function of these entries, told in order. An entry is a frame (magic, version of the layout,
kind) around a body, followed by the CRC-32 of all of it. What a version's bodies look like never changes; a
new layout is a new version, and the old ones can be read for as long as a journal may hold them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from em_engine.record.columns import Damaged, pack, unpack
from em_engine.record.interface import Reading, RecordCorrupt
from em_engine.vocabulary import REPORT, Batch, Micros, blank_reports

_MAGIC: Final = b"EMJ"
_VERSION: Final = 1
_FRAME: Final = struct.Struct("<3sBB")
_CHECKSUM: Final = struct.Struct("<I")
_INSTANT: Final = struct.Struct("<q")
_SIZES: Final = struct.Struct("<II")  # reports, bytes of the devices' names
_PRESENT: Final = struct.Struct("<I")  # a bit for each column that holds anything but unknown values
_NAMES: Final = msgspec.msgpack.Decoder(tuple[str, ...])

# On 1,000 realistic fixes level 1 takes 0.7 ms and 24.2 B a fix, level 6 1.5 ms and 23.3 B (README).
_COMPRESSION: Final = 1
_BODY_BYTES_MAX: Final = 1 << 30  # what a single entry may unpack to: no damaged length may take all memory


class _Kind(IntEnum):
    INPUTS = 1
    WAKE = 2
    RULES = 3
    EXCUSE = 4
    FORGET = 6
    RULES_CHANGED = 5
    UNHEARD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Reports arrived and were judged together."""

    batch: Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Time passed as far as `at`, and nothing was heard."""

    at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """From `at` on, this revision of the rulebook judges."""

    revision: str
    at: Micros
    was_deaf: bool = True  # nobody's silence before `at` counts: it was ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """At `at` these devices were found silent together: their silences are allowed for longer."""

    devices: tuple[str, ...]
    at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """At `at` places that decide nothing any more were forgotten."""

    at: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """From `since` to `at` the broker stood still: that span is held against nobody's silence."""

    since: Micros
    at: Micros


Entry = Inputs | Wake | Rules | Excuse | Forget | Unheard


class JournalCorrupt(RecordCorrupt):
    """An entry is torn, flipped, or of a layout this engine does not know."""

    def __init__(self, position: int | None, reason: str) -> None:
        self.position = position
        where = "a journal entry" if position is None else f"the journal entry at position {position}"
        super().__init__(f"{where} cannot be read: {reason}")


def encode(entry: Entry) -> bytes:
    """The entry's bytes."""
    match entry:
        case Inputs():
            kind, body = _Kind.INPUTS, zlib.compress(_inputs_body(entry.batch), _COMPRESSION)
        case Wake():
            kind, body = _Kind.WAKE, _INSTANT.pack(entry.at)
        case Rules():
            kind = _Kind.RULES if entry.was_deaf else _Kind.RULES_CHANGED
            body = _INSTANT.pack(entry.at) + entry.revision.encode()
        case Excuse():
            kind, body = _Kind.EXCUSE, _INSTANT.pack(entry.at) + msgspec.msgpack.encode(entry.devices)
        case Forget():
            kind, body = _Kind.FORGET, _INSTANT.pack(entry.at)
        case Unheard():
            kind, body = _Kind.UNHEARD, _INSTANT.pack(entry.at) + _INSTANT.pack(entry.since)
    framed = _FRAME.pack(_MAGIC, _VERSION, kind) + body
    return framed + _CHECKSUM.pack(zlib.crc32(framed))


def decode(data: bytes, *, position: int | None = None) -> Entry:
    """The entry in the bytes. Raises JournalCorrupt, which names `position`."""
    try:
        return _decode(data)
    except (Damaged, zlib.error, UnicodeDecodeError, struct.error, msgspec.DecodeError) as error:
        raise JournalCorrupt(position, str(error)) from error


def entries_after(reading: Reading, position: int) -> Iterator[tuple[int, Entry]]:
    """The journal's entries after `position`, in order, decoded. Raises RecordCorrupt or JournalCorrupt."""
    for found, data in reading.journal_after(position):
        yield found, decode(data, position=found)


def _decode(data: bytes) -> Entry:
    if len(data) < _FRAME.size + _CHECKSUM.size:
        raise Damaged(f"only {len(data)} bytes are left of it")
    framed = data[: -_CHECKSUM.size]
    if (zlib.crc32(framed),) != _CHECKSUM.unpack(data[-_CHECKSUM.size :]):
        raise Damaged("its checksum does not fit")
    magic, version, kind = _FRAME.unpack_from(framed)
    if magic != _MAGIC or version not in _COLUMNS:
        raise Damaged(f"its layout {magic!r} version {version} is not known here")
    body = framed[_FRAME.size :]
    match kind:
        case _Kind.INPUTS:
            return Inputs(batch=_batch(_decompressed(body), version))
        case _Kind.WAKE:
            return Wake(at=_INSTANT.unpack(body)[0])
        case _Kind.RULES | _Kind.RULES_CHANGED:
            at, revision = _INSTANT.unpack_from(body)[0], body[_INSTANT.size :].decode()
            return Rules(at=at, revision=revision, was_deaf=kind == _Kind.RULES)
        case _Kind.EXCUSE:
            return Excuse(at=_INSTANT.unpack_from(body)[0], devices=_NAMES.decode(body[_INSTANT.size :]))
        case _Kind.FORGET:
            return Forget(at=_INSTANT.unpack(body)[0])
        case _Kind.UNHEARD:
            at, since = (instant for (instant,) in _INSTANT.iter_unpack(body))
            return Unheard(since=since, at=at)
        case _:
            raise Damaged(f"its kind {kind} is not known here")


def _decompressed(body: bytes) -> memoryview:
    engine = zlib.decompressobj()
    plain = engine.decompress(body, _BODY_BYTES_MAX)
    if not engine.eof:
        raise Damaged("its compressed body is cut or too long")
    return memoryview(plain)


# How many decimals the makers of tags send; a column that holds more travels as its own bits. Degrees with
# seven decimals are centimetres. The journal stays exact either way.
_COLUMNS: Final[dict[int, tuple[tuple[str, int | None], ...]]] = {
    1: (
        ("device", None),
        ("kind", None),
        ("seq", None),
        ("at", None),
        ("sent_at", None),
        ("received_at", None),
        ("lon", 7),
        ("lat", 7),
        ("accuracy_m", 2),
        ("speed_mps", 3),
        ("heading_deg", 2),
        ("hdop", 2),
        ("satellites", None),
        ("source", None),
        ("battery_pct", 1),
        ("charging", None),
        ("strap_closed", None),
        ("case_closed", None),
        ("beacon_in_range", None),
        ("motion", None),
        ("event", None),
        ("result", None),
    )
}
"""The columns of every layout, in order, with the decimals to try. A field of REPORT that is not among a
layout's is read back as unknown; a layout that lacks a field is no longer written (a test holds that)."""

# Instants lie close to another instant of the same row: only the difference is kept.
_NEAR: Final = {"sent_at": "at"}


def _inputs_body(batch: Batch) -> bytes:
    names = msgspec.msgpack.encode(batch.devices)
    sizes = _SIZES.pack(len(batch), len(names))
    blank = blank_reports(1)
    present, packed = 0, []
    for index, (name, decimals) in enumerate(_COLUMNS[_VERSION]):
        column = np.ascontiguousarray(batch.rows[name])
        if column.tobytes() != blank[name].tobytes() * len(batch):
            present |= 1 << index
            packed.append(pack(_apart(batch, name, column), decimals=decimals))
    return sizes + names + _PRESENT.pack(present) + b"".join(packed)


def _batch(body: memoryview, version: int) -> Batch:
    count, name_bytes = _SIZES.unpack_from(body)
    names_end = _SIZES.size + name_bytes
    devices = _NAMES.decode(body[_SIZES.size : names_end])
    (present,) = _PRESENT.unpack_from(body, names_end)
    rest = body[names_end + _PRESENT.size :]
    rows = blank_reports(count)
    for index, (name, _) in enumerate(_COLUMNS[version]):
        if present & 1 << index:
            column, rest = unpack(rest, count, REPORT[name])
            rows[name] = column if name not in _NEAR else column + rows[_NEAR[name]]
    if len(rest):
        raise Damaged("its parts do not add up")
    return Batch(devices=devices, rows=rows)


def _apart(batch: Batch, name: str, column: NDArray[Any]) -> NDArray[Any]:
    return column - batch.rows[_NEAR[name]] if name in _NEAR else column

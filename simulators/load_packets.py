"""Fixes of many tags as MQTT packets, made in columns: a row of bytes a tag, all of one length.

What a fix looks like is asked of `encode_fix` once; then only digits change. A degree's missing digits are
blanks, which JSON allows before a number.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.bench.line import RECEIPTS, publish_packet
from em_engine.ingest.encode import encode_fix, topic_of
from em_engine.vocabulary import Floats, Micros, ReportKind, instant, parse_rfc3339

TAGS_MAX: Final = 10_000_000
"""As many as seven digits name."""
_DIGITS, _ZERO, _BLANK = 7, ord("0"), ord(" ")
_DECIMALS: Final = 6
Bytes = NDArray[np.uint8]

# Stand-ins as long as what takes their place, none of them part of another.
_NUMBER, _SEQ, _RECEIPT = 8_888_888, 7_777_777_777, 0x0203
_LON, _LAT = 123.456789, -12.345678
_FIXED_AT, _SENT_AT = "2031-05-06T07:08:09.101112Z", "2032-05-06T07:08:09.101112Z"


def tag_of(number: int) -> str:
    """The device's name."""
    return f"sim-{number:0{_DIGITS}d}"


def _pattern() -> bytes:
    payload = encode_fix(
        seq=_SEQ,
        fixed_at=parse_rfc3339(_FIXED_AT),
        sent_at=parse_rfc3339(_SENT_AT),
        lon=_LON,
        lat=_LAT,
        accuracy_m=12.0,
    )
    return publish_packet(topic_of(tag_of(_NUMBER), ReportKind.FIX), _RECEIPT, payload)


_PATTERN: Final = _pattern()


def _place(stand_in: bytes) -> slice:
    first = _PATTERN.index(stand_in)
    return slice(first, first + len(stand_in))


_TAG_AT, _SEQ_AT = _place(str(_NUMBER).encode()), _place(str(_SEQ).encode())
_LON_AT, _LAT_AT = _place(str(_LON).encode()), _place(str(_LAT).encode())
_FIXED, _SENT = _place(_FIXED_AT.encode()), _place(_SENT_AT.encode())
_RECEIPT_AT = _place(_RECEIPT.to_bytes(2, "big"))


class Packets:
    """Fixes of tags in a row, before it is known when and over which connection they are sent."""

    def __init__(self, first: int, seq: int, places: Floats) -> None:
        """`places` are (n, 2) longitude and latitude, both not below 0; `seq` has ten digits."""
        self._rows: Bytes = np.tile(np.frombuffer(_PATTERN, dtype=np.uint8), (len(places), 1))
        micro_degrees = np.rint(places * 10.0**_DECIMALS).astype(np.int64)
        _write(self._rows[:, _TAG_AT], np.arange(first, first + len(places)), shown=_DIGITS)
        _write_degrees(self._rows[:, _LON_AT], micro_degrees[:, 0])
        _write_degrees(self._rows[:, _LAT_AT], micro_degrees[:, 1])
        self._rows[:, _SEQ_AT] = np.frombuffer(f"{seq:010d}".encode(), dtype=np.uint8)

    def __len__(self) -> int:
        return len(self._rows)

    def taken(self, first: int, last: int, *, at: Micros, receipt: int) -> bytes:
        """These of them as they are sent now, the first under this number."""
        rows = self._rows[first:last]
        told = instant(at).replace(tzinfo=None).isoformat(timespec="microseconds")
        rows[:, _FIXED] = rows[:, _SENT] = np.frombuffer(f"{told}Z".encode(), dtype=np.uint8)
        receipts = (np.arange(receipt - 1, receipt - 1 + len(rows)) % RECEIPTS + 1).astype(">u2")
        rows[:, _RECEIPT_AT] = receipts.view(np.uint8).reshape(-1, 2)
        return rows.tobytes()


def _write_degrees(column: Bytes, micro_degrees: NDArray[np.int64]) -> None:
    whole, part = np.divmod(micro_degrees, 10**_DECIMALS)
    point = column.shape[1] - _DECIMALS - 1
    _write(column[:, :point], whole, shown=1)
    column[:, point] = ord(".")
    _write(column[:, point + 1 :], part, shown=_DECIMALS)


def _write(column: Bytes, numbers: NDArray[np.int64], *, shown: int) -> None:
    """Decimal digits, the last in the last column; zeros before a number are blanks beyond those shown."""
    left = numbers
    for place in range(column.shape[1]):
        is_blank = (left == 0) & (place >= shown)
        left, digit = np.divmod(left, 10)
        column[:, -1 - place] = np.where(is_blank, _BLANK, digit + _ZERO)

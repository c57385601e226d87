"""Numbers of one column, packed: what the journal's entries are made of.

A column is first told by what it is made of (decimal fractions, steps from row to row, whole seconds), then
cut to the fewest bytes that hold it and laid out byte by byte, all lowest bytes first: so zlib finds the high
bytes, which hardly change, side by side. Every step is undone bit for bit, the payloads of NaN and minus zero
included.
"""

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Words = NDArray[np.int64]
"""A column's numbers or bits as 64-bit integers. Their differences wrap around, which undoes itself."""

_HEAD: Final = struct.Struct(
    "<BBBIqqq"
)  # made of, steps, width, unit, lowest, first, the word standing for NaN
_OWN_BITS: Final = 255  # made of: the numbers' own bits; else so many decimals
_UNITS: Final = (1_000_000, 1_000)  # whole seconds, whole milliseconds
_WORD: Final = (1 << 64) - 1
_DIGITS_MAX: Final = 1 << 52  # well within the whole numbers a double holds exactly
_NO_NAN: Final = -(1 << 63)  # no decimal column reaches so far down


class Damaged(ValueError):
    """The bytes are no packed column."""


def pack(column: Numbers, *, decimals: int | None = None) -> bytes:
    """The column's bytes; it holds at least one number.

    With `decimals`, floats that are decimal fractions of so many digits travel as whole numbers.
    """
    words, made_of, nan = _as_words(column, decimals)
    lowest, span = _span(words)
    is_steps, spread = False, words
    if span and len(words) > 1:
        steps = words[1:] - words[:-1]
        lowest_step, span_of_steps = _span(steps)
        if span_of_steps < span:
            is_steps, spread, lowest, span = True, steps, lowest_step, span_of_steps
    left, unit = _in_units((spread - lowest).view(np.uint64), span)
    width = ((span // unit).bit_length() + 7) // 8
    return _HEAD.pack(made_of, is_steps, width, unit, lowest, int(words[0]), nan) + _by_byte(left, width)


def unpack(data: memoryview, count: int, dtype: np.dtype[Any]) -> tuple[Numbers, memoryview]:
    """The column of `count` numbers at the head of `data`, and what follows it. Raises Damaged."""
    if len(data) < _HEAD.size:
        raise Damaged("a column ends within its head")
    made_of, is_steps, width, unit, lowest, first, nan = _HEAD.unpack_from(data)
    stored = count - 1 if is_steps else count
    end = _HEAD.size + stored * width
    if width > 8 or is_steps > 1 or len(data) < end:
        raise Damaged("a column is cut or of no known layout")
    left = _from_bytes(data[_HEAD.size : end], stored, width) * np.uint64(unit)
    words = left.view(np.int64) + lowest
    if is_steps:
        words = np.cumsum(np.concatenate(([first], words)), dtype=np.int64)
    return _as_numbers(words, made_of, nan, dtype), data[end:]


def _as_words(column: Numbers, decimals: int | None) -> tuple[Words, int, int]:
    """The column as words, what they are made of, and the word that stands for NaN."""
    if column.dtype.kind != "f":
        return column.astype(np.int64), _OWN_BITS, _NO_NAN
    if decimals is not None:
        # Infinities and numbers too large for digits are expected here; they travel as their own bits.
        with np.errstate(invalid="ignore", over="ignore"):
            whole = _as_decimals(column, decimals)
        if whole is not None:
            return whole[0], decimals, whole[1]
    return column.view(f"i{column.dtype.itemsize}").astype(np.int64), _OWN_BITS, _NO_NAN


def _as_decimals(column: Numbers, decimals: int) -> tuple[Words, int] | None:
    """The column in units of its last digit and the word for NaN; None where a bit would be lost."""
    digits = np.rint(column.astype(np.float64) * 10.0**decimals)
    is_nan = np.isnan(digits)
    nan = _NO_NAN
    if is_nan.any():
        # One below the others: near them, so that it costs no width.
        known = digits[~is_nan]
        nan = int(known.min()) - 1 if len(known) and abs(known.min()) < _DIGITS_MAX else 0
        digits[is_nan] = nan
    if not np.abs(digits).max() < _DIGITS_MAX:
        return None
    words = digits.astype(np.int64)
    back = _as_numbers(words, decimals, nan, column.dtype)
    return (words, nan) if back.tobytes() == column.tobytes() else None


def _as_numbers(words: Words, made_of: int, nan: int, dtype: np.dtype[Any]) -> Numbers:
    if made_of != _OWN_BITS:
        fractions = words / 10.0**made_of
        if nan != _NO_NAN:
            fractions[words == nan] = np.nan
        return fractions.astype(dtype)
    if dtype.kind != "f":
        return words.astype(dtype)
    return words.astype(f"i{dtype.itemsize}").view(dtype)


def _span(words: Words) -> tuple[int, int]:
    lowest = int(words.min())
    return lowest, int(words.max()) - lowest


def _in_units(left: NDArray[np.uint64], span: int) -> tuple[NDArray[np.uint64], int]:
    for unit in _UNITS:
        if span >= unit and int(left[-1]) % unit == 0 and not (left % np.uint64(unit)).any():
            return left // np.uint64(unit), unit
    return left, 1


def _by_byte(left: NDArray[np.uint64], width: int) -> bytes:
    return left.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()


def _from_bytes(data: memoryview, count: int, width: int) -> NDArray[np.uint64]:
    spread = np.zeros((count, 8), dtype=np.uint8)
    spread[:, :width] = np.frombuffer(data, dtype=np.uint8).reshape(width, count).T
    return spread.view("<u8").reshape(count).astype(np.uint64)

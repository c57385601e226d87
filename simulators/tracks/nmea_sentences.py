"""NMEA 0183 sentences found among whatever else a receiver sends, and the words in their fields."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import SECOND, Micros
from simulators.tracks.track import Collector
from simulators.tracks.values import Misread, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence whose checksum is right: where it stands, its formatter (`RMC`) and its fields."""

    line: int
    column: int
    formatter: str
    fields: tuple[str, ...]

    def at(self, place: int) -> str:
        """The field at `place`; empty where the sentence ends earlier."""
        return self.fields[place] if place < len(self.fields) else ""


# Upper-case talker and formatter, the fields, and the checksum; a `$` inside means the sentence before was
# cut off.
_SENTENCE: Final = re.compile(rb"\$([A-Z]{2}(RMC|GGA|ZDA),([^$*\r]*))(?:\*([0-9A-Fa-f]{2}))?")


def sentences(data: bytes, told: Collector) -> Iterator[Sentence]:
    """The RMC, GGA and ZDA sentences whose checksum is right; the others become faults."""
    for line, text in enumerate(data.split(b"\n"), start=1):
        for match in _SENTENCE.finditer(text):
            body, formatter, fields, claimed = match.groups()
            column = match.start() + 1
            if claimed is None:
                cut = "{}: cut off, or without the checksum that would prove it whole"
                told.fault(line, column, Said("track.cut-off", cut, formatter.decode()))
            elif (found := _checksum(body)) != int(claimed, 16):
                wrong = "{}: its checksum is {}, its bytes give {}"
                name, sum = formatter.decode(), claimed.decode()
                told.fault(line, column, Said("track.checksum", wrong, name, sum, f"{found:02X}"))
            else:
                words = tuple(fields.decode("latin-1").split(","))
                yield Sentence(line=line, column=column, formatter=formatter.decode(), fields=words)


def _checksum(body: bytes) -> int:
    result = 0
    for byte in body:
        result ^= byte
    return result


_DEGREES_MINUTES: Final = re.compile(r"(\d{1,3})(\d\d(?:\.\d*)?)")


def degrees(text: str, hemisphere: str, *, positive: str, negative: str) -> float:
    """Degrees of `dddmm.mmm` and its hemisphere. Raises Misread, as all of these do."""
    match = _DEGREES_MINUTES.fullmatch(text)
    if match is None or hemisphere not in (positive, negative) or float(match[2]) >= 60:
        told = "{} {} is not degrees and minutes with {} or {}"
        raise Misread(Said("track.degrees", told, shown(text), shown(hemisphere), positive, negative))
    value = int(match[1]) + float(match[2]) / 60
    return value if hemisphere == positive else -value


_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d(?:\.\d*)?)")


def time_of_day(text: str) -> Micros:
    """The time since midnight of `hhmmss.ss`; a leap second is the first of the next minute."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59 or float(match[3]) >= 61:
        raise Misread(Said("track.clock", "{} is not a time of day like 142355.00", shown(text)))
    return (int(match[1]) * 3600 + int(match[2]) * 60) * SECOND + round(float(match[3]) * SECOND)


def calendar_date(text: str) -> dt.date:
    """The date of `ddmmyy`."""
    if len(text) != 6 or not text.isdecimal():
        raise Misread(Said("track.ddmmyy", "{} is not a date like 230394", shown(text)))
    year = int(text[4:])
    # GPS time began in 1980, so two digits reach from there to 2079.
    return calendar(str(year + (1900 if year >= 80 else 2000)), text[2:4], text[:2])


def calendar(year: str, month: str, day: str) -> dt.date:
    """The date of its three numbers."""
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        raise Misread(Said("track.date", "{} is not a date", f"{year}-{month}-{day}")) from None


def count(text: str) -> int:
    """The count of satellites; -1 where it is not told."""
    return int(text) if text.isdecimal() and int(text) < 1 << 15 else -1

"""NMEA 0183 logs: RMC and GGA of one instant make one fix; ZDA helps with the date. Other sentences pass by.

Receivers mix in vendor sentences, binary bytes and comments, so sentences are looked for, not lines. The date
comes from RMC or ZDA; an instant without either takes the day nearest to the one before, which carries GGA
alone across midnight. A clock that goes back and a date that jumps by GPS weeks are kept as recorded, in
order, and noted.
"""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import HOUR, SECOND, Micros, ReportKind, Source, micros, rfc3339
from simulators.tracks.nmea_sentences import (
    Sentence,
    calendar,
    calendar_date,
    count,
    degrees,
    sentences,
    time_of_day,
)
from simulators.tracks.track import Collector, Report, Track, read_bytes
from simulators.tracks.values import Misread, latitude, longitude, not_negative, number, shown


def read(path: Path) -> Track:
    """The fixes of a receiver's log.

    Raises TrackRefused where no fix could be read of what looks like one.
    """
    told = Collector(path)
    epochs = _Epochs(told, path.stem)
    for sentence in sentences(read_bytes(path), told):
        try:
            epochs.hear(sentence)
        except Misread as error:
            why = Said("track.sentence", "{}: {}", sentence.formatter, error.why)
            told.fault(sentence.line, sentence.column, why)
    epochs.end()
    return told.track()


@dataclass(slots=True)
class _Epoch:
    """What the sentences of one instant say."""

    time_of_day: Micros
    date: dt.date | None = None
    heard: dict[str, Sentence] = field(default_factory=dict)
    fix: Report = field(default_factory=Report)
    has_fix: bool = True


class _Epochs:
    """Joins sentences into epochs, and epochs into fixes."""

    def __init__(self, told: Collector, device: str) -> None:
        self._told = told
        self._device = device
        self._open: _Epoch | None = None
        self._last: Micros | None = None
        self._without_fix = 0

    def hear(self, sentence: Sentence) -> None:
        """The next sentence.

        Raises Misread where its fields are wrong; the rest of its epoch still counts.
        """
        if not sentence.at(0):
            # A receiver that knows no time has no fix either.
            self._without_fix += sentence.formatter == "GGA"
            return
        told_at = time_of_day(sentence.at(0))
        epoch = self._open
        if epoch is None or epoch.time_of_day != told_at or sentence.formatter in epoch.heard:
            self._close()
            epoch = self._open = _Epoch(told_at)
        epoch.heard[sentence.formatter] = sentence
        _READ[sentence.formatter](epoch, sentence)

    def end(self) -> None:
        """The log is over."""
        self._close()
        if self._without_fix:
            self._told.note(f"{self._told.file}: {self._without_fix} epochs without a fix were left out")

    def _close(self) -> None:
        epoch, self._open = self._open, None
        if epoch is None:
            return
        first = next(iter(epoch.heard.values()))
        at = self._instant(epoch)
        if at is not None:
            self._note_jump(at, first)
            self._last = at
        if not epoch.has_fix or "lon" not in epoch.fix:
            self._without_fix += epoch.heard.keys() != {"ZDA"}
        elif at is None:
            why = Said("track.no-date", "a fix before any RMC or ZDA told the date")
            self._told.fault(first.line, first.column, why)
        else:
            self._told.report(self._device, {"kind": ReportKind.FIX, **epoch.fix, "at": at})

    def _instant(self, epoch: _Epoch) -> Micros | None:
        if epoch.date is not None:
            return _midnight(epoch.date) + epoch.time_of_day
        if self._last is None:
            return None
        same_day = self._last - self._last % _DAY + epoch.time_of_day
        return min((same_day - _DAY, same_day, same_day + _DAY), key=lambda at: abs(at - (self._last or 0)))

    def _note_jump(self, at: Micros, first: Sentence) -> None:
        if self._last is None or (at >= self._last and at - self._last < _ROLLOVER - _DAY):
            return
        jump = at - self._last
        where = f"{self._told.file}:{first.line}:{first.column}"
        if abs(abs(jump) - _ROLLOVER) <= _DAY:
            self._told.note(
                f"{where}: the date jumps by 1024 weeks to {rfc3339(at)}, a GPS week rollover; kept"
            )
        elif jump < 0:
            self._told.note(f"{where}: the clock goes back {-jump / SECOND:g} s to {rfc3339(at)}")


_DAY: Final = 24 * HOUR
_ROLLOVER: Final = 1024 * 7 * _DAY
"""The GPS week is counted in ten bits by older receivers (IS-GPS-200): after 1024 weeks their date starts
over."""
_MPS_A_KNOT: Final = 1852 / 3600


def _midnight(day: dt.date) -> Micros:
    return micros(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))


def _rmc(epoch: _Epoch, sentence: Sentence) -> None:
    if sentence.at(8):
        epoch.date = calendar_date(sentence.at(8))
    if sentence.at(1) != "A" or sentence.at(11) == "N":
        epoch.has_fix = False
        return
    if "lon" not in epoch.fix:
        _place(epoch, sentence, 2)
    epoch.fix["speed_mps"] = not_negative(number(sentence.at(6) or "-1", "speed")) * _MPS_A_KNOT
    epoch.fix["heading_deg"] = not_negative(number(sentence.at(7) or "-1", "course"))


def _gga(epoch: _Epoch, sentence: Sentence) -> None:
    quality = sentence.at(5)
    if quality == "0":
        epoch.has_fix = False
        return
    if quality and not quality.isdecimal():
        raise Misread(Said("track.quality", "quality {} is not a digit", shown(quality)))
    # A chipset seen in the field leaves the quality empty: RMC then says alone whether this is a fix, and
    # where.
    if quality:
        _place(epoch, sentence, 1)
    epoch.fix["hdop"] = not_negative(number(sentence.at(7) or "-1", "hdop"))
    epoch.fix["satellites"] = count(sentence.at(6))
    # 6 to 8 are estimated, entered by hand and simulated: no satellites behind them.
    if quality in ("6", "7", "8"):
        epoch.fix["source"] = Source.UNKNOWN


def _zda(epoch: _Epoch, sentence: Sentence) -> None:
    day, month, year = sentence.at(1), sentence.at(2), sentence.at(3)
    if day and month and year:
        epoch.date = calendar(year, month, day)


_READ: Final = {"RMC": _rmc, "GGA": _gga, "ZDA": _zda}


def _place(epoch: _Epoch, sentence: Sentence, first: int) -> None:
    if not sentence.at(first) or not sentence.at(first + 2):
        epoch.has_fix = False
        return
    lat = latitude(degrees(sentence.at(first), sentence.at(first + 1), positive="N", negative="S"))
    lon = longitude(degrees(sentence.at(first + 2), sentence.at(first + 3), positive="E", negative="W"))
    epoch.fix.update({"lat": lat, "lon": lon, "source": Source.GNSS})

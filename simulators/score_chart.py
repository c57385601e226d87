"""A score as a picture: what was found, missed, told twice or for nothing, and how late, type by type."""

from collections.abc import Mapping
from typing import Any, Final

from simulators.chart import Axis, bar, document, line, text
from simulators.score import Score

_COLOURS: Final[Mapping[str, str]] = {
    "found": "#3d8f5f",
    "missed": "#d1495b",
    "duplicates": "#e08e1b",
    "nuisance": "#5b6770",
}
_ROW: Final = 28.0
_LEFT: Final = 190.0
_MIDDLE: Final = 560.0
_DELAYS: Final = 640.0
_RIGHT: Final = 940.0


def score_svg(result: Score) -> str:
    """One row a type, and one for all: counts as bars, delays from the median to the longest."""
    told = result.as_json()
    rows: dict[str, Any] = {**told["types"], "all": told["total"]}
    top, bottom = 64.0, 64.0 + _ROW * len(rows)
    most = max([1, *(sum(one[name] for name in _COLOURS) for one in rows.values())])
    longest_s = max([60.0, *(one["delay_s"]["max"] or 0.0 for one in rows.values())])
    delays = Axis(label="seconds", low=1.0, high=longest_s, is_log=True)
    parts = [
        text(16.0, 24.0, f"Alerts against the truth, {result.device_days:g} device-days", size=15),
        *_legend(),
    ]
    parts += _seconds(delays, top, bottom)
    for number, (name, one) in enumerate(rows.items()):
        parts += _row(name, one, top + _ROW * number, most=most, delays=delays)
    return document(960.0, bottom + 40.0, parts)


def _legend() -> list[str]:
    parts, left = [], _LEFT
    for name, colour in _COLOURS.items():
        parts += [bar(left, 38.0, width=12.0, height=12.0, colour=colour), text(left + 17.0, 48.0, name)]
        left += 92.0
    return [*parts, text(_DELAYS, 48.0, "delay: median to 95 in 100, and the longest")]


def _seconds(delays: Axis, top: float, bottom: float) -> list[str]:
    parts = []
    for tick in delays.ticks():
        across = _DELAYS + delays.share(tick) * (_RIGHT - _DELAYS)
        parts.append(line((across, top), (across, bottom), colour="#e3e6ea"))
        parts.append(text(across, bottom + 16.0, f"{tick:g} s", anchor="middle"))
    return parts


def _row(name: str, one: Mapping[str, Any], top: float, *, most: int, delays: Axis) -> list[str]:
    parts, left = [text(_LEFT - 10.0, top + 15.0, name, anchor="end", size=12)], _LEFT
    for what, colour in _COLOURS.items():
        width = one[what] / most * (_MIDDLE - _LEFT)
        parts.append(bar(left, top + 4.0, width=width, height=14.0, colour=colour))
        left += width
    counts = "/".join(str(one[what]) for what in _COLOURS)
    parts.append(text(left + 6.0, top + 15.0, counts))
    return [*parts, *_delay(one["delay_s"], top + 11.0, delays)]


def _delay(delay_s: Mapping[str, float | None], middle: float, delays: Axis) -> list[str]:
    places = [
        _DELAYS + delays.share(seconds) * (_RIGHT - _DELAYS)
        for seconds in delay_s.values()
        if seconds is not None
    ]
    if not places:
        return []
    median, most, longest = places
    thick = line((median, middle), (max(most, median + 2.0), middle), colour="#0b3d6b", width=6.0)
    thin = line((most, middle), (longest, middle), colour="#0b3d6b", width=1.5)
    return [thin, thick, line((longest, middle - 4.0), (longest, middle + 4.0), colour="#0b3d6b")]

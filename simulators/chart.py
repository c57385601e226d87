"""Charts as SVG, drawn by hand: two axes, lines with marks, bars. Enough to hold curves side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10
from typing import Final

PALETTE: Final = ("#0b3d6b", "#d1495b", "#e08e1b", "#3d8f5f", "#7d5ba6", "#5b6770")
"""Told apart by who cannot see red, and in print."""
_FONT: Final = "font-family='Noto Sans,Helvetica,Arial,sans-serif'"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Values along one side of a chart. Logarithmic axes need values above 0."""

    label: str
    low: float
    high: float
    is_log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value lies, from 0 to 1; beyond its ends at them."""
        low, high, here = (
            log10(one) if self.is_log else one for one in (self.low, self.high, self._cut(value))
        )
        return (here - low) / (high - low)

    def _cut(self, value: float) -> float:
        return min(max(value, self.low), self.high)

    def ticks(self) -> list[float]:
        """Round values along it."""
        if self.is_log:
            return [10.0**power for power in range(ceil(log10(self.low)), floor(log10(self.high)) + 1)]
        step = 10.0 ** floor(log10((self.high - self.low) / 2.0))
        step *= 2.0 if (self.high - self.low) / step > 10 else 1.0
        first, last = ceil(self.low / step), floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points joined by a line; `marked` is the one drawn large, `words` stands beside each."""

    name: str
    points: Sequence[Point]
    words: Sequence[str] = ()
    marked: int | None = None
    has_marks: bool = True
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Series over two axes."""

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    limits: Sequence[tuple[float, str]] = ()  # upright lines at x, each with what it says
    width: int = 760
    height: int = 460

    def svg(self) -> str:
        """The whole picture."""
        return document(self.width, self.height, self.drawn())

    def drawn(self, left: float = 0.0, top: float = 0.0) -> list[str]:
        """Its elements, to stand among others."""
        frame = _Frame(chart=self, left=left + 64.0, top=top + 40.0)
        parts = [text(left + 64.0, top + 22.0, self.title, size=15, weight="bold"), *frame.grid()]
        parts += [part for at, words in self.limits for part in frame.limit(at, words)]
        for number, one in enumerate(self.series):
            parts += frame.line(one, PALETTE[number % len(PALETTE)])
            parts += frame.entry(one, PALETTE[number % len(PALETTE)], number)
        return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where on the picture the values of a chart lie."""

    chart: Chart
    left: float
    top: float
    legend: float = field(default=190.0)

    @property
    def right(self) -> float:
        return self.left - 64.0 + self.chart.width - self.legend

    @property
    def bottom(self) -> float:
        return self.top - 40.0 + self.chart.height - 48.0

    def at(self, point: Point) -> Point:
        across, up = self.chart.x.share(point[0]), self.chart.y.share(point[1])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)

    def grid(self) -> list[str]:
        x, y = self.chart.x, self.chart.y
        parts = []
        for tick in x.ticks():
            across, _ = self.at((tick, y.low))
            parts += [line((across, self.top), (across, self.bottom), colour="#e3e6ea")]
            parts += [text(across, self.bottom + 16.0, f"{tick:g}", anchor="middle")]
        for tick in y.ticks():
            _, down = self.at((x.low, tick))
            parts += [line((self.left, down), (self.right, down), colour="#e3e6ea")]
            parts += [text(self.left - 7.0, down + 4.0, f"{tick:g}", anchor="end")]
        middle = (self.left + self.right) / 2.0
        parts += [text(middle, self.bottom + 36.0, x.label, anchor="middle", size=12)]
        turned = f"transform='rotate(-90 {self.left - 46.0:.0f} {(self.top + self.bottom) / 2.0:.0f})'"
        upright = text(self.left - 46.0, (self.top + self.bottom) / 2.0, y.label, anchor="middle", size=12)
        return [*parts, upright.replace("<text ", f"<text {turned} ", 1)]

    def limit(self, at: float, words: str) -> list[str]:
        across, _ = self.at((at, self.chart.y.low))
        drawn = line((across, self.top), (across, self.bottom), colour="#3b4148", dash="5 4")
        return [drawn, text(across + 4.0, self.top + 12.0, words)]

    def line(self, one: Series, colour: str) -> list[str]:
        places = [self.at(point) for point in one.points]
        joined = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
        dash = " stroke-dasharray='5 4'" if one.is_dashed else ""
        parts = [f"<polyline points='{joined}' fill='none' stroke='{colour}' stroke-width='1.8'{dash}/>"]
        for number, (across, down) in enumerate(places if one.has_marks else []):
            size = 6.5 if number == one.marked else 3.0
            parts.append(f"<circle cx='{across:.1f}' cy='{down:.1f}' r='{size}' fill='{colour}'/>")
        for (across, down), words in zip(places, one.words, strict=False):
            parts.append(text(across + 6.0, down - 6.0, words, size=9, colour=colour))
        return parts

    def entry(self, one: Series, colour: str, number: int) -> list[str]:
        down = self.top + 14.0 + 20.0 * number
        dash = "5 4" if one.is_dashed else ""
        start, end = (self.right + 14.0, down - 4.0), (self.right + 34.0, down - 4.0)
        mark = line(start, end, colour=colour, dash=dash, width=2.5)
        return [mark, text(self.right + 40.0, down, one.name, size=12)]


# The pieces -----------------------------------------------------------------------------------


def document(width: float, height: float, parts: Sequence[str]) -> str:
    """The elements as a picture of its own, on white."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}'"
    size = f" width='{width:.0f}' height='{height:.0f}'>"
    ground = f"<rect width='{width:.0f}' height='{height:.0f}' fill='#ffffff'/>"
    return "\n".join([head + size, ground, *parts, "</svg>", ""])


def line(start: Point, end: Point, *, colour: str, dash: str = "", width: float = 1.0) -> str:
    """A straight line."""
    dashed = f" stroke-dasharray='{dash}'" if dash else ""
    ends = f"x1='{start[0]:.1f}' y1='{start[1]:.1f}' x2='{end[0]:.1f}' y2='{end[1]:.1f}'"
    return f"<line {ends} stroke='{colour}' stroke-width='{width:g}'{dashed}/>"


def bar(x: float, y: float, *, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    box = f"x='{x:.1f}' y='{y:.1f}' width='{max(0.0, width):.1f}' height='{height:.1f}'"
    return f"<rect {box} fill='{colour}'/>"


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 11,
    colour: str = "#23282d",
    weight: str = "normal",
) -> str:
    """Words at a place."""
    style = f"font-size='{size}' text-anchor='{anchor}' fill='{colour}' font-weight='{weight}'"
    return f"<text x='{x:.1f}' y='{y:.1f}' {_FONT} {style}>{escape(words, quote=False)}</text>"

"""Pictures of a story, as SVG: a map of zones, ways and fixes, and a timeline of what was said and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import shapely

from em_engine.vocabulary import HOUR, MINUTE, ChangeKind, Floats, Micros, ReportKind
from simulators.scenarios.ground import Ground
from simulators.scenarios.judge import Told, Verdict
from simulators.scenarios.play import Played

WIDE: Final = 900.0
HIGH_MAX: Final = 420.0
_MARGIN: Final = 30.0
_COLOURS: Final = ("#0969da", "#8250df", "#1a7f37", "#9a6700", "#bf3989")
_ZONE: Final = "#cf222e"
_LANE: Final = 22.0
FIXES_MAX: Final = 2_000
"""So many fixes are drawn of a device; of more, every so manieth."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Metres to the picture's own units."""

    west_m: float
    north_m: float
    scale: float

    def put(self, metres: Floats) -> Floats:
        """(n, 2) metres east and north become (n, 2) right and down."""
        return (np.asarray(metres) - (self.west_m, self.north_m)) * (self.scale, -self.scale) + _MARGIN


def map_svg(verdict: Verdict, played: Played) -> str:
    """Zones, the true ways, the fixes with how good they said they were; empty where nobody has a place."""
    ground = verdict.scenario.ground
    zones = [(name, zone) for name, zone in verdict.scenario.rulebook.zones.items()]
    shapes = [_outline(zone, ground) for _, zone in zones][:50]
    ways = {name: _metres(ground, way["lon"], way["lat"]) for name, way in played.ways.items()}
    everything = np.vstack([*ways.values(), *shapes])
    frame, high = _frame(everything)
    drawn = [_polygon(frame.put(shape), name) for shape, (name, _) in zip(shapes, zones, strict=False)]
    for number, (name, way) in enumerate(ways.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        drawn.append(_line(frame.put(way[:: max(1, len(way) // 500)]), colour))
        drawn += _fixes(frame, ground, played, name, colour)
        x, y = frame.put(way[:1])[0]
        drawn.append(_text(x + 6, y - 6, name, colour))
    return _svg(WIDE, high, [*drawn, _bar(frame, high)], "map")


def _metres(ground: Ground, lon: Floats, lat: Floats) -> Floats:
    return np.array([ground.metres(*one) for one in zip(lon.tolist(), lat.tolist(), strict=True)])


def _outline(zone: Any, ground: Ground) -> Floats:
    geometry = zone.geometry
    coordinates = shapely.get_coordinates(geometry)
    metres = _metres(ground, coordinates[:, 0], coordinates[:, 1])
    if zone.radius_m is None:
        return metres
    middle = shapely.Point(metres[0]) if len(metres) == 1 else shapely.LineString(metres)
    return np.asarray(shapely.get_coordinates(middle.buffer(zone.radius_m)))


def _frame(metres: Floats) -> tuple[Frame, float]:
    (west, south), (east, north) = metres.min(axis=0), metres.max(axis=0)
    wide_m, high_m = max(east - west, 100.0), max(north - south, 100.0)
    scale = min((WIDE - 2 * _MARGIN) / wide_m, (HIGH_MAX - 2 * _MARGIN) / high_m)
    return Frame(float(west), float(north), float(scale)), float(high_m * scale + 2 * _MARGIN)


def _fixes(frame: Frame, ground: Ground, played: Played, name: str, colour: str) -> Iterable[str]:
    batch = played.arrived
    if name not in batch.devices:
        return
    rows = batch.rows[(batch.rows["device"] == batch.devices.index(name))]
    rows = rows[rows["kind"] == ReportKind.FIX]
    rows = rows[:: max(1, len(rows) // FIXES_MAX)]
    if not len(rows):
        return
    # Far outside the picture (0/0, another town) a fix would only stretch it.
    places = frame.put(_metres(ground, rows["lon"], rows["lat"]))
    for (x, y), radius_m in zip(places, rows["accuracy_m"].tolist(), strict=True):
        if 0.0 <= x <= WIDE and 0.0 <= y <= HIGH_MAX:
            radius = 2.0 if radius_m != radius_m else max(1.5, min(radius_m * frame.scale, 120.0))
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity=".15"/>'


def _bar(frame: Frame, high: float) -> str:
    """A bar of a round length."""
    length_m = next(one for one in (10_000, 5_000, 1_000, 500, 100, 50, 10, 1) if one * frame.scale < 200)
    x, y = _MARGIN, high - 8
    bar = f'<path d="M{x} {y}h{length_m * frame.scale:.1f}" stroke="#57606a" stroke-width="2"/>'
    return bar + _text(x + length_m * frame.scale + 5, y + 4, f"{length_m} m", "#57606a")


# The timeline ----------------------------------------------------------------------------------


def timeline_svg(verdict: Verdict, played: Played) -> str:
    """A lane a device with its reports as they arrived, and a lane an alert with how long it stood."""
    scenario = verdict.scenario
    span = scenario.ends - scenario.starts

    def across(at: Micros) -> float:
        return 130.0 + (WIDE - 150.0) * min(max(0.0, (at - scenario.starts) / span), 1.0)

    drawn = [_hours(verdict, across)]
    for lane, name in enumerate(played.arrived.devices):
        y = 30.0 + lane * _LANE
        drawn.append(_text(4, y + 4, name, "#1b1f24"))
        rows = played.arrived.rows[played.arrived.rows["device"] == lane]
        for row in rows[:: max(1, len(rows) // 800)]:
            x, height = across(int(row["received_at"])), 5 if row["kind"] == ReportKind.FIX else 8
            colour = "#bf3989" if row["kind"] == ReportKind.EVENT else "#57606a"
            drawn.append(f'<path d="M{x:.1f} {y - height}v{2 * height}" stroke="{colour}"/>')
    first = 30.0 + len(played.arrived.devices) * _LANE
    opened = [one for one in verdict.told if one.change is ChangeKind.OPENED][:40]
    for lane, one in enumerate(opened):
        drawn.append(_stood(verdict, one, first + lane * _LANE, across))
    return _svg(WIDE, first + len(opened) * _LANE + 10, drawn, "timeline")


def _stood(verdict: Verdict, one: Told, y: float, across: Any) -> str:
    ends = [other.at for other in verdict.told if _ends(one, other)]
    start, told, end = across(one.opened_at), across(one.at), across(min(ends, default=verdict.scenario.ends))
    return (
        f'<path d="M{start:.1f} {y}H{max(end, start + 1):.1f}" stroke="{_ZONE}" stroke-width="7" '
        f'stroke-opacity=".45"/><circle cx="{told:.1f}" cy="{y}" r="4" fill="{_ZONE}"/>'
        + _text(4, y + 4, one.type, _ZONE)
    )


def _ends(one: Told, other: Told) -> bool:
    return other.alert == one.alert and other.change in (ChangeKind.CLEARED, ChangeKind.WITHDRAWN)


def _hours(verdict: Verdict, across: Any) -> str:
    scenario = verdict.scenario
    span = scenario.ends - scenario.starts
    steps = (5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 24 * HOUR)
    step = next((one for one in steps if span / one <= 13), steps[-1])
    marks = range(-(-scenario.starts // step) * step, scenario.ends + 1, step)
    return "".join(
        f'<path d="M{across(at):.1f} 16V1000" stroke="#d0d7de"/>'
        + _text(across(at) - 14, 12, scenario.clock(at)[-8:-3], "#57606a")
        for at in marks
    )


# Strokes ---------------------------------------------------------------------------------------


def _svg(wide: float, high: float, drawn: Sequence[str], label: str) -> str:
    return (
        f'<svg viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="11">{"".join(drawn)}</svg>'
    )


def _points(places: Floats) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _polygon(places: Floats, name: str) -> str:
    x, y = places.mean(axis=0)
    area = f'<polygon points="{_points(places)}" fill="{_ZONE}" fill-opacity=".08" stroke="{_ZONE}"/>'
    return area + _text(x, y, name, _ZONE)


def _line(places: Floats, colour: str) -> str:
    return f'<polyline points="{_points(places)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _text(x: float, y: float, said: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{escape(said)}</text>'

"""A map of an alert as SVG: zone, ring, way and fixes with their error circles, a scale and the north.

Drawn in a plane that is true to the eye over the few kilometres it shows. No base map: what is printed for a
court is what the engine knew, not what somebody's map says of the street.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

WIDTH: Final = 640.0
HEIGHT: Final = 400.0
EDGE: Final = 24.0
SPAN_M_MIN: Final = 200.0
"""No map shows less than this across: a single fix is not blown up to fill the page."""
_METRES_A_DEGREE: Final = 111_195.0  # of a great circle, with the Earth's mean radius
_STYLE: Final = {
    "buffer": 'fill="#f6d9a8" fill-opacity="0.45" stroke="#9a6700" stroke-dasharray="6 4"',
    "zone": 'fill="#f2b8b5" fill-opacity="0.55" stroke="#a40e26"',
    "trail": 'fill="none" stroke="#1f4e8c" stroke-width="1.5"',
    "pair": 'fill="none" stroke="#5b2a86" stroke-width="1.5" stroke-dasharray="2 3"',
}
_ORDER: Final = ("buffer", "zone", "trail", "pair")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """From degrees to the paper: what is in the middle, and how many metres a point of paper is."""

    lon: float
    lat: float
    metres: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """The point of paper."""
        narrow = math.cos(math.radians(self.lat))
        x_m = (lon - self.lon) * _METRES_A_DEGREE * narrow
        y_m = (lat - self.lat) * _METRES_A_DEGREE
        return WIDTH / 2 + x_m / self.metres, HEIGHT / 2 - y_m / self.metres


def svg(drawn: dict[str, Any]) -> str | None:
    """The map of a GeoJSON collection; None where it holds nothing."""
    features = drawn["features"]
    if not features:
        return None
    frame = _framed(features)
    shapes = [shape for role in _ORDER for shape in _lines(features, role, frame)]
    fixes = [shape for feature in features for shape in _fix(feature, frame)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
    ground = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fbfbf9" stroke="#888"/>'
    return "".join([head, ground, *shapes, *fixes, *_legend(frame), "</svg>"])


def _framed(features: Iterable[dict[str, Any]]) -> Frame:
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    lon, lat = (west + east) / 2, (south + north) / 2
    wide_m = (east - west) * _METRES_A_DEGREE * math.cos(math.radians(lat))
    high_m = (north - south) * _METRES_A_DEGREE
    metres = max(wide_m / (WIDTH - 2 * EDGE), high_m / (HEIGHT - 2 * EDGE), SPAN_M_MIN / WIDTH)
    return Frame(lon=lon, lat=lat, metres=metres)


def _lines(features: Iterable[dict[str, Any]], role: str, frame: Frame) -> Iterator[str]:
    for feature in features:
        if feature["properties"]["role"] == role:
            parts = " ".join(_path(ring, frame) for ring in _rings(feature["geometry"]))
            yield f'<path d="{parts}" fill-rule="evenodd" {_STYLE[role]}/>'


def _rings(geometry: dict[str, Any]) -> list[Sequence[Sequence[float]]]:
    match geometry["type"]:
        case "LineString":
            return [geometry["coordinates"]]
        case "Polygon":
            return list(geometry["coordinates"])
        case "MultiPolygon":
            return [ring for polygon in geometry["coordinates"] for ring in polygon]
        case _:
            return []


def _path(ring: Sequence[Sequence[float]], frame: Frame) -> str:
    points = (frame.at(lon, lat) for lon, lat, *_ in ring)
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _fix(feature: dict[str, Any], frame: Frame) -> Iterator[str]:
    told = feature["properties"]
    colour = {"fix": "#1f4e8c", "other-fix": "#5b2a86"}.get(told["role"])
    if colour is None:
        return
    x, y = frame.at(*feature["geometry"]["coordinates"][:2])
    if told["accuracy_m"] is not None:
        radius = told["accuracy_m"] / frame.metres
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.08"/>'
    fill = colour if told["in_breach"] else "#ffffff"
    if told.get("proves"):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="#a40e26" stroke-width="1.5"/>'
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{fill}" stroke="{colour}"/>'


def _legend(frame: Frame) -> Iterator[str]:
    """A scale of a round length, and the north."""
    length_m = _round(frame.metres * WIDTH / 5)
    long, y = length_m / frame.metres, HEIGHT - 14
    words = f"{length_m:g} m" if length_m < 1_000 else f"{length_m / 1_000:g} km"
    text = 'font-family="Libertinus Serif" font-size="12" fill="#333"'
    yield f'<path d="M14 {y - 4:g} V{y:g} H{14 + long:.1f} V{y - 4:g}" fill="none" stroke="#333"/>'
    yield f'<text x="{20 + long:.1f}" y="{y + 2:g}" {text}>{words}</text>'
    yield f'<path d="M{WIDTH - 20:g} 36 V14 m-4 7 l4 -7 l4 7" fill="none" stroke="#333"/>'
    yield f'<text x="{WIDTH - 24:g}" y="50" {text}>N</text>'


def _round(length_m: float) -> float:
    """The largest of 1, 2, 5 times a power of ten within it."""
    power = 10.0 ** math.floor(math.log10(length_m))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= length_m)

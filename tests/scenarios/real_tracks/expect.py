"""What the real tracks must raise, worked out without the engine.

    python tests/scenarios/real_tracks/expect.py ../shared/data/tracks

Each folder beside this file is one case: `rules/` is what a rule author wrote, `case.json` says which tracks
and which boundaries matter and why, and this script writes `expected.json` from them. It shares no code with
the engine: positions are laid into a plane around the zone by geodesics (pyproj), joined by straight lines,
and crossed with the zone's outline (shapely). A boundary is crossed for certain between the last fix
CLEAR_BEFORE_M on the old side and the first fix CLEAR_AFTER_M on the new side; a stay that never gets that
far is no one's expectation, and the script refuses a case that has one.
"""

import csv
import itertools
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

CLEAR_BEFORE_M = 15.0
CLEAR_AFTER_M = 30.0
TOLERANCE_S = 5.0
DETECT_WITHIN_S = 60.0
GEOD = Geod(ellps="WGS84")
HERE = Path(__file__).parent


@dataclass
class Fixes:
    """One device's fixes in the order of their own times."""

    t: np.ndarray
    lon: np.ndarray
    lat: np.ndarray

    def plane(self, lon: float, lat: float) -> tuple[np.ndarray, np.ndarray]:
        return to_plane(self.lon, self.lat, lon, lat)


def to_plane(lons: Any, lats: Any, lon: float, lat: float) -> tuple[np.ndarray, np.ndarray]:
    """Metres east and north of a centre: distance and azimuth of the geodesic."""
    lons, lats = np.asarray(lons, float), np.asarray(lats, float)
    azimuth, _, metres = GEOD.inv(np.full_like(lons, lon), np.full_like(lats, lat), lons, lats)
    return metres * np.sin(np.radians(azimuth)), metres * np.cos(np.radians(azimuth))


def read_fixes(path: Path, case: dict[str, Any]) -> Fixes:
    """The fixes of a track that can be trusted by hand: no named false fix, no wider circle, no other
    source."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    false = {seconds(time) for time in case.get("false_fixes", [])}
    widest, source = case.get("reference_accuracy_m_max", np.inf), case.get("reference_source", "")
    kept = sorted(
        (seconds(row["time_utc"]), float(row["lon"]), float(row["lat"]))
        for row in rows
        if seconds(row["time_utc"]) not in false
        and float(row["accuracy_m"] or 0) <= widest
        and source in row["source"]
    )
    since, until = (seconds(case[name]) if name in case else None for name in ("from", "until"))
    t, lon, lat = np.array([row for row in kept if within(row[0], since, until)]).T
    return Fixes(t, lon, lat)


def tolerance(case: dict[str, Any]) -> float:
    return float(case.get("tolerance_s", TOLERANCE_S))


def within(t: float, since: float | None, until: float | None) -> bool:
    return (since is None or t >= since) and (until is None or t <= until)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def told(t: float) -> str:
    return datetime.fromtimestamp(round(t, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Outline:
    """A zone in a plane around its middle: how far outside (positive) or inside (negative) a place is."""

    lon: float
    lat: float
    shape: Any
    radius_m: float

    def outside_m(self, x: Any, y: Any) -> np.ndarray:
        points = shapely.points(x, y)
        if self.shape.area == 0:
            return shapely.distance(points, self.shape) - self.radius_m
        to_edge = shapely.distance(points, self.shape.boundary)
        return np.where(shapely.covers(self.shape, points), -to_edge, to_edge)


def read_outline(folder: Path, name: str) -> Outline:
    for path in sorted((folder / "rules" / "zones").glob("*.geojson")):
        for feature in json.loads(path.read_text())["features"]:
            if feature["id"] == name:
                return outline_of(feature)
    raise SystemExit(f"{folder.name}: no zone {name}")


def outline_of(feature: dict[str, Any]) -> Outline:
    shape = shapely.geometry.shape(feature["geometry"])
    lon, lat = shape.centroid.x, shape.centroid.y
    flat = shapely.transform(shape, lambda c: np.column_stack(to_plane(c[:, 0], c[:, 1], lon, lat)))
    return Outline(lon, lat, flat, float(feature["properties"].get("radius_m", 0)))


@dataclass
class Line:
    """The unlawful depth along a track: above zero the order is being broken."""

    t: np.ndarray
    depth: np.ndarray
    at: Any  # depth at any time, by straight lines between fixes in the plane

    def crossing(self, a: int) -> float:
        """When the straight way from fix a to the next crosses the boundary."""
        low, high = self.t[a], self.t[a + 1]
        rises = self.depth[a] < 0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (self.at(middle) < 0) == rises else (low, middle)
        return (low + high) / 2


def line_of(fixes: Fixes, outline: Outline, look: dict[str, Any]) -> Line:
    x, y = fixes.plane(outline.lon, outline.lat)
    sign = -1.0 if look.get("stay") != "inside" else 1.0
    buffer_m = look.get("buffer_m", 0.0)

    def depth(px: Any, py: Any) -> np.ndarray:
        return sign * (outline.outside_m(px, py) - buffer_m)

    def at(t: float) -> float:
        return float(depth(np.interp(t, fixes.t, x), np.interp(t, fixes.t, y)))

    return Line(fixes.t, depth(x, y), at)


def breaches(line: Line, look: dict[str, Any], name: str, tolerance_s: float) -> list[dict[str, Any]]:
    """One entry a stay on the unlawful side; only stays that are deep enough to be beyond doubt may exist."""
    unlawful = np.r_[False, line.depth > 0, False].astype(int)
    starts, ends = np.flatnonzero(np.diff(unlawful) == 1), np.flatnonzero(np.diff(unlawful) == -1) - 1
    result = []
    for a, b in zip(starts, ends, strict=True):
        deep = np.flatnonzero(line.depth[a : b + 1] >= CLEAR_AFTER_M)
        if len(deep) == 0:
            deepest = line.depth[a : b + 1].max()
            raise SystemExit(f"{name}: shallow stay {told(line.t[a])} to {told(line.t[b])}, {deepest:.0f} m")
        result.append(breach(line, look, int(a), int(b), int(a + deep[0]), tolerance_s))
    return result


def breach(
    line: Line, look: dict[str, Any], a: int, b: int, first: int, tolerance_s: float
) -> dict[str, Any]:
    lawful = np.flatnonzero(line.depth <= -CLEAR_BEFORE_M)
    before = [i for i in lawful if i < a]
    after = np.flatnonzero(line.depth <= -CLEAR_AFTER_M)
    after = [i for i in after if i > b]
    certain = np.flatnonzero(line.depth[: b + 1] >= CLEAR_BEFORE_M)
    opened = {
        "nominal": told(line.crossing(a - 1) if a else line.t[0]),
        "earliest": told((line.t[before[-1]] if before else line.t[a]) - tolerance_s),
        "latest": told(line.t[first] + tolerance_s),
    }
    cleared = None
    if b + 1 < len(line.t):
        cleared = {
            "nominal": told(line.crossing(b)),
            "earliest": told(line.t[certain[-1]] - tolerance_s),
            "latest": told((line.t[after[0]] if after else line.t[-1]) + tolerance_s),
        }
    return {
        "type": look["type"],
        "condition": look["condition"],
        "opened_at": opened,
        "detected_by": told(line.t[first] + DETECT_WITHIN_S),
        "cleared_at": cleared,
        "late": bool(look.get("late")),
        "deepest_m": round(float(line.depth[a : b + 1].max()), 1),
    }


def expected(folder: Path, tracks: Path) -> dict[str, Any]:
    """The expectation of one case."""
    case = json.loads((folder / "case.json").read_text())
    alerts = []
    for look in case["looks"]:
        if "apart" in look:
            alerts.extend(meetings(case, look, tracks, folder.name))
        else:
            fixes = read_fixes(tracks / f"{look.get('reference', case['tracks'][0])}.csv", case)
            line = line_of(fixes, read_outline(folder, look["zone"]), look)
            alerts.extend(breaches(line, look, f"{folder.name}/{look['condition']}", tolerance(case)))
    widen(alerts, case, tracks)
    return {
        "alerts": sorted(alerts, key=lambda one: (one["opened_at"]["nominal"], one["type"])),
        "nothing_else_of": sorted(case["nothing_else_of"]),
        **spans(case, tracks),
    }


def widen(alerts: list[dict[str, Any]], case: dict[str, Any], tracks: Path) -> None:
    """Where the engine hears only every `thin_s` seconds, it can know no more than the fixes around a
    crossing."""
    if "thin_s" not in case:
        return
    heard = np.array(thinned(read_fixes(tracks / f"{case['tracks'][0]}.csv", case).t, case["thin_s"]))
    for alert in alerts:
        for name in ("opened_at", "cleared_at"):
            when = alert[name]
            when["earliest"] = told(heard[heard <= seconds(when["nominal"])].max())
            when["latest"] = told(heard[heard >= seconds(when["nominal"])].min())
        alert["detected_by"] = alert["cleared_at"]["latest"]


def thinned(times: Any, every_s: float) -> list[float]:
    """The times that remain where a device reports at most every `every_s` seconds."""
    kept: list[float] = []
    for t in times:
        if not kept or t - kept[-1] >= every_s:
            kept.append(float(t))
    return kept


FRESH_S = 120.0
"""Two positions are compared only while each side has fixes at most this far apart around the instant."""


def separation(case: dict[str, Any], tracks: Path, pair: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Metres between two devices at every fix of either, where the other's fixes are near in time."""
    both = [read_fixes(tracks / f"{name}.csv", case) for name in pair]
    t = np.unique(np.concatenate([fixes.t for fixes in both]))
    middle = float(np.mean(both[0].lon)), float(np.mean(both[0].lat))
    places, fresh = [], np.ones(len(t), bool)
    for fixes in both:
        x, y = fixes.plane(*middle)
        before = np.clip(np.searchsorted(fixes.t, t, side="right") - 1, 0, len(fixes.t) - 1)
        after = np.clip(np.searchsorted(fixes.t, t), 0, len(fixes.t) - 1)
        places.append((np.interp(t, fixes.t, x), np.interp(t, fixes.t, y)))
        fresh &= (t >= fixes.t[0]) & (t <= fixes.t[-1]) & (fixes.t[after] - fixes.t[before] <= FRESH_S)
    apart = np.hypot(places[0][0] - places[1][0], places[0][1] - places[1][1])
    return t[fresh], apart[fresh]


def meetings(case: dict[str, Any], look: dict[str, Any], tracks: Path, name: str) -> list[dict[str, Any]]:
    """One entry a stretch of time the two are nearer than `closer_than_m`."""
    t, apart = separation(case, tracks, look["apart"])
    depth = look["closer_than_m"] - apart
    line = Line(t, depth, lambda at: float(np.interp(at, t, depth)))
    return breaches(line, look, f"{name}/{look['condition']}", tolerance(case))


def spans(case: dict[str, Any], tracks: Path) -> dict[str, Any]:
    """When a contact alert must stand open, and when it must not, over tracks with long silences."""
    look = case.get("stands")
    if look is None:
        return {}
    t, apart = separation(case, tracks, look["apart"])
    return {
        "stands": {
            "type": look["type"],
            "condition": look["condition"],
            "open_during": stretches(t, apart <= look["open_within_m"]),
            "closed_during": stretches(t, apart >= look["closed_beyond_m"]),
        }
    }


def stretches(t: np.ndarray, holds: np.ndarray) -> list[list[str]]:
    """Stretches of more than a minute without a silence in which it holds; the first minute is for
    deciding."""
    edges = np.flatnonzero(np.r_[True, (np.diff(t) > FRESH_S) | (holds[1:] != holds[:-1]), True])
    runs = [(t[a], t[b - 1]) for a, b in itertools.pairwise(edges) if holds[a]]
    return [[told(a + DETECT_WITHIN_S), told(b)] for a, b in runs if b - a > DETECT_WITHIN_S]


def cases() -> list[Path]:
    return sorted(path.parent for path in HERE.glob("*/case.json"))


def main(tracks: Path) -> None:
    for folder in cases():
        text = json.dumps(expected(folder, tracks), indent=1, ensure_ascii=False)
        (folder / "expected.json").write_text(text + "\n")
        sys.stdout.write(f"{folder.name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

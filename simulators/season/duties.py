"""What an order demands of an invented wearer, in local metres, with its windows written out.

This is the world's own reading of an order: the truth is worked out from it, so nothing here asks the engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from pyproj import Transformer
from shapely import Polygon, transform

from em_engine.vocabulary import Floats

DAY_S: Final = 86_400
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Stretch = tuple[float, float]
"""Seconds since the season began, half-open."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Local metres east and north of a place: true to centimetres within twenty kilometres of it."""

    lon: float
    lat: float

    @property
    def _ways(self) -> Transformer:
        return _transformer(self.lon, self.lat)

    def to_degrees(self, metres: Floats) -> Floats:
        """(n, 2) metres become (n, 2) longitude, latitude."""
        return np.stack(self._ways.transform(metres[:, 0], metres[:, 1]), axis=1)

    def to_metres(self, degrees: Floats) -> Floats:
        """(n, 2) longitude, latitude become (n, 2) metres."""
        return np.stack(self._ways.transform(degrees[:, 0], degrees[:, 1], direction="INVERSE"), axis=1)

    def drawn(self, area: Polygon) -> Polygon:
        """The area as a rule author draws it, in degrees to the seventh place."""
        return transform(area, lambda corners: np.round(self.to_degrees(corners), 7))


@lru_cache(maxsize=64)
def _transformer(lon: float, lat: float) -> Transformer:
    """A town's, for all who live there: it takes longer to make than a day to project."""
    plane = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=WGS84 +units=m"
    return Transformer.from_crs(plane, "EPSG:4326", always_xy=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A window that begins on these weekdays (0 is Monday) and may end on the next day."""

    days: tuple[int, ...]
    start_s: int
    end_s: int

    @property
    def text(self) -> str:
        """As an order writes it."""
        days = f"{WEEKDAYS[self.days[0]]}-{WEEKDAYS[self.days[-1]]}" if len(self.days) > 1 else ""
        return f"{days or WEEKDAYS[self.days[0]]} {_clock(self.start_s)}-{_clock(self.end_s)}"

    @property
    def length_s(self) -> int:
        """How long it lasts; no clock changes within a season."""
        return self.end_s - self.start_s + (DAY_S if self.end_s <= self.start_s else 0)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def windows(weekly: Sequence[Weekly], days: int) -> list[Stretch]:
    """The windows of a season that begins on a Monday at midnight, cut to it; always, where there are
    none."""
    if not weekly:
        return [(0.0, float(days * DAY_S))]
    begun = (
        (day * DAY_S + one.start_s, one.length_s)
        for day in range(-1, days)
        for one in weekly
        if day % 7 in one.days
    )
    cut = ((max(0.0, start), min(float(days * DAY_S), start + length)) for start, length in begun)
    return sorted((start, end) for start, end in cut if start < end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One condition. What a kind does not know stays at its default."""

    id: str
    kind: str
    zone: Polygon | None = None
    weekly: tuple[Weekly, ...] = ()
    late_s: int = 0
    early_s: int = 0
    confirm_s: int = 1800
    minimum_s: int = 0
    buffer_m: float = 0.0
    alert_m: float = 0.0
    heartbeat_s: int = 900
    fix_s: int = 1800
    low_pct: float = 20.0
    critical_pct: float = 10.0

    @property
    def warn_m(self) -> float:
        """The outer ring of a contact ban."""
        return 2.0 * self.alert_m

    def document(self, prefix: str) -> dict[str, Any]:
        """The condition as it stands in an order."""
        told: dict[str, Any] = {"id": self.id, "kind": self.kind}
        if self.zone is not None:
            told["zone"] = f"{prefix}-{self.id}"
        if self.weekly:
            told["weekly"] = [one.text for one in self.weekly]
        return told | self._own_terms(prefix)

    def _own_terms(self, prefix: str) -> dict[str, Any]:
        terms: Mapping[str, dict[str, Any]] = {
            "exclusion": {"buffer_m": self.buffer_m},
            "curfew": {
                "grace": {"late": _span(self.late_s), "early": _span(self.early_s)},
                "confirm_every": _span(self.confirm_s),
            },
            "attendance": {"minimum": _span(self.minimum_s)},
            "contact-ban": {"with": f"{prefix}-p", "alert_m": self.alert_m},
            "device-health": {
                "heartbeat_every": _span(self.heartbeat_s),
                "fix_every": _span(self.fix_s),
                "battery_low_pct": self.low_pct,
                "battery_critical_pct": self.critical_pct,
            },
        }
        return terms.get(self.kind, {})


def _span(seconds: int) -> str:
    return f"PT{seconds}S"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One order: who, where, and what is demanded."""

    id: str
    number: int
    programme: str
    ground: Ground
    town: int
    duties: tuple[Duty, ...]
    places: Mapping[str, Floats] = field(repr=False)  # home, work, office…; (2,) metres
    has_beacon: bool
    breaks_rules: bool
    days: int

    @property
    def tag(self) -> str:
        """The wearer's device."""
        return f"tag-{self.id}"

    @property
    def phone(self) -> str:
        """The protected person's device."""
        return f"phone-{self.id}"

    def duty(self, kind: str) -> Duty | None:
        """The first condition of a kind."""
        return next((duty for duty in self.duties if duty.kind == kind), None)

    def of_kind(self, kind: str) -> list[Duty]:
        """Every condition of a kind."""
        return [duty for duty in self.duties if duty.kind == kind]

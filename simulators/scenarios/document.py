"""What may stand in a scenario's file, as dataclasses; the rulebook's own reader reads them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Le, MinLen

from em_engine.law.terms import CivilTime, Metres
from em_engine.rulebook.documents import TimeZoneName

SourceName = Literal["gnss", "wifi", "cell", "beacon", "unknown"]
Span = timedelta | None
_OSLO: Final = TimeZoneName("Europe/Oslo")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDocument:
    """A story: where and when, who and under which orders, what happens, and what must be told of it."""

    scenario: str
    about: str = ""
    proves: tuple[str, ...] = ()  # kinds of condition, and the blueprint's promises: `promise 3`
    starts: CivilTime
    ends: CivilTime
    time_zone: TimeZoneName = _OSLO
    origin: tuple[float, float] = (10.75, 59.91)  # longitude, latitude
    seed: Annotated[int, Ge(0)] = 1
    rules: str = ""  # a rulebook's folder, from this file's; instead of zones and orders
    tracks: tuple[str, ...] = ()  # recorded reports, from this file's folder; beside devices or instead
    places: Any = None
    zones: Any = None
    schedules: tuple[Any, ...] = ()
    orders: tuple[Any, ...] = ()
    devices: Any = None
    faults: tuple[Any, ...] = ()
    story: Annotated[tuple[Any, ...], MinLen(1)]
    others: Literal["fail", "allowed"] = "fail"  # alerts that nothing in the story expects
    known: str = ""  # why what it expects is not so yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDocument:
    """A zone in metres: around a place, along a line, or within an outline."""

    around: str | None = None
    along: tuple[tuple[float, float], ...] = ()
    outline: tuple[tuple[float, float], ...] = ()
    radius_m: Metres | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDocument:
    """A device as it begins: where, how often it reports, and how good it is."""

    at: str
    fix_every: Span = timedelta(minutes=1)
    heartbeat_every: Span = timedelta(minutes=5)
    upload_every: Span = None  # keeps what it has to say and sends it together
    accuracy_m: Annotated[float, Ge(0)] | None = 5.0  # what it says of itself; null says nothing
    error_m: Annotated[float, Ge(0), Le(5000)] = 0.0  # how far off it is: the 68 % radius
    error_lasts: timedelta = timedelta(seconds=90)
    source: SourceName = "gnss"
    beacon: str | None = None  # where the beacon stands that it hears within 25 m; there it takes no fixes
    fixes_at_beacon: bool = False
    tells_motion: bool = False
    rests: bool = False  # takes no fixes while still
    battery_pct: Annotated[float, Ge(0), Le(100)] = 80.0
    latency: timedelta = timedelta(seconds=1)
    counts: bool = True  # sends a `seq`

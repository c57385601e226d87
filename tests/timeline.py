"""A test as a timeline: what devices told and when, and what the heart made of it.

```
night = Timeline(curfew("19:00", "07:00"), day="2026-11-20")
night.at("18:58").fix(metres_from_home=400)
night.at("19:12").fix(metres_from_home=0)
assert night.types == ["curfew.late"]
```
Times are civil, in the order's zone; one before the last is on the following day. Metres are east and
north of home, which is in Oslo. `at` is when a report arrives; it was measured then unless it says otherwise.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import shapely

from em_engine.law.certainty import Certainty
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.terms import Grace
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Zone
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    Batch,
    Change,
    ChangeKind,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    instant,
    micros,
)
from tests.reference.documents import order, rulebook
from tests.reference.ground import GEOD
from tests.reference.reports import Report, as_batch

HOME = (10.75, 59.91)
TAG, PHONE = "tag", "phone"
ZONES_M = {"home": (0.0, 0.0, 50.0), "ban": (2_000.0, 0.0, 300.0)}
"""East, north and radius of the zones there are."""


def minutes(count: float) -> timedelta:
    """A span of so many minutes."""
    return timedelta(minutes=count)


def curfew(start: str, end: str, *, days: str = "daily", grace: timedelta = timedelta(0)) -> Condition:
    """Home between these times of day."""
    terms = CurfewTerms(
        zone="home",  # type: ignore[arg-type]
        weekly=(f"{days} {start}-{end}",),  # type: ignore[arg-type]
        grace=Grace(late=grace),
        confirm_every=timedelta(days=3),
    )
    return Condition(id="nights", kind="curfew", terms=terms)


def exclusion(*weekly: str, buffer_m: float = 0.0) -> Condition:
    """Stay out of the ban zone, 300 m round a place 2 km east of home."""
    terms = ExclusionTerms(zone="ban", buffer_m=buffer_m, weekly=weekly)  # type: ignore[arg-type]
    return Condition(id="keep-out", kind="exclusion", terms=terms)


def inclusion(*weekly: str) -> Condition:
    """Stay within 50 m of home."""
    terms = InclusionTerms(zone="home", weekly=weekly)  # type: ignore[arg-type]
    return Condition(id="stay", kind="inclusion", terms=terms)


def at_level(condition: Condition, level: Certainty) -> Condition:
    """The same, told when that sure."""
    return replace(condition, terms=replace(condition.terms, certainty=level))


def contact_ban(alert_m: float, *, warn_m: float | None = None) -> Condition:
    """Keep away from the protected person, who carries the phone."""
    terms = ContactBanTerms(with_="P-1", alert_m=alert_m, warn_m=warn_m)  # type: ignore[arg-type]
    return Condition(id="keep-apart", kind="contact-ban", terms=terms)


def device_health(**given: Any) -> Condition:
    """The tag must be heard."""
    return Condition(id="alive", kind="device-health", terms=DeviceHealthTerms(**given))


@dataclass(frozen=True)
class Breach:
    """What was told of one breach, in civil time; to the millisecond; `cleared` is empty while it is open."""

    type: str
    opened: str
    detected: str
    cleared: str = ""


class Timeline:
    """One case, its devices, and the heart that judges them as the times go by."""

    def __init__(
        self,
        *conditions: Condition,
        day: str = "2026-11-20",
        time_zone: str = "Europe/Oslo",
        valid: tuple[str, str] = ("", ""),
        outline_accuracy_m: float = 0.0,
    ) -> None:
        self.zone = ZoneInfo(time_zone)
        self.now = self._civil(f"{day}T00:00")
        contacts = {"P-1": (PHONE,)} if any(one.kind == "contact-ban" for one in conditions) else None
        case = order(
            "case",
            *conditions,
            devices=(TAG,),
            protected=contacts,
            valid_from=self._civil(f"{day}T{valid[0]}") if valid[0] else BEFORE_ALL,
            valid_to=self._civil(f"{day}T{valid[1]}") if valid[1] else NEVER,
            time_zone=time_zone,
        )
        zones = [replace(_zone(name), outline_accuracy_m=outline_accuracy_m) for name in ZONES_M]
        self.rulebook = rulebook([case], zones)
        self.heart = Heart(compile_rules(self.rulebook))
        self.changes: list[Change] = []
        self.seq = 0

    def at(self, time: str) -> "Moment":
        """The next moment: `HH:MM` with seconds or without, or a whole date and time, or that with a Z."""
        if "T" in time:
            moment = micros(datetime.fromisoformat(time)) if time.endswith("Z") else self._civil(time)
        else:
            moment = self._next(time)
        assert moment >= self.now, f"{time} lies before the moment before it"
        self._step(None, moment)
        return Moment(self, moment)

    def every(self, step: timedelta, *, until: str, **fix: Any) -> None:
        """The same fix again and again, from the last moment on and before `until`."""
        last, at = self._next(until), self.now
        while (at := at + step // timedelta(microseconds=1)) < last:
            self._step(None, at)
            Moment(self, at).fix(**fix)

    def _next(self, time: str) -> Micros:
        today = instant(self.now).astimezone(self.zone).date()
        moment = self._civil(f"{today}T{time}")
        return moment if moment >= self.now else self._civil(f"{today + timedelta(days=1)}T{time}")

    def _civil(self, text: str) -> Micros:
        return micros(datetime.fromisoformat(text).replace(tzinfo=self.zone))

    def _step(self, batch: Batch | None, until: Micros) -> None:
        self.changes += self.heart.step(batch, until).changes
        self.now = until

    # What was told ----------------------------------------

    @property
    def types(self) -> list[str]:
        """The alerts opened, in order, by type; the late ones apart in `late_types`."""
        return [one.type.value for one in self.changes if one.change is ChangeKind.OPENED and not one.late]

    @property
    def late_types(self) -> list[str]:
        """The alerts opened in arrears, once what waits for its kin is judged."""
        self.changes += self.heart.conclude().changes
        return [one.type.value for one in self.changes if one.change is ChangeKind.OPENED and one.late]

    @property
    def breaches(self) -> list[Breach]:
        """Every breach that was told, in the order of opening."""
        cleared = {one.alert: one for one in self.changes if one.change is ChangeKind.CLEARED}
        return [
            Breach(
                one.type.value,
                self._clock(one.opened_at),
                self._clock(one.detected_at),
                self._clock(cleared[one.alert].cleared_at) if one.alert in cleared else "",
            )
            for one in self.changes
            if one.change is ChangeKind.OPENED
        ]

    def is_open(self, type: str) -> bool:
        """Whether a breach of that type is open now."""
        of_type = [one for one in self.breaches if one.type == type]
        return any(not one.cleared for one in of_type)

    def _clock(self, at: Micros | None) -> str:
        assert at is not None
        to_millisecond = instant((at + 500) // 1000 * 1000).astimezone(self.zone)
        return to_millisecond.strftime("%H:%M:%S.%f").removesuffix("000").removesuffix(".000")


@dataclass(frozen=True)
class Moment:
    """One moment of a timeline, at which something arrives or nothing does."""

    timeline: Timeline
    at: Micros

    def fix(
        self,
        *,
        metres_from_home: float | None = None,
        east_m: float = 0.0,
        north_m: float = 0.0,
        accuracy_m: float = 5.0,
        speed_mps: float | None = None,
        source: Source = Source.GNSS,
        device: str = TAG,
        measured: str = "",
        seq: int = -1,
    ) -> None:
        """A position fix."""
        lon, lat = place(east_m if metres_from_home is None else metres_from_home, north_m)
        at = self._measured(measured)
        self._tell(
            Report(
                device=device,
                kind=ReportKind.FIX,
                at=at,
                received_at=self.at,
                seq=seq,
                lon=lon,
                lat=lat,
                accuracy_m=accuracy_m,
                speed_mps=speed_mps,
                source=source,
            )
        )

    def heartbeat(
        self,
        *,
        device: str = TAG,
        beacon: bool | None = None,
        motion: bool | None = None,
        measured: str = "",
        seq: int = -1,
    ) -> None:
        """A sign of life, and what it says."""
        self._tell(
            Report(
                device=device,
                kind=ReportKind.HEARTBEAT,
                at=self._measured(measured),
                received_at=self.at,
                seq=seq,
                beacon_in_range=_tristate(beacon),
                motion=_tristate(motion),
            )
        )

    def event(
        self,
        event: DeviceEvent,
        *,
        device: str = TAG,
        result: TestResult = TestResult.NONE,
        happened: str = "",
    ) -> None:
        """Something happened at the device."""
        self._tell(
            Report(
                device=device,
                kind=ReportKind.EVENT,
                at=self._measured(happened),
                received_at=self.at,
                event=event,
                result=result,
            )
        )

    def _measured(self, time: str) -> Micros:
        if not time:
            return self.at
        today = instant(self.at).astimezone(self.timeline.zone).date()
        written = time if "T" in time else f"{today}T{time}"
        return micros(datetime.fromisoformat(written).replace(tzinfo=self.timeline.zone))

    def _tell(self, report: Report) -> None:
        self.timeline._step(as_batch([report]), self.at)


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Metres east and north of home as degrees."""
    lon, lat, _ = GEOD.fwd(*HOME, 90.0 if east_m >= 0 else 270.0, abs(east_m))
    lon, lat, _ = GEOD.fwd(lon, lat, 0.0 if north_m >= 0 else 180.0, abs(north_m))
    return lon, lat


def _zone(name: str) -> Zone:
    east_m, north_m, radius_m = ZONES_M[name]
    return Zone(name=name, geometry=shapely.Point(place(east_m, north_m)), radius_m=radius_m)


def _tristate(said: bool | None) -> Tristate:
    return Tristate.UNKNOWN if said is None else Tristate.YES if said else Tristate.NO

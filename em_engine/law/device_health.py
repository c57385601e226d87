"""Device health: the tag is heard, knows where it is, has power, and is on the leg."""

from dataclasses import dataclass
from datetime import timedelta

from em_engine.law.terms import Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealthTerms:
    """The longest silences the order allows, and the charge below which the wearer must act."""

    heartbeat_every: timedelta | None = None
    fix_every: timedelta | None = None
    battery_low_pct: Percent = 20.0
    battery_critical_pct: Percent = 10.0

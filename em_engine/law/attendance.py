"""Attendance: come to a place within a window and stay the minimum."""

from dataclasses import dataclass
from datetime import timedelta

from em_engine.law.terms import Scheduled, ZoneName


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceTerms(Scheduled):
    """In every window the wearer must be in `zone` for at least `minimum`."""

    zone: ZoneName
    minimum: timedelta = timedelta(0)

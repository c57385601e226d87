"""Curfew: at home between these hours."""

from dataclasses import dataclass
from datetime import timedelta

from em_engine.law.terms import Grace, Scheduled, ZoneName


@dataclass(frozen=True, slots=True, kw_only=True)
class CurfewTerms(Scheduled):
    """The wearer must be in `zone` throughout every window, but for the grace at its ends."""

    zone: ZoneName
    grace: Grace = Grace()
    confirm_every: timedelta = timedelta(minutes=30)  # how old the last sign of where he is may grow

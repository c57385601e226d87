"""Inclusion and exclusion: a zone the wearer must stay in, or out of."""

from dataclasses import dataclass

from em_engine.law.terms import MetresOrNone, Scheduled, ZoneName


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionTerms(Scheduled):
    """The wearer must stay out of `zone`; within `buffer_m` of it an approach is told."""

    zone: ZoneName
    buffer_m: MetresOrNone = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionTerms(Scheduled):
    """The wearer must stay in `zone`."""

    zone: ZoneName

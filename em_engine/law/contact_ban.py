"""Contact ban: a distance to keep from a protected person, wherever both are."""

from dataclasses import dataclass

from em_engine.law.terms import Metres, PersonId, Scheduled


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBanTerms(Scheduled):
    """The wearer must keep `alert_m` away from the protected person `with_`; from `warn_m` he is warned."""

    with_: PersonId
    alert_m: Metres
    warn_m: Metres | None = None  # twice alert_m where not given

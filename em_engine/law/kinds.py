"""The table of kinds of condition: the only file that knows them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.vocabulary import AlertType


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of condition: the terms its documents hold and the alerts it can raise."""

    name: str
    terms: type[Any]
    raises: tuple[AlertType, ...]


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                name="exclusion",
                terms=ExclusionTerms,
                raises=(
                    AlertType.EXCLUSION_APPROACH,
                    AlertType.EXCLUSION_ENTERED,
                    AlertType.EXCLUSION_CROSSED,
                ),
            ),
            Kind(name="inclusion", terms=InclusionTerms, raises=(AlertType.INCLUSION_LEFT,)),
            Kind(
                name="curfew",
                terms=CurfewTerms,
                raises=(
                    AlertType.CURFEW_LATE,
                    AlertType.CURFEW_LEFT,
                    AlertType.CURFEW_EARLY,
                    AlertType.CURFEW_UNCONFIRMED,
                ),
            ),
            Kind(
                name="contact-ban",
                terms=ContactBanTerms,
                raises=(AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT, AlertType.CONTACT_UNKNOWN),
            ),
            Kind(
                name="device-health",
                terms=DeviceHealthTerms,
                raises=(
                    AlertType.DEVICE_SILENT,
                    AlertType.DEVICE_NO_FIX,
                    AlertType.DEVICE_BATTERY_LOW,
                    AlertType.DEVICE_BATTERY_CRITICAL,
                    AlertType.DEVICE_STRAP,
                    AlertType.DEVICE_CASE,
                    AlertType.DEVICE_JAMMING,
                    AlertType.DEVICE_SHIELDING,
                ),
            ),
            Kind(name="attendance", terms=AttendanceTerms, raises=(AlertType.ATTENDANCE_MISSED,)),
        )
    }
)

"""The table of kinds of condition: the only file that knows them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from em_engine.law.attendance import AttendanceTerms, AttendanceWatch
from em_engine.law.contact_ban import ContactBanTerms, ContactBanWatch
from em_engine.law.curfew import CurfewTerms, CurfewWatch
from em_engine.law.device_health import DeviceHealthTerms, DeviceHealthWatch
from em_engine.law.geofence import (
    ExclusionTerms,
    ExclusionWatch,
    InclusionTerms,
    InclusionWatch,
)
from em_engine.law.non_association import NonAssociationTerms, NonAssociationWatch
from em_engine.law.sobriety import SobrietyTerms, SobrietyWatch
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.vocabulary import AlertType


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of condition: the terms its documents hold and the alerts it can raise."""

    name: str
    terms: type[Any]
    watch: type[WindowedWatch]
    raises: tuple[AlertType, ...]
    is_per_device: bool = False  # each device of the wearer is watched by itself


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                name="exclusion",
                terms=ExclusionTerms,
                watch=ExclusionWatch,
                raises=(
                    AlertType.EXCLUSION_APPROACH,
                    AlertType.EXCLUSION_ENTERED,
                    AlertType.EXCLUSION_CROSSED,
                ),
            ),
            Kind(
                name="inclusion",
                terms=InclusionTerms,
                watch=InclusionWatch,
                raises=(AlertType.INCLUSION_LEFT,),
            ),
            Kind(
                name="curfew",
                terms=CurfewTerms,
                watch=CurfewWatch,
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
                watch=ContactBanWatch,
                raises=(
                    AlertType.CONTACT_WARNING,
                    AlertType.CONTACT_ALERT,
                    AlertType.CONTACT_UNKNOWN,
                    AlertType.PERSON_PANIC,
                ),
            ),
            Kind(
                name="non-association",
                terms=NonAssociationTerms,
                watch=NonAssociationWatch,
                raises=(AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT),
            ),
            Kind(
                name="device-health",
                is_per_device=True,
                terms=DeviceHealthTerms,
                watch=DeviceHealthWatch,
                raises=(
                    AlertType.DEVICE_SILENT,
                    AlertType.DEVICE_NO_FIX,
                    AlertType.DEVICE_BATTERY_LOW,
                    AlertType.DEVICE_BATTERY_CRITICAL,
                    AlertType.DEVICE_STRAP,
                    AlertType.DEVICE_CASE,
                    AlertType.DEVICE_JAMMING,
                    AlertType.DEVICE_SHIELDING,
                    AlertType.DEVICE_CLOCK,
                ),
            ),
            Kind(
                name="sobriety",
                terms=SobrietyTerms,
                watch=SobrietyWatch,
                raises=(AlertType.SOBRIETY_FAILED, AlertType.SOBRIETY_MISSED),
            ),
            Kind(
                name="attendance",
                terms=AttendanceTerms,
                watch=AttendanceWatch,
                raises=(AlertType.ATTENDANCE_MISSED,),
            ),
        )
    }
)

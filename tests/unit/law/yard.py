"""A yard with several wearers of one group, and what the engine tells of them; seconds from noon, metres."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import shapely

from em_engine.law.non_association import NonAssociationTerms
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Order, RecordProfile, Rulebook, Zone
from em_engine.vocabulary import SECOND, Change, ReportKind, Tristate
from tests.properties.worlds import NOON, degrees
from tests.reference.documents import order, rulebook
from tests.reference.reports import Report, as_batch

Told = tuple[str, str, str]


def apart(group: str = "gang", alert_m: float = 50.0, **given: Any) -> Condition:
    """Keep away from the others of the group."""
    terms = NonAssociationTerms(group=group, alert_m=alert_m, **given)  # type: ignore[arg-type]
    return Condition(id="apart", kind="non-association", terms=terms)


def wearer(id: str, condition: Condition, *, record: str = "everything", **given: Any) -> Order:
    """An order of one condition; the wearer is called as the order is, and his tag, too."""
    made = order(id, condition, devices=(id,), **given)
    return replace(made, wearer=replace(made.wearer, id=id), record=RecordProfile(record))


class Yard:
    """Wearers, their tags, and the heart that judges them; zones are circles: east, north, radius."""

    def __init__(self, *orders: Order, zones: Mapping[str, tuple[float, float, float]] | None = None) -> None:
        drawn = [
            Zone(name=name, geometry=shapely.Point(degrees(east, north)), radius_m=radius)
            for name, (east, north, radius) in (zones or {}).items()
        ]
        self.rules: Rulebook = rulebook(orders, drawn)
        self.heart = Heart(compile_rules(self.rules))
        self.changes: list[Change] = []

    def fix(
        self,
        second: float,
        who: str,
        east_m: float = 0.0,
        north_m: float = 0.0,
        *,
        accuracy_m: float | None = 5.0,
        received: float | None = None,
        **given: Any,
    ) -> None:
        """A position, received as it is measured unless it says when."""
        lon, lat = degrees(east_m, north_m)
        self.tell(
            second, who, received, kind=ReportKind.FIX, lon=lon, lat=lat, accuracy_m=accuracy_m, **given
        )

    def beat(
        self, second: float, who: str, *, beacon: bool | None = None, motion: bool | None = None
    ) -> None:
        """A heartbeat."""
        said = {"beacon_in_range": _tristate(beacon), "motion": _tristate(motion)}
        self.tell(second, who, None, kind=ReportKind.HEARTBEAT, **said)

    def tell(self, second: float, who: str, received: float | None, **given: Any) -> None:
        """Any report."""
        at, received_at = (
            NOON + round(one * SECOND) for one in (second, second if received is None else received)
        )
        report = Report(device=who, at=at, received_at=received_at, **given)
        self.changes += self.heart.step(as_batch([report]), received_at).changes

    def wait(self, second: float) -> None:
        """Time passes until then."""
        self.changes += self.heart.step(None, NOON + round(second * SECOND)).changes

    @property
    def told(self) -> list[Told]:
        """Who, what of the alert, and which."""
        return [(one.case, one.change.value, one.type.value) for one in self.changes]

    def since(self, case: str) -> list[float]:
        """When each alert of a case is said to have opened."""
        opened = [one for one in self.changes if one.case == case and one.change.value == "opened"]
        return [(one.opened_at - NOON) / SECOND for one in opened]


def _tristate(said: bool | None) -> Tristate:
    return Tristate.UNKNOWN if said is None else Tristate.YES if said else Tristate.NO

"""Whether every order is judged and every device could be heard: the engine's own faults, told as alerts.

Nothing here is kept but what the record holds already: an outage stands in the queue until it is over, and
how far we have heard is put down once a minute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from em_engine.alerts.alert import Alert, BreachState
from em_engine.alerts.queue import AlertQueue
from em_engine.monitoring.gaps import describe_gap, gap_change, gap_times, outage_time
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.outages import (
    Outage,
    Silences,
    describe_members,
    find,
    is_any_due,
    outage_change,
    silences_of,
)
from em_engine.record.rows import AlertQuery
from em_engine.rulebook import Rulebook
from em_engine.rulebook.models import Order
from em_engine.vocabulary import (
    MINUTE,
    NEVER,
    AlertType,
    Change,
    ChangeKind,
    Micros,
    Severity,
    parse_rfc3339,
    rfc3339,
)

ENGINE: Final = "engine"
"""What the members of an outage have in common when it is we who do not hear."""
LOOK_AGAIN: Final[Micros] = MINUTE
"""How often an open outage is looked at, for who is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What is to be told, and the devices whose silence is one of many."""

    changes: tuple[Change, ...] = ()
    excused: tuple[str, ...] = ()


@dataclass(slots=True)
class _Open:
    """An outage that is told and not over."""

    opened_at: Micros
    evidence: Mapping[str, Any]
    devices: set[str] = field(default_factory=set)


class Attention:
    """Watches the engine as the engine watches its wearers."""

    def __init__(self, queue: AlertQueue, rulebook: Callable[[], Rulebook]) -> None:
        self.firmware: dict[str, str] = {}
        self._queue = queue
        self._now_judging = rulebook
        self._open: dict[str, _Open] = {}
        self._looked_at: Micros = 0

    @property
    def _rulebook(self) -> Rulebook:
        return self._now_judging()

    def recover(self) -> None:
        """The outages that the queue holds open."""
        self._open = {
            alert.condition: _Open(alert.opened_at, alert.evidence, set(alert.evidence.get("devices", ())))
            for alert in self._told(AlertType.OUTAGE_GROUP)
            if alert.condition != ENGINE
        }

    def _told(self, type: AlertType) -> list[Alert]:
        alerts = self._queue.open(AlertQuery(is_closed=None, type=type.value))
        return [alert for alert in alerts if alert.breach is BreachState.OPEN]

    @property
    def next_look(self) -> Micros:
        """When an outage that is open is to be looked at; NEVER where none is."""
        return self._looked_at + LOOK_AGAIN if self._open else NEVER

    # Others' silence -----------------------------------------------------------------------------

    def notice(self, heart: Heart, at: Micros) -> Noticed:
        """Devices that become overdue together by `at`, and outages that are over."""
        is_due = is_any_due(heart, at)
        if not is_due and at < self.next_look:
            return Noticed()
        silences = silences_of(heart, self.firmware)
        if silences is None:
            return Noticed()
        self._looked_at = at
        changes = list(self._over(silences, at))
        excused: list[str] = []
        for outage in find(silences, at) if is_due else ():
            members = [silences.device[row] for row in outage.members]
            excused += members
            changes.append(self._tell(outage, members, silences, at))
        return Noticed(changes=tuple(changes), excused=tuple(excused))

    def _tell(self, outage: Outage, members: list[str], silences: Silences, at: Micros) -> Change:
        name, kind = self._name(outage, members), ChangeKind.WORSENED
        known = self._open.get(name)
        if known is None:
            kind, known = ChangeKind.OPENED, _Open(outage.began_at, {})
            self._open[name] = known
        known.devices |= set(members)
        cases = dict(zip(silences.device, silences.case, strict=True))
        all_of_them = sorted(known.devices)
        told = describe_members(all_of_them, [cases[one] for one in all_of_them if one in cases])
        known.evidence = {"shared": outage.shared, "last_heard_at": rfc3339(outage.began_at), **told}
        return self._outage(name, kind, known, at)

    def _name(self, outage: Outage, members: Sequence[str]) -> str:
        """What the members have in common. A region is not named by where it is, but by one of them."""
        if outage.shared == "firmware":
            return f"firmware {sorted(set(self.firmware.values()))[outage.label]}"
        if outage.shared != "region":
            return outage.shared
        shared = (
            name for name, one in self._open.items() if name.startswith("region") and one.devices & {*members}
        )
        return next(shared, f"region of {members[0]}")

    def _over(self, silences: Silences, at: Micros) -> Iterable[Change]:
        """Over when half of the members were heard since: whoever is still silent has his own deadline."""
        received_at = dict(zip(silences.device, silences.received_at.tolist(), strict=True))
        for name, known in list(self._open.items()):
            last = parse_rfc3339(str(known.evidence.get("last_heard_at", rfc3339(known.opened_at))))
            back = sum(received_at.get(device, at) > last + 1000 for device in known.devices)
            if 2 * back >= len(known.devices):
                del self._open[name]
                yield self._outage(name, ChangeKind.CLEARED, known, at, {"back": back})

    def _outage(
        self, name: str, kind: ChangeKind, known: _Open, at: Micros, evidence: Mapping[str, Any] | None = None
    ) -> Change:
        return outage_change(
            name,
            kind,
            opened_at=known.opened_at,
            at=at,
            evidence=known.evidence if evidence is None else evidence,
            severity=self._severity(AlertType.OUTAGE_GROUP),
            revision=self._rulebook.revision,
        )

    def _severity(self, type: AlertType) -> Severity:
        protocol = self._rulebook.protocols.get(type)
        return Severity.HIGH if protocol is None else protocol.severity

    # Our own -------------------------------------------------------------------------------------

    def gap_due(self, since: Micros) -> Micros | None:
        """When it is first to be told that nothing is judged since then."""
        times = list(gap_times(self._rulebook.orders, since).values())
        first = outage_time(self._rulebook.orders, since)
        return min([*times, *([] if first is None else [first])], default=None)

    def unjudged(self, since: Micros, at: Micros, because: str) -> list[Change]:
        """What is to be told by `at` if nothing was judged since then, and is not told yet."""
        return [
            *self._engine_outage(since, at, because),
            *self._gaps(self._rulebook.orders, since, at, because),
        ]

    def failing(self, device: str, since: Micros, at: Micros) -> list[Change]:
        """The same of the orders of one device, on whose messages the engine fails."""
        orders = [order for order in self._rulebook.orders if device in _devices(order)]
        return self._gaps(orders, since, at, "the engine fails on its messages")

    def judged_again(self, at: Micros, devices: Iterable[str] | None = None) -> list[Change]:
        """What was told of our own silence is over; of these devices only, where they are named."""
        wanted = None if devices is None else set(devices)
        orders = {order.id: order for order in self._rulebook.orders}
        told = [self._gap_over(alert, orders.get(alert.case), at) for alert in self._ours(wanted, orders)]
        if wanted is None:
            told += [self._outage_over(alert, at) for alert in self._told(AlertType.OUTAGE_GROUP)
                     if alert.condition == ENGINE]  # fmt: skip
        return [change for change in told if change is not None]

    def _ours(self, wanted: set[str] | None, orders: Mapping[str, Order]) -> list[Alert]:
        alerts = self._told(AlertType.MONITORING_GAP)
        if wanted is None:
            return alerts
        return [one for one in alerts if one.case in orders and wanted & _devices(orders[one.case])]

    def _gap_over(self, alert: Alert, order: Order | None, at: Micros) -> Change | None:
        if order is None:
            return None
        return self._gap(order, ChangeKind.CLEARED, alert.opened_at, at, {"judged_again_at": rfc3339(at)})

    def _outage_over(self, alert: Alert, at: Micros) -> Change:
        known = _Open(alert.opened_at, {})
        return self._outage(ENGINE, ChangeKind.CLEARED, known, at, {"judged_again_at": rfc3339(at)})

    def _engine_outage(self, since: Micros, at: Micros, because: str) -> list[Change]:
        opened_at = outage_time(self._rulebook.orders, since)
        if opened_at is None or opened_at > at:
            return []
        cases = [order.id for order in self._rulebook.orders]
        devices = sorted(set().union(*map(_devices, self._rulebook.orders)))
        told = describe_members(devices, cases) | {"shared": ENGINE, "judged_until": rfc3339(since)}
        known = _Open(opened_at, told | {"because": because})
        return self._unknown([self._outage(ENGINE, ChangeKind.OPENED, known, at)])

    def _gaps(self, orders: Sequence[Order], since: Micros, at: Micros, because: str) -> list[Change]:
        times = gap_times(orders, since)
        return self._unknown(
            [
                self._gap(order, ChangeKind.OPENED, times[order.id], at, describe_gap(order, since, because))
                for order in orders
                if times.get(order.id, at + 1) <= at
            ]
        )

    def _unknown(self, changes: list[Change]) -> list[Change]:
        """Those that the queue does not hold yet."""
        known = self._queue.alerts(change.alert for change in changes)
        return [change for change in changes if change.alert not in known]

    def _gap(
        self, order: Order, kind: ChangeKind, opened_at: Micros, at: Micros, evidence: dict[str, Any]
    ) -> Change:
        return gap_change(
            order,
            kind,
            opened_at=opened_at,
            at=at,
            evidence=evidence,
            severity=self._severity(AlertType.MONITORING_GAP),
            revision=self._rulebook.revision,
        )


def _devices(order: Order) -> set[str]:
    return {device for person in (order.wearer, *order.protected) for device in person.devices}

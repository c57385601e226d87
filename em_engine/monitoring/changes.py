"""From what the watches tell to the alert changes the world hears, in an order that no batch boundary
changes."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from em_engine.law.breach import type_of
from em_engine.law.watch import Bond, Told
from em_engine.monitoring.columns import Rules
from em_engine.vocabulary import NEVER, AlertType, Change, ChangeKind, Micros, Severity, alert_id

OF_POSITION: Final = frozenset(
    {
        AlertType.EXCLUSION_APPROACH,
        AlertType.EXCLUSION_ENTERED,
        AlertType.EXCLUSION_CROSSED,
        AlertType.INCLUSION_LEFT,
        AlertType.CURFEW_LATE,
        AlertType.CURFEW_LEFT,
        AlertType.CURFEW_EARLY,
        AlertType.CONTACT_WARNING,
        AlertType.CONTACT_ALERT,
    }
)
"""Breaches that positions prove: these may be found in arrears, and let a position be kept."""
OF_CONTACT: Final = frozenset({AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT})
"""Those of two people's positions."""
REMEMBERED: Final = 16
"""Past breaches remembered a condition and type, so that a late fix does not tell them again."""
BY_CLOCK, BY_REPORT = 0, 1


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When, and on what occasion, something was told: changes are told in this order."""

    at: Micros
    occasion: int  # the clock before the reports
    arrival: int  # place in the batch; the case, for the clock
    seat: int  # the kind of condition, for the clock
    row: int


class Telling:
    """Collects what is told in one step, and remembers which breaches are known."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.open_breaches = np.zeros(len(rules.orders), dtype=np.int32)  # of position, a case
        self.known: dict[tuple[str, str, AlertType], deque[list[Micros]]] = {}
        self._said: list[tuple[Moment, Change]] = []

    def take(self) -> tuple[Change, ...]:
        """Everything told since the last time, in its order."""
        self._said.sort(key=lambda one: one[0])
        changes = tuple(change for _, change in self._said)
        self._said = []
        return changes

    def by_clock(self, bond: Bond, kind: int, told: Told) -> None:
        """Told because time passed."""
        if told.found_at is not None:
            self._found_late(bond, told, told.found_at)
            return
        moment = Moment(told.detected_at, BY_CLOCK, bond.case, kind, told.row)
        self._say(moment, bond, told)

    def by_report(self, bond: Bond, told: Told, *, received_at: Micros, arrival: int, seat: int) -> None:
        """Told because of a report."""
        self._say(Moment(received_at, BY_REPORT, arrival, seat, 0), bond, told)

    def _found_late(self, bond: Bond, told: Told, at: Micros) -> None:
        """A breach of the past, from its beginning to its end; nothing, where it touches a known one."""
        change = replace(self.change(at, bond, told), late=True)
        assert change.cleared_at is not None
        if not self.is_known(change, change.cleared_at):
            ended = replace(change, change=ChangeKind.CLEARED, detected_at=change.cleared_at)
            self.in_arrears(replace(change, cleared_at=None), bond.case)
            self.in_arrears(ended, bond.case)

    def in_arrears(self, change: Change, case: int, *, goes_on: bool = False) -> None:
        """Found in the past by a late fix; it may go on in the present."""
        self.remember(change, case, counts=goes_on)
        self._said.append((Moment(change.at, BY_CLOCK, case, len(self.rules.watches), 0), change))

    def is_known(self, change: Change, until: Micros) -> bool:
        """Whether a breach of that condition and type that touches `opened_at` to `until` was told."""
        spans = self.known.get((change.case, change.condition, change.type), ())
        return any(opened <= until and change.opened_at <= cleared for opened, cleared in spans)

    def _say(self, moment: Moment, bond: Bond, told: Told) -> None:
        change = self.change(moment.at, bond, told)
        self.remember(change, bond.case)
        self._said.append((moment, change))

    def change(self, at: Micros, bond: Bond, told: Told) -> Change:
        """What was told, as the world hears it, at `at`."""
        order = self.rules.orders[bond.case]
        return Change(
            alert=alert_id(order.id, bond.condition, told.type, told.opened_at),
            change=told.change,
            at=at,
            type=told.type,
            severity=self.rules.severity.get(told.type, Severity.HIGH),
            case=order.id,
            order=order.id,
            condition=bond.condition,
            wearer=order.wearer.id,
            device=self._device(bond, told),
            opened_at=told.opened_at,
            detected_at=told.detected_at,
            cleared_at=told.cleared_at,
            confidence=told.confidence,
            late=False,
            evidence=told.evidence,
            rulebook=self.rules.revision,
        )

    def _device(self, bond: Bond, told: Told) -> str | None:
        if told.seat >= 0:
            return self.rules.seats[told.seat].device
        if bond.device is not None:
            return bond.device
        return self.rules.seats[bond.wearer_seats[0]].device if len(bond.wearer_seats) == 1 else None

    def remember(self, change: Change, case: int, *, counts: bool = True) -> None:
        """Know of a breach, or of its end; `counts` it among those that are open."""
        if change.type not in OF_POSITION:
            return
        spans = self.known.setdefault((change.case, change.condition, change.type), deque(maxlen=REMEMBERED))
        if change.change is ChangeKind.OPENED:
            spans.append([change.opened_at, NEVER])
        elif change.change is ChangeKind.CLEARED:
            for span in spans:
                if span[0] == change.opened_at:
                    span[1] = change.cleared_at if change.cleared_at is not None else change.at
        if counts:
            step = {ChangeKind.OPENED: 1, ChangeKind.CLEARED: -1}.get(change.change, 0)
            self.open_breaches[case] += step

    def dump(self) -> list[Any]:
        """The known breaches as plain values, for a snapshot."""
        return [[*key[:2], key[2].value, [list(span) for span in spans]] for key, spans in self.known.items()]

    def load(self, dumped: Iterable[Any]) -> None:
        """The known breaches that `dump` gave; those of conditions that are no more are left out."""
        cases = self.rules.case_numbers()
        conditions = {(order.id, one.id) for order in self.rules.orders for one in order.conditions}
        for case, condition, type, spans in dumped:
            if (case, condition) in conditions:
                key = (case, condition, AlertType(type))
                self.known[key] = deque(([int(a), int(b)] for a, b in spans), maxlen=REMEMBERED)
                self.open_breaches[cases[case]] += sum(span[1] == NEVER for span in spans)


def withdrawn(rules: Rules, key: Sequence[str], slot: Any, at: Micros) -> Change:
    """An open breach of a condition that the rulebook no longer holds. `key` is case, wearer, condition,
    device."""
    case, wearer, condition, device = key[:4]
    type, opened_at = type_of(slot), int(slot["opened_at"])
    return Change(
        alert=alert_id(case, condition, type, opened_at),
        change=ChangeKind.WITHDRAWN,
        at=at,
        type=type,
        severity=rules.severity.get(type, Severity.HIGH),
        case=case,
        order=case,
        condition=condition,
        wearer=wearer,
        device=device or None,
        opened_at=opened_at,
        detected_at=at,
        cleared_at=at,
        confidence=float(slot["p"]),
        late=False,
        evidence={"because": "the rulebook no longer holds this condition"},
        rulebook=rules.revision,
    )

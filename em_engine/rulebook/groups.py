"""Groups of wearers who must keep apart: each is made of the orders that name it, so a slip parts it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.evidence import STRAYING_MPS_MIN
from em_engine.law.non_association import NonAssociationTerms
from em_engine.rulebook.coded import Said
from em_engine.rulebook.models import Order
from em_engine.rulebook.orders import ReadOrder
from em_engine.rulebook.problems import Findings, Path, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Membership:
    """That an order names a group."""

    group: str
    read: ReadOrder
    path: Path
    terms: NonAssociationTerms

    @property
    def order(self) -> Order:
        """The order that names the group."""
        return self.read.order


def check_groups(orders: Iterable[ReadOrder], findings: Findings) -> None:
    """Groups in which a wearer is alone, and distances that his positions are too rare for."""
    every = [one for read in orders for one in _memberships(read)]
    by_group: dict[str, list[_Membership]] = {}
    for one in every:
        by_group.setdefault(one.group, []).append(one)
    for one in every:
        if not any(_are_together(one, other) for other in by_group[one.group]):
            others = [group for group in by_group if group != one.group]
            told = "no other wearer is in the group {!r} while this order holds: nothing is forbidden"
            message = Said("group.alone", told, one.group)
            another = Said("hint.group.alone", "another order must name the same group")
            hint = nearest(one.group, others) or another
            findings.warning(one.read.document, (*one.path, "group"), "group.alone", message, hint=hint)
        _check_distance(one, findings)


def _are_together(one: _Membership, other: _Membership) -> bool:
    here, there = one.order, other.order
    is_another = here.wearer.id != there.wearer.id
    return is_another and here.valid_from < there.valid_to and there.valid_from < here.valid_to


def _memberships(read: ReadOrder) -> Iterator[_Membership]:
    for one in read.conditions:
        if not isinstance(one.condition.terms, NonAssociationTerms):
            continue
        seen = set[str]()
        for path, terms in one.stages():
            if terms.group not in seen:
                seen.add(terms.group)
                yield _Membership(group=terms.group, read=read, path=path, terms=terms)


def _check_distance(one: _Membership, findings: Findings) -> None:
    """A position may be so old when another comes that nobody can say whether the two are together."""
    allowed = [
        health.condition.terms.fix_every
        for health in one.read.conditions
        if isinstance(health.condition.terms, DeviceHealthTerms)
    ]
    rarest = max((every for every in allowed if every is not None), default=timedelta(0))
    strayed_m = STRAYING_MPS_MIN * rarest.total_seconds()
    if strayed_m > one.terms.alert_m:
        told = (
            "`alert_m` ({:g}) is less than the {:g} m a wearer walks between two "
            "fixes that `fix_every` allows: who meets may be told only once both rest"
        )
        message = Said("group.fixes", told, one.terms.alert_m, strayed_m)
        seconds = int(one.terms.alert_m / STRAYING_MPS_MIN)
        hint = Said("hint.group.fixes", "let a fix come every {} seconds", seconds)
        findings.warning(one.read.document, (*one.path, "alert_m"), "group.fixes", message, hint=hint)

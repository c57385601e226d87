"""How much the queue asks of people at once: floods, alerts that chatter, alerts that stand. Pure.

The figures are those of ISA-18.2 and EEMUA 191: more than ten alarms in ten minutes are a flood for one
operator, which ends when fewer than five come in ten minutes; an alarm that stands for a day is stale.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from em_engine.alerts.alert import Alert, State
from em_engine.vocabulary import HOUR, MINUTE, AlertType, Micros

FLOOD_SPAN: Final[Micros] = 10 * MINUTE
FLOOD_OVER: Final = 10
FLOOD_UNDER: Final = 5
CHATTER_SPAN: Final[Micros] = HOUR
CHATTER_TIMES: Final = 5
"""So often within the hour, and an alert is told of as one that chatters. Ours: tags report by the minute;
the norm's three in a minute are meant for switches."""
STANDING: Final[Micros] = 24 * HOUR


class Call(NamedTuple):
    """Once that an alert called for a person."""

    at: Micros
    case: str
    condition: str
    type: AlertType
    wearer: str
    alert: str


class Flood(NamedTuple):
    """A stretch in which more came than one person can take in; `until` is None while it goes on."""

    since: Micros
    until: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter:
    """One duty of one wearer that calls again and again."""

    case: str
    condition: str
    type: AlertType
    count: int
    since: Micros
    alerts: tuple[str, ...]


def floods(arrivals: Iterable[Micros], *, until: Micros) -> list[Flood]:
    """The floods in what arrived, in order; the last one open where it has not ended by `until`."""
    found: list[Flood] = []
    count, since = 0, None
    for at, more in _rises_and_falls(arrivals):
        if at > until:
            break
        count += more
        if since is None and count > FLOOD_OVER:
            since = at
        elif since is not None and count < FLOOD_UNDER:
            found.append(Flood(since, at))
            since = None
    return found if since is None else [*found, Flood(since, None)]


def flood_ends(arrivals: Sequence[Micros], at: Micros) -> Micros | None:
    """When a flood ends if nothing more arrives; None where there is none."""
    going_on = [one for one in floods(arrivals, until=at) if one.until is None]
    if not going_on:
        return None
    ended = floods([one for one in arrivals if one <= at], until=at + FLOOD_SPAN)
    return ended[-1].until


def recent(arrivals: Iterable[Micros], at: Micros) -> int:
    """How many arrived in the last ten minutes."""
    return sum(at - FLOOD_SPAN < one <= at for one in arrivals)


def _rises_and_falls(arrivals: Iterable[Micros]) -> list[tuple[Micros, int]]:
    kept = list(arrivals)
    # What leaves the span at an instant leaves before what arrives then.
    return sorted([(at, 1) for at in kept] + [(at + FLOOD_SPAN, -1) for at in kept])


def chattering(calls: Iterable[Call], at: Micros) -> list[Chatter]:
    """What called so often within the hour that it tells more of itself than of the wearer."""
    lately = sorted((call for call in calls if at - CHATTER_SPAN < call.at <= at), key=_source)
    found = (list(group) for _, group in groupby(lately, key=_source))
    return sorted(_told(group for group in found if len(group) >= CHATTER_TIMES), key=lambda one: -one.count)


def _source(call: Call) -> tuple[str, str, str]:
    return call.case, call.condition, call.type.value


def _told(groups: Iterable[list[Call]]) -> Iterator[Chatter]:
    for group in groups:
        yield Chatter(
            case=group[0].case,
            condition=group[0].condition,
            type=group[0].type,
            count=len(group),
            since=min(call.at for call in group),
            alerts=tuple(dict.fromkeys(call.alert for call in group)),
        )


def standing(alerts: Iterable[Alert], at: Micros) -> list[Alert]:
    """The alerts that have not been closed for a day, the oldest first."""
    kept = (one for one in alerts if one.state is not State.CLOSED and at - one.opened_at > STANDING)
    return sorted(kept, key=lambda alert: (alert.opened_at, alert.id))

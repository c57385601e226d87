"""An order's civil times as instants: what to do in the two hours a year that civil time does badly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from em_engine.vocabulary import Micros, instant, micros


class Clock(Enum):
    """How often a civil time occurs."""

    ONCE = "occurs once"
    NEVER = "does not occur: the clocks are put forward over it"
    TWICE = "occurs twice: the clocks are put back over it"


def begins_at(civil: datetime, time_zone: str) -> Micros:
    """When something that begins at the civil time begins: at the first of two, at the end of a gap."""
    return micros(_instants(civil, time_zone)[0])


def ends_at(civil: datetime, time_zone: str) -> Micros:
    """When something that ends at the civil time ends: at the second of two, at the end of a gap.

    So what is ordered from or until a time that occurs twice holds for the longer stretch: an hour more once
    a year errs on the side of the one who is protected, and a notice asks the author to write another time.
    """
    return micros(_instants(civil, time_zone)[-1])


def occurs(civil: datetime, time_zone: str) -> Clock:
    """Whether the civil time occurs once, twice or never."""
    return _at(civil, time_zone)[0]


def _instants(civil: datetime, time_zone: str) -> tuple[datetime, datetime]:
    return _at(civil, time_zone)[1:]


@lru_cache(maxsize=65_536)
def _at(civil: datetime, time_zone: str) -> tuple[Clock, datetime, datetime]:
    """Orders share their times (midnights, mostly), and ten thousand orders share a few zones."""
    zone = ZoneInfo(time_zone)
    first, second = (civil.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    early, late = first.utcoffset(), second.utcoffset()
    assert early is not None, "a zone has an offset at every time"
    assert late is not None, "a zone has an offset at every time"
    if early >= late:
        clock = Clock.ONCE if early == late else Clock.TWICE
        return clock, first.astimezone(UTC), second.astimezone(UTC)
    # In a gap the two readings lie on both sides of the change, the later offset's reading before it.
    change = _change_between(second.astimezone(UTC), first.astimezone(UTC), zone, before=early)
    return Clock.NEVER, change, change


def _change_between(low: datetime, high: datetime, zone: ZoneInfo, *, before: timedelta) -> datetime:
    """The first whole second after `low` at which the zone no longer has the offset `before`."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def clock_changes(time_zone: str, start: Micros, end: Micros) -> Iterator[tuple[Micros, timedelta]]:
    """When the clocks are changed from `start` to `end`, and by how much they are put forward."""
    zone = ZoneInfo(time_zone)
    low = instant(start)
    while low < instant(end):
        high = min(low + timedelta(days=1), instant(end))
        before, after = (at.astimezone(zone).utcoffset() for at in (low, high))
        assert before is not None, "a zone has an offset at every time"
        assert after is not None, "a zone has an offset at every time"
        if before != after:
            yield micros(_change_between(low, high, zone, before=before)), after - before
        low = high

"""What can be wrong with how far things lie apart in time and place: no way to work, no time for help."""

from collections.abc import Iterator
from typing import Final

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.terms import Scheduled
from em_engine.law.weekly import DAY_MIN, parse_weekly
from em_engine.rulebook.coded import Said
from em_engine.rulebook.conditions import ReadCondition
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.models import Programme, ProgrammeName, Response
from em_engine.rulebook.orders import ReadDuties, ReadOrder
from em_engine.rulebook.places import gap_m
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.times import Timetable

SPEED_MPS: Final = 15.0
"""Along the straight line, by whatever means: 54 km/h is not reached over a whole way in any town."""
_WEEK_MIN: Final = 7 * DAY_MIN
_Window = tuple[str, int, int]
"""As it is written, and its minutes of the week."""


def check_ways(read: ReadDuties, atlas: Atlas, known: Timetable, *, findings: Findings) -> None:
    """Places the wearer must be at while a curfew holds him elsewhere, or too soon before or after it."""
    curfews = [one for one in read.conditions if isinstance(one.condition.terms, CurfewTerms)]
    for one in read.conditions:
        if isinstance(one.condition.terms, AttendanceTerms | InclusionTerms):
            for curfew in curfews:
                _check_way(read, one, curfew, _Way(atlas, known, findings))


class _Way:
    """What is needed to tell of one way."""

    def __init__(self, atlas: Atlas, known: Timetable, findings: Findings) -> None:
        self.atlas, self.known, self.findings = atlas, known, findings

    def metres(self, one: ReadCondition, other: ReadCondition) -> float:
        """Between the zones of the two; none where one of them cannot be read."""
        drawn = (self.atlas.drawn.get(each.condition.terms.zone) for each in (one, other))
        here, there = (None if each is None else each.zone for each in drawn)
        return 0.0 if here is None or there is None else gap_m(here, there)

    def windows(self, terms: Scheduled) -> list[_Window]:
        """The weekly windows; none where leave by a schedule may take them away."""
        named = self.known.schedules.get(terms.schedule or "")
        granted = (*terms.granted, *(() if named is None else named.leave))
        if any(not leave.is_once for leave in granted):
            return []
        return list(_of_the_week((*terms.weekly, *(() if named is None else named.weekly))))


def _check_way(read: ReadDuties, one: ReadCondition, curfew: ReadCondition, way: _Way) -> None:
    metres = way.metres(one, curfew)
    if metres <= 0.0:
        return
    needed = metres / SPEED_MPS / 60.0
    for text, start, end in way.windows(one.condition.terms):
        found = _nearest((start, end), way.windows(curfew.condition.terms))
        if found is None or found[1] >= needed:
            continue
        held, gap = found
        home, km = curfew.condition.id, round(metres / 1000, 1)
        if gap < 0:
            message, hint = Said("curfew.within", _WITHIN, text, home, held, km), _OTHER_WINDOWS
        else:
            minutes = round(needed)
            message = Said("curfew.no-way", _BETWEEN, text, home, held, km, round(gap), minutes)
            hint = Said("hint.curfew.no-way", "leave {} min or more between them", minutes)
        way.findings.warning(read.document, one.at("weekly"), "curfew.no-way", message, hint=hint)
        return


_WITHIN: Final = "{!r} lies within the curfew {!r} ({}) {:.1f} km away: who keeps the one breaks the other"
_BETWEEN: Final = (
    "between {!r} and the curfew {!r} ({}) {:.1f} km away are {} min, and the way takes {} at best"
)
_OTHER_WINDOWS: Final = Said(
    "hint.curfew.within", "give the curfew other windows, or `leave` by the schedule of the appointments"
)


def _nearest(window: tuple[int, int], held: list[_Window]) -> tuple[str, float] | None:
    """The window of the curfew nearest to this one, and the minutes between; negative where they overlap."""
    gaps = [
        (max(start + shift - window[1], window[0] - end - shift), text)
        for text, start, end in held
        for shift in (-_WEEK_MIN, 0, _WEEK_MIN)
    ]
    if not gaps:
        return None
    gap, text = min(gaps)
    return text, gap


def _of_the_week(texts: tuple[str, ...]) -> Iterator[_Window]:
    for text in texts:
        window = parse_weekly(text)
        for day in window.days:
            start = day * DAY_MIN + window.start_min
            yield text, start, start + window.length_min


def check_rings(read: ReadOrder, programme: Programme, findings: Findings) -> None:
    """Rings around protected persons that are crossed before help can come."""
    response = programme.response
    is_about_safety = read.order.programme is ProgrammeName.CONTACT_BAN or read.order.protected
    if response is None or not is_about_safety:
        return
    for one in read.conditions:
        for path, terms in one.stages():
            match terms:
                case ExclusionTerms(buffer_m=ring_m):
                    at = (*path, "buffer_m")
                case ContactBanTerms(warn_m=warn_m, alert_m=alert_m):
                    ring_m, at = warn_m or 2 * alert_m, (*path, "warn_m")
                case _:
                    continue
            if ring_m < response.reach_m:
                findings.warning(read.document, at, "ring.response", _crossed(ring_m, response), hint=_WIDER)


def _crossed(ring_m: float, response: Response) -> Said:
    seconds = ring_m / response.speed_kmh * 3.6
    in_seconds = Said("span.seconds", "{} s", round(seconds))
    took = in_seconds if seconds < 120 else Said("span.minutes", "{:g} min", round(seconds / 60))
    within = response.within.total_seconds() / 60
    told = (
        "a wearer at {:g} km/h crosses the ring of {:g} m in {}, "
        "and help takes {:g} min (programme.yaml, `response`): {:,} m would do"
    )
    return Said("ring.response", told, response.speed_kmh, ring_m, took, within, round(response.reach_m))


_WIDER: Final = Said(
    "hint.ring.response",
    "widen it, or plan the protection otherwise (em rules ring draws what help needs)",
)

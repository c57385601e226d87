"""Section 1: what is known of one device in one case, a fix at a time."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    Tristate,
)
from tests.reference.motion import MOVING_MPS, REST_GAP, TOGETHER, WANDERS_M, WATCH_GAP, Motion
from tests.reference.reports import Report

SPEED_MPS_MAX = 70.0
COLD_AFTER = 10 * MINUTE
TIED_WITHIN = MINUTE
BEACON_REACH_M = 50.0
WALK_MPS = 1.5
STRAY_MPS_MAX = 40.0
GONE_M = 30.0
STIRS_FOR = 10 * MINUTE
REMEMBERED = 16
EVENTS_REMEMBERED = 8

Apart = Callable[[float, float, float, float], float]


class Taken(Enum):
    """What became of a fix."""

    NO_POSITION = "no position"
    DUPLICATE = "duplicate"
    LATE = "late"
    SUSPECT = "suspect"
    TRUSTED = "trusted"


@dataclass
class Seat:
    """One device in one case."""

    device: str
    apart_m: Apart
    trusted: Report | None = None
    is_torn: bool = False
    """As its newest report came, others were missing that may be on their way."""
    previous: Report | None = None
    """The trusted fix before `trusted`; a suspect that proved true counts as one."""
    placed_at: Micros = BEFORE_ALL
    """The first of the trusted fixes that told this very place."""
    stirs_since: Micros | None = None
    """Since when every heartbeat told of motion."""
    line_since: Micros = NEVER
    """When the first was told of those trusted fixes that follow each other without a long silence."""
    suspects: list[Report] = field(default_factory=list)
    """Impossible fixes, each of which can be reached from the one before."""
    is_cold: bool = True
    last_speed_mps: float = 0.0
    taken: deque[Report] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    newest_taken_at: Micros = BEFORE_ALL
    newest_heartbeat: Report | None = None
    events: deque[tuple[Micros, DeviceEvent]] = field(default_factory=lambda: deque(maxlen=EVENTS_REMEMBERED))
    beats: deque[Report] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    still_at: Micros = BEFORE_ALL
    rests: bool = False
    tied_at: Micros | None = None
    """The newest of the heartbeats that hold the device at its home beacon, beside the trusted fix."""
    tied_m: float = 0.0
    motion: Motion = field(default_factory=Motion)

    def is_position(self, fix: Report) -> bool:
        """Rule 2."""
        return not (abs(fix.lon) <= 1e-6 and abs(fix.lat) <= 1e-6)

    def is_frozen(self, fix: Report) -> bool:
        """Rule 2, its second half."""
        known = self.trusted
        if known is None or fix.source != Source.GNSS or (fix.lon, fix.lat) != (known.lon, known.lat):
            return False
        told_for = fix.at - self.placed_at
        told_mps = 0.0 if fix.speed_mps is None else fix.speed_mps
        if told_mps >= MOVING_MPS and told_mps * told_for / SECOND >= GONE_M:
            return True
        if self.stirs_since is None or self.newest_heartbeat is None:
            return False
        stirs_for = min(told_for, fix.at - self.stirs_since)
        return stirs_for >= STIRS_FOR and fix.at - self.newest_heartbeat.at <= REST_GAP

    def place(self, fix: Report) -> Taken:
        """Rules 2 and 3, without taking it: which kind of arrival this fix is."""
        if not self.is_position(fix):
            return Taken.NO_POSITION
        if fix.at > self.newest_taken_at:
            return Taken.NO_POSITION if self.is_frozen(fix) else Taken.TRUSTED
        return Taken.DUPLICATE if fix.at in {one.at for one in self.taken} else Taken.LATE

    def take(self, fix: Report) -> Taken:
        """Rules 4 and 5, for a fix in order."""
        self.taken.append(fix)
        self.newest_taken_at = fix.at
        if self.trusted is None or self._reaches(self.trusted, fix):
            return self._trust(fix, after=self.trusted)
        if not (self.suspects and self._reaches(self.suspects[-1], fix)):
            self.suspects = [fix]
            return Taken.SUSPECT
        first, last = self.suspects[0], self.suspects[-1]
        if fix.at - first.at < self._stood(self.trusted, against=fix):
            self.suspects.append(fix)
            return Taken.SUSPECT
        self.line_since = first.at
        return self._trust(fix, after=last)

    def _stood(self, trusted: Report, *, against: Report) -> Micros:
        """For how long what the suspects contradict had stood; not at all if it was one fix, or vague."""
        after_silence = self.suspects[0].at - trusted.at > COLD_AFTER
        if after_silence or trusted.source in (Source.WIFI, Source.CELL):
            return 0
        if self.previous is not None and self._way_m(self.previous, against) < self._way_m(
            self.previous, trusted
        ):
            return 0
        return min(trusted.at - self.line_since, COLD_AFTER)

    def remember_late(self, fixes: Iterable[Report]) -> None:
        """Section 7: late fixes that were judged are among the newest that are remembered."""
        known = {fix.at: fix for fix in (*fixes, *self.taken)}
        self.taken = deque((known[at] for at in sorted(known)), maxlen=REMEMBERED)

    def forget_before(self, at: Micros) -> bool:
        """Section 8: whether all that is known of it is older, and now forgotten; but when its fixes were."""
        signs = [self.newest_taken_at, self.still_at, *(fix.at for fix in self.suspects)]
        has_places = any(fix.lon or fix.lat for fix in self.taken)
        if max(signs) >= at or not has_places:
            return False
        self.trusted, self.previous, self.suspects, self.is_cold = None, None, [], True
        self.placed_at, self.last_speed_mps = BEFORE_ALL, 0.0
        nowhere = [replace(fix, lon=0.0, lat=0.0) for fix in self.taken]
        self.taken = deque(nowhere, maxlen=REMEMBERED)
        return True

    def _trust(self, fix: Report, *, after: Report | None) -> Taken:
        if after is None or (after.lon, after.lat) != (fix.lon, fix.lat):
            self.placed_at = fix.at
        elif after is not self.trusted:
            self.placed_at = after.at
        self.previous, self.trusted, self.suspects = after, fix, []
        self.rests = True
        self.tied_at, self.tied_m = None, 0.0
        self.is_cold = after is None or fix.at - after.at > COLD_AFTER
        if after is None:
            self.line_since = min(self.line_since, fix.at)
        elif self.is_cold:
            self.line_since = fix.at
        self.motion.see(fix, line_since=self.line_since)
        self.last_speed_mps = 0.0
        if after is not None and not self.is_cold:  # over a long gap nobody knows how fast
            self.last_speed_mps = self._shown_m(after, fix) / ((fix.at - after.at) / SECOND)
        return Taken.TRUSTED

    def _reaches(self, earlier: Report, later: Report) -> bool:
        return self._shown_m(earlier, later) <= SPEED_MPS_MAX * (later.at - earlier.at) / SECOND

    def _shown_m(self, one: Report, other: Report) -> float:
        """How far apart two fixes are at least, both radii granted."""
        return max(0.0, self._way_m(one, other) - one.radius_m - other.radius_m)

    def has_come(self, earlier: Report, later: Report) -> bool:
        """Section 5: whether the later fix tells a speed with which the device can have come from there."""
        span, told_mps = later.at - earlier.at, later.speed_mps
        if told_mps is None or told_mps < MOVING_MPS or span > WATCH_GAP:
            return False
        return self._shown_m(earlier, later) <= told_mps * span / SECOND

    def _way_m(self, one: Report, other: Report) -> float:
        return self.apart_m(one.lon, one.lat, other.lon, other.lat)

    def know_before(self, present: "Seat", fix_at: Micros, beat_at: Micros) -> None:
        """Section 7: what was before the oldest fix and the oldest heartbeat that are remembered."""
        self.motion = present.motion.as_known_before(fix_at, beat_at)
        if present.line_since < fix_at:
            self.line_since = present.line_since

    def is_news(self, report: Report) -> bool:
        """Rule 3 for heartbeats and events: whether this one was not told before."""
        if report.kind == ReportKind.HEARTBEAT:
            return self.newest_heartbeat is None or report.at != self.newest_heartbeat.at
        is_news = (report.at, report.event) not in self.events
        self.events.append((report.at, report.event))
        return is_news

    def hear(self, heartbeat: Report) -> bool:
        """Rule 6, and whether this is the newest heartbeat: an older one tells nothing."""
        if self.newest_heartbeat is not None and heartbeat.at <= self.newest_heartbeat.at:
            return False
        self.motion.hear(heartbeat, previous=self.newest_heartbeat)
        self._hear_stirring(heartbeat, before=self.newest_heartbeat)
        self.newest_heartbeat = heartbeat
        self.beats.append(heartbeat)
        self._hear_beacon(heartbeat)
        if heartbeat.motion == Tristate.YES:
            self.rests = self.rests and self._was_before_the_fix(heartbeat)
        elif heartbeat.motion == Tristate.NO and self._may_rest(heartbeat.at):
            self.still_at = heartbeat.at
        return True

    def _hear_stirring(self, heartbeat: Report, *, before: Report | None) -> None:
        if before is None or heartbeat.at - before.at > REST_GAP:
            self.stirs_since = None
        if heartbeat.motion == Tristate.NO:
            self.stirs_since = None
        elif heartbeat.motion == Tristate.YES and self.stirs_since is None:
            is_near = before is not None and heartbeat.at - before.at <= REST_GAP
            self.stirs_since = before.at if is_near and before else heartbeat.at

    def _hear_beacon(self, heartbeat: Report) -> None:
        """Rule 6, its second half."""
        if heartbeat.beacon_in_range == Tristate.NO:
            self.tied_at = None
        if heartbeat.beacon_in_range != Tristate.YES:
            return
        if self.tied_at is not None:
            is_held = heartbeat.at - self.tied_at <= COLD_AFTER
        else:
            is_held = self.trusted is not None and 0 <= heartbeat.at - self.trusted.at <= TIED_WITHIN
            if is_held:
                assert self.trusted is not None
                self.tied_m = BEACON_REACH_M + strays_m(self.last_speed_mps, heartbeat.at - self.trusted.at)
        self.tied_at = heartbeat.at if is_held else None
        if is_held:
            self.still_at = heartbeat.at

    def _was_before_the_fix(self, heartbeat: Report) -> bool:
        """Rule 6: whether the motion it tells of was before the trusted fix: both are of one waking."""
        fix = self.trusted
        return fix is not None and heartbeat.at - fix.at <= TOGETHER and self.motion.moved_at < fix.at

    def is_of_one_place(self, fix: Report, *, margin_m: float, radius_m: float) -> bool:
        """Section 3: whether the trusted fix has the error of the one before."""
        if self.previous is None or margin_m <= -(WANDERS_M + 2.0 * radius_m):
            return False
        if self.motion.has_rested(fix.at, previous_at=self.previous.at):
            return True
        if self.previous.source in (Source.WIFI, Source.CELL):
            return False
        tells_speed = fix.speed_mps is not None and self.motion.moved_at < self.previous.at
        return tells_speed and self._way_m(self.previous, fix) <= self.previous.radius_m + fix.radius_m

    def _may_rest(self, at: Micros) -> bool:
        """Standing still where it was, if it was known to be there and has not moved since."""
        known_at = self.known_at
        return self.rests and known_at != BEFORE_ALL and 0 <= at - known_at <= COLD_AFTER

    @property
    def known_at(self) -> Micros:
        """When the device was last known to be where its trusted fix says."""
        if self.trusted is None:
            return BEFORE_ALL
        return max(self.trusted.at, self.still_at)


def strays_m(speed_mps: float, age: Micros) -> float:
    """How far somebody may have gone in so long: on foot at least, and as fast as he was last."""
    return age / SECOND * min(max(WALK_MPS, speed_mps), STRAY_MPS_MAX)

"""Section 1, rules 8 to 10: whether a device has moved since its wearer was last found lawful."""

import math
from dataclasses import dataclass, field

from em_engine.vocabulary import BEFORE_ALL, MINUTE, SECOND, Micros, Tristate
from tests.reference.reports import Report

MOVING_MPS = 1.0
CREEPING_MPS = 0.3
PACE_TIME = 5 * MINUTE
WATCH_GAP = 150 * SECOND
REST_GAP = 10 * MINUTE
TOGETHER = 10 * SECOND
WANDERS_M = 400.0
WANDERS_FOR = 30 * MINUTE
SHARP, SHARP_M = 10.0, 150.0


@dataclass
class Stretch:
    """Since when something has been said again and again without too long a gap, and when last."""

    gap_max: Micros
    leeway: Micros = 0
    since: Micros | None = None
    last_at: Micros = BEFORE_ALL

    def say(self, at: Micros, *, before: Micros | None) -> None:
        """It is said at `at`; `before` is when the one who says it was heard before that."""
        if self.since is None or at - self.last_at > self.gap_max:
            is_near = before is not None and at - before <= self.gap_max
            self.since = before if is_near else at
        self.last_at = at

    def end(self) -> None:
        """The contrary is said."""
        self.since = None

    def holds(self, since: Micros, at: Micros) -> bool:
        """Whether it has been said since then or longer, and lately."""
        return (
            self.since is not None and self.since <= since + self.leeway and at - self.last_at <= self.gap_max
        )


@dataclass
class Motion:
    """What one device tells of its moving."""

    watched: Stretch = field(default_factory=lambda: Stretch(WATCH_GAP))
    resting: Stretch = field(default_factory=lambda: Stretch(REST_GAP, TOGETHER))
    moved_at: Micros = BEFORE_ALL
    pace_mps: float = 0.0

    def see(self, fix: Report, *, line_since: Micros) -> None:
        """A trusted fix and the speed it tells, if any; and since when the fixes up to it follow each
        other."""
        if fix.speed_mps is None:
            return
        gap = fix.at - self.watched.last_at
        if gap > WATCH_GAP:
            self.pace_mps = 0.0
        else:
            old = math.exp(-gap / PACE_TIME)
            self.pace_mps = old * self.pace_mps + (1.0 - old) * min(fix.speed_mps, MOVING_MPS)
        self.watched.say(fix.at, before=max(line_since, fix.at - WATCH_GAP))
        creeps = self.pace_mps >= CREEPING_MPS and self.resting.since is None
        if creeps or fix.speed_mps >= MOVING_MPS:
            self.moved_at = fix.at

    def hear(self, heartbeat: Report, *, previous: Report | None) -> None:
        """The newest heartbeat."""
        if heartbeat.motion == Tristate.YES:
            self.resting.end()
        elif heartbeat.motion == Tristate.NO:
            self.resting.say(heartbeat.at, before=None if previous is None else previous.at)

    def stillness(
        self, at: Micros, *, lawful_at: Micros, astray_at: Micros, margin_m: float, radius_m: float
    ) -> str:
        """Rule 10: `at rest`, `seen still`, or nothing."""
        if lawful_at == BEFORE_ALL or self.moved_at >= lawful_at:
            return ""
        if margin_m <= -(WANDERS_M + 2.0 * radius_m):
            return ""
        if self.resting.holds(lawful_at, at):
            return "at rest"
        tells_speeds = at - self.watched.last_at <= WATCH_GAP
        if margin_m <= -max(SHARP_M, SHARP * radius_m):
            return ""
        wanders = astray_at > (lawful_at - WANDERS_FOR if tells_speeds else lawful_at)
        return "seen still" if self.watched.holds(lawful_at, at) or wanders else ""

    def has_rested(self, at: Micros, *, previous_at: Micros) -> bool:
        """Whether nothing moved since the fix before."""
        return self.moved_at < previous_at and self.resting.holds(previous_at, at)

    def learn(self, past: "Motion") -> None:
        """What late fixes told of the time up to the newest that tells a speed."""
        if past.watched.last_at == self.watched.last_at:
            self.watched.since, self.pace_mps = past.watched.since, past.pace_mps
        self.moved_at = max(self.moved_at, past.moved_at)

    def as_known_before(self, fix_at: Micros, beat_at: Micros) -> "Motion":
        """What was known before the oldest fix and the oldest heartbeat that are remembered."""
        known = Motion()
        if self.watched.since is not None and self.watched.since < fix_at:
            known.watched.since = self.watched.since
            known.watched.last_at = min(self.watched.last_at, fix_at - 1)
            known.pace_mps = self.pace_mps if self.watched.last_at < fix_at else 0.0
        if self.resting.since is not None and self.resting.since < beat_at:
            known.resting.since = self.resting.since
            known.resting.last_at = min(self.resting.last_at, beat_at)
        if self.moved_at < fix_at:
            known.moved_at = self.moved_at
        return known

"""What people use today, plainly and fairly, beside our engine: rules about single fixes.

Every baseline sees the fixes as they arrive, knows the windows, hears the beacon as a fix at home, keeps the
newest position of either side for 10 minutes, and ends an alert with the first fix that says otherwise. They
differ in what opens one, and each has one thing that its owner can turn:

| name | opens | turned |
| --- | --- | --- |
| bare | at the first fix on the wrong side | how far beyond the line it must lie |
| filtered | likewise, of fixes known to 50 m, not at 0/0, and 10 m or 5 minutes from the last | the 50 m |
| four in a row | at the fourth fix on the wrong side in a row | the four |
| five minutes | when the wrong side has lasted five minutes | the five |
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from em_engine.vocabulary import SECOND, AlertType, Booleans, Floats, ReportKind, Rows, Tristate
from simulators.season.duties import Case, Duty, Stretch, windows
from simulators.season.world import START, Season, instant_of
from simulators.spans import Span

STEP_M: Final = 10.0
STEP_S: Final = 300.0
TOGETHER_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a baseline demands of fixes before it opens an alert."""

    beyond_m: float = 0.0
    accuracy_m_max: float = np.inf  # finite: fixes are filtered by it, by distance and by time
    in_a_row: int = 1
    lasting_s: float = 0.0

    def opens(self, run: "Run") -> float | None:
        """When a run of fixes on the wrong side becomes an alert, if it does."""
        if len(run.arrived_s) < self.in_a_row:
            return None
        if self.lasting_s > 0.0:
            return run.known_s + self.lasting_s if run.end_s - run.start_s > self.lasting_s else None
        return run.known_s if self.in_a_row == 1 else float(run.arrived_s[self.in_a_row - 1])

    @property
    def sight(self) -> "Rule":
        """What it sees, whatever it makes of it."""
        return replace(self, in_a_row=1, lasting_s=0.0)


BASELINES: Final[Mapping[str, Rule]] = {
    "bare": Rule(),
    "filtered": Rule(accuracy_m_max=50.0),
    "four in a row": Rule(in_a_row=4),
    "five minutes": Rule(lasting_s=300.0),
}
"""As people have them."""
CURVES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "bare": {f"{metres} m": Rule(beyond_m=float(metres)) for metres in (0, 25, 50, 100, 200)},
    "filtered": {f"{metres} m": Rule(accuracy_m_max=float(metres)) for metres in (100, 50, 25, 15)},
    "four in a row": {str(count): Rule(in_a_row=count) for count in (2, 3, 4, 6, 10, 20)},
    "five minutes": {f"{m} min": Rule(lasting_s=60.0 * m) for m in (1, 2, 5, 10, 20)},
}
"""As they could be turned, the way people have them among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Fixes in a row on the wrong side: from when to when, when that was known, when each fix arrived."""

    start_s: float
    known_s: float
    arrived_s: Floats
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Fixes of one device and, at home, its beacon, in order of arrival: (n,) columns."""

    at_s: Floats
    received_s: Floats
    xy_m: Floats

    def take(self, which: Booleans) -> "Seen":
        """These rows."""
        return Seen(at_s=self.at_s[which], received_s=self.received_s[which], xy_m=self.xy_m[which])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """All of them, and how unsure each is: not at all where the beacon was heard, without limit at 0/0."""

    seen: Seen
    unsure_m: Floats


def alerts(season: Season, rules: Sequence[Rule]) -> dict[Rule, list[Span]]:
    """What each rule would have raised about zones, curfews and distances."""
    by_device = np.argsort(season.rows["device"], kind="stable")
    bounds = np.searchsorted(season.rows["device"][by_device], np.arange(len(season.devices) + 1))
    rows_of = {
        device: season.rows[by_device[bounds[place] : bounds[place + 1]]]
        for place, device in enumerate(season.devices)
    }
    told: dict[Rule, list[Span]] = {rule: [] for rule in rules}
    fixes_of = {
        case.id: {
            device: _fixes(case, rows_of[device]) for device in (case.tag, case.phone) if device in rows_of
        }
        for case in season.cases
    }
    for sight in dict.fromkeys(rule.sight for rule in rules):
        alike = [rule for rule in told if rule.sight == sight]
        for case in season.cases:
            for duty, type, run in _runs(case, fixes_of[case.id], sight):
                for rule in alike:
                    if (at_s := rule.opens(run)) is not None:
                        told[rule].append(_span(case, duty, type, run, at_s))
    return told


def _span(case: Case, duty: Duty, type: AlertType, run: Run, at_s: float) -> Span:
    return Span(
        key=(case.id, duty.id, type.value),
        start=instant_of(run.start_s),
        end=instant_of(max(run.end_s, at_s)),
        detected_at=instant_of(at_s),
    )


def _runs(case: Case, fixes_of: Mapping[str, Fixes], sight: Rule) -> Iterator[tuple[Duty, AlertType, Run]]:
    tag = _seen(fixes_of[case.tag], sight)
    for duty in case.duties:
        if duty.kind in ("exclusion", "inclusion", "curfew"):
            yield from ((duty, type, run) for type, run in _zone_runs(case, duty, tag, sight.beyond_m))
        if duty.kind == "contact-ban":
            phone = _seen(fixes_of[case.phone], sight)
            yield from ((duty, type, run) for type, run in _contact_runs(duty, tag, phone, sight.beyond_m))


def _fixes(case: Case, rows: Rows) -> Fixes:
    """All that a rule about fixes could see: nothing older than what has been seen."""
    is_fix = rows["kind"] == ReportKind.FIX
    at_beacon = rows["beacon_in_range"] == Tristate.YES
    rows, at_beacon = rows[is_fix | at_beacon], at_beacon[is_fix | at_beacon]
    at_s = (rows["at"] - START) / SECOND
    newest_s = np.maximum.accumulate(np.concatenate([[-1.0], at_s[:-1]])) if len(rows) else at_s
    is_newer = at_s > newest_s
    rows, at_s, at_beacon = rows[is_newer], at_s[is_newer], at_beacon[is_newer]
    xy_m = np.tile(case.places["home"], (len(rows), 1))
    xy_m[~at_beacon] = case.ground.to_metres(np.stack([rows["lon"], rows["lat"]], axis=1)[~at_beacon])
    seen = Seen(at_s=at_s, received_s=(rows["received_at"] - START) / SECOND, xy_m=xy_m)
    is_nowhere = (rows["lon"] == 0.0) & (rows["lat"] == 0.0)
    # The beacon places him whatever a fix says, and who tells no accuracy is not refused for it.
    unsure_m = np.where(is_nowhere, np.inf, np.nan_to_num(rows["accuracy_m"], nan=0.0))
    return Fixes(seen=seen, unsure_m=np.where(at_beacon, 0.0, unsure_m))


def _seen(fixes: Fixes, sight: Rule) -> Seen:
    """What a rule gets to see of them."""
    if not np.isfinite(sight.accuracy_m_max):
        return fixes.seen
    sure = fixes.seen.take(fixes.unsure_m <= sight.accuracy_m_max)
    return sure.take(_stepping(sure.at_s, sure.xy_m))


def _stepping(at_s: Floats, xy_m: Floats) -> Booleans:
    """Fixes far enough in place or time from the last one that was kept."""
    kept = np.zeros(len(at_s), dtype=bool)
    last_s, last_x, last_y = -np.inf, 0.0, 0.0
    for place, (now_s, (x_m, y_m)) in enumerate(zip(at_s.tolist(), xy_m.tolist(), strict=True)):
        if now_s - last_s >= STEP_S or abs(x_m - last_x) + abs(y_m - last_y) >= STEP_M:
            kept[place] = True
            last_s, last_x, last_y = now_s, x_m, y_m
    return kept


def _zone_runs(case: Case, duty: Duty, tag: Seen, beyond_m: float) -> Iterator[tuple[AlertType, Run]]:
    assert duty.zone is not None, "these kinds have zones"
    if duty.kind == "exclusion":
        inside = _inside(duty, tag, -beyond_m)
        yield from ((AlertType.EXCLUSION_ENTERED, run) for run in runs_of(tag.at_s, tag.received_s, inside))
        if duty.buffer_m > 0.0:
            near = _inside(duty, tag, duty.buffer_m - beyond_m)
            runs = runs_of(tag.at_s, tag.received_s, near)
            yield from ((AlertType.EXCLUSION_APPROACH, run) for run in runs)
        return
    is_away = ~_inside(duty, tag, beyond_m)
    if duty.kind == "inclusion":
        yield from ((AlertType.INCLUSION_LEFT, run) for run in runs_of(tag.at_s, tag.received_s, is_away))
        return
    # One name for all ways of being away: the score counts them as one.
    bound = [(a + duty.late_s, b - duty.early_s) for a, b in windows(duty.weekly, case.days)]
    for window in bound:
        yield from ((AlertType.CURFEW_LEFT, run) for run in _bound(tag, is_away, window))


def _inside(duty: Duty, tag: Seen, wider_m: float) -> Booleans:
    assert duty.zone is not None, "these kinds have zones"
    area = duty.zone if wider_m == 0.0 else duty.zone.buffer(wider_m)
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, tag.xy_m[:, 0], tag.xy_m[:, 1]))


def runs_of(at_s: Floats, received_s: Floats, is_wrong: Booleans) -> Iterator[Run]:
    """Fixes in a row on the wrong side, each run ended by the first on the right one."""
    edge = np.diff(np.concatenate([[False], is_wrong, [False]]).astype(np.int8))
    ends_s = np.append(at_s, np.inf)
    for start, end in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
        yield Run(
            start_s=float(at_s[start]),
            known_s=float(received_s[start]),
            arrived_s=received_s[start:end],
            end_s=float(min(ends_s[end], at_s[-1])),
        )


def _bound(tag: Seen, is_wrong: Booleans, window: Stretch) -> Iterator[Run]:
    """Runs within a window: whoever is on the wrong side when it begins is so from its beginning."""
    first, last = np.searchsorted(tag.at_s, window)
    if first > 0 and is_wrong[first - 1]:
        first -= 1
    span = slice(int(first), int(last))
    for run in runs_of(tag.at_s[span], tag.received_s[span], is_wrong[span]):
        is_older = run.start_s < window[0]
        yield Run(
            start_s=max(run.start_s, window[0]),
            known_s=max(run.known_s, window[0]),
            arrived_s=run.arrived_s[1:] if is_older else run.arrived_s,
            end_s=run.end_s,
        )


def _contact_runs(duty: Duty, tag: Seen, phone: Seen, beyond_m: float) -> Iterator[tuple[AlertType, Run]]:
    """Both sides' newest positions, whenever a fix of either arrives."""
    if not len(tag.at_s) or not len(phone.at_s):
        return
    received_s = np.union1d(tag.received_s, phone.received_s)
    (mine_m, mine_s), (theirs_m, theirs_s) = _newest(tag, received_s), _newest(phone, received_s)
    is_known = np.abs(mine_s - theirs_s) <= TOGETHER_S
    at_s, apart_m = np.maximum(mine_s, theirs_s)[is_known], np.hypot(*(mine_m - theirs_m)[is_known].T)
    rings = ((AlertType.CONTACT_ALERT, duty.alert_m), (AlertType.CONTACT_WARNING, duty.warn_m))
    for type, reach_m in rings:
        near = apart_m < reach_m - beyond_m
        yield from ((type, run) for run in runs_of(at_s, received_s[is_known], near))


def _newest(seen: Seen, received_s: Floats) -> tuple[Floats, Floats]:
    """Where a device was last seen as each of these arrived, and when that was; long ago where never."""
    place = np.searchsorted(seen.received_s, received_s, side="right") - 1
    return seen.xy_m[place], np.where(place >= 0, seen.at_s[place], -1e18)

"""Whether a breach could be seen at all: a breach of two minutes in a tunnel cannot."""

import numpy as np
import shapely

from em_engine.vocabulary import SECOND, AlertType, Floats, ReportKind, Rows
from simulators.season.duties import Case, Duty
from simulators.season.truth import Breach
from simulators.season.world import START, Season


class Evidence:
    """What a season's fixes show."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._case_of = {case.id: case for case in season.cases}
        self._fixes: dict[str, tuple[Rows, Floats]] = {}

    def shows(self, breach: Breach) -> bool:
        """Whether a fix that was taken during it, and arrived, shows it with its whole error circle."""
        case = self._case_of[breach.case]
        duty = next(one for one in case.duties if one.id == breach.condition)
        rows, at_s = self._of(case.tag)
        fixes = rows[(at_s >= breach.from_s) & (at_s < breach.to_s)]
        if not len(fixes):
            return False
        xy_m = case.ground.to_metres(np.stack([fixes["lon"], fixes["lat"]], axis=1))
        beyond_m = _beyond_m(self._season, case, duty, breach, fixes, xy_m)
        accuracy_m = np.nan_to_num(fixes["accuracy_m"], nan=15.0)
        return bool((beyond_m >= accuracy_m).any())

    def _of(self, device: str) -> tuple[Rows, Floats]:
        """The device's fixes that are somewhere, and when they were taken."""
        if device not in self._fixes:
            rows = self._season.rows
            of_device = rows["device"] == self._season.devices.index(device)
            rows = rows[of_device & (rows["kind"] == ReportKind.FIX) & (rows["lat"] != 0.0)]
            self._fixes[device] = rows, (rows["at"] - START) / SECOND
        return self._fixes[device]


def _beyond_m(season: Season, case: Case, duty: Duty, breach: Breach, fixes: Rows, xy_m: Floats) -> Floats:
    """Metres on the wrong side, as the fixes have it."""
    if duty.kind == "contact-ban":
        protected = season.ways[case.id][1]
        assert protected is not None, "a contact ban protects somebody"
        theirs_m = protected.where((fixes["at"] - START) / SECOND)
        reach_m = duty.alert_m if breach.type is AlertType.CONTACT_ALERT else duty.warn_m
        return np.asarray(reach_m - np.hypot(*(xy_m - theirs_m).T))
    if duty.zone is None:
        return np.full(len(fixes), -np.inf)
    points = shapely.points(xy_m)
    depth_m = np.where(shapely.intersects(duty.zone, points), 1.0, -1.0) * shapely.distance(
        duty.zone.exterior, points
    )
    if breach.type is AlertType.EXCLUSION_APPROACH:
        return np.asarray(depth_m + duty.buffer_m)
    return np.asarray(depth_m if duty.kind == "exclusion" else -depth_m)

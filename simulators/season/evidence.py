"""Whether a breach could be seen at all: a breach of two minutes in a tunnel cannot."""

import numpy as np
import shapely

from em_engine.vocabulary import SECOND, AlertType, Floats, ReportKind, Rows
from simulators.season.duties import Case, Duty
from simulators.season.truth import Breach
from simulators.season.world import START, Season


def has_evidence(season: Season, breach: Breach) -> bool:
    """Whether a fix that was taken during the breach, and arrived, shows it with its whole error circle."""
    case = next(one for one in season.cases if one.id == breach.case)
    duty = next(one for one in case.duties if one.id == breach.condition)
    fixes = _fixes(season, case.tag, breach)
    if not len(fixes):
        return False
    xy_m = case.ground.to_metres(np.stack([fixes["lon"], fixes["lat"]], axis=1))
    beyond_m = _beyond_m(season, case, duty, breach, fixes, xy_m)
    accuracy_m = np.nan_to_num(fixes["accuracy_m"], nan=15.0)
    return bool((beyond_m >= accuracy_m).any())


def _fixes(season: Season, device: str, breach: Breach) -> Rows:
    rows = season.rows
    at_s = (rows["at"] - START) / SECOND
    in_time = (at_s >= breach.from_s) & (at_s < breach.to_s)
    of_device = rows["device"] == season.devices.index(device)
    is_placed = (rows["kind"] == ReportKind.FIX) & (rows["lat"] != 0.0)
    return np.asarray(rows[in_time & of_device & is_placed])


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

"""Whether a breach could be seen at all: a breach of two minutes in a tunnel cannot, nor a contact of two
people while one of their phones is silent."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from em_engine.monitoring.changes import OF_CONTACT
from em_engine.vocabulary import SECOND, AlertType, Floats, ReportKind, Rows
from simulators.season.duties import Case, Duty, Ground
from simulators.season.truth import Breach
from simulators.season.world import START, Season

BESIDE_S: Final = 60.0
"""How far apart in time two people's fixes may be that show a contact: both devices of a contact ban send one
a minute, so beside each fix there is the other's, though one of those failed."""
UNKNOWN_M: Final = 15.0
"""The error circle of a fix that does not tell its own."""


class Evidence:
    """What a season's fixes show."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._case_of = {case.id: case for case in season.cases}
        self._fixes: dict[str, _Fixes] = {}

    def shows(self, breach: Breach) -> bool:
        """Whether a fix that was taken during it, and arrived, shows it with its whole error circle.

        A contact is shown by two, one of each side: nobody knows where the other truly was.
        """
        case = self._case_of[breach.case]
        duty = next(one for one in case.duties if one.id == breach.condition)
        if breach.type in OF_CONTACT:
            return self._shows_contact(case, duty, breach)
        fixes = self._of(case, case.tag).during(breach)
        return bool((_beyond_m(duty, breach, fixes.xy_m) >= fixes.radius_m).any())

    def _shows_contact(self, case: Case, duty: Duty, breach: Breach) -> bool:
        """Whether a fix of either side, taken during it, and the other's beside it do."""
        reach_m = duty.alert_m if breach.type is AlertType.CONTACT_ALERT else duty.warn_m
        wearer, protected = self._of(case, case.tag), self._of(case, case.phone)
        sides = ((wearer, protected), (protected, wearer))
        return any(bool((_apart_m(one.during(breach), other) <= reach_m).any()) for one, other in sides)

    def _of(self, case: Case, device: str) -> "_Fixes":
        """The device's fixes that are somewhere."""
        if device not in self._fixes:
            rows = self._season.rows
            of_device = rows["device"] == self._season.devices.index(device)
            rows = rows[of_device & (rows["kind"] == ReportKind.FIX) & (rows["lat"] != 0.0)]
            self._fixes[device] = _fixes(rows, case.ground)
        return self._fixes[device]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixes:
    """A device's, in the order in which they were taken, in seconds of the season and local metres."""

    at_s: Floats  # (n,), rising
    xy_m: Floats  # (n, 2)
    radius_m: Floats  # (n,)

    def during(self, breach: Breach) -> "_Fixes":
        """Those taken while it lasted."""
        return self.of(np.flatnonzero((self.at_s >= breach.from_s) & (self.at_s < breach.to_s)))

    def nearest(self, at_s: Floats) -> "_Fixes":
        """For each instant the one taken nearest to it, the earlier of two; there must be one at all."""
        following = np.searchsorted(self.at_s, at_s)
        before, after = np.maximum(following - 1, 0), np.minimum(following, len(self.at_s) - 1)
        return self.of(np.where(at_s - self.at_s[before] <= self.at_s[after] - at_s, before, after))

    def of(self, which: NDArray[np.intp]) -> "_Fixes":
        """Some of them."""
        return _Fixes(at_s=self.at_s[which], xy_m=self.xy_m[which], radius_m=self.radius_m[which])


def _fixes(rows: Rows, ground: Ground) -> _Fixes:
    rows = rows[np.argsort(rows["at"], kind="stable")]
    return _Fixes(
        at_s=(rows["at"] - START) / SECOND,
        xy_m=ground.to_metres(np.stack([rows["lon"], rows["lat"]], axis=1)),
        radius_m=np.nan_to_num(rows["accuracy_m"].astype(np.float64), nan=UNKNOWN_M),
    )


def _apart_m(fixes: _Fixes, others: _Fixes) -> Floats:
    """How far two people were apart at most, by each fix of one and the other's nearest in time; without end
    where that is not beside it."""
    if not len(others.at_s):
        return np.full(len(fixes.at_s), np.inf)
    theirs = others.nearest(fixes.at_s)
    apart_m = np.hypot(*(fixes.xy_m - theirs.xy_m).T) + np.hypot(fixes.radius_m, theirs.radius_m)
    return np.where(np.abs(fixes.at_s - theirs.at_s) <= BESIDE_S, apart_m, np.inf)


def _beyond_m(duty: Duty, breach: Breach, xy_m: Floats) -> Floats:
    """Metres on the wrong side, as the fixes have it."""
    if duty.zone is None:
        return np.full(len(xy_m), -np.inf)
    points = shapely.points(xy_m)
    depth_m = np.where(shapely.intersects(duty.zone, points), 1.0, -1.0) * shapely.distance(
        duty.zone.exterior, points
    )
    if breach.type is AlertType.EXCLUSION_APPROACH:
        return np.asarray(depth_m + duty.buffer_m)
    return np.asarray(depth_m if duty.kind == "exclusion" else -depth_m)

"""The reference's own ground: brute force on the ellipsoid, each question asked once."""

from collections.abc import Mapping

from em_engine.rulebook.models import Zone
from tests.reference import ground
from tests.reference.reports import Report

STEPS_ALONG = 41
HALVINGS = 24


class EllipsoidGround:
    """Depths and distances by `ground`."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        self.zones = zones
        self.known: dict[tuple[str, float, float], float] = {}

    def depth_m(self, zone: str, lon: float, lat: float) -> float:
        """Metres inside the zone."""
        key = (zone, lon, lat)
        if key not in self.known:
            drawn = self.zones[zone]
            self.known[key] = ground.depth_m(drawn.geometry, lon, lat, radius_m=drawn.radius_m)
        return self.known[key]

    def doubt_m(self, zone: str) -> float:
        """As written."""
        return self.zones[zone].outline_accuracy_m

    def apart_m(self, lon: float, lat: float, other_lon: float, other_lat: float) -> float:
        """Metres of the geodesic."""
        return ground.apart_m(lon, lat, other_lon, other_lat)

    def from_the_way_m(self, start: Report, end: Report, share: float, other: Report) -> float:
        """Metres of the geodesic from where on the geodesic way that share of it is done."""
        bearing, _, way_m = ground.GEOD.inv(start.lon, start.lat, end.lon, end.lat)
        lon, lat, _ = ground.GEOD.fwd(start.lon, start.lat, bearing, share * way_m)
        return self.apart_m(lon, lat, other.lon, other.lat)

    def passage(self, zone: str, start: Report, end: Report) -> tuple[float, float, float] | None:
        """Walk the way in steps, then halve the step on which the zone is entered, and left."""
        way = _Way(self, zone, start, end)
        shares = [step / (STEPS_ALONG - 1) for step in range(STEPS_ALONG)]
        inside = [share for share in shares if way.depth_m(share) >= 0.0]
        if not inside:
            return None
        deepest = max(shares, key=way.depth_m)
        step = shares[1]
        return (
            way.edge(inside[0] - step, inside[0]),
            way.edge(inside[-1] + step, inside[-1]),
            way.deepest_m(deepest),
        )


class _Way:
    def __init__(self, firm: EllipsoidGround, zone: str, start: Report, end: Report) -> None:
        self.firm, self.zone, self.start, self.end = firm, zone, start, end

    def depth_m(self, share: float) -> float:
        lon = self.start.lon + (self.end.lon - self.start.lon) * share
        lat = self.start.lat + (self.end.lat - self.start.lat) * share
        return self.firm.depth_m(self.zone, lon, lat)

    def edge(self, outside: float, inside: float) -> float:
        """Where between the two shares of the way the zone begins; its own end where it begins inside."""
        if not 0.0 <= outside <= 1.0:
            return inside
        for _ in range(HALVINGS):
            middle = (outside + inside) / 2.0
            outside, inside = (outside, middle) if self.depth_m(middle) >= 0.0 else (middle, inside)
        return inside

    def deepest_m(self, near: float) -> float:
        """The greatest depth about there."""
        step = 1.0 / (STEPS_ALONG - 1)
        shares = [near + step * k / 10.0 for k in range(-10, 11)]
        return max(self.depth_m(share) for share in shares if 0.0 <= share <= 1.0)

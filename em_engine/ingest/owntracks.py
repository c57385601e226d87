"""OwnTracks, a phone's app for sharing where it is: its location messages are taken as position fixes.

Written from the project's public description of its JSON: `tst` and `created_at` in seconds, `vel` in km/h,
`cog` in degrees, `acc` in metres. The app's other messages (`transition`, `waypoint`, `lwt`, `card` …) tell
nothing an order asks about; they are ignored and counted. Its fields beside those read here are documented
ones, so they are not counted as unknown.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from em_engine.ingest.messages import Fix
from em_engine.ingest.reading import Limits, UnreadableError, fit, parse_json

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KMH_A_MPS: Final = 3.6
_YEAR_9999: Final = 253_402_300_799

EpochSeconds = Annotated[float, Meta(ge=0, lt=_YEAR_9999)]


class Location(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OwnTracks' `_type: location`, the fields an engine needs."""

    tst: EpochSeconds
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    acc: float | None = None
    vel: float | None = None
    cog: float | None = None
    created_at: EpochSeconds | None = None


def read_location(payload: bytes, limits: Limits) -> Fix | None:
    """The fix in an OwnTracks message, None where it is about something else. Raises UnreadableError."""
    if len(payload) > limits.payload_max:
        raise UnreadableError(f"the payload has {len(payload)} bytes; at most {limits.payload_max} are read")
    message = parse_json(payload)
    if not isinstance(message, dict) or not isinstance(message.get("_type"), str):
        raise UnreadableError('the payload is no OwnTracks message: must be an object with a text in "_type"')
    if message["_type"] == "encrypted":
        # A device that should be heard is not: that must show, unlike the app's small talk.
        raise UnreadableError(
            '_type is "encrypted"; must be readable: switch off the app\'s payload encryption'
        )
    if message["_type"] != "location":
        return None
    return _fix(fit(Location, message, at="")[0])


def _fix(location: Location) -> Fix:
    return Fix(
        at=_instant(location.tst),
        lat=location.lat,
        lon=location.lon,
        sent_at=None if location.created_at is None else _instant(location.created_at),
        accuracy_m=location.acc,
        speed_mps=None if location.vel is None else location.vel / _KMH_A_MPS,
        heading_deg=location.cog,
    )


def _instant(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)

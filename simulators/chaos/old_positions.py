"""Positions of last week that lie in the record from the beginning: the night's deletion must take them."""

from typing import Final

from em_engine.record.interface import Reading, Record
from em_engine.record.rows import KeptPosition, Role
from em_engine.vocabulary import BEFORE_ALL, HOUR, MINUTE, Source
from simulators.chaos.people import GROUND, START
from simulators.chaos.plan import Plan

COUNT: Final = 30
_DAY: Final = 24 * HOUR
_TOO_OLD: Final = START - 7 * _DAY


def put_old_positions(record: Record, plan: Plan) -> None:
    """A few minutes of everybody's walk, eight days ago."""
    lon, lat = GROUND.degrees([(40.0, 60.0)])[0].tolist()
    rows = [
        KeptPosition(
            case=f"O-{device}",
            person=f"W-{device}",
            role=Role.WEARER,
            device=device,
            fixed_at=_TOO_OLD - _DAY + number * MINUTE,
            lon=lon,
            lat=lat,
            accuracy_m=6.0,
            source=Source.GNSS,
            in_breach=True,
        )
        for device in plan.roles
        for number in range(COUNT // len(plan.roles))
    ]
    with record.transaction() as writing:
        writing.keep_positions(rows)


def old_positions(reading: Reading) -> list[KeptPosition]:
    """Those that are still there."""
    return [
        one for case in reading.cases() for one in reading.positions(case, since=BEFORE_ALL, until=_TOO_OLD)
    ]

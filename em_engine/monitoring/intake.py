"""Messages as the heart judges them: at their seats, in or out of order, and as what the law looks at."""

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from em_engine.law.evidence import Sightings, is_nowhere, split_by_order
from em_engine.law.geodesy import to_ecef
from em_engine.law.signs import are_told
from em_engine.monitoring.columns import Rules
from em_engine.monitoring.rounds import Round
from em_engine.monitoring.sequence import Sifted
from em_engine.vocabulary import Booleans, Floats, Indices, ReportKind, Rows


def entries_of(names: Sequence[str], reports: Rows, *, rules: Rules, sifted: Sifted) -> tuple[Round, Indices]:
    """Each report at each seat of its device, and the rows of devices that have none."""
    numbers, nobody = rules.device_numbers, len(rules.device_numbers)
    found = map(numbers.get, names, repeat(nobody))
    known = np.fromiter(found, dtype=np.intp, count=len(names))
    device = known[reports["device"]]
    row, seat = rules.seats_by_device.of(np.where(sifted.is_duplicate, nobody, device))
    is_each = len(row) == len(reports) and bool((row[1:] > row[:-1]).all())
    entries = Round(
        reports=reports if is_each else reports.take(row),
        arrival=2 * row,
        seat=seat,
        case=rules.seat_case[seat],
        is_torn=sifted.is_torn[row],
        part=np.zeros(len(row), dtype=np.int8),
        number=sifted.first + row,
    )
    return entries, np.flatnonzero(device == nobody)


def own_order(seats: Rows, one: Round) -> tuple[Booleans, Booleans, Booleans, Booleans]:
    """Which reports are fixes, which of these in order or late, and what was told before."""
    reports = one.reports
    is_fix = reports["kind"] == ReportKind.FIX.value
    placed = is_fix & ~is_nowhere(reports["lon"], reports["lat"])
    in_order, late = split_by_order(seats, one.seat, reports["at"])
    in_order, late, again = placed & in_order, placed & late, placed & ~in_order & ~late
    if not is_fix.all():
        again |= are_told(seats, one.seat, reports)
    return is_fix, in_order, late, again


def sightings(fixes: Round, accuracy_default_m: Floats) -> Sightings:
    """Fixes as the law looks at them; of unknown accuracy they take the default of their source."""
    reports = fixes.reports
    radius_m = reports["accuracy_m"].astype(np.float64)
    default_m = accuracy_default_m[reports["source"]]
    return Sightings(
        seat=fixes.seat,
        arrival=fixes.arrival,
        at=reports["at"],
        received_at=reports["received_at"],
        lonlat=np.stack((reports["lon"], reports["lat"]), axis=1),
        ecef=to_ecef(reports["lon"], reports["lat"]),
        radius_m=np.where(np.isnan(radius_m), default_m, radius_m),
        source=reports["source"],
        speed_mps=reports["speed_mps"],
        is_torn=fixes.is_torn,
    )

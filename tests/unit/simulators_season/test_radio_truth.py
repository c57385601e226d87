"""What can be known of where somebody is, by what has arrived: read as the device said it, not as the network
brought it."""

from itertools import permutations

import numpy as np
import pytest

from em_engine.vocabulary import SECOND, AlertType, ReportKind, Rows, Tristate, blank_reports
from simulators.season.duties import DAY_S, Case, Duty, Ground, Weekly
from simulators.season.radio_truth import Arrivals, placed_s, radio_breaches
from simulators.season.truth import Breach
from simulators.season.way import Doing, Path

HOUR_S = 3_600.0
Said = tuple[float, float | None, bool | None]
"""When a device said it; the speed of a fix, where it is one; whether it moved, where that is a heartbeat."""


def fix(at_s: float, speed_mps: float = 0.1) -> Said:
    return at_s, speed_mps, None


def beat(at_s: float, *, moves: bool) -> Said:
    return at_s, None, moves


def arrived(*said: tuple[float, Said]) -> Rows:
    """Each with when it arrived."""
    rows = blank_reports(len(said))
    for number, (received_s, (at_s, speed_mps, moves)) in enumerate(said):
        row = rows[number]
        row["at"], row["received_at"] = int(at_s * SECOND), int(received_s * SECOND)
        row["seq"] = 1 + sorted(one[1][0] for one in said).index(at_s)
        row["kind"] = ReportKind.HEARTBEAT if speed_mps is None else ReportKind.FIX
        row["motion"] = {None: Tristate.UNKNOWN, True: Tristate.YES, False: Tristate.NO}[moves]
        row["lon"], row["lat"], row["accuracy_m"] = 10.7, 59.9, 10.0
        row["speed_mps"] = np.nan if speed_mps is None else speed_mps
    return rows


def way(east_m: float) -> Path:
    """Of one who stays so far east."""
    return Path(
        at_s=np.array([0.0, DAY_S]),
        xy_m=np.array([[east_m, 0.0], [east_m, 0.0]]),
        doing=np.full(2, Doing.INDOORS, dtype=np.int8),
    )


def breaches(duty: Duty, tag: Rows, phone: Rows | None = None) -> list[Breach]:
    case = Case(
        id="S-1", number=1, programme="remand", ground=Ground(lon=10.7, lat=59.9), town=0, duties=(duty,),
        places={}, has_beacon=False, breaks_rules=True, days=1,
    )  # fmt: skip
    charge = (np.array([0.0, DAY_S]), np.array([90.0, 80.0]))
    ways = (way(0.0), way(5_000.0))
    return radio_breaches(case, ways, (tag, phone), start=0, done=(), charge=charge)


def unknown(*tag: tuple[float, Said]) -> list[float]:
    """Since when, in the first hour, nobody knew where the two were; the protected person told it every
    minute."""
    phone = arrived(*((at_s, fix(at_s)) for at_s in np.arange(0.0, HOUR_S, 60.0)))
    ban = Duty(id="keep-apart", kind="contact-ban", buffer_m=500.0, alert_m=300.0)
    found = breaches(ban, arrived(*tag), phone)
    return [one.from_s for one in found if one.type is AlertType.CONTACT_UNKNOWN and one.from_s < HOUR_S]


@pytest.mark.parametrize(
    ("after_s", "speed_mps", "is_known"),
    [(1.0, 0.1, True), (10.0, 0.1, True), (11.0, 0.1, False), (1.0, 1.4, False)],
    ids=["a second later", "ten", "eleven", "on the way"],
)
@pytest.mark.parametrize("overtakes", [True, False])
def test_a_heartbeat_tells_of_the_time_before_it_in_whatever_order_it_comes(
    after_s: float, speed_mps: float, is_known: bool, overtakes: bool
) -> None:
    """The last fix is that of 600 s; the device lies still for the rest of the hour."""
    last, moved = fix(600.0, speed_mps), beat(600.0 + after_s, moves=True)
    first, second = (moved, last) if overtakes else (last, moved)
    before = [(at_s, fix(at_s)) for at_s in np.arange(0.0, 600.0, 60.0)]
    rest = [(at_s, beat(at_s, moves=False)) for at_s in np.arange(900.0, HOUR_S + 600.0, 300.0)]
    found = unknown(*before, (612.0, first), (613.0, second), *rest)
    assert found == [] if is_known else found == pytest.approx([1_200.0])


def test_what_is_known_in_the_end_does_not_hang_on_the_order_of_arrival() -> None:
    said = [fix(0.0), beat(1.0, moves=True), beat(300.0, moves=False), fix(500.0), beat(600.0, moves=True)]
    after = []
    for order in permutations(said):
        one = Arrivals(arrived(*((700.0 + number, what) for number, what in enumerate(order))), 0)
        after.append(float(placed_s(one)[-1]))
    assert set(after) == {500.0}


@pytest.mark.parametrize(("next_s", "is_breach"), [(1_859.0, False), (1_861.0, True)])
def test_a_minute_more_than_allowed_is_no_breach_of_being_confirmed(next_s: float, is_breach: bool) -> None:
    home = Duty(
        id="nights",
        kind="curfew",
        weekly=(Weekly(days=tuple(range(7)), start_s=0, end_s=7_200),),
        confirm_s=1_800,
    )
    signs = [(at_s, fix(at_s)) for at_s in (0.0, next_s, next_s + 600.0, next_s + 1_800.0, 5_400.0)]
    found = [(one.from_s, one.to_s) for one in breaches(home, arrived(*signs))]
    assert found == [(1_800.0, next_s)] * is_breach

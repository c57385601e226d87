"""How people spend their days: work, haunts, appointments, nights at home, and now and then a breach."""

from dataclasses import dataclass
from typing import Final

from numpy.random import Generator

from em_engine.vocabulary import Floats
from simulators.season import breaking
from simulators.season.diary import Diary
from simulators.season.duties import DAY_S, Case, Duty
from simulators.season.life import Life
from simulators.season.people import chance_of
from simulators.season.town import town_of
from simulators.season.way import Doing, Path

HOUR_S: Final = 3600.0
KEEP_CLEAR_M: Final = 60.0
BREAKS_A_DAY: Final = 0.5
"""How often a wearer who breaks orders does so; made up, high enough that a season has thousands."""
BEDTIME_S: Final = 23 * HOUR_S


def live_protected(case: Case, seed: int) -> Path:
    """The season of a protected person, whom nothing binds."""
    chance = chance_of(seed, case.number, 1)
    diary = Diary(home=case.places["protected"], chance=chance, town=town_of(case.town))
    for day in range(case.days):
        _everyday(diary, chance, day, _Day(case=case, prefix="protected-", home_by_s=BEDTIME_S))
    return diary.path(case.days * DAY_S)


def live(case: Case, seed: int, protected: Path | None) -> Life:
    """The season of a wearer; `life.diary.path` is the truth."""
    chance = chance_of(seed, case.number, 2)
    town = town_of(case.town)
    zones = [(duty.zone, duty.buffer_m) for duty in case.of_kind("exclusion") if duty.zone is not None]
    # He keeps out of the ring as well where he can, and out of the zone in any case.
    shunned = [
        town.closed(zone.buffer(ring * buffer_m + KEEP_CLEAR_M) for zone, buffer_m in zones)
        for ring in (1.0, 0.0)
        if zones
    ]
    diary = Diary(home=case.places["home"], chance=chance, town=town, shunned=shunned)
    life = Life(case=case, diary=diary, chance=chance, protected=protected)
    for day in range(case.days):
        _live_day(life, day)
    return life


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """What frames a day."""

    case: Case
    prefix: str = ""
    home_by_s: float = BEDTIME_S  # of the day
    out_from_s: float = 6 * HOUR_S
    appointment: Duty | None = None

    def place(self, name: str) -> Floats:
        """One of the person's places."""
        return self.case.places[(self.prefix + name).replace("protected-home", "protected")]


def _live_day(life: Life, day: int) -> None:
    nights = life.case.duty("curfew")
    is_breaking = life.case.breaks_rules and life.chance.random() < BREAKS_A_DAY
    act = breaking.choose(life.case, life.chance, day) if is_breaking else None
    office = life.case.duty("attendance")
    frame = _Day(
        case=life.case,
        home_by_s=_home_by(life, nights, day, act),
        out_from_s=_out_from(life, nights, day, act),
        appointment=office if office and office.weekly[0].days[0] == day % 7 else None,
    )
    if act == "attendance-skipped":
        frame = _Day(case=life.case, home_by_s=frame.home_by_s, out_from_s=frame.out_from_s)
    evening = None if act is None else lambda: breaking.in_the_evening(life, act, day)
    _everyday(life.diary, life.chance, day, frame, evening, cut_short=act == "attendance-short")
    if act is not None:
        breaking.in_the_night(life, act, day)


def _home_by(life: Life, nights: Duty | None, day: int, act: str | None) -> float:
    """When the wearer means to be home: a little before the curfew, or too late."""
    if nights is None:
        return BEDTIME_S
    window = next(one for one in nights.weekly if day % 7 in one.days)
    if act == "curfew-late":
        return window.start_s + nights.late_s + 60.0 * float(life.chance.choice([3, 10, 40, 120]))
    # People cut it fine: within the grace one evening in ten.
    early_s = life.chance.uniform(5, 60) if life.chance.random() < 0.9 else life.chance.uniform(-7, 5)
    return float(window.start_s - 60.0 * early_s)


def _out_from(life: Life, nights: Duty | None, day: int, act: str | None) -> float:
    """When the wearer may leave, as he understands it."""
    if nights is None:
        return 6 * HOUR_S
    window = next(one for one in nights.weekly if (day - 1) % 7 in one.days)
    if act == "curfew-early":
        return window.end_s - nights.early_s - 60.0 * float(life.chance.choice([3, 8, 25, 50]))
    return float(window.end_s)


def _everyday(
    diary: Diary,
    chance: Generator,
    day: int,
    frame: _Day,
    evening: breaking.Act | None = None,
    cut_short: bool = False,
) -> None:
    """One day of a person: work or errands, perhaps an evening out, home at night."""
    midnight_s = float(day * DAY_S)
    home = frame.place("home")
    if frame.out_from_s < 6 * HOUR_S or frame.out_from_s % HOUR_S:  # goes out before he may
        diary.go(frame.place("haunt-0"), midnight_s + frame.out_from_s)
        diary.go(home, midnight_s + max(frame.out_from_s + 1200.0, 6.3 * HOUR_S))
    if day % 7 < 5:
        _work(diary, chance, midnight_s, frame, cut_short)
    else:
        _errands(diary, chance, midnight_s, frame)
    diary.go(home, diary.now_s + chance.uniform(60, 900))
    if evening is not None:
        evening()
    elif frame.home_by_s > 18.5 * HOUR_S and chance.random() < 0.5:
        diary.go(frame.place(f"haunt-{chance.integers(4)}"), midnight_s + chance.uniform(17, 18) * HOUR_S)
    diary.arrive(home, midnight_s + frame.home_by_s)


def _work(diary: Diary, chance: Generator, midnight_s: float, frame: _Day, cut_short: bool) -> None:
    leave_s = max(chance.uniform(6.8, 8.2) * HOUR_S, frame.out_from_s + 120.0)
    diary.go(frame.place("work"), midnight_s + leave_s)
    if frame.appointment is not None:
        _attend(diary, chance, midnight_s, frame.appointment, cut_short)
        diary.go(frame.place("work"), diary.now_s)
    elif chance.random() < 0.3:  # out for lunch
        spot = diary.here + chance.normal(0.0, 300.0, size=2)
        diary.go(spot, midnight_s + chance.uniform(11, 12) * HOUR_S, then=Doing.LINGERING)
        diary.go(frame.place("work"), diary.now_s + chance.uniform(600, 1800))
    leave_s = chance.uniform(14.8, 15.8) * HOUR_S
    diary.go(frame.place(f"haunt-{chance.integers(4)}"), midnight_s + leave_s)


def _errands(diary: Diary, chance: Generator, midnight_s: float, frame: _Day) -> None:
    leave_s = max(chance.uniform(9.3, 13.0) * HOUR_S, frame.out_from_s + 120.0)
    diary.go(
        frame.place(f"haunt-{chance.integers(4)}"),
        midnight_s + leave_s,
        then=Doing.LINGERING if chance.random() < 0.4 else Doing.INDOORS,
    )
    diary.go(frame.place(f"haunt-{chance.integers(4)}"), diary.now_s + chance.uniform(900, 7200))


def _attend(diary: Diary, chance: Generator, midnight_s: float, office: Duty, cut_short: bool) -> None:
    """The appointment, kept or cut short."""
    assert office.zone is not None, "an appointment has a place"
    window = office.weekly[0]
    spot = breaking.spot(office.zone)
    comes_s = window.start_s + (1500.0 if cut_short else chance.uniform(-300, 600))
    diary.arrive(spot, midnight_s + comes_s)
    stays_s = 240.0 if cut_short else max(chance.uniform(900, 1500), window.start_s + 900.0 - comes_s)
    diary.go(spot + chance.normal(0.0, 200.0, size=2), diary.now_s + stays_s, then=Doing.LINGERING)

"""What is done to a tag, to its line and to its clock, and how it shows in what arrives."""

import numpy as np
import pytest

from em_engine.vocabulary import (
    MINUTE,
    SECOND,
    AlertType,
    DeviceEvent,
    Floats,
    ReportKind,
    Rows,
    Tristate,
    blank_reports,
)
from simulators.season import attacks
from simulators.season.attacks import Attacks, at_the_door
from simulators.season.duties import DAY_S, Case, Duty, Ground
from simulators.season.faults import Line, transmit
from simulators.season.life import Deed
from simulators.season.radio_truth import radio_breaches
from simulators.season.tag import Wearing, reports
from simulators.season.way import Doing, Path
from simulators.season.world import START

GROUND = Ground(lon=10.7, lat=59.9)
SPAN = (40_000.0, 41_800.0)
FULL = (np.array([0.0, float(DAY_S)]), np.array([90.0, 80.0]))


def outdoors() -> Path:
    """A day in one open place."""
    at_s: Floats = np.array([0.0, float(DAY_S)])
    return Path(at_s=at_s, xy_m=np.zeros((2, 2)), doing=np.full(2, Doing.LINGERING, dtype=np.int8))


def sent(*deeds: Deed) -> Rows:
    wearing = Wearing(ground=GROUND, path=outdoors(), days=1, home=None, done=[(one, SPAN) for one in deeds])
    return reports(np.random.default_rng(1), wearing, start=START, level=FULL)


def in_span(rows: Rows, name: str = "at") -> Rows:
    at_s = (rows[name] - START) / SECOND
    return rows[(at_s >= SPAN[0]) & (at_s < SPAN[1])]


@pytest.mark.parametrize(
    ("deed", "events", "has_fixes"),
    [
        (Deed.STRAP, (DeviceEvent.STRAP_OPEN, DeviceEvent.STRAP_CLOSED), True),
        (Deed.CASE, (DeviceEvent.CASE_OPEN, DeviceEvent.CASE_CLOSED), True),
        (Deed.JAMMED, (DeviceEvent.JAMMING, DeviceEvent.JAMMING_ENDED), False),
        (Deed.SHIELDED, (DeviceEvent.SHIELDING,), False),
    ],
)
def test_a_tag_tells_what_is_done_to_it(deed: Deed, events: tuple[DeviceEvent, ...], has_fixes: bool) -> None:
    rows = sent(deed)
    told = rows[rows["kind"] == ReportKind.EVENT]
    assert tuple(told["event"]) == events
    assert told["at"][0] == START + int(SPAN[0] * SECOND)
    assert bool((in_span(rows)["kind"] == ReportKind.FIX).any()) is has_fixes
    beats = in_span(rows[rows["kind"] == ReportKind.HEARTBEAT])
    assert len(beats) > 3
    assert (beats["strap_closed"] == Tristate.NO).all() == (deed is Deed.STRAP)
    assert (beats["case_closed"] == Tristate.NO).all() == (deed is Deed.CASE)


def test_what_is_done_to_a_tag_is_a_breach_of_its_own_type() -> None:
    case = Case(
        id="S",
        number=1,
        programme="remand",
        ground=GROUND,
        town=0,
        duties=(Duty(id="alive", kind="device-health"),),
        places={},
        has_beacon=False,
        breaks_rules=True,
        days=1,
    )
    told = radio_breaches(
        case, (outdoors(), None), (sent(), None), start=START, charge=FULL, clock=[(1.0, 2.0)],
        done=[(deed, SPAN) for deed in Deed],
    )  # fmt: skip
    found = {one.type for one in told if (one.from_s, one.to_s) == SPAN}
    assert found == {
        AlertType.DEVICE_STRAP,
        AlertType.DEVICE_CASE,
        AlertType.DEVICE_JAMMING,
        AlertType.DEVICE_SHIELDING,
    }
    assert AlertType.DEVICE_CLOCK in {one.type for one in told}


def arrived(line: Line) -> Rows:
    return transmit(np.random.default_rng(4), sent(), line, days=1, start=START)


def test_nothing_comes_out_of_a_shield_until_it_is_opened() -> None:
    rows = arrived(Line(shielded=[SPAN]))
    assert not len(in_span(rows, "received_at"))
    assert len(in_span(rows)) > 30
    kept = in_span(rows)
    assert ((kept["received_at"] - kept["sent_at"]) < 4 * MINUTE).mean() > 0.95


def test_a_tag_that_saves_uploads_every_five_minutes() -> None:
    rows = arrived(Line(upload_s=300.0))
    fixes = rows[rows["kind"] == ReportKind.FIX]
    wait_s = np.median((fixes["received_at"] - fixes["at"]) / SECOND)
    assert 120.0 < wait_s < 180.0


def test_what_befalls_a_device_follows_from_its_seed_and_is_rare() -> None:
    def suffered(seed: int, days: int) -> Attacks:
        return Attacks(np.random.default_rng(seed), "tag-1", GROUND, days=days, start=START)

    rows = sent()
    assert suffered(2, 100).on(rows).tobytes() == suffered(2, 100).on(rows).tobytes()
    untouched = sum(suffered(seed, 1).on(rows).tobytes() == rows.tobytes() for seed in range(40))
    assert untouched > 35
    assert set(attacks.A_DAY) == {"clock-jump", "jump", "drag-off", "stolen-credential"}


def test_a_clock_that_is_ahead_is_set_back_by_what_it_is_ahead() -> None:
    rows = blank_reports(2)
    rows["received_at"] = START
    rows["at"] = START + 30 * MINUTE, START + MINUTE
    rows["sent_at"] = START + 31 * MINUTE, START + MINUTE
    assert list(at_the_door(rows)["at"]) == [START - MINUTE, START + MINUTE]

"""We were deaf: silences that were ours are held against nobody, and time goes on all the same."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from em_engine.vocabulary import Micros, micros
from tests.timeline import PHONE, TAG, Timeline, contact_ban, curfew, device_health, exclusion, minutes

OSLO = ZoneInfo("Europe/Oslo")


def noon(clock: str) -> Micros:
    return micros(datetime.fromisoformat(f"2026-11-20T{clock}").replace(tzinfo=OSLO))


def opened(timeline: Timeline) -> list[tuple[str, str]]:
    return [(one.type, one.opened) for one in timeline.breaches]


@pytest.mark.parametrize(
    ("since", "at", "silent"),
    [
        (None, "12:04:00", "12:09:00"),  # deaf: counted anew
        ("12:03:00", "12:03:08", "12:05:08"),  # a stalled link: later by that moment
        ("11:58:00", "12:00:05", "12:05:05"),  # no later than anew
        ("12:03:00", "12:03:00", "12:05:00"),  # no moment at all
    ],
)
def test_a_silence_counts_from_when_we_hear_again_or_is_longer_by_the_moment(
    since: str | None, at: str, silent: str
) -> None:
    tag = Timeline(device_health(heartbeat_every=minutes(5)))
    tag.at("12:00:00").heartbeat(device=TAG)
    tag.at(at)
    tag.heart.resume(noon(at), None if since is None else noon(since))
    tag.at("12:30:00")
    assert opened(tag) == [("device.silent", silent)]


def test_halt_after_halt_hides_no_silence() -> None:
    """Five seconds of every ten are ours, so five minutes of silence are nearly ten."""
    tag = Timeline(device_health(heartbeat_every=minutes(5)))
    tag.at("12:00:00").heartbeat(device=TAG)
    for second in range(10, 1_200, 10):
        clock = f"12:{second // 60:02d}:{second % 60:02d}"
        tag.at(clock)
        tag.heart.resume(noon(clock), noon(clock) - 5_000_000)
    assert opened(tag) == [("device.silent", "12:09:55")]


def test_a_suspicion_has_the_moment_again_in_which_nothing_could_contradict_it() -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=1_400)
    walk.at("12:05:00").fix(east_m=2_000)
    walk.at("12:05:50")
    walk.heart.resume(noon("12:05:50"), noon("12:05:40"))
    walk.at("12:06:09.999")
    assert walk.types == []
    walk.at("12:06:10")
    assert walk.types == ["exclusion.entered"]


def test_not_knowing_where_two_are_counts_later_by_the_moment() -> None:
    ban = Timeline(contact_ban(100))
    ban.at("12:00:00").fix(device=PHONE, east_m=500)
    ban.at("12:00:00").fix()
    ban.at("12:08:00")
    ban.heart.resume(noon("12:08:00"), noon("12:07:52"))
    ban.at("12:30:00")
    assert [one for one in opened(ban) if one[0] == "contact.unknown"] == [("contact.unknown", "12:10:08")]


def test_windows_begin_and_end_when_they_are_written() -> None:
    night = Timeline(curfew("12:00", "13:00"))
    night.at("11:57:00").fix(metres_from_home=3_000)
    night.at("11:58:00").fix(metres_from_home=3_010)
    night.heart.resume(noon("11:59:30"), noon("11:58:30"))
    night.at("12:58:00")
    night.heart.resume(noon("12:59:00"))
    night.at("14:00:00")
    assert [(one.type, one.opened, one.cleared) for one in night.breaches] == [
        ("curfew.late", "12:00:00", "13:00:00")
    ]

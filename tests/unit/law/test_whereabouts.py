"""Meetings in the past: stored fixes of one side of a ban against where the other was then; and a vague fix
beside a good one."""

from typing import Any

import pytest

from em_engine.law.whereabouts import MINUTES
from em_engine.monitoring import snapshot
from em_engine.vocabulary import SECOND, ChangeKind, Source
from tests.timeline import PHONE, TAG, Moment, Timeline, contact_ban, device_health, inclusion, minutes

HERS_M = 4_000.0
"""Where the protected person is, all day; the wearer is at home, or with her."""
Fixes = list[tuple[int, float]]
"""Seconds after noon, and how far east."""


def tell(day: Timeline, device: str, fixes: Fixes, *, received_s: int | None = None, **said: Any) -> None:
    """These fixes of a device, as they are made or all at once."""
    noon = day._civil("2026-11-20T12:00")
    for second, east_m in fixes:
        arrives = noon + (second if received_s is None else received_s) * SECOND
        day._step(None, max(arrives, day.now))
        measured = f"2026-11-20T{12 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        Moment(day, day.now).fix(device=device, east_m=east_m, measured=measured, **said)


def here(first_s: int, last_s: int, east_m: float, *, every_s: int = 60) -> Fixes:
    """One place for so long."""
    return [(second, east_m) for second in range(first_s, last_s, every_s)]


def visit(first_s: int, until_s: int, *, from_s: int, to_s: int) -> Fixes:
    """A fix a minute at home but for a visit; nobody sees the way."""
    return [
        (second, HERS_M - 20.0 if from_s <= second < to_s else 0.0) for second in range(first_s, until_s, 60)
    ]


def uploaded(stored: Fixes, *, hers: Fixes, received_s: int, by: str = TAG) -> Timeline:
    """One of them is heard as he goes; what the other stored comes in order, later."""
    day = Timeline(contact_ban(300))
    tell(day, PHONE if by == TAG else TAG, hers)
    tell(day, by, stored, received_s=received_s)
    return day


def late_contacts(day: Timeline) -> list[tuple[str, int, int]]:
    """Type, and from when to when, in seconds after noon."""
    noon, _ = day._civil("2026-11-20T12:00"), day.late_types
    opened = [one for one in day.changes if one.late and one.change is ChangeKind.OPENED]
    ends = {one.alert: one.cleared_at for one in day.changes if one.change is ChangeKind.CLEARED}
    return [
        (one.type.value, (one.opened_at - noon) // SECOND, ((ends[one.alert] or 0) - noon) // SECOND)
        for one in opened
    ]


def test_a_meeting_in_what_a_tag_stored_is_found() -> None:
    """S6: he was with her from 12:10 to 12:15, and the tag came back an hour later."""
    stored = visit(0, 3_540, from_s=600, to_s=900)
    day = uploaded(stored, hers=here(10, 3_600, HERS_M), received_s=3_600)
    assert "contact.alert" not in day.types
    told = {type: span for type, *span in late_contacts(day)}
    assert set(told) == {"contact.warning", "contact.alert"}
    opened, cleared = told["contact.alert"]
    assert opened == pytest.approx(597, abs=5)
    assert cleared == pytest.approx(843, abs=65)


def test_a_meeting_in_what_her_phone_stored_is_found() -> None:
    stored = here(0, 3_540, HERS_M)
    day = uploaded(stored, hers=visit(10, 3_600, from_s=600, to_s=900), received_s=3_600, by=PHONE)
    assert [type for type, *_ in late_contacts(day)] == ["contact.warning", "contact.alert"]


def test_where_she_is_now_is_not_held_against_where_he_was() -> None:
    """She came to his place after he had left it: two people who never met."""
    stored = [(second, HERS_M if second < 1_200 else 0.0) for second in range(0, 3_540, 60)]
    hers = [(second, -HERS_M if second < 1_800 else HERS_M) for second in range(10, 3_600, 60)]
    day = uploaded(stored, hers=hers, received_s=3_600)
    assert late_contacts(day) == []


@pytest.mark.parametrize(("behind_s", "is_looked_at"), [(60, False), (61, True)])
def test_who_is_more_than_a_minute_behind_is_looked_at_in_his_own_time(
    behind_s: int, is_looked_at: bool
) -> None:
    day = Timeline(contact_ban(300))
    tell(day, PHONE, here(0, 601, HERS_M))
    tell(day, TAG, [(600 - behind_s, 0.0)], received_s=601)
    assert bool(day.heart.arrears._held) is is_looked_at


@pytest.mark.parametrize(("ago_minutes", "is_found"), [(MINUTES - 3, True), (MINUTES + 13, False)])
def test_eight_hours_and_a_half_are_remembered(ago_minutes: int, is_found: bool) -> None:
    """And no more: what is older is nobody's business."""
    span = 60 * (MINUTES + 20)
    met = span - 60 * ago_minutes
    stored = [(met - 60, 0.0), (met, HERS_M), (met + 60, HERS_M), (met + 120, 0.0)]
    hers = here(0, 2_400, HERS_M) + here(span - 2_400, span + 1, HERS_M)
    day = uploaded(stored, hers=hers, received_s=span)
    assert bool(late_contacts(day)) is is_found


def test_what_both_stored_is_found_with_the_second_upload() -> None:
    day = Timeline(contact_ban(300))
    tell(day, TAG, visit(0, 3_540, from_s=600, to_s=900), received_s=3_600)
    assert late_contacts(day) == []
    tell(day, PHONE, here(10, 3_540, HERS_M), received_s=3_700)
    assert [type for type, *_ in late_contacts(day)] == ["contact.warning", "contact.alert"]


def test_what_was_told_in_time_is_not_told_again() -> None:
    day = Timeline(contact_ban(300))
    tell(day, PHONE, here(0, 300, HERS_M))
    tell(day, TAG, here(301, 360, HERS_M))
    assert day.types == ["contact.warning", "contact.alert"]
    tell(day, PHONE, here(360, 960, HERS_M))
    tell(day, TAG, here(420, 900, HERS_M), received_s=961)
    assert late_contacts(day) == []


def test_zones_are_not_judged_a_second_time() -> None:
    """At rest at home, by heartbeats that are forgotten since; his position wandered."""
    day = Timeline(contact_ban(300), inclusion(), device_health(heartbeat_every=minutes(5)))
    tell(day, PHONE, here(0, 3_600, HERS_M))
    stored = [(second, 120.0 if 600 <= second < 1_800 else 0.0) for second in range(0, 3_540, 60)]
    tell(day, TAG, stored, received_s=3_600)
    assert [type for type, *_ in late_contacts(day)] == []


def test_a_snapshot_remembers_where_they_were() -> None:
    day = Timeline(contact_ban(300))
    tell(day, PHONE, here(10, 3_600, HERS_M))
    day.heart, _ = snapshot.load(snapshot.dump(day.heart), day.heart.rules)
    tell(day, TAG, visit(0, 3_540, from_s=600, to_s=900), received_s=3_600)
    day.heart, _ = snapshot.load(snapshot.dump(day.heart), day.heart.rules)
    assert [type for type, *_ in late_contacts(day)] == ["contact.warning", "contact.alert"]


# A vague fix beside a good one ----------------------------------------


def vague_after_good(
    *, good_m: float, vague_m: float, accuracy_m: float = 900.0, after_s: int = 60, ring_m: float = 500.0
) -> Timeline:
    """A satellite fix of his at noon, then one of a mast; she is at home all the while."""
    day = Timeline(contact_ban(ring_m, warn_m=1_000.0))
    tell(day, PHONE, here(0, 1, 0.0))
    tell(day, TAG, [(1, good_m)])
    tell(day, PHONE, here(60, after_s, 0.0))
    tell(day, TAG, [(after_s, vague_m)], accuracy_m=accuracy_m, source=Source.CELL)
    return day


def test_a_mast_does_not_move_a_good_position_that_its_circle_holds() -> None:
    """S12: at work 1.3 km from her; the mast says 900 m, give or take 900."""
    day = vague_after_good(good_m=1_300.0, vague_m=900.0)
    assert day.types == []


def test_who_is_not_where_the_good_fix_was_any_more_is_where_the_mast_says() -> None:
    day = vague_after_good(good_m=2_500.0, vague_m=900.0, accuracy_m=600.0)
    assert day.types == ["contact.warning"]


@pytest.mark.parametrize(("accuracy_m", "told"), [(999.0, ["contact.warning"]), (1_001.0, [])])
def test_a_circle_wider_than_the_ring_does_not_put_him_into_it(accuracy_m: float, told: list[str]) -> None:
    """The mast stands 500 m from her, within the ring of 1 km."""
    assert vague_after_good(good_m=4_000.0, vague_m=500.0, accuracy_m=accuracy_m).types == told


def test_of_whom_only_a_mast_tells_that_could_be_with_her_is_not_known_where_he_is() -> None:
    """His last good fix is of noon, good for ten minutes; the mast's circle holds her, and much besides."""
    day = vague_after_good(good_m=4_000.0, vague_m=500.0, accuracy_m=2_500.0)
    for second in range(120, 1_260, 60):
        assert day.types == []
        tell(day, PHONE, [(second, 0.0)])
        tell(day, TAG, [(second + 1, 500.0)], accuracy_m=2_500.0, source=Source.CELL)
    assert day.types == ["contact.unknown"]
    assert day.changes[0].opened_at == day._civil("2026-11-20T12:20")
    tell(day, TAG, [(1_270, 4_000.0)])
    assert [one.change for one in day.changes] == [ChangeKind.OPENED, ChangeKind.CLEARED]


@pytest.mark.parametrize(("accuracy_m", "told"), [(100.0, ["contact.warning"]), (101.0, [])])
def test_only_what_is_vaguer_than_a_hundred_metres_gives_way(accuracy_m: float, told: list[str]) -> None:
    """30 s later the good one is good for 50 m."""
    day = vague_after_good(good_m=1_060.0, vague_m=990.0, accuracy_m=accuracy_m, after_s=30)
    assert day.types == told


@pytest.mark.parametrize(("accuracy_m", "told"), [(560.0, []), (500.0, ["contact.warning"])])
def test_a_mast_s_circle_counts_double(accuracy_m: float, told: list[str]) -> None:
    """1.2 km lie between them; the good one is good for 95 m by then."""
    day = vague_after_good(good_m=2_000.0, vague_m=800.0, accuracy_m=accuracy_m)
    assert day.types == told


@pytest.mark.parametrize(("after_s", "warns"), [(601, False), (602, True)])
def test_a_good_position_is_good_for_ten_minutes(after_s: int, warns: bool) -> None:
    """By then it has grown by 900 m, and so must the mast's circle be."""
    day = vague_after_good(good_m=1_300.0, vague_m=600.0, accuracy_m=990.0, after_s=after_s)
    assert ("contact.warning" in day.types) is warns


def test_the_evidence_names_the_fix_that_was_taken() -> None:
    day = vague_after_good(good_m=450.0, vague_m=700.0)
    (warning, *_) = day.changes
    assert warning.type == "contact.warning"
    day = vague_after_good(good_m=1_300.0, vague_m=900.0)
    tell(day, PHONE, [(90, 500.0)])
    (warning,) = day.changes
    assert warning.evidence["fix"]["source"] == "gnss"
    assert warning.evidence["fix"]["accuracy_m"] == 5.0
    assert warning.evidence["separation_m"] == pytest.approx(800.0, abs=5.0)

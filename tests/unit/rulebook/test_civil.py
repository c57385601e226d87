"""Civil times as instants, in the nights the clocks change."""

from datetime import UTC, datetime

import pytest

from em_engine.rulebook.civil import Clock, begins_at, ends_at, occurs
from em_engine.vocabulary import parse_rfc3339


def civil(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "time", "clock", "begins", "ends"),
    [
        ("Europe/Oslo", "2026-03-01T00:00", Clock.ONCE, "2026-02-28T23:00:00Z", "2026-02-28T23:00:00Z"),
        ("Europe/Oslo", "2026-09-01T00:00", Clock.ONCE, "2026-08-31T22:00:00Z", "2026-08-31T22:00:00Z"),
        # 29 March 2026: 01:59:59 is followed by 03:00.
        ("Europe/Oslo", "2026-03-29T01:59:59", Clock.ONCE, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"),
        ("Europe/Oslo", "2026-03-29T02:00", Clock.NEVER, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Oslo", "2026-03-29T02:59:59", Clock.NEVER, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Oslo", "2026-03-29T03:00", Clock.ONCE, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        # 25 October 2026: 02:59:59 is followed by 02:00.
        ("Europe/Oslo", "2026-10-25T02:00", Clock.TWICE, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
        ("Europe/Oslo", "2026-10-25T02:59:59", Clock.TWICE, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"),
        ("Europe/Oslo", "2026-10-25T03:00", Clock.ONCE, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"),
        # Half an hour at Lord Howe; a whole day that Samoa left out.
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            Clock.NEVER,
            "2026-10-03T15:30:00Z",
            "2026-10-03T15:30:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            Clock.TWICE,
            "2026-04-04T14:45:00Z",
            "2026-04-04T15:15:00Z",
        ),
        ("Pacific/Apia", "2011-12-30T12:00", Clock.NEVER, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("UTC", "1970-01-01T00:00", Clock.ONCE, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ],
)
def test_an_order_begins_at_the_first_and_ends_at_the_last(
    zone: str, time: str, clock: Clock, begins: str, ends: str
) -> None:
    assert occurs(civil(time), zone) is clock
    assert begins_at(civil(time), zone) == parse_rfc3339(begins)
    assert ends_at(civil(time), zone) == parse_rfc3339(ends)


def test_the_far_ends_of_what_may_be_written_are_instants() -> None:
    assert begins_at(civil("1970-01-01T00:00"), "Europe/Oslo") < 0
    far = datetime(2999, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert ends_at(civil("2999-12-31T23:59:59"), "Europe/Oslo") == (far.timestamp() * 1_000_000)

"""Weekly windows: what may be written, what it means, and what is said of the rest."""

import re

import pytest

from em_engine.law.weekly import WeeklyWindow, parse_weekly

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("text", "days", "start_min", "end_min", "length_min"),
    [
        ("mon-fri 21:00-06:00", (0, 1, 2, 3, 4), 1260, 360, 540),
        ("daily 00:00-24:00", EVERY_DAY, 0, 1440, 1440),
        ("sat,sun 19:00-08:00", (5, 6), 1140, 480, 780),
        ("wed 10:00-10:30", (2,), 600, 630, 30),
        ("fri-mon 20:00-24:00", (0, 4, 5, 6), 1200, 1440, 240),
        ("sun-mon 22:00-00:00", (0, 6), 1320, 0, 120),
        ("tue,thu-sat 00:00-00:01", (1, 3, 4, 5), 0, 1, 1),
        ("mon-sun 12:01-12:00", EVERY_DAY, 721, 720, 1439),
    ],
)
def test_a_window_means_what_it_says(
    text: str, days: tuple[int, ...], start_min: int, end_min: int, length_min: int
) -> None:
    window = parse_weekly(text)
    assert window == WeeklyWindow(days=days, start_min=start_min, end_min=end_min)
    assert window.length_min == length_min


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no weekly window; write it like mon-fri 21:00-06:00"),
        ("mon-fri", "is no weekly window"),
        ("mon-fri 21-06", "is no weekly window"),
        ("mon 9:00-10:00", "is no weekly window"),
        ("mon 21:00 - 06:00", "is no weekly window"),
        ("mon, tue 21:00-06:00", "is no weekly window"),
        ("mon 21:00-06:00 ", "is no weekly window"),
        ("daily 00:00-00:00", "empty window; a whole day is 00:00-24:00"),
        ("mon 12:00-12:00", "empty window"),
        ("mon 24:00-06:00", "begins at 00:00"),
        ("mon 21:60-06:00", "21:60 is no time of day"),
        ("mon 21:00-24:01", "24:01 is no time of day"),
        ("mon 25:00-06:00", "25:00 is no time of day"),
        ("man-fre 21:00-06:00", "'man' is no weekday; days are mon, tue"),
        ("mon- 21:00-06:00", "'' is no weekday"),
        ("mon-tue-wed 21:00-06:00", "'tue-wed' is no weekday"),
        ("mon,mon 21:00-06:00", "names a weekday twice"),
        ("mon-wed,tue 21:00-06:00", "names a weekday twice"),
        ("daily,mon 21:00-06:00", "'daily' is no weekday"),
    ],
)
def test_what_is_no_window_is_told_with_what_would_be_right(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_weekly(text)

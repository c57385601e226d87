"""The demo's rulebook, made ready for an evening that begins now, at whatever hour that is."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from em_engine.law.weekly import WEEKDAYS
from em_engine.vocabulary import HOUR, MINUTE, Micros, instant

OSLO: Final = ZoneInfo("Europe/Oslo")
EVENING: Final = 8 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a curfew of the stage begins, counted from now, and how long it holds."""

    after: Micros
    length: Micros
    daily: bool


STAGED: Final[Mapping[str, Window]] = {
    "W-02": Window(after=72 * HOUR, length=EVENING, daily=False),  # out of the way while he rides
    "W-03": Window(after=MINUTE, length=EVENING, daily=True),
}


def stage_rulebook(source: Path, target: Path, now: Micros) -> None:
    """Copy the rulebook to an empty or missing folder, with the curfews of the stage placed around `now`."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for wearer, window in STAGED.items():
        path = target / "orders" / f"{wearer}.yaml"
        path.write_text(_staged(path.read_text("utf-8"), _full_minute(now + window.after), window), "utf-8")


def evening_curfew_from(now: Micros) -> Micros:
    """When the staged curfew begins: the next full minute that is at least a minute away."""
    return _full_minute(now + STAGED["W-03"].after)


def _staged(order: str, begin: Micros, window: Window) -> str:
    """The order with its curfew's one weekly window rewritten."""
    zone = _plain_zone(begin)
    start, end = (instant(at).astimezone(zone) for at in (begin, begin + window.length))
    days = "daily" if window.daily else WEEKDAYS[start.weekday()]
    order, windows = re.subn(r'weekly: \[".*"\]', f'weekly: ["{days} {start:%H:%M}-{end:%H:%M}"]', order)
    order, zones = re.subn(r"time_zone: \S+", f"time_zone: {zone.key}", order)
    assert (windows, zones) == (1, 1), "an order on stage has one curfew, written in one line"
    return order


def _plain_zone(begin: Micros) -> ZoneInfo:
    """Oslo's time; on a day the clocks change UTC, since an hour that comes twice has no civil name."""
    nearby = [instant(begin).astimezone(OSLO) + timedelta(hours=h) for h in (-24, 0, 24)]
    offsets = {moment.utcoffset() for moment in nearby}
    return OSLO if len(offsets) == 1 else ZoneInfo("UTC")


def _full_minute(at: Micros) -> Micros:
    return -(-at // MINUTE) * MINUTE

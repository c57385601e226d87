"""A recorded night turned into a scenario: its tracks, its rulebook, and what was told as what is expected.

Whoever keeps such a file reads it first: it says what the engine told, which need not be what it should.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from em_engine.vocabulary import SECOND, Change, ChangeKind, Micros, instant

_TOLD_WITHIN = "within 5 s"


def scenario_text(
    changes: Iterable[Change],
    *,
    file: Path,
    rules: Path,
    tracks: Sequence[Path],
    span: tuple[Micros, Micros],
    time_zone: str,
) -> str:
    """The scenario as it stands in `file`, which the paths in it are relative to."""
    zone = ZoneInfo(time_zone)
    starts, ends = span[0] // SECOND * SECOND, (span[1] // SECOND + 1) * SECOND
    lines = [
        f"scenario: {' and '.join(path.stem for path in tracks)}, as it was recorded",
        "about: Recorded. What it expects is what the engine told; read it before you trust it.",
        f"starts: {_civil(starts, zone)}",
        f"ends: {_civil(ends, zone)}",
        f"time_zone: {time_zone}",
        f"rules: {_beside(rules, file)}",
        f"tracks: [{', '.join(_beside(track, file) for track in tracks)}]",
        "story:",
        *(list(_told(changes, zone)) or ["  - expect no alert"]),
    ]
    return "\n".join(lines) + "\n"


def _told(changes: Iterable[Change], zone: ZoneInfo) -> Iterator[str]:
    for change in changes:
        if change.change in (ChangeKind.OPENED, ChangeKind.CLEARED):
            at = _civil(change.at // SECOND * SECOND, zone).replace("T", " ")
            since = _civil(change.opened_at // SECOND * SECOND, zone).replace("T", " ")
            word = " cleared" if change.change is ChangeKind.CLEARED else ""
            late = " in arrears" if change.late else ""
            about = f"{change.type}{word}{late} for {change.wearer} on {change.condition}"
            yield f"  - at {at}: expect {about} since {since} give or take 5 s {_TOLD_WITHIN}"


def _civil(at: Micros, zone: ZoneInfo) -> str:
    return instant(at).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _beside(path: Path, file: Path) -> str:
    return Path(os.path.relpath(path, file.parent)).as_posix()

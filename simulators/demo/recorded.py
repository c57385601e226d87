"""Recorded walks and rides that ship with the demo, played as if they happened now."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from em_engine.vocabulary import MINUTE, SECOND, Micros, micros, rfc3339
from simulators.demo.tag import FIRMWARE, ROOT, Report

TRACKS: Final = Path(__file__).parent / "tracks"
REST: Final = 2 * MINUTE
HEARTBEAT_EVERY: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded track; its times count from its first fix."""

    device: str
    times: tuple[Micros, ...]
    places: tuple[tuple[float, float], ...]  # longitude, latitude

    @classmethod
    def from_file(cls, path: Path) -> "Recording":
        """The track in a CSV file of the engine's own format, rows in order of time."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        times = [micros(datetime.fromisoformat(row["time_utc"])) for row in rows]
        return cls(
            device=rows[0]["device_id"],
            times=tuple(at - times[0] for at in times),
            places=tuple((float(row["lon"]), float(row["lat"])) for row in rows),
        )

    def reports(self, start: Micros, *, first_seq: int) -> Iterator[Report]:
        """The track there and back again without end, so that nobody ever jumps."""
        seq, beat = count(first_seq), start
        for at, (lon, lat) in self._to_and_fro(start):
            while beat <= at:
                yield self._report("heartbeat", next(seq), beat, {"battery_pct": 80, "firmware": FIRMWARE})
                beat += HEARTBEAT_EVERY
            fix = {"fixed_at": rfc3339(at), "lat": lat, "lon": lon, "source": "gnss"}
            yield self._report("fix", next(seq), at + SECOND, fix)

    def _to_and_fro(self, start: Micros) -> Iterator[tuple[Micros, tuple[float, float]]]:
        length = self.times[-1]
        forth = list(zip(self.times, self.places, strict=True))
        back = [(length - at, place) for at, place in reversed(forth)]
        for turn in count():
            begin = start + turn * (length + REST)
            yield from ((begin + at, place) for at, place in (back if turn % 2 else forth))

    def _report(self, kind: str, seq: int, sent_at: Micros, message: dict[str, Any]) -> Report:
        whole = {"seq": seq, "sent_at": rfc3339(sent_at), **message}
        return Report(at=sent_at, topic=f"{ROOT}/{self.device}/{kind}", payload=json.dumps(whole).encode())


def recordings() -> tuple[Recording, ...]:
    """Every track that ships with the demo."""
    return tuple(Recording.from_file(path) for path in sorted(TRACKS.glob("*.csv")))

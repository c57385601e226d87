"""What a running engine says on /metrics while a load is sent: how much it acknowledged, and when."""

import asyncio
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

LOOK_S: Final = 1.0
_ANSWERS_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the engine acknowledged after its commit since a load began."""

    acknowledged: int
    of_nobody: int  # of those, from devices that no order names: they wait in quarantine
    last_s: float  # from the beginning to the look that first saw the last of it
    batches: int
    road_p50_s: float | None  # from a batch's first arrival to its committed decision, at most so long
    road_p95_s: float | None
    by_second: tuple[tuple[float, int], ...] = field(
        repr=False
    )  # seconds since the beginning, how many by then

    def sentences(self, sent: int) -> Iterator[str]:
        """What a person reads."""
        missing = sent - self.acknowledged
        told = "all of them" if missing <= 0 else f"{missing:,} missing"
        yield (
            f"engine: {self.acknowledged:,} acknowledged after commit ({told}), the last after"
            f" {self.last_s:.1f} s: {self.acknowledged / max(self.last_s, LOOK_S):,.0f} messages/s"
        )
        if self.of_nobody:
            yield f"engine: {self.of_nobody:,} of them in quarantine: no order names their device"
        if self.road_p95_s is not None:
            yield (
                f"engine: from arrival to committed decision at most {self.road_p50_s:g} s for half of"
                f" {self.batches:,} batches, {self.road_p95_s:g} s for 95 %"
            )


@dataclass(frozen=True, slots=True)
class _Look:
    reports: float
    quarantined: float
    road: dict[float, float]  # batches by upper bound, seconds


class EngineWatch:
    """Looks at /metrics every second."""

    def __init__(self, url: str, first: _Look) -> None:
        self._url, self._first, self._newest = url, first, first
        self._began = time.monotonic()
        self._by_second: list[tuple[float, int]] = []

    @classmethod
    async def begun(cls, url: str) -> "EngineWatch":
        """Raises OSError where no engine answers."""
        return cls(url, await asyncio.to_thread(_look, url))

    @property
    def acknowledged(self) -> int:
        """Messages since the beginning."""
        return round(self._newest.reports - self._first.reports) + self._of_nobody

    @property
    def _of_nobody(self) -> int:
        return round(self._newest.quarantined - self._first.quarantined)

    async def look_on(self) -> None:
        """Never ends of itself. An engine that does not answer once is asked again."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self._newest = await asyncio.to_thread(_look, self._url)
            except OSError:
                continue
            self._by_second.append((round(time.monotonic() - self._began, 1), self.acknowledged))

    async def until(self, sent: int, *, patience_s: float) -> Seen:
        """Waits until all is acknowledged, or nothing more was for so long."""
        reached, since = self.acknowledged, time.monotonic()
        while self.acknowledged < sent and time.monotonic() - since < patience_s:
            await asyncio.sleep(LOOK_S / 4)
            if self.acknowledged > reached:
                reached, since = self.acknowledged, time.monotonic()
        return self._seen()

    def _seen(self) -> Seen:
        road = {bound: count - self._first.road.get(bound, 0.0) for bound, count in self._newest.road.items()}
        batches = road.get(float("inf"), 0.0)
        last_s = next((at for at, count in self._by_second if count >= self.acknowledged), 0.0)
        return Seen(
            acknowledged=self.acknowledged,
            of_nobody=self._of_nobody,
            last_s=last_s,
            batches=round(batches),
            road_p50_s=_bound(road, batches * 0.5),
            road_p95_s=_bound(road, batches * 0.95),
            by_second=tuple(self._by_second),
        )


def _bound(road: dict[float, float], wanted: float) -> float | None:
    """The smallest bound that so many keep."""
    return next((bound for bound in sorted(road) if wanted and road[bound] >= wanted), None)


def _look(url: str) -> _Look:
    with urllib.request.urlopen(url, timeout=_ANSWERS_WITHIN_S) as answer:
        text = answer.read().decode()
    reports = quarantined = 0.0
    road: dict[float, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "em_reports_total":
                reports += sample.value
            elif sample.name == "em_quarantined_total":
                quarantined += sample.value
            elif sample.name == "em_road_seconds_bucket":
                road[float(sample.labels["le"])] = sample.value
    return _Look(reports, quarantined, road)

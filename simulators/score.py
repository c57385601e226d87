"""How well the alerts of a run tell the truth: what was found, missed, raised for nothing, and how late.

    em score ALERTS.jsonl TRUTH.json

An alert tells of a breach if case, condition and type are the same and their times overlap, give or take the
tolerance. The first alert of a breach finds it; a second is a duplicate; an alert of no breach is a nuisance.
Entered and crossed are one type here, and so are the three ways of being away from home (`FAMILY`).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from em_engine.vocabulary import SECOND, AlertType, Micros
from simulators.spans import Key, ScoreRefused, Span, read_alerts, read_truth

TOLERANCE: Final[Micros] = 60 * SECOND
"""Breaches are written down by hand or by a simulator's minute; alerts are interpolated.

They meet within this.
"""

FAMILY: Final[Mapping[str, str]] = {
    AlertType.EXCLUSION_CROSSED.value: AlertType.EXCLUSION_ENTERED.value,
    AlertType.CURFEW_LATE.value: AlertType.CURFEW_LEFT.value,
    AlertType.CURFEW_EARLY.value: AlertType.CURFEW_LEFT.value,
}
"""Alerts that tell an operator the same: he was in the zone; he was not at home. Which of them a fix will
show, a truth cannot know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeScore:
    """How one type of alert did."""

    breaches: int
    found: int
    duplicates: int
    nuisance: int
    delays_s: tuple[float, ...]  # detected_at - from, of what was found

    @property
    def missed(self) -> int:
        """True breaches that no alert found."""
        return self.breaches - self.found

    def as_json(self, device_days: float) -> dict[str, Any]:
        """The figures, with delays as percentiles and the nuisance a device-day."""
        return {
            "breaches": self.breaches,
            "found": self.found,
            "missed": self.missed,
            "duplicates": self.duplicates,
            "nuisance": self.nuisance,
            "nuisance_per_device_day": round(self.nuisance / device_days, 6),
            "delay_s": {
                name: None if not self.delays_s else round(float(np.percentile(self.delays_s, share)), 3)
                for name, share in (("p50", 50), ("p95", 95), ("max", 100))
            },
        }


def together(scores: Iterable[TypeScore]) -> TypeScore:
    """Several scores as one."""
    parts = tuple(scores)
    return TypeScore(
        breaches=sum(one.breaches for one in parts),
        found=sum(one.found for one in parts),
        duplicates=sum(one.duplicates for one in parts),
        nuisance=sum(one.nuisance for one in parts),
        delays_s=tuple(delay for one in parts for delay in one.delays_s),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How every type of alert did, over so many device-days."""

    types: Mapping[str, TypeScore]
    device_days: float

    @property
    def total(self) -> TypeScore:
        """All types as one."""
        return together(self.types.values())

    def as_json(self) -> dict[str, Any]:
        """The figures by type and in total."""
        return {
            "types": {name: one.as_json(self.device_days) for name, one in self.types.items()},
            "total": self.total.as_json(self.device_days),
            "device_days": self.device_days,
        }


def summed(parts: Sequence[Score]) -> Score:
    """Scores of different cases as one."""
    names = sorted({name for one in parts for name in one.types})
    types = {name: together(one.types[name] for one in parts if name in one.types) for name in names}
    return Score(types=types, device_days=sum(one.device_days for one in parts))


def folded(spans: Iterable[Span]) -> list[Span]:
    """With one name for what tells the same."""
    return [replace(one, key=(*one.key[:2], FAMILY.get(one.key[2], one.key[2]))) for one in spans]


def score(
    alerts: Sequence[Span], breaches: Sequence[Span], *, device_days: float, tolerance: Micros = TOLERANCE
) -> Score:
    """Holds the alerts against the true breaches."""
    told, true = _by_key(alerts), _by_key(breaches)
    parts: dict[str, list[TypeScore]] = defaultdict(list)
    for key in sorted(told.keys() | true.keys()):
        parts[key[2]].append(_matched(told.get(key, []), true.get(key, []), tolerance))
    types = {name: together(parts[name]) for name in sorted(parts)}
    return Score(types=types, device_days=device_days)


def _by_key(spans: Iterable[Span]) -> dict[Key, list[Span]]:
    by_key: dict[Key, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.detected_at, span.start)):
        by_key[span.key].append(span)
    return by_key


def _matched(alerts: Sequence[Span], breaches: Sequence[Span], tolerance: Micros) -> TypeScore:
    delays: dict[int, float] = {}
    duplicates = nuisance = 0
    for alert in alerts:
        touched = [index for index, breach in enumerate(breaches) if alert.touches(breach, tolerance)]
        news = [index for index in touched if index not in delays]
        nuisance += not touched
        duplicates += bool(touched) and not news
        # An alert that stays open over several breaches tells of each of them.
        delays.update({index: _delay_s(alert, breaches[index]) for index in news})
    return TypeScore(
        breaches=len(breaches),
        found=len(delays),
        duplicates=duplicates,
        nuisance=nuisance,
        delays_s=tuple(delays.values()),
    )


def _delay_s(alert: Span, breach: Span) -> float:
    # Negative only within the tolerance, or where the alert was open already: nobody waited.
    return max(0.0, (alert.detected_at - breach.start) / SECOND)


def score_command(
    alerts: Path,
    truth: Path,
    *,
    tolerance_s: float = TOLERANCE / SECOND,
    nuisance_max: float | None = None,
    plot: Path | None = None,
    as_json: bool = False,
) -> int:
    """`em score`: prints the score and draws it; 1 where a breach is missed or nuisance a device-day is above
    the limit."""
    try:
        told = read_alerts(alerts)
        breaches, device_days = read_truth(truth)
    except ScoreRefused as error:
        click.echo(str(error), err=True)
        return 2
    result = score(
        folded(told), folded(breaches), device_days=device_days, tolerance=round(tolerance_s * SECOND)
    )
    click.echo(json.dumps(result.as_json(), indent=2) if as_json else table(result))
    if plot is not None:
        from simulators.score_chart import score_svg

        plot.write_text(score_svg(result), encoding="utf-8")
    is_noisy = nuisance_max is not None and result.total.nuisance / device_days > nuisance_max
    return int(result.total.missed > 0 or is_noisy)


_HEADS: Final = (
    "type",
    "breaches",
    "found",
    "missed",
    "twice",
    "nuisance",
    "a day",
    "p50 s",
    "p95 s",
    "max s",
)


def table(result: Score) -> str:
    """The score as text, a line a type and one for all."""
    rows = [_HEADS, *(_row(name, one, result.device_days) for name, one in result.types.items())]
    rows.append(_row("all", result.total, result.device_days))
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    lines = (
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(pairs)
        )
        for pairs in (zip(row, widths, strict=True) for row in rows)
    )
    return "\n".join([*lines, f"{result.device_days:g} device-days"])


def _row(name: str, one: TypeScore, device_days: float) -> tuple[str, ...]:
    told = one.as_json(device_days)
    counts = (one.breaches, one.found, one.missed, one.duplicates, one.nuisance)
    delays = ("-" if value is None else f"{value:.0f}" for value in told["delay_s"].values())
    return (name, *map(str, counts), f"{told['nuisance_per_device_day']:.3f}", *delays)

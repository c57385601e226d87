"""What a contest found: a table, a curve, and what was to be reached beside what was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from em_engine.vocabulary import NEVER, rfc3339
from simulators.chart import Axis, Chart, Series
from simulators.score import Score, summed, table
from simulators.season.truth import Breach
from simulators.spans import Span

ENGINE: Final = "our engine"
WORTH_S: Final = 120.0
"""No breach of two minutes or more with evidence may be missed."""
NUISANCE_MAX: Final = 0.02
FIX_S: Final = 60.0
LISTED_MAX: Final = 20


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A breach nobody was told of, or an alert about nothing, of our engine's."""

    is_missed: bool
    span: Span
    breach: Breach | None = None
    has_evidence: bool = False

    def as_json(self) -> dict[str, Any]:
        """What, of whom and when, so that it can be looked into."""
        case, condition, type = self.span.key
        return {
            "finding": "missed" if self.is_missed else "nuisance",
            "case": case,
            "condition": condition,
            "type": type,
            "from": rfc3339(self.span.start),
            "to": None if self.span.end == NEVER else rfc3339(self.span.end),
            "has_evidence": self.has_evidence if self.is_missed else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What was to be reached, and whether it is."""

    what: str
    figure: float | None
    limit: float
    unit: str

    @property
    def is_reached(self) -> bool:
        """Whether the figure keeps to the limit; without a figure it does not."""
        return self.figure is not None and self.figure <= self.limit

    def told(self) -> str:
        """In a line."""
        figure = "-" if self.figure is None else f"{self.figure:.3g}"
        verdict = "reached" if self.is_reached else "NOT REACHED"
        return f"{verdict:<12} {self.what}: {figure} {self.unit} (at most {self.limit:.3g})"


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The scores of a season, by contestant; and where our engine went wrong."""

    scores: Mapping[str, Score]
    curves: Mapping[str, Mapping[str, Score]]
    rest: Score
    findings: Sequence[Finding]

    @property
    def missed_with_evidence(self) -> list[Finding]:
        """Breaches about places that lasted two minutes, could be seen in the fixes, and were not told."""
        return [
            one
            for one in self.findings
            if one.breach is not None and one.has_evidence and one.breach.lasts_s >= WORTH_S
        ]

    def reaches(self) -> list[Reach]:
        """What issue and blueprint ask of alert quality."""
        ours, days = self.scores[ENGINE], self.rest.device_days
        every = ours.total.nuisance + self.rest.total.nuisance
        delays = [_median_s(one) for name, one in self.scores.items() if name != ENGINE]
        best_s = min((one for one in delays if one is not None), default=0.0)
        unit = "a device-day"
        return [
            Reach(
                what="nuisance about places", figure=ours.total.nuisance / days, limit=NUISANCE_MAX, unit=unit
            ),
            Reach(what="nuisance of every type", figure=every / days, limit=NUISANCE_MAX, unit=unit),
            Reach(
                what="breaches missed of two minutes or more that fixes show",
                figure=float(len(self.missed_with_evidence)),
                limit=0.0,
                unit="breaches",
            ),
            Reach(
                what="median delay, beside the best baseline's and one fix",
                figure=_median_s(ours),
                limit=best_s + FIX_S,
                unit="s",
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        """Every figure."""
        return {
            "compared": {name: one.as_json() for name, one in self.scores.items()},
            "curves": {
                name: {turned: one.total.as_json(one.device_days) for turned, one in curve.items()}
                for name, curve in self.curves.items()
            },
            "other": self.rest.as_json(),
            "missed_with_evidence": len(self.missed_with_evidence),
            "findings": [one.as_json() for one in self.findings],
            "reaches": [
                {"what": one.what, "figure": one.figure, "limit": one.limit, "reached": one.is_reached}
                for one in self.reaches()
            ],
        }

    def table(self) -> str:
        """The contestants side by side, each of our engine's types, and what is reached."""
        ours = [f"{ENGINE}, about places:", table(self.scores[ENGINE])]
        rest = [f"{ENGINE}, about devices and appointments:", table(self.rest)]
        reached = [one.told() for one in self.reaches()]
        return "\n".join([self.contestants(), "", *ours, "", *rest, "", *self._wrong(), *reached])

    def contestants(self) -> str:
        """The contestants alone, a line each."""
        lines = [_HEADS, *(_line(name, one) for name, one in self.scores.items())]
        widths = [max(len(line[place]) for line in lines) for place in range(len(_HEADS))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _wrong(self) -> Iterator[str]:
        """The first few of what went wrong, so that each can be looked into."""
        for one in self.missed_with_evidence[:LISTED_MAX]:
            assert one.breach is not None, "what was missed was there"
            when = f"for {one.breach.lasts_s:.0f} s from {rfc3339(one.span.start)} on"
            yield f"missed: {' '.join(one.span.key)} {when}"
        if self.missed_with_evidence:
            yield ""

    def curve(self, title: str) -> str:
        """Missed against nuisance as a picture: each contestant as its thresholds are turned."""
        return Chart(
            title=title,
            x=Axis(label="nuisance alerts a device-day", low=0.001, high=20.0, is_log=True),
            y=Axis(label="breaches of place missed, per cent", low=0.0, high=100.0),
            series=[self._series(name, curve) for name, curve in self.curves.items()],
            limits=[(NUISANCE_MAX, f"{NUISANCE_MAX:g}")],
        ).svg()

    def _series(self, name: str, curve: Mapping[str, Score]) -> Series:
        points = [_point(one) for one in curve.values()]
        usual = _point(self.scores[name])
        return Series(name=name, points=points, words=list(curve), marked=points.index(usual))


def _point(one: Score) -> tuple[float, float]:
    total = one.total
    return total.nuisance / one.device_days, 100.0 * total.missed / max(1, total.breaches)


def _median_s(one: Score) -> float | None:
    found: float | None = one.total.as_json(one.device_days)["delay_s"]["p50"]
    return found


_HEADS: Final = ("", "breaches", "found", "missed", "twice", "nuisance", "a day", "p50 s", "p95 s", "max s")


def _line(name: str, one: Score) -> tuple[str, ...]:
    total = one.total
    told = total.as_json(one.device_days)
    counts = map(str, (total.breaches, total.found, total.missed, total.duplicates, total.nuisance))
    delays = ("-" if value is None else f"{value:.0f}" for value in told["delay_s"].values())
    return (name, *counts, f"{told['nuisance_per_device_day']:.3f}", *delays)


def added(parts: Sequence[Quality]) -> Quality:
    """Several parts of one season as one."""
    names, first = parts[0].scores, parts[0].curves
    return Quality(
        scores={name: summed([part.scores[name] for part in parts]) for name in names},
        curves={
            name: {turned: summed([part.curves[name][turned] for part in parts]) for turned in curve}
            for name, curve in first.items()
        },
        rest=summed([part.rest for part in parts]),
        findings=[one for part in parts for one in part.findings],
    )

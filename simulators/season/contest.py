"""How good our engine's alerts are over a season, beside what people use today.

    print(quality(seed=1, tags=100, days=7).table())

Every contestant is scored by `simulators.score` against the same truth. Only alerts about places, curfews and
distances are compared, which all contestants can raise; the engine's others are scored beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import load_files
from em_engine.vocabulary import NEVER, AlertType, Change, ChangeKind
from simulators.replay import replay
from simulators.score import TOLERANCE, Score, TypeScore, score, table, together
from simulators.season import baselines
from simulators.season.duties import DAY_S
from simulators.season.evidence import has_evidence
from simulators.season.truth import Breach
from simulators.season.world import Season, instant_of, make
from simulators.spans import Span

ENGINE: Final = "our engine"
COHORT: Final = 250
"""So many cases are judged at once: memory stays within a few gigabytes however large the season."""
FAMILY: Final[Mapping[str, str]] = {
    AlertType.EXCLUSION_CROSSED.value: AlertType.EXCLUSION_ENTERED.value,
    AlertType.CURFEW_LATE.value: AlertType.CURFEW_LEFT.value,
    AlertType.CURFEW_EARLY.value: AlertType.CURFEW_LEFT.value,
}
"""Alerts that tell an operator the same: he was in the zone; he was not at home."""
OF_PLACE: Final = (
    "exclusion.approach",
    "exclusion.entered",
    "inclusion.left",
    "curfew.left",
    "contact.warning",
    "contact.alert",
)
WORTH_S: Final = 120.0
"""No breach of two minutes or more with evidence may be missed."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A breach nobody was told of, or an alert about nothing, of our engine's."""

    is_missed: bool
    span: Span
    breach: Breach | None = None
    has_evidence: bool = False


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The scores of a season, by contestant; and where our engine went wrong."""

    scores: Mapping[str, Score]
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

    def as_json(self) -> dict[str, Any]:
        """Every figure."""
        return {
            "compared": {name: one.as_json() for name, one in self.scores.items()},
            "other": self.rest.as_json(),
            "missed_with_evidence": len(self.missed_with_evidence),
        }

    def table(self) -> str:
        """The contestants side by side, then each of our engine's types."""
        lines = [_HEADS, *(_line(name, one) for name, one in self.scores.items())]
        widths = [max(len(line[place]) for line in lines) for place in range(len(_HEADS))]
        side_by_side = "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        told = f"missed by {ENGINE} though they lasted two minutes and fixes showed them: "
        return "\n".join(
            [
                side_by_side,
                "",
                f"{ENGINE}, about places:",
                table(self.scores[ENGINE]),
                "",
                f"{ENGINE}, about devices and appointments:",
                table(self.rest),
                "",
                told + str(len(self.missed_with_evidence)),
            ]
        )


_HEADS: Final = ("", "breaches", "found", "missed", "twice", "nuisance", "a day", "p50 s", "p95 s", "max s")


def _line(name: str, one: Score) -> tuple[str, ...]:
    total = one.total
    told = total.as_json(one.device_days)
    counts = map(str, (total.breaches, total.found, total.missed, total.duplicates, total.nuisance))
    delays = ("-" if value is None else f"{value:.0f}" for value in told["delay_s"].values())
    return (name, *counts, f"{told['nuisance_per_device_day']:.3f}", *delays)


def quality(*, seed: int, tags: int, days: int) -> Quality:
    """Our engine and the baselines over one season."""
    parts = [
        judge(make(seed=seed, numbers=range(first, min(first + COHORT, tags)), days=days))
        for first in range(0, tags, COHORT)
    ]
    return Quality(
        scores={name: _sum(part.scores[name] for part in parts) for name in parts[0].scores},
        rest=_sum(part.rest for part in parts),
        findings=[one for part in parts for one in part.findings],
    )


def judge(season: Season) -> Quality:
    """Our engine and the baselines over a season that is made."""
    told = folded(spans_of(changes_of(season)))
    true = folded(_true(season))
    contestants = {ENGINE: told} | {
        name: folded(baselines.alerts(season, name)) for name in baselines.BASELINES
    }
    return Quality(
        scores={
            name: score(_about(spans, True), _about(true, True), device_days=season.device_days)
            for name, spans in contestants.items()
        },
        rest=score(_about(told, False), _about(true, False), device_days=season.device_days),
        findings=_findings(season, told),
    )


def changes_of(season: Season) -> Iterable[Change]:
    """What our engine says of a season, in process."""
    heart = Heart(compile_rules(load_files(season.rulebook_files())))
    return replay(heart, season.batches(), until=season.until)


def spans_of(changes: Iterable[Change]) -> list[Span]:
    """Each alert as its last change leaves it."""
    told: dict[str, Span] = {}
    for one in changes:
        end = NEVER if one.cleared_at is None else one.cleared_at
        if one.change is ChangeKind.OPENED:
            told[one.alert] = Span(
                key=(one.case, one.condition, one.type.value),
                start=one.opened_at,
                end=end,
                # What waits at a device is known when it arrives: that is when an operator is told.
                detected_at=max(one.detected_at, one.at),
            )
        elif one.alert in told:
            told[one.alert] = replace(told[one.alert], end=end)
    return list(told.values())


def folded(spans: Iterable[Span]) -> list[Span]:
    """With one name for what tells the same."""
    return [replace(one, key=(*one.key[:2], FAMILY.get(one.key[2], one.key[2]))) for one in spans]


def span_of(breach: Breach, season: Season) -> Span:
    """A true breach as the score reads it."""
    is_over = breach.to_s < season.days * DAY_S
    key = (breach.case, breach.condition, breach.type.value)
    end = instant_of(breach.to_s) if is_over else NEVER
    return Span(key=key, start=instant_of(breach.from_s), end=end)


def _true(season: Season) -> list[Span]:
    return [span_of(one, season) for one in season.breaches]


def _about(spans: Iterable[Span], is_place: bool) -> list[Span]:
    return [one for one in spans if (one.key[2] in OF_PLACE) is is_place]


def _sum(scores: Iterable[Score]) -> Score:
    parts = list(scores)
    names = sorted({name for one in parts for name in one.types})
    types: dict[str, TypeScore] = {
        name: together(one.types[name] for one in parts if name in one.types) for name in names
    }
    return Score(types=types, device_days=sum(one.device_days for one in parts))


def _findings(season: Season, told: Sequence[Span]) -> list[Finding]:
    """Which breaches were missed and which alerts were about nothing: the score's own rule, one by one."""
    spans = folded(_true(season))
    missed = [
        Finding(is_missed=True, span=span, breach=breach, has_evidence=has_evidence(season, breach))
        for span, breach in zip(spans, season.breaches, strict=True)
        if not _is_met(span, told)
    ]
    nuisance = [Finding(is_missed=False, span=span) for span in told if not _is_met(span, spans)]
    return [*missed, *nuisance]


def _is_met(span: Span, others: Iterable[Span]) -> bool:
    return any(one.key == span.key and one.touches(span, TOLERANCE) for one in others)

"""How good our engine's alerts are over a season, beside what people use today.

    print(quality(seed=1, tags=60, days=2).table())

Every contestant is scored by `simulators.score` against the same truth. Only alerts about places, curfews and
distances are compared, which all contestants can raise; the engine's others are scored beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from em_engine.monitoring.heart import Heart
from em_engine.vocabulary import NEVER
from simulators.replay import replay
from simulators.score import TOLERANCE, Score, folded, score, summed
from simulators.season import baselines
from simulators.season.duties import DAY_S, Case
from simulators.season.engine import MAKING, Keep, Reached, Tell, Told, forget, rules_of, told_by, told_over
from simulators.season.evidence import Evidence
from simulators.season.report import ENGINE, Finding, Quality
from simulators.season.spool import Spool
from simulators.season.truth import Breach
from simulators.season.world import START, Season, instant_of, make
from simulators.spans import Span

OF_PLACE: Final = (
    "exclusion.approach",
    "exclusion.entered",
    "inclusion.left",
    "curfew.left",
    "contact.warning",
    "contact.alert",
)
SURENESS: Final = (0.0, 0.99, 0.995, 0.998, 0.999)
"""Our engine's alerts as an operator would see them who asks for at least such a confidence."""


def quality(*, seed: int, tags: int, days: int) -> Quality:
    """Our engine and the baselines over one season, here and now."""
    return judge_cases(seed=seed, numbers=range(tags), days=days, tell=lambda _: None)


def judge_cases(
    *,
    seed: int,
    numbers: Sequence[int],
    days: int,
    tell: Tell,
    reached: Reached | None = None,
    keep: Keep = forget,
) -> Quality:
    """Some cases of a season: each is lived and forgotten, what it sent waits on disk in files a day each.

    So memory holds the reports of one day, however long the season is. `keep` hears where our engine stands
    at each midnight, and from there it goes on: the cases are lived again, which is the small part.
    """
    with Spool(start=START, days=days) as spool:
        cases: list[Case] = []
        parts: list[_Part] = []
        for number in numbers:
            season = make(seed=seed, numbers=[number], days=days)
            spool.add(season.devices, season.rows)
            cases += season.cases
            parts.append(_part(season))
            tell(MAKING / len(numbers))
        told = told_over(
            spool, cases, tell=lambda more: tell((1.0 - MAKING) * more), reached=reached, keep=keep
        )
        return _whole(parts, told)


def judge(season: Season) -> Quality:
    """Our engine and the baselines over a season that is made."""
    until = START + season.days * DAY_S * 1_000_000
    changes = replay(Heart(rules_of(season.cases)), season.batches(), until=until)
    return _whole([_part(season)], told_by(changes))


# The truth and the baselines ------------------------------------------------------------------


class _Part:
    """What is kept of some cases when their ways and reports are gone."""

    def __init__(self, season: Season) -> None:
        self.breaches = season.breaches
        self.spans = folded(span_of(one, season.days) for one in season.breaches)
        evidence = Evidence(season)
        self.evidence = [evidence.shows(one) for one in season.breaches]
        self.device_days = season.device_days
        every = {rule for curve in baselines.CURVES.values() for rule in curve.values()}
        told = baselines.alerts(season, sorted(every, key=repr))
        true = about(self.spans, is_place=True)
        self.scores = {
            rule: score(about(folded(spans), is_place=True), true, device_days=self.device_days)
            for rule, spans in told.items()
        }


def _part(season: Season) -> _Part:
    return _Part(season)


def span_of(breach: Breach, days: int) -> Span:
    """A true breach as the score reads it."""
    end = instant_of(breach.to_s) if breach.to_s < days * DAY_S else NEVER
    key = (breach.case, breach.condition, breach.type.value)
    return Span(key=key, start=instant_of(breach.from_s), end=end)


def about(spans: Iterable[Span], *, is_place: bool) -> list[Span]:
    """Those about places, curfews and distances, or the others."""
    return [one for one in spans if (one.key[2] in OF_PLACE) is is_place]


# Together -------------------------------------------------------------------------------------


def _whole(parts: Sequence[_Part], told: Sequence[Told]) -> Quality:
    true = [span for part in parts for span in part.spans]
    spans = folded(span for span, _ in told)
    device_days = sum(part.device_days for part in parts)
    places = about(true, is_place=True)
    rules = {
        name: summed([part.scores[rule] for part in parts]) for name, rule in baselines.BASELINES.items()
    }
    curves: dict[str, Mapping[str, Score]] = {
        name: {turned: summed([part.scores[rule] for part in parts]) for turned, rule in curve.items()}
        for name, curve in baselines.CURVES.items()
    }
    sure = {
        f"{level:g}": [span for span, (_, p) in zip(spans, told, strict=True) if p >= level]
        for level in SURENESS
    }
    ours = {
        level: score(about(one, is_place=True), places, device_days=device_days)
        for level, one in sure.items()
    }
    return Quality(
        scores={ENGINE: ours["0"], **rules},
        curves={ENGINE: ours, **curves},
        rest=score(about(spans, is_place=False), about(true, is_place=False), device_days=device_days),
        findings=_findings(parts, spans),
    )


def _findings(parts: Sequence[_Part], told: Sequence[Span]) -> list[Finding]:
    """Which breaches were missed and which alerts were about nothing: the score's own rule, one by one."""
    by_key: dict[tuple[str, str, str], list[Span]] = {}
    for one in told:
        by_key.setdefault(one.key, []).append(one)
    missed = [
        Finding(is_missed=True, span=span, breach=breach, has_evidence=shown)
        for part in parts
        for span, breach, shown in zip(part.spans, part.breaches, part.evidence, strict=True)
        if not _is_met(span, by_key.get(span.key, ()))
    ]
    true: dict[tuple[str, str, str], list[Span]] = {}
    for part in parts:
        for span in part.spans:
            true.setdefault(span.key, []).append(span)
    nuisance = [
        Finding(is_missed=False, span=span) for span in told if not _is_met(span, true.get(span.key, ()))
    ]
    return [*missed, *nuisance]


def _is_met(span: Span, others: Iterable[Span]) -> bool:
    return any(one.touches(span, TOLERANCE) for one in others)

"""`em rules diff`: what changed between two rulebooks, and which alerts that would have changed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from em_engine.alerts.alert import Alert
from em_engine.commands.alike import alike
from em_engine.commands.backtest import (
    Outcome,
    alert_json,
    alerts_of,
    heard_of,
    outcome_of,
    rate,
    span_of,
    table,
)
from em_engine.commands.history import History, HistoryRefused, Past, read_history, worn_in
from em_engine.commands.shares import devices_of
from em_engine.rulebook import Order, Rulebook, load
from em_engine.rulebook.difference import difference, told
from em_engine.vocabulary import Micros, rfc3339
from simulators.score import TOLERANCE

LISTED_MAX: Final = 50
"""So many alerts of a kind are listed on a screen; `--json` lists them all."""


class Fate(StrEnum):
    """What becomes of an alert under the new rulebook."""

    APPEARS = "appears"
    DISAPPEARS = "disappears"
    MOVES = "moves"
    STAYS = "stays"


_SIGN: Final[Mapping[Fate, str]] = {Fate.APPEARS: "+", Fate.DISAPPEARS: "-", Fate.MOVES: "~"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One breach as both rulebooks tell it; None where one tells nothing."""

    before: Alert | None
    after: Alert | None

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        if self.before is None or self.after is None:
            return Fate.APPEARS if self.before is None else Fate.DISAPPEARS
        return Fate.STAYS if _told(self.before) == _told(self.after) else Fate.MOVES

    @property
    def alert(self) -> Alert:
        """The alert as the new rulebook tells it, else the old one."""
        alert = self.after or self.before
        assert alert is not None, "a shift of nothing"
        return alert

    def as_json(self) -> dict[str, Any]:
        """Both sides as rows of a list."""
        return {
            "fate": self.fate.value,
            "before": None if self.before is None else alert_json(self.before),
            "after": None if self.after is None else alert_json(self.after),
        }


def diff_command(
    old: Path,
    new: Path,
    past: Past,
    *,
    as_json: bool = False,
    fail_on_difference: bool = False,
    html: Path | None = None,
) -> int:
    """The difference in words, and on history in alerts; 1 where alerts differ and that was to fail."""
    if fail_on_difference and not past.is_named:
        raise HistoryRefused("--fail-on-difference asks whether alerts differ: give it a --history")
    before, after = load(old), load(new)
    trial = None
    if past.is_named:
        history = read_history(past, [before, after])
        trial = tried(before, after, history)
    if as_json:
        click.echo(json.dumps(diff_as_json(before, after, trial), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(f"{old} {before.revision} → {new} {after.revision}", before, after)))
        if trial is not None:
            click.echo("\n".join(_shown(trial)))
    if html is not None:
        from em_engine.commands.diff_report import Compared, page

        html.write_text(page(Compared(old=before, new=after, trial=trial)), "utf-8")
        if not as_json:
            click.echo(f"{html}: the same with maps")
    return int(fail_on_difference and trial is not None and trial.differs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Two rulebooks on one history."""

    history: History
    before: Outcome
    after: Outcome
    shifts: tuple[Shift, ...]  # every breach either tells, in order of time
    judged_once: int = 0  # orders that demand the same in both

    @property
    def differs(self) -> bool:
        """Whether any alert appears, disappears or moves."""
        return any(shift.fate is not Fate.STAYS for shift in self.shifts)

    def places_of(self, shifts: Iterable[Shift]) -> Mapping[str, list[float]]:
        """Where the wearers were as the breaches were proved, by the alerts' ids, where that is known."""
        orders = (*self.before.orders, *self.after.orders)
        return self.history.places_of((shift.alert for shift in shifts), worn_in(orders))

    def by_order(self) -> dict[str, dict[str, int]]:
        """How many of each fate every order has."""
        counts: dict[str, dict[str, int]] = {}
        for order in sorted({order.id for order in (*self.before.orders, *self.after.orders)}):
            counts[order] = {"before": 0, "after": 0, **{fate.value: 0 for fate in Fate}}
        for shift in self.shifts:
            one = counts[shift.alert.order]
            one["before"] += shift.before is not None
            one["after"] += shift.after is not None
            one[shift.fate.value] += 1
        return counts


def tried(before: Rulebook, after: Rulebook, history: History) -> Trial:
    """Both rulebooks on the history, and their alerts paired.

    Orders that are alike in both are judged by one of them alone, and count for both.
    """
    return tried_once(before, after, history, same=alike(before, after))


def tried_once(before: Rulebook, after: Rulebook, history: History, *, same: Set[str]) -> Trial:
    """The same, where the `same` orders are alike in both and judged once; of none, all are judged twice."""
    old_orders, new_orders = heard_of(before, history), heard_of(after, history)
    both = same & {order.id for order in old_orders}
    others = [order for order in new_orders if order.id not in both]
    share = _share(old_orders, others, history)
    first = replace(history, progress=history.progress.staged(0.0, share))
    then = replace(history, progress=history.progress.staged(share, 1.0))
    old = alerts_of(before, old_orders, first, "old")
    new = {id: alert for id, alert in old.items() if alert.order in both}
    new |= alerts_of(after, others, then, "new")
    found = sorted(shifts(old.values(), new.values()), key=_when)
    return Trial(
        history=history,
        before=outcome_of(old, old_orders, history),
        after=outcome_of(new, new_orders, history),
        shifts=tuple(found),
        judged_once=len(both),
    )


def _share(old: Iterable[Order], new: Iterable[Order], history: History) -> float:
    """How much of the work the old rulebook is."""
    sent = [
        sum(history.counts.get(device, 0) for order in orders for device in devices_of(order))
        for orders in (old, new)
    ]
    return sent[0] / sum(sent) if sum(sent) else 1.0


# Pairing --------------------------------------------------------------------------------------


def shifts(before: Iterable[Alert], after: Iterable[Alert]) -> Iterator[Shift]:
    """Alerts of both sides paired where they tell of one breach: same case, condition and type, and the same
    id or times that touch. Each is paired once, the earlier ones first."""
    old, new = _by_key(before), _by_key(after)
    for key in sorted(old.keys() | new.keys()):
        yield from _paired(old[key], new[key])


def _by_key(alerts: Iterable[Alert]) -> defaultdict[tuple[str, str, str], list[Alert]]:
    by_key: defaultdict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda alert: (alert.opened_at, alert.id)):
        by_key[span_of(alert).key].append(alert)
    return by_key


def _paired(old: Sequence[Alert], new: Sequence[Alert]) -> Iterator[Shift]:
    left = {alert.id: alert for alert in new}
    unpaired = []
    for alert in old:
        same = left.pop(alert.id, None)
        if same is None:
            unpaired.append(alert)
        else:
            yield Shift(before=alert, after=same)
    for alert in unpaired:
        touching = (one for one in left.values() if span_of(alert).touches(span_of(one), TOLERANCE))
        found = next(touching, None)
        if found is not None:
            del left[found.id]
        yield Shift(before=alert, after=found)
    yield from (Shift(before=None, after=alert) for alert in left.values())


def _told(alert: Alert) -> tuple[Any, ...]:
    """What an operator would notice of it: when, how long and how urgent."""
    return alert.opened_at, alert.detected_at, alert.cleared_at, alert.severity, alert.repeats


def _when(shift: Shift) -> tuple[Micros, str]:
    return shift.alert.opened_at, shift.alert.id


# What is shown --------------------------------------------------------------------------------


def diff_as_json(before: Rulebook, after: Rulebook, trial: Trial | None) -> dict[str, Any]:
    """What differs between the rulebooks, and between what they raised where they were tried."""
    changed = [one.as_json() for one in difference(before, after)]
    told = {"old": before.revision, "new": after.revision, "differences": changed}
    if trial is None:
        return told
    moved = [shift for shift in trial.shifts if shift.fate is not Fate.STAYS]
    found = trial.places_of(moved)
    return told | {
        "history": trial.history.as_json(),
        "before": trial.before.total(),
        "after": trial.after.total(),
        "judged_once": trial.judged_once,
        "orders": trial.by_order(),
        "alerts": [{**shift.as_json(), "at": found.get(shift.alert.id)} for shift in moved],
    }


def _lines(heading: str, before: Rulebook, after: Rulebook) -> Iterator[str]:
    yield heading
    yield from list(told(difference(before, after))) or ["both demand the same"]


def _shown(trial: Trial) -> Iterator[str]:
    yield ""
    yield trial.history.told()
    if trial.judged_once:
        yield f"{trial.judged_once} of {len(trial.before.orders)} orders are alike in both: judged once"
    yield table([_HEADS, *_rows(trial)])
    before, after = trial.before.total(), trial.after.total()
    told = f"{rate(before['per_device_day'])} → {rate(after['per_device_day'])} alerts a device-day"
    yield f"{told}; over in five minutes: {before['brief']} → {after['brief']}"
    if "nuisance" in before:
        nuisance = (rate(one["nuisance_per_device_day"]) for one in (before, after))
        missed = f"breaches missed: {before['missed']} → {after['missed']}"
        yield f"by the truth {' → '.join(nuisance)} nuisance alerts a device-day; {missed}"
    for fate in _SIGN:
        found = [shift for shift in trial.shifts if shift.fate is fate]
        yield from map(_line, islice(found, LISTED_MAX))
        if len(found) > LISTED_MAX:
            yield f"{_SIGN[fate]} … and {len(found) - LISTED_MAX} more; --json lists them all"


_HEADS: Final = ("order", "before", "after", *_SIGN, "")


def _rows(trial: Trial) -> Iterator[Sequence[str]]:
    names = ("before", "after", *_SIGN)
    counts = trial.by_order()
    for order, one in counts.items():
        yield (order, *(str(one[name]) for name in names), "")
    yield ("all", *(str(sum(one[name] for one in counts.values())) for name in names), "")


def _line(shift: Shift) -> str:
    alert = shift.alert
    about = f"{alert.order} {alert.condition}: {alert.type.value} ({alert.severity.value})"
    joint = ":" if shift.fate is Fate.MOVES else ","
    return f"{_SIGN[shift.fate]} {rfc3339(alert.opened_at)}  {about}{joint} {turns(shift)}"


def turns(shift: Shift) -> str:
    """What is other than before; of an alert that only one side tells, until when it lasts."""
    alert = shift.alert
    if shift.fate is not Fate.MOVES or shift.before is None:
        return f"until {'open' if alert.cleared_at is None else rfc3339(alert.cleared_at)}"
    return "; ".join(_turned(shift.before, alert))


def _turned(before: Alert, after: Alert) -> Iterator[str]:
    was, now = alert_json(before), alert_json(after)
    for name in ("opened_at", "detected_at", "cleared_at", "severity", "repeats"):
        if was[name] != now[name]:
            yield f"{name} {was[name] or 'open'} → {now[name] or 'open'}"

"""The difference between two rulebooks as one HTML page: in words, in counts, and on maps drawn by ourselves.

The page stands alone: no script, no picture from elsewhere, so it can be sent, printed and kept with a case.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from em_engine.commands.backtest import rate
from em_engine.commands.diff import Fate, Shift, Trial, turns
from em_engine.console import sketch
from em_engine.console.court.drawing import svg
from em_engine.rulebook import Order, Rulebook
from em_engine.rulebook.difference import difference, told
from em_engine.vocabulary import rfc3339

ALERTS_MAX: Final = 200
"""So many alerts of an order are listed; `--json` lists them all."""
ORDERS_MAX: Final = 200
_SHOWN: Final = (Fate.APPEARS, Fate.DISAPPEARS, Fate.MOVES)
_SIGN: Final = {Fate.APPEARS: "+", Fate.DISAPPEARS: "−", Fate.MOVES: "~"}
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
td.l { text-align: left; }
svg { width: 100%; max-width: 40rem; height: auto; }
pre { white-space: pre-wrap; background: #f6f6f4; padding: .7rem; }
section { border-top: 2px solid #999; margin-top: 2rem; }
@media print { section { break-inside: avoid; } }
"""
_LEGEND: Final = (
    "Red: where the condition's zone, with its ring, reached before; amber and dashed: where it reaches now. "
    "A full dot: an alert that appears; a hollow one: one that disappears; ringed: one that moves."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two rulebooks, and what they raise on a history where one was given."""

    old: Rulebook
    new: Rulebook
    trial: Trial | None


def page(compared: Compared) -> str:
    """The whole page."""
    title = f"{compared.old.revision} → {compared.new.revision}"
    lines = list(told(difference(compared.old, compared.new))) or ["both demand the same"]
    body = [
        f"<h1>Rulebook {escape(title)}</h1>",
        f"<h2>What changed</h2><pre>{escape(chr(10).join(lines))}</pre>",
        *(_trial(compared, compared.trial) if compared.trial is not None else ()),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _trial(compared: Compared, trial: Trial) -> Iterator[str]:
    yield f"<h2>On history</h2><p>{escape(trial.history.told())}</p>"
    yield from (f"<p><strong>{escape(notice)}</strong></p>" for notice in trial.history.notices)
    yield _totals(trial)
    counts = trial.by_order()
    yield _table(("order", "before", "after", *(fate.value for fate in Fate)), counts.items())
    touched = [order for order, one in counts.items() if any(one[fate.value] for fate in _SHOWN)]
    if len(touched) > ORDERS_MAX:
        yield f"<p>The first {ORDERS_MAX} of {len(touched)} orders whose alerts differ are shown.</p>"
    yield f"<p>{escape(_LEGEND)}</p>" if touched else "<p>No alert appears, disappears or moves.</p>"
    shown = [one for one in trial.shifts if one.fate in _SHOWN]
    places = trial.places_of(shown)
    for order in touched[:ORDERS_MAX]:
        yield _order(compared, order, [one for one in shown if one.alert.order == order], places)


def _totals(trial: Trial) -> str:
    before, after = trial.before.total(), trial.after.total()
    rows = {
        "alerts": (before["alerts"], after["alerts"]),
        "over in five minutes": (before["brief"], after["brief"]),
        "alerts a device-day": (rate(before["per_device_day"]), rate(after["per_device_day"])),
    }
    if "nuisance" in before:
        was, now = (rate(one["nuisance_per_device_day"]) for one in (before, after))
        rows["nuisance a device-day, by the truth"] = (was, now)
        rows["breaches missed, by the truth"] = (before["missed"], after["missed"])
    sides = {name: {"before": pair[0], "after": pair[1]} for name, pair in rows.items()}
    return _table(("", "before", "after"), sides.items())


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, dict[str, Any]]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    lines = [
        "".join(f"<td>{escape(str(cell))}</td>" for cell in (name, *(one[key] for key in heads[1:])))
        for name, one in rows
    ]
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _order(compared: Compared, order: str, shifts: list[Shift], places: Mapping[str, list[float]]) -> str:
    drawn = svg({"features": [*_zones(compared, order, shifts), *_proofs(shifts, places)]}) or ""
    rows = [
        f'<tr><td class="l">{_SIGN[one.fate]} {escape(rfc3339(one.alert.opened_at))}</td>'
        f'<td class="l">{escape(one.alert.condition)}</td><td class="l">{escape(one.alert.type.value)}</td>'
        f'<td class="l">{escape(turns(one))}</td></tr>'
        for one in shifts[:ALERTS_MAX]
    ]
    more = f"<p>… and {len(shifts) - ALERTS_MAX} more</p>" if len(shifts) > ALERTS_MAX else ""
    return f"<section><h2>{escape(order)}</h2>{drawn}<table>{''.join(rows)}</table>{more}</section>"


def _zones(compared: Compared, order: str, shifts: list[Shift]) -> Iterator[dict[str, Any]]:
    """The zones of the conditions that alerts differ of, with their rings: as before, as now."""
    conditions = {one.alert.condition for one in shifts}
    for role, rulebook in (("zone", compared.old), ("buffer", compared.new)):
        found = next((one for one in rulebook.orders if one.id == order), None)
        for shape in _reaches(rulebook, found, conditions):
            yield {"geometry": shape, "properties": {"role": role}}


def _reaches(rulebook: Rulebook, order: Order | None, conditions: set[str]) -> Iterator[dict[str, Any]]:
    for condition in () if order is None else order.conditions:
        zone = rulebook.zones.get(getattr(condition.terms, "zone", None) or "")
        if zone is not None and condition.id in conditions:
            margin_m = getattr(condition.terms, "buffer_m", 0.0)
            yield sketch.outline(zone.name, zone.geometry, zone.radius_m, margin_m=margin_m)


def _proofs(shifts: list[Shift], places: Mapping[str, list[float]]) -> Iterator[dict[str, Any]]:
    for one in shifts:
        at = places.get(one.alert.id)
        if at is not None:
            told = {
                "role": "fix",
                "accuracy_m": None,
                "in_breach": one.fate is not Fate.DISAPPEARS,
                "proves": one.fate is Fate.MOVES,
            }
            yield {"geometry": {"type": "Point", "coordinates": at}, "properties": told}

"""`em rules why`: for one wearer and one time, why each condition did or did not raise something."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from em_engine.commands.history import History, HistoryRefused, Past, read_history
from em_engine.law.breach import Phase
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.standing import FixStanding, SlotStanding, Standing, standing
from em_engine.rulebook import Rulebook, load
from em_engine.rulebook.coded import Said
from em_engine.rulebook.problems import nearest
from em_engine.vocabulary import BEFORE_ALL, NEVER, SECOND, Change, Micros, instant, rfc3339, wire_name


def why_command(folder: Path, past: Past, *, wearer: str, at: Micros, as_json: bool) -> int:
    """Tell how every condition of the wearer stood at that time, judged from the history up to it."""
    rulebook = load(folder)
    order = next((one for one in rulebook.orders if one.wearer.id == wearer), None)
    if order is None:
        known = {one.wearer.id for one in rulebook.orders}
        unknown = Said("history.wearer", "there is no wearer {!r}; {}", wearer, nearest(wearer, known))
        raise HistoryRefused(unknown, of=folder)
    imagining = None if past.imagining is None else replace(past.imagining, wearer=wearer)
    history = read_history(replace(past, until=at, imagining=imagining), [rulebook])
    heart, told = lived(rulebook, history, at)
    zone = ZoneInfo(order.time_zone)
    found, told = list(standing(heart, wearer)), [one for one in told if one.wearer == wearer]
    if as_json:
        whole: dict[str, Any] = {"wearer": wearer, "at": rfc3339(at), "time_zone": order.time_zone}
        whole |= {"revision": rulebook.revision, "history": history.as_json()}
        conditions = [_as_json(one, told, at, zone) for one in found]
        click.echo(json.dumps({**whole, "conditions": conditions}, ensure_ascii=False, indent=2))
        return 0
    click.echo(f"{wearer} at {_civil(at, zone)}, revision {rulebook.revision}")
    for one in found:
        for line in _lines(one, told, at, zone):
            click.echo(line)
    return 0


def lived(rulebook: Rulebook, history: History, at: Micros) -> tuple[Heart, Sequence[Change]]:
    """The heart after the history up to that time, and what it told on the way."""
    heart, told = Heart(compile_rules(rulebook)), list[Change]()
    for batch in history.batches():
        told += heart.step(batch, int(batch.rows["received_at"][-1])).changes
    return heart, [*told, *heart.step(None, at).changes]


def _lines(one: Standing, told: Sequence[Change], at: Micros, zone: ZoneInfo) -> Iterator[str]:
    where = f" at {one.zone}" if one.zone else ""
    yield f"  {one.condition} ({one.kind}{where}): {_window(one, zone)}"
    for fix in one.fixes:
        yield f"    {_fix(fix, at)}"
    if not one.fixes:
        yield "    no position was ever heard"
    busy = [slot for slot in one.slots if slot.phase is not Phase.CLEAR]
    for slot in busy:
        yield f"    {slot.type.value}: {_slot(slot, zone)}"
    if not busy:
        before = [change for change in told if change.condition == one.condition]
        yield f"    nothing is open and nothing is suspected{_before(before, zone)}"


def _window(one: Standing, zone: ZoneInfo) -> str:
    until = "" if one.end == NEVER else f" until {_civil(one.end, zone)}"
    since = "" if one.start == BEFORE_ALL else f" since {_civil(one.start, zone)}"
    if one.binds:
        return f"binds{since}{until}"
    return f"in its window{since}, in the grace" if one.in_window else f"does not bind{since}{until}"


def _fix(fix: FixStanding, at: Micros) -> str:
    told = f"{fix.device}, {_span(at - fix.at)} before: {wire_name(fix.source)}, within {fix.radius_m:.0f} m"
    if fix.depth_m is None:
        return told
    side = "inside" if fix.depth_m >= 0.0 else "outside"
    return f"{told}, {abs(fix.depth_m):,.0f} m {side}"


def _slot(slot: SlotStanding, zone: ZoneInfo) -> str:
    since = "" if slot.since is None else f" since {_civil(slot.since, zone)}"
    needed = f"evidence {slot.share:.1%}, {slot.needed * 100.0:g}% and its time are needed"
    match slot.phase:
        case Phase.OPEN:
            return f"open{since}"
        case Phase.RETURNING:
            return f"open{since}, and seen on the lawful side: {needed} to clear it"
        case _:
            return f"suspected{since}: {needed} to open it"


def _before(changes: Sequence[Change], zone: ZoneInfo) -> str:
    if not changes:
        return ""
    last = changes[-1]
    return f"; last: {last.type.value} {last.change.value} at {_civil(last.detected_at, zone)}"


def _span(span: Micros) -> str:
    seconds = span / SECOND
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _civil(at: Micros, zone: ZoneInfo) -> str:
    return instant(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S%z")


def _as_json(one: Standing, changes: Sequence[Change], at: Micros, zone: ZoneInfo) -> dict[str, Any]:
    """How the condition stood, what was said of it before, and the same in words."""
    told = asdict(one)
    told["said"] = [_said(change) for change in changes if change.condition == one.condition]
    told["text"] = [line.strip() for line in _lines(one, changes, at, zone)]
    for name in ("start", "end"):
        told[name] = None if told[name] in (BEFORE_ALL, NEVER) else rfc3339(told[name])
    for fix in told["fixes"]:
        fix["source"] = wire_name(fix["source"])
        for name in ("at", "heartbeat_at"):
            fix[name] = None if fix[name] is None else rfc3339(fix[name])
    for slot in told["slots"]:
        slot["phase"] = slot["phase"].name.lower()
        slot["since"] = None if slot["since"] is None else rfc3339(slot["since"])
    return told


def _said(change: Change) -> dict[str, Any]:
    told = change.as_json()
    return {name: told[name] for name in ("type", "change", "at", "opened_at", "detected_at")}

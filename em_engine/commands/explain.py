"""`em explain`: one alert's story, from the record alone, and whether judging again still says the same."""

import contextlib
import getpass
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import ENGINE, HistoryEntry
from em_engine.commands.explain_map import write_map
from em_engine.commands.explain_words import happened, in_percent, say
from em_engine.commands.explained import (
    Explained,
    ExplainRefused,
    certainty,
    depths_m,
    distances_m,
    explain,
)
from em_engine.console.audit import audit_of
from em_engine.console.directory import Directory
from em_engine.console.phrases import OUTCOMES
from em_engine.console.sentences import reason
from em_engine.console.views import told
from em_engine.ingest.delivery import system_clock
from em_engine.law.certainty import PROBABILITY
from em_engine.record.rows import KeptPosition
from em_engine.record.sqlite import SqliteReaders
from em_engine.vocabulary import Micros, Source, instant, parse_rfc3339, rfc3339, wire_name


def explain_command(alert: str, data: Path, *, language: str, image: Path | None, as_json: bool) -> int:
    """The alert explained; 1 where judging again says something else."""
    path = data / "record.sqlite3"
    if not path.exists():
        raise ExplainRefused(f"{path}: there is no record; --data names the engine's data folder")
    with contextlib.closing(SqliteReaders(path)) as readers:
        explained = explain(readers, alert)
    _note_look(data, explained.alert.id)
    if image is not None and not write_map(explained, image, language):
        click.echo(say("no_image", language), err=True)
        image = None
    if as_json:
        told = explanation(explained, language) | {"image": None if image is None else str(image)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(lines(explained, language)))
    return int(explained.rederived.reproduced is False)


def _note_look(data: Path, alert: str) -> None:
    """Who looks at a person's way has it written down, at the engine as at a desk.

    Raises AuditUnavailable.
    """
    with audit_of(data, system_clock) as audit:
        audit.append(
            who=f"{getpass.getuser()} (em explain)",
            what="looked at the alert",
            subject=alert,
            why="explanation",
        )


def sentence(alert: Alert, directory: Directory | None, language: str) -> str:
    """Why the alert is there."""
    return reason(told(alert, directory))[language] if directory else alert.type.value


def story(explained: Explained, language: str) -> Iterator[dict[str, Any]]:
    """What happened, in order: what the engine said as it said it then, and what people did."""
    for entry in explained.history:
        text = happened(entry.what, language, by=entry.by)
        if entry.by == ENGINE:
            text = f"{text}: {_said_then(explained, entry, language)}"
        else:
            text = ": ".join((text, *_words(entry.payload, language)))
        yield {"at": rfc3339(entry.at), "what": entry.what, "by": entry.by, "sentence": text}


def _said_then(explained: Explained, entry: HistoryEntry, language: str) -> str:
    line = entry.payload
    opened_at, evidence = parse_rfc3339(line["opened_at"]), line["evidence"]
    if line["cleared_at"] is not None:  # what shows that it is over must not be told as why it began
        edges = (opened_at, parse_rfc3339(line["cleared_at"]))
        since, until = (_civil(at, explained) for at in edges)
        lasted = say("lasted", language, since=since, until=until)
        return f"{lasted} ({evidence['because']})" if "because" in evidence else lasted
    then = replace(
        explained.alert, device=line["device"], opened_at=opened_at, cleared_at=None, evidence=evidence
    )
    return sentence(then, explained.directory, language)


def _words(payload: Mapping[str, Any], language: str) -> Iterator[str]:
    outcome, note = payload.get("outcome"), payload.get("note")
    if outcome is not None:
        yield getattr(OUTCOMES[outcome], language)
    if note:
        yield str(note)


def explanation(explained: Explained, language: str) -> dict[str, Any]:
    """The whole explanation as JSON values."""
    alert, again = explained.alert, explained.rederived
    return {
        "alert": alert.id,
        "type": alert.type.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "breach": alert.breach.value,
        "order": alert.order,
        "condition": alert.condition,
        "wearer": alert.wearer,
        "device": alert.device,
        "opened_at": rfc3339(alert.opened_at),
        "detected_at": rfc3339(alert.detected_at),
        "cleared_at": _time(alert.cleared_at),
        "confidence": round(alert.confidence, 4),
        "certainty": _certainty(explained, language),
        "late": alert.late,
        "reason": sentence(alert, explained.directory, language),
        "story": list(story(explained, language)),
        "evidence": dict(alert.evidence),
        "cleared_evidence": None if alert.cleared_evidence is None else dict(alert.cleared_evidence),
        "rulebook": {
            "revision": alert.rulebook,
            "first_used_at": _time(explained.first_used_at),
            "unread": explained.unread,
        },
        "fixes": [_fix(*row) for row in _rows(explained)],
        "rederived": {
            "reproduced": again.reproduced,
            "changes": again.changes,
            "judged_again": again.judged_again,
            "differing": list(again.differing),
            "reaches_back_to": _time(again.reaches_back_to),
            "why_not": again.why_not,
        },
    }


def _certainty(explained: Explained, language: str) -> str | None:
    """How sure it had to be, in the order's word for it, and how sure it was."""
    asked = certainty(explained)
    if asked is None:
        return None
    level, reached = asked
    needed = in_percent(PROBABILITY[level], language)
    told = say("certainty", language, level=say(level.value, language), needed=needed)
    return (
        told
        if reached is None
        else f"{told}; {say('belief', language, reached=in_percent(reached, language))}"
    )


def _rows(explained: Explained) -> Iterator[tuple[KeptPosition, float | None, float | None]]:
    yield from zip(explained.fixes, depths_m(explained), distances_m(explained), strict=True)


def _fix(fix: KeptPosition, depth_m: float | None, distance_m: float | None) -> dict[str, Any]:
    return {
        "fixed_at": rfc3339(fix.fixed_at),
        "device": fix.device,
        "lon": fix.lon,
        "lat": fix.lat,
        "accuracy_m": None if math.isnan(fix.accuracy_m) else round(fix.accuracy_m, 1),
        "source": wire_name(Source(fix.source)),
        "in_breach": fix.in_breach,
        "depth_m": depth_m,
        "distance_m": distance_m,
    }


def _time(at: Micros | None) -> str | None:
    return None if at is None else rfc3339(at)


def lines(explained: Explained, language: str) -> Iterator[str]:
    """The whole explanation as text."""
    alert = explained.alert
    yield f"{alert.id}  {alert.type.value} ({alert.severity.value})  {alert.order} {alert.condition}"
    yield sentence(alert, explained.directory, language)
    yield f"\n{say('story', language)}"
    for entry in story(explained, language):
        yield f"  {_civil(parse_rfc3339(entry['at']), explained)}  {entry['sentence']}"
    yield f"\n{say('evidence', language)}"
    yield from (f"  {line}" for line in _evidence(explained, language))
    yield f"\n{say('fixes', language)}"
    positions = list(_positions(explained, language))
    yield from (f"  {line}" for line in positions or [say("no_fixes", language)])
    yield f"\n{say('judged', language)} {_revision(explained, language)}"
    yield f"{say('again', language)}: {'; '.join(_again(explained, language))}"
    yield from (f"  {line}" for line in explained.rederived.differing)


def _evidence(explained: Explained, language: str) -> Iterator[str]:
    """What the engine went by, first what people ask for, then the rest by its own names."""
    alert = explained.alert
    rest = dict(alert.evidence)
    yield f"{say('confidence', language)}: {alert.confidence:.4f}"
    asked = _certainty(explained, language)
    if asked is not None:
        yield asked
    for name in ("certainty", "belief"):
        rest.pop(name, None)
    if alert.late:
        yield say("late", language)
    window = rest.pop("window", None)
    if window is not None:
        edges = (_edge(window[name], explained, language) for name in ("from", "to"))
        yield f"{say('window', language)}: {' – '.join(edges)}"
    fix = rest.pop("fix", None)
    if fix is not None:
        at = _civil(parse_rfc3339(fix["fixed_at"]), explained)
        where = f"{fix['lat']:.6f} {fix['lon']:.6f} ± {fix['accuracy_m']:g} m {fix['source']}"
        yield f"{say('fix', language)}: {at}  {where}"
    for name in ("margin_m", "separation_m"):
        if (length_m := rest.pop(name, None)) is not None:
            yield f"{say(name, language)}: {length_m:g} m"
    if (used := rest.pop("fixes", None)) is not None:
        yield f"{say('fixes_used', language)}: {used}"
    yield from (f"{name}: {value}" for name, value in rest.items() if value is not None)


def _edge(at: str | None, explained: Explained, language: str) -> str:
    return say("open", language) if at is None else _civil(parse_rfc3339(at), explained)


def _positions(explained: Explained, language: str) -> Iterator[str]:
    for fix, depth_m, distance_m in _rows(explained):
        radius = "" if math.isnan(fix.accuracy_m) else f" ± {fix.accuracy_m:g} m"
        parts = [f"{fix.lat:.6f} {fix.lon:.6f}{radius} {wire_name(Source(fix.source))}"]
        if depth_m is not None:
            side = "inside" if depth_m >= 0 else "outside"
            zone = _zone_name(explained)
            parts.append(say(side, language, metres=f"{abs(depth_m):.0f} m", zone=zone))
        if distance_m is not None:
            parts.append(say("apart", language, metres=f"{distance_m:.0f} m"))
        yield f"{_civil(fix.fixed_at, explained)}  {', '.join(parts)}"


def _zone_name(explained: Explained) -> str:
    alert, directory = explained.alert, explained.directory
    condition = directory.condition(alert.order, alert.condition) if directory else None
    return str(getattr(condition.terms, "zone", "")) if condition else ""


def _revision(explained: Explained, language: str) -> str:
    revision, since = explained.alert.rulebook, explained.first_used_at
    if explained.unread is not None or since is None:
        return say("no_revision", language, revision=revision, why=explained.unread)
    return say("revision", language, revision=revision, since=_civil(since, explained))


def _again(explained: Explained, language: str) -> Iterator[str]:
    again = explained.rederived
    since = "" if again.reaches_back_to is None else _civil(again.reaches_back_to, explained)
    if again.why_not is not None:
        yield say("impossible", language, why=again.why_not)
    elif again.reproduced is None:
        yield say("beyond", language, since=since)
    else:
        verdict = "same" if again.reproduced else "differs"
        yield say(verdict, language, judged=again.judged_again, all=again.changes)
        if not again.is_whole:
            yield say("partly", language, since=since)


def _civil(at: Micros, explained: Explained) -> str:
    """The order's civil time, with its offset; UTC where the rulebook cannot be read."""
    if explained.directory is None:
        return rfc3339(at)
    return (
        f"{instant(at).astimezone(explained.directory.time_zone(explained.alert.order)):%Y-%m-%d %H:%M:%S %z}"
    )

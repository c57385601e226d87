"""A case's file as a PDF for the court (PDF/A-2b), set by typst from data alone."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from typing import Any, Final

import msgspec
import typst

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import HistoryEntry
from em_engine.console.court.case_file import CaseFile, Drawn
from em_engine.console.court.drawing import svg
from em_engine.console.court.words import said
from em_engine.console.phrases import OUTCOMES
from em_engine.console.sentences import reason
from em_engine.console.views import told, without_whereabouts
from em_engine.vocabulary import Micros, instant, parse_rfc3339

MAPS_MAX: Final = 40
"""How many alerts are shown one by one with a map; the table and the data name all."""
_MISSING: Final = "–"


def pdf(file: CaseFile, drawn: Drawn, hashes: Mapping[str, str], *, language: str) -> bytes:
    """The paper; `hashes` are those of the data that comes with it."""
    content = msgspec.json.encode(_content(file, drawn, hashes, language)).decode()
    with as_file(files("em_engine.console.court").joinpath("case.typ")) as template:
        made = typst.compile(template, sys_inputs={"told": content}, format="pdf", pdf_standards=["a-2b"])
    assert isinstance(made, bytes), "one document is one PDF"
    return made


def _content(file: CaseFile, drawn: Drawn, hashes: Mapping[str, str], language: str) -> dict[str, Any]:
    order = file.directory.order(file.case)
    shown = file.alerts[-MAPS_MAX:]
    day = instant(file.at)
    exported = said("exported", language, at=_clock(file, file.at), by=file.by, why=file.why)
    return {
        "language": "en" if language == "en" else language,
        "title": said("title", language, case=file.case),
        "centre": file.directory.rulebook.programme.name or "em-engine",
        "date": [day.year, day.month, day.day],
        "exported": exported,
        "words": _words(language, len(shown) if len(shown) < len(file.alerts) else None),
        "head": _head(file, language),
        "conditions": [[one.id, one.kind] for one in (order.conditions if order else ())],
        "table": [_table_row(file, alert, language) for alert, _ in file.alerts],
        "alerts": [_alert(file, alert, entries, drawn=drawn, language=language) for alert, entries in shown],
        "hashes": [[name, sum] for name, sum in sorted(hashes.items())],
    }


_NAMES: Final = (
    *("secret", "conditions", "condition", "kind", "alerts", "each", "map", "history", "hashes"),
    *("hashes_say", "file"),
)


def _words(language: str, shown: int | None) -> dict[str, Any]:
    words: dict[str, Any] = {name: said(name, language) for name in _NAMES}
    if shown is not None:
        words["each"] += f" ({said('unmapped', language, count=shown)})"
    columns = ("opened", "type", "cleared", "severity", "outcome")
    entries = ("number", "at", "by", "what")
    return words | {
        "columns": [said(name, language) for name in columns],
        "entries": [said(name, language) for name in entries],
    }


def _head(file: CaseFile, language: str) -> list[list[str]]:
    order = file.directory.order(file.case)
    facts = {"case": file.case}
    if order is not None:
        wearer = order.wearer
        facts |= {
            "programme": order.programme.value,
            "wearer": f"{wearer.id} {wearer.name}".strip(),
            "devices": ", ".join(wearer.devices),
            "record": order.record.value,
        }
    facts["rulebook"] = ", ".join(sorted({alert.rulebook for alert, _ in file.alerts})) or _MISSING
    facts["time"] = str(file.directory.time_zone(file.case))
    return [[said(name, language), value] for name, value in facts.items()]


def _table_row(file: CaseFile, alert: Alert, language: str) -> list[str]:
    return [
        _clock(file, alert.opened_at),
        f"{_title(file, alert, language)} ({alert.condition})",
        _clock(file, alert.cleared_at) if alert.cleared_at is not None else said("open-still", language),
        alert.severity.value,
        _outcome(alert, language),
    ]


def _alert(
    file: CaseFile, alert: Alert, entries: Sequence[HistoryEntry], *, drawn: Drawn, language: str
) -> dict[str, Any]:
    collection = drawn(alert)
    return {
        "title": f"{_title(file, alert, language)}, {_clock(file, alert.opened_at)}",
        "reason": reason(told(alert, file.directory))[language],
        "map": svg(collection),
        "caption": _caption(file, collection, language),
        "facts": _facts(file, alert, language),
        "history": [_entry(file, entry) for entry in entries],
    }


def _facts(file: CaseFile, alert: Alert, language: str) -> list[list[str]]:
    evidence = without_whereabouts(alert.evidence)
    facts = {
        "opened": _clock(file, alert.opened_at),
        "detected": _clock(file, alert.detected_at),
        "cleared": _clock(file, alert.cleared_at) if alert.cleared_at is not None else _MISSING,
        "confidence": f"{alert.confidence:.4f}",
        "rulebook": alert.rulebook,
        "evidence": "; ".join(f"{name} {value}" for name, value in sorted(evidence.items())) or _MISSING,
        "closed": alert.closed_by or _MISSING,
        "outcome": _outcome(alert, language),
        "note": alert.note or _MISSING,
    }
    return [[said(name, language), value] for name, value in facts.items()]


def _entry(file: CaseFile, entry: HistoryEntry) -> list[str]:
    note = entry.payload.get("note")
    what = entry.what if not note else f"{entry.what}: {note}"
    return [str(entry.number), _clock(file, entry.at), entry.by, what]


def _caption(file: CaseFile, collection: Mapping[str, Any], language: str) -> str:
    told_of = [one["properties"] for one in collection["features"] if one["properties"]["role"] == "fix"]
    if not told_of:
        return said("no-caption", language)
    first, last = (_clock(file, parse_rfc3339(told_of[place]["fixed_at"])) for place in (0, -1))
    return said("caption", language, count=len(told_of), from_=first, to=last)


def _title(file: CaseFile, alert: Alert, language: str) -> str:
    return file.directory.protocol(alert.type).title.get(language, alert.type.value)


def _outcome(alert: Alert, language: str) -> str:
    if alert.outcome is None:
        return _MISSING
    words: str = getattr(OUTCOMES[alert.outcome.value], language)
    return words


def _clock(file: CaseFile, at: Micros) -> str:
    """Civil time of the order, with its offset."""
    civil = instant(at).astimezone(file.directory.time_zone(file.case))
    return f"{civil:%Y-%m-%d %H:%M:%S} ({civil:%z})"

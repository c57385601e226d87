"""What a case's file holds: the order, every alert with its history, the positions the law let us keep."""

import csv
import hashlib
import io
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import AlertQueue, HistoryEntry
from em_engine.console.directory import Directory
from em_engine.console.maps import may_be_shown
from em_engine.console.views import alert_view, entry_view
from em_engine.record.interface import Reading
from em_engine.record.rows import AlertQuery, KeptPosition, Role
from em_engine.vocabulary import NEVER, Micros, Source, rfc3339, wire_name

POSITIONS_MAX: Final = 1_000_000
_POSITION_FIELDS: Final = (
    "person", "role", "device", "fixed_at", "lon", "lat", "accuracy_m", "source", "in_breach",
)  # fmt: skip
_EPOCH_1980: Final = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can say: the same case gives the same bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything recorded of one case that the person who asks may see."""

    case: str
    at: Micros  # when it was asked for
    by: str
    why: str
    alerts: tuple[tuple[Alert, tuple[HistoryEntry, ...]], ...]  # by when they opened
    positions: tuple[KeptPosition, ...]
    directory: Directory


def gathered(
    queue: AlertQueue, reading: Reading, directory: Directory, *, case: str, sees_protected: bool
) -> tuple[list[Alert], list[KeptPosition]]:
    """The case's alerts, by when they opened, and its positions as far as they may be shown."""
    order = directory.order(case)
    alerts = queue.open(AlertQuery(is_closed=None, case=case, limit=100_000))
    kept = reading.positions(case, since=0, until=NEVER, limit=POSITIONS_MAX)
    shown = [fix for fix in kept if may_be_shown(fix, order)]
    if not sees_protected:
        shown = [fix for fix in shown if fix.role == Role.WEARER]
    return sorted(alerts, key=lambda alert: (alert.opened_at, alert.id)), shown


def data_files(file: CaseFile) -> dict[str, bytes]:
    """The data by the name of its file."""
    return {
        "case.json": _json(_case(file)),
        "alerts.json": _json([_alert(alert, entries, file.directory) for alert, entries in file.alerts]),
        "positions.csv": _positions(file.positions),
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files and their SHA-256 sums in one archive."""
    whole = {**files, "SHA256SUMS": sums(files)}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH_1980), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def sums(files: Mapping[str, bytes]) -> bytes:
    """The SHA-256 of each file, as `sha256sum --check` reads it."""
    return "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(files.items())).encode()


def sha256(data: bytes) -> str:
    """The SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def _case(file: CaseFile) -> dict[str, Any]:
    order = file.directory.order(file.case)
    told: dict[str, Any] = {
        "case": file.case,
        "exported_at": rfc3339(file.at),
        "exported_by": file.by,
        "reason": file.why,
        "rulebook": file.directory.rulebook.revision,
        "rulebooks_that_judged": sorted({alert.rulebook for alert, _ in file.alerts}),
        "alerts": len(file.alerts),
        "positions": len(file.positions),
    }
    if order is None:
        return told
    return told | {
        "programme": order.programme.value,
        "wearer": {"id": order.wearer.id, "name": order.wearer.name, "devices": list(order.wearer.devices)},
        "record": order.record.value,
        "time_zone": order.time_zone,
        "conditions": [{"id": one.id, "kind": one.kind} for one in order.conditions],
    }


def _alert(alert: Alert, entries: Sequence[HistoryEntry], directory: Directory) -> dict[str, Any]:
    return {**alert_view(alert, directory), "history": [entry_view(entry) for entry in entries]}


def _positions(positions: Sequence[KeptPosition]) -> bytes:
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\r\n")
    written.writerow(_POSITION_FIELDS)
    for fix in positions:
        radius_m = "" if math.isnan(fix.accuracy_m) else f"{fix.accuracy_m:.1f}"
        source = wire_name(Source(fix.source))
        where = (f"{fix.lon:.7f}", f"{fix.lat:.7f}", radius_m, source, str(fix.in_breach).lower())
        written.writerow((fix.person, fix.role.value, fix.device, rfc3339(fix.fixed_at), *where))
    return text.getvalue().encode()


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


Drawn = Callable[[Alert], dict[str, Any]]
"""The map of an alert: GeoJSON, as the person who asks may see it."""

"""The rulebook of a scenario: a folder's, or the orders and zones written in the scenario itself.

Orders stand in the scenario as they would in a rulebook. Each is handed to the rulebook's loader as a file
of its own in which it stands at the same line and column, so that what the loader says fits the scenario.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import shapely

from em_engine.rulebook import Problem, Rulebook, RulebookRefused, load, load_files
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import Listed, Mapped, YamlDocument
from simulators.scenarios.document import ZoneDocument
from simulators.scenarios.ground import Ground

_ZONE: Final = Shape(ZoneDocument)
_ZONES_FILE: Final = "zones/scenario.geojson"
_ORDER_DEFAULTS: Final = {"programme": "conditional-release", "record": "everything", "valid": "{}"}


def rulebook_of(
    document: YamlDocument, text: str, *, ground: Ground, folder: Path, findings: Findings
) -> Rulebook | None:
    """The rulebook the scenario names or holds; None where it has errors, which are then findings."""
    data: Mapping[str, Any] = document.data
    named = data.get("rules")
    if named:
        return _of_folder(document, folder / str(named), findings)
    zones = zones_of(document, ground, findings)
    if findings.has_errors:
        return None
    files = {_ZONES_FILE: zones} if zones else {}
    files["programme.yaml"] = f"time_zone: {data.get('time_zone', 'Europe/Oslo')}\n".encode()
    for part, defaults in (("orders", _ORDER_DEFAULTS), ("schedules", {})):
        listed = data.get(part)
        for number, one in enumerate(listed if isinstance(listed, Listed) else ()):
            if not isinstance(one, Mapped) or _is_flow(text, one):
                findings.error(document, (part, number), "block", "write it as a block of its own")
                continue
            name = one.get("order") or one.get("schedule") or f"{number}"
            files[f"{part}/{_safe(str(name))}.yaml"] = _as_file(text, one, defaults)
    return None if findings.has_errors else _loaded(document, files, findings)


def _of_folder(document: YamlDocument, folder: Path, findings: Findings) -> Rulebook | None:
    try:
        return load(folder)
    except RulebookRefused as refusal:
        findings.error(document, ("rules",), "rules", f"this rulebook is refused: {refusal.problems[0]}")
        return None


def _loaded(document: YamlDocument, files: Mapping[str, bytes], findings: Findings) -> Rulebook | None:
    try:
        return load_files(files)
    except RulebookRefused as refusal:
        for problem in refusal.problems:
            if problem.severity == "error":
                _tell(document, problem, findings)
        return None


def _tell(document: YamlDocument, problem: Problem, findings: Findings) -> None:
    at = (problem.line, problem.column)
    findings.unreadable(document.name, at, problem.code, problem.message, hint=problem.hint)


# Orders ----------------------------------------------------------------------------------------


def _is_flow(text: str, one: Mapped) -> bool:
    line, column = one.start
    return text.splitlines()[line - 1][column - 1 :].startswith("{")


def _as_file(text: str, one: Mapped, defaults: Mapping[str, str]) -> bytes:
    """The block alone, at its line and column; what it leaves out follows it."""
    line, column = one.start
    lines = text.splitlines()
    kept = [" " * (column - 1) + lines[line - 1][column - 1 :], *_block(lines[line:], column - 1)]
    added = [f"{' ' * (column - 1)}{name}: {value}" for name, value in defaults.items() if name not in one]
    return "\n".join([*[""] * (line - 1), *kept, *added, ""]).encode()


def _block(lines: list[str], indent: int) -> Iterator[str]:
    """The lines up to the first that stands further left."""
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#") and len(line) - len(line.lstrip()) < indent:
            return
        yield line


def _safe(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name)


# Zones -----------------------------------------------------------------------------------------


def zones_of(document: YamlDocument, ground: Ground, findings: Findings) -> bytes:
    """The zones as GeoJSON, each on the line it has in the scenario; empty where there are none."""
    zones = document.data.get("zones")
    if not isinstance(zones, Mapped):
        return b""
    lines: dict[int, str] = {}
    for name, data in zones.items():
        read = _ZONE.read(document, ("zones", name), data, findings)
        if read is None:
            continue
        try:
            feature = _feature(name, read, ground)
        except ValueError as error:
            findings.error(document, ("zones", name), "zone", str(error))
            continue
        line = zones.keys_at[name][0]
        lines[line] = ",".join(filter(None, (lines.get(line), feature)))
    last = max(lines, default=1)
    told = [
        lines.get(line, "") + ("," if line in lines and line < last else "") for line in range(2, last + 1)
    ]
    return ('{"type": "FeatureCollection", "features": [\n' + "\n".join(told) + "]}").encode()


def _feature(name: str, zone: ZoneDocument, ground: Ground) -> str:
    geometry = json.loads(shapely.to_geojson(_geometry(zone, ground)))
    properties = {} if zone.outline else {"radius_m": zone.radius_m}
    return json.dumps({"type": "Feature", "id": name, "properties": properties, "geometry": geometry})


def _geometry(zone: ZoneDocument, ground: Ground) -> Any:
    given = [name for name in ("around", "along", "outline") if getattr(zone, name)]
    if len(given) != 1:
        raise ValueError("a zone is one of `around` a place, `along` a line, or within an `outline`")
    if bool(zone.outline) == (zone.radius_m is not None):
        raise ValueError("`around` and `along` need `radius_m`; an `outline` has none")
    if zone.around is not None:
        return shapely.Point(ground.degrees(ground.place(zone.around))[0])
    if zone.along:
        return shapely.LineString(ground.degrees(zone.along))
    return shapely.Polygon(ground.degrees(zone.outline))


def people_of(rulebook: Rulebook) -> dict[str, tuple[str, ...]]:
    """Every person of the rulebook with their devices; a device stands for itself too."""
    found: dict[str, tuple[str, ...]] = {}
    for order in rulebook.orders:
        for person in (order.wearer, *order.protected):
            found[person.id] = tuple(dict.fromkeys((*found.get(person.id, ()), *person.devices)))
    return found

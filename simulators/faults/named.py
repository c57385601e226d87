"""Every fault by its name, and how a scenario writes it: `{fault: loss, share: 0.1, devices: [tag-1]}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from em_engine.rulebook.problems import Findings, Path, nearest
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import YamlDocument
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros
from simulators.faults import network, radio
from simulators.faults.fault import Change, Fault, Region, Scope

FAULTS: Final[Mapping[str, tuple[type[Any], Change]]] = {
    "loss": (network.Loss, network.lose),
    "delay": (network.Delay, network.delay),
    "duplication": (network.Duplication, network.duplicate),
    "reordering": (network.Reordering, network.reorder),
    "outage": (network.Outage, network.hold_back),
    "broker-restart": (network.BrokerRestart, network.restart_broker),
    "stolen-credential": (network.StolenCredential, network.impersonate),
    "jamming": (radio.Jamming, radio.jam),
    "drag-off": (radio.DragOff, radio.drag_off),
    "jump": (radio.Jump, radio.jump),
    "clock-jump": (radio.ClockJump, radio.jump_clock),
    "malformed": (radio.Malformed, radio.no_change),
}
_BOUNDED: Final = ("outage", "broker-restart", "stolen-credential", "jamming", "drag-off")
"""Faults that must begin and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDocument:
    """What every fault has: which, whose devices (all, if none is named), from when to when, and where."""

    fault: str
    devices: tuple[str, ...] = ()
    from_: str | None = None
    to: str | None = None
    around: str | None = None
    radius_m: float | None = None


_OWN: Final = tuple(field.name.removesuffix("_") for field in fields(FaultDocument))
_COMMON: Final = Shape(FaultDocument)
_TERMS: Final = {name: Shape(terms) for name, (terms, _) in FAULTS.items()}


@dataclass(frozen=True, slots=True)
class Reader:
    """How a scenario's times and places are read; both raise ValueError."""

    time: Callable[[str], Micros]
    place: Callable[[str], tuple[float, float]]  # longitude, latitude


def read_fault(
    document: YamlDocument, path: Path, data: Any, *, reader: Reader, findings: Findings
) -> Fault | None:
    """The fault under `path`, or None where it cannot be read: findings say why."""
    if not isinstance(data, dict):
        findings.error(
            document, path, "fault", "a fault should be a mapping, as in {fault: loss, share: 0.1}"
        )
        return None
    common = _COMMON.read(document, path, {name: data[name] for name in _OWN if name in data}, findings)
    if common is None or common.fault not in FAULTS:
        if common is not None:
            hint = nearest(common.fault, FAULTS)
            findings.error(document, (*path, "fault"), "fault", f"{common.fault!r} is no fault", hint=hint)
        return None
    beside = {name: value for name, value in data.items() if name not in _OWN}
    terms = _TERMS[common.fault].read(document, path, beside, findings)
    try:
        scope = _scope(common, reader)
    except ValueError as error:
        findings.error(document, path, "fault", str(error))
        return None
    return terms and Fault(name=common.fault, terms=terms, scope=scope, change=FAULTS[common.fault][1])


def _scope(common: FaultDocument, reader: Reader) -> Scope:
    start = BEFORE_ALL if common.from_ is None else reader.time(common.from_)
    end = NEVER if common.to is None else reader.time(common.to)
    if end <= start:
        raise ValueError("the fault ends before it begins")
    if common.fault in _BOUNDED and (common.from_ is None or common.to is None):
        raise ValueError(f"{common.fault} needs `from` and `to`")
    if common.fault == "stolen-credential" and common.around is None:
        raise ValueError("stolen-credential needs `around`, where it is used")
    region = None
    if common.around is not None:
        lon, lat = reader.place(common.around)
        region = Region(lon=lon, lat=lat, radius_m=common.radius_m or 1.0)
    return Scope(devices=common.devices, start=start, end=end, region=region)

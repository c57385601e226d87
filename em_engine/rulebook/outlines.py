"""Outlines that are too uncertain for what an order asks of them."""

from typing import Final

from em_engine.law.geofence import ExclusionTerms
from em_engine.law.terms import ZoneName
from em_engine.rulebook.coded import Said
from em_engine.rulebook.geojson import Atlas
from em_engine.rulebook.models import Zone
from em_engine.rulebook.orders import ReadDuties
from em_engine.rulebook.places import width_m
from em_engine.rulebook.problems import Findings, Path

_HINT: Final = Said("hint.outline", "take the official outline: em gazetteer import, then em rules zone")


def check_outlines(read: ReadDuties, atlas: Atlas, findings: Findings) -> None:
    """Rings that lie within the doubt of their zone's outline, and zones in which no place is sure."""
    for mention in read.mentions:
        if mention.type is ZoneName:
            zone = _zone(atlas, mention.name)
            if zone is not None and zone.outline_accuracy_m:
                _check_width(read, mention.path, (zone, width_m(zone, atlas)), findings)
    for one in read.conditions:
        for path, terms in one.stages():
            zone = _zone(atlas, terms.zone) if isinstance(terms, ExclusionTerms) else None
            if zone is not None and 0.0 < terms.buffer_m <= zone.outline_accuracy_m:
                _tell_ring(read, (*path, "buffer_m"), zone, findings)


def _zone(atlas: Atlas, name: str) -> Zone | None:
    drawn = atlas.drawn.get(name)
    return None if drawn is None else drawn.zone


def _check_width(read: ReadDuties, at: Path, held: tuple[Zone, float], findings: Findings) -> None:
    zone, wide_m = held
    if wide_m <= 2 * zone.outline_accuracy_m:
        told = "no place is surely in the zone {!r}: it is {:,} m wide, and its outline may be off by {:,} m"
        accuracy_m = round(zone.outline_accuracy_m)
        message = Said("outline.narrow", told, zone.name, round(wide_m), accuracy_m)
        findings.warning(read.document, at, "outline.narrow", message, hint=_HINT)


def _tell_ring(read: ReadDuties, at: Path, zone: Zone, findings: Findings) -> None:
    told = (
        "the outline of the zone {!r} may be off by {:,} m, as much as "
        "the ring is wide: nobody is told to approach before he may be inside"
    )
    message = Said("outline.ring", told, zone.name, round(zone.outline_accuracy_m))
    findings.warning(read.document, at, "outline.ring", message, hint=_HINT)

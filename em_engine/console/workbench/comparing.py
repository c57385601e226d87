"""What changed between two books: in words, on the map, and in their texts."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, Final

import shapely

from em_engine.console import sketch
from em_engine.console.workbench.books import Book
from em_engine.console.workbench.drafts import changed_files
from em_engine.rulebook.difference import difference
from em_engine.rulebook.models import Zone
from em_engine.rulebook.redrawn import is_redrawn, redrawn
from em_engine.rulebook.sources import lines_of

Json = dict[str, Any]
DIFF_LINES_MAX: Final = 2_000
DIFF_BYTES_MAX: Final = 2_000_000
"""Beyond this a text is not compared line by line: nobody reads it, and it takes minutes."""
COLUMNS_MAX: Final = 400
SLIVER: Final = 1e-11
"""Square degrees, a tenth of a square metre or so: what rounding leaves between two outlines."""


def compared(old: Book, new: Book) -> Json:
    """Everything that changed. Raises BookRefused where one of the two has an error."""
    before, after = old.rulebook, new.rulebook
    return {
        "old": before.revision,
        "new": after.revision,
        "differences": [one.as_json() for one in difference(before, after)],
        "zones": [
            {**one, "orders": sorted({*_binding(old, one["name"]), *_binding(new, one["name"])})}
            for one in zones_compared(before.zones, after.zones)
        ],
        "files": [
            {"path": path, "how": how, "diff": _diff(path, old.files.get(path), new.files.get(path))}
            for path, how in changed_files(old.files, new.files)
        ],
    }


def zones_compared(old: Mapping[str, Zone], new: Mapping[str, Zone]) -> Iterator[Json]:
    """Zones that came, went or were redrawn: what they covered before and after, what was won and lost."""
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            how = "added" if was is None else "removed"
            drawn = {
                "before": _covered(was),
                "after": _covered(now),
                "won": _covered(now),
                "lost": _covered(was),
            }
            yield {"name": name, "how": how, **drawn, "figures": {}}
        elif is_redrawn(was, now):
            before, after = _covered(was), _covered(now)
            assert before is not None, "it was"
            assert after is not None, "it is"
            yield {
                "name": name,
                "how": "changed",
                "before": before,
                "after": after,
                "won": _less(after, before),
                "lost": _less(before, after),
                "figures": redrawn(was, now).as_json(),
            }


def _binding(book: Book, zone: str) -> list[str]:
    return list(book.held.naming_zone(zone))


def _covered(zone: Zone | None) -> Json | None:
    return None if zone is None else sketch.outline(zone.name, zone.geometry, zone.radius_m)


def _less(one: Json, other: Json) -> Json | None:
    """What lies in the one and not in the other, for looking at; None where that is nothing."""
    here, there = (shapely.make_valid(shapely.geometry.shape(drawn)) for drawn in (one, other))
    rest = shapely.difference(here, there)
    areas = [part for part in shapely.get_parts(rest) if part.geom_type == "Polygon" and part.area > SLIVER]
    return sketch.geojson(shapely.MultiPolygon(areas)) if areas else None


def _diff(path: str, old: bytes | None, new: bytes | None) -> str:
    if len(old or b"") + len(new or b"") > DIFF_BYTES_MAX:
        return "… too large to be shown line by line\n"
    before, after = ([] if one is None else lines_of(one) for one in (old, new))
    told = unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="", n=2)
    lines = [line[:COLUMNS_MAX] for line in told]
    cut = [f"… and {len(lines) - DIFF_LINES_MAX} lines more"] if len(lines) > DIFF_LINES_MAX else []
    return "\n".join([*lines[:DIFF_LINES_MAX], *cut]) + "\n"

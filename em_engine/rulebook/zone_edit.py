"""One zone of a file of zones changed, and every other feature's text left as it is."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import shapely
from shapely.errors import GEOSException

from em_engine.rulebook.geojson import AREAS, REACHES
from em_engine.rulebook.json_text import JsonDocument
from em_engine.rulebook.problems import Place
from em_engine.rulebook.sources import normal_text
from em_engine.rulebook.yaml_edit import EditRefused

DECIMALS: Final = 7
"""Of a degree: a centimetre on the ground."""
POSITIONS_MAX: Final = 500_000
_EMPTY: Final = '{"type": "FeatureCollection", "features": [\n]}\n'
Feature = Mapping[str, Any]


def features_in(content: bytes) -> list[Any]:
    """The features of a file as they are written; none where it cannot be read."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    found = data.get("features") if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def with_zone(content: bytes | None, feature: Feature, *, index: int | None) -> bytes:
    """The file with the feature in the place of that at `index`, or behind the last. Raises EditRefused."""
    text = _EMPTY if content is None else _text(content)
    told = json.dumps(feature, ensure_ascii=False)
    spans = _spans(text)
    if index is not None:
        start, end = spans[index]
        made = text[:start] + told + text[end:]
    elif spans:
        made = f"{text[: spans[-1][1]]},\n  {told}{text[spans[-1][1] :]}"
    else:
        opens = _opens(text)
        made = f"{text[:opens]}\n  {told}\n{text[opens:].lstrip()}"
    return made.encode()


def without_zone(content: bytes, *, index: int) -> bytes:
    """The file without the feature at `index`. Raises EditRefused."""
    text = _text(content)
    spans = _spans(text)
    start, end = spans[index]
    if index + 1 < len(spans):
        return (text[:start] + text[spans[index + 1][0] :]).encode()
    before = spans[index - 1][1] if index else _opens(text)
    return (text[:before] + text[end:]).encode()


def drawn(geometry: Any) -> dict[str, Any]:
    """A zone's geometry as it is written: to a centimetre, its rings turned as RFC 7946 asks.

    It may be wrong as a zone. Raises EditRefused where it is none at all.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in AREAS + REACHES:
        raise EditRefused(
            "zone.kind",
            f"a zone is one of {', '.join(AREAS + REACHES)}, not {str(kind)[:40]!r}",
            ", ".join(AREAS + REACHES),
            str(kind)[:40],
        )
    try:
        shape = shapely.geometry.shape(geometry)
        rounded = shapely.transform(shapely.force_2d(shape), lambda xy: xy.round(DECIMALS))
    except (GEOSException, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise EditRefused(
            "zone.coordinates", f"these coordinates are no {kind}: {str(error)[:200]}", str(kind)
        ) from error
    if shape.is_empty or not all(map(math.isfinite, rounded.bounds)):
        raise EditRefused(
            "zone.coordinates",
            f"these coordinates are no {kind}: there are none, or not all are numbers",
            str(kind),
        )
    if shapely.get_num_coordinates(rounded) > POSITIONS_MAX:
        raise EditRefused(
            "zone.corners",
            f"a zone of more than {POSITIONS_MAX:,} corners is drawn in no browser: simplify it",
            POSITIONS_MAX,
        )
    told: dict[str, Any] = json.loads(shapely.to_geojson(_turned(rounded)))
    return {"type": told["type"], "coordinates": told["coordinates"]}


def _turned(shape: Any) -> Any:
    return shapely.orient_polygons(shape) if shape.geom_type in AREAS else shape


def _text(content: bytes) -> str:
    try:
        text = normal_text(content.decode("utf-8-sig"))
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EditRefused(
            "zone.no_json", f"the file is no JSON as it stands: mend its text first ({error})"
        ) from error
    return text


def _spans(text: str) -> list[tuple[int, int]]:
    """Where each feature's text begins and ends."""
    data = json.loads(text)
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise EditRefused(
            "zone.no_collection", "the file is no FeatureCollection as it stands: mend its text first"
        )
    places = [Place(("features", index)) for index in range(len(data["features"]))]
    at = JsonDocument(name="", data=data, text=text).positions(places)
    lines = _line_starts(text)
    starts = [lines[at[place][0] - 1] + at[place][1] - 1 for place in places]
    decoder = json.JSONDecoder()
    return [(start, decoder.raw_decode(text, start)[1]) for start in starts]


def _opens(text: str) -> int:
    """Behind the bracket that opens the list of features."""
    place = Place(("features",))
    line, column = JsonDocument(name="", data=None, text=text).positions([place])[place]
    return _line_starts(text)[line - 1] + column


def _line_starts(text: str) -> list[int]:
    starts = [0]
    starts += [index + 1 for index, sign in enumerate(text) if sign == "\n"]
    return starts

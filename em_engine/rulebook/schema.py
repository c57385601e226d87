"""JSON Schemas (2020-12) of the documents, for editors: completion, hints, most mistakes seen while typing.

They are made from the classes the loader reads by, so they cannot drift from it; what a schema cannot say
(names of other documents, times that add up, geometry) only the loader checks.
"""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from em_engine.law.kinds import KINDS
from em_engine.law.terms import CivilTime, GroupName, WeeklyText
from em_engine.law.weekly import WEEKDAYS
from em_engine.rulebook.coded import Explained
from em_engine.rulebook.documents import (
    NAME_LENGTH_MAX,
    Language,
    Name,
    OrderDocument,
    ProgrammeDocument,
    ProtocolDocument,
    ScheduleDocument,
    StepsDocument,
    TopicName,
)
from em_engine.rulebook.geojson import OUTLINE_ACCURACY_M_MAX, RADIUS_M_MAX
from em_engine.rulebook.levels import OWN, PATIENT
from em_engine.rulebook.models import LANGUAGES
from em_engine.rulebook.reading import EACH, adapter, leaves
from em_engine.rulebook.schema_words import EXAMPLES, KIND_WORDS, WORDS
from em_engine.vocabulary import AlertType

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DAY: Final = f"({'|'.join(WEEKDAYS)})"
_SPAN: Final = f"{_DAY}(-{_DAY})?"
_TIME: Final = r"([01]\d|2[0-3]):[0-5]\d"

TEXTS: Final[Mapping[Any, Schema]] = {
    WeeklyText: {
        "type": "string",
        "pattern": rf"^(daily|{_SPAN}(,{_SPAN})*) {_TIME}-({_TIME}|24:00)$",
        "examples": ["mon-fri 21:00-06:00", "sat,sun 19:00-08:00", "daily 00:00-24:00"],
    },
    CivilTime: {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$",
        "examples": ["2026-03-01T00:00"],
    },
    timedelta: {
        "type": "string",
        "pattern": r"^P(?=.)(\d+W|(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)$",
        "examples": ["PT10M", "PT1H30M", "P1D"],
    },
    GroupName: {"type": "string", "pattern": r"^\S(.*\S)?$", "maxLength": NAME_LENGTH_MAX},
    TopicName: {"type": "string", "pattern": r"^[^\s/+#]+(/[^\s/+#]+)?$", "maxLength": NAME_LENGTH_MAX},
    Name: {"type": "string", "pattern": r"^\S(.*\S)?$", "maxLength": NAME_LENGTH_MAX},
    Language: {"type": "string", "enum": list(LANGUAGES)},
}
"""How the texts that have a form of their own are described."""


_VALID: Final[Schema] = {"$ref": "#/$defs/ValidDocument"}


def schemas() -> Mapping[str, Schema]:
    """The schema of each kind of document, by the name of its file."""
    return {
        "order.schema.json": _order(),
        "schedule.schema.json": _document(ScheduleDocument),
        "programme.schema.json": _document(ProgrammeDocument),
        "protocols.schema.json": _protocols(),
        "zones.schema.json": _zones(),
    }


def write_schemas(folder: Path) -> None:
    """Writes the schemas into `folder`, one file each, ready to be committed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(written(schema), encoding="utf-8")


def written(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def with_codes(schema: Any) -> Any:
    """The same for a page: beside a description that has a code the code, for its reader's own language."""
    if isinstance(schema, list):
        return [with_codes(item) for item in schema]
    if not isinstance(schema, dict):
        return str(schema) if isinstance(schema, Explained) else schema
    told = schema.get("description")
    code = {"description_code": told.code} if isinstance(told, Explained) else {}
    return {**{name: with_codes(value) for name, value in schema.items()}, **code}


def _order() -> Schema:
    schema = _document(OrderDocument)
    kinds = {name: _condition(name) for name in KINDS}
    held = {key: value for kind in kinds.values() for key, value in kind.pop("$defs").items()}
    schema["$defs"] = dict(sorted({**schema["$defs"], **held, **kinds}.items()))
    schema["properties"]["conditions"]["items"] = {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {"kind": {"enum": list(KINDS), "description": WORDS["kind"]}},
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in KINDS],
    }
    return schema


def _condition(name: str) -> Schema:
    """A kind's terms with what every condition has before them."""
    schema = _described(KINDS[name].terms)
    terms = {field: _one_or_several(field, held) for field, held in schema["properties"].items()}
    if name in OWN.keys() - PATIENT:
        terms["certainty"] = {"const": OWN[name].value, "description": terms["certainty"]["description"]}
    own = {
        "id": {**TEXTS[Name], "description": WORDS["condition"]},
        "kind": {"const": name, "description": WORDS["kind"]},
        "valid": {**_VALID, "description": WORDS["ConditionDocument.valid"]},
        "phases": {"type": "array", "items": _phase(name, terms), "description": WORDS["phases"]},
    }
    schema["properties"] = {**own, **terms}
    schema["required"] = ["id", "kind", *schema.get("required", [])]
    schema["description"] = KIND_WORDS.get(name, schema["description"])
    return schema


def _phase(kind: str, terms: Schema) -> Schema:
    """A phase: from when, and any of the condition's terms."""
    same = {field: {"$ref": f"#/$defs/{kind}/properties/{field}"} for field in terms}
    own = {
        "from": {**TEXTS[CivilTime], "description": WORDS["PhaseDocument.from"]},
        "milestone": {**TEXTS[Name], "description": WORDS["milestone"]},
        "title": {"type": "string", "description": WORDS["title"]},
    }
    return {
        "type": "object",
        "anyOf": [{"required": ["from"]}, {"required": ["milestone"]}],
        "minProperties": 2,
        "properties": {**own, **same},
        "additionalProperties": False,
    }


def _one_or_several(field: str, held: Schema) -> Schema:
    """The persons of a condition may be several: it then stands for one condition each."""
    if field != "with":
        return held
    words = {"description": held["description"]}
    return {"anyOf": [held, {"type": "array", "minItems": 1, "items": held}], **words}


def _protocols() -> Schema:
    protocol = {**_described(ProtocolDocument), "description": WORDS["ProtocolDocument"]}
    steps = _described(StepsDocument)
    held = {**protocol.pop("$defs"), **steps.pop("$defs"), "Steps": steps}
    written_once = protocol["properties"]["steps"]
    protocol["properties"]["steps"] = {
        "description": written_once.pop("description"),
        "anyOf": [written_once, {"$ref": "#/$defs/Steps"}],
    }
    return {
        "$schema": _DIALECT,
        "title": "Protocols of a rulebook",
        "description": "What the centre does about each type of alert; what is left out stays as built in.",
        "type": "object",
        "properties": {kind.value: {"$ref": "#/$defs/Protocol"} for kind in AlertType},
        "additionalProperties": False,
        "examples": EXAMPLES["ProtocolDocument"],
        "$defs": {**held, "Protocol": protocol},
    }


def _document(made: type[Any]) -> Schema:
    described = _described(made)
    head = {"$schema": _DIALECT, "title": made.__name__.removesuffix("Document")}
    return {**head, **described, "examples": EXAMPLES[made.__name__]}


def _described(made: Any) -> Schema:
    """The class's own schema, its parts under `$defs`, with our texts and words in it."""
    whole = adapter(made).json_schema()
    parts: dict[str, Schema] = {name: _plain(part) for name, part in whole["$defs"].items()}
    for leaf in leaves(made):
        if leaf.type in TEXTS and not is_dataclass(leaf.type):
            _set_text(parts, made.__name__, leaf.path, TEXTS[leaf.type])
    for name, part in parts.items():
        for field, held in part.get("properties", {}).items():
            held["description"] = WORDS.get(f"{name}.{field}") or WORDS[field]
    return {**parts.pop(made.__name__), "$defs": parts}


def _set_text(parts: dict[str, Schema], name: str, path: tuple[str, ...], text: Schema) -> None:
    """Lays a text's description over the place where pydantic says no more than `string`."""
    here = parts[name]
    for step in path:
        here = here["items"] if step == EACH else here["properties"][step]
        here = parts[here["$ref"].rsplit("/", 1)[1]] if "$ref" in here else here
    here.pop("format", None)
    here.update(text)


def _plain(schema: Any) -> Any:
    """The schema without what an editor's reader does not need: made-up titles, `null`, empty defaults."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    either = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    if len(either) == 1:
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return _plain({**rest, **either[0]})
    dropped = {key for key in ("title",) if isinstance(schema.get(key), str)}
    dropped |= {"default"} if schema.get("default") in (None, "", []) or _is_part(schema) else set()
    return {key: _plain(value) for key, value in schema.items() if key not in dropped}


def _is_part(schema: Schema) -> bool:
    """Whether the default is a whole mapping: its fields' own defaults say the same."""
    return isinstance(schema.get("default"), dict)


def _zones() -> Schema:
    return {
        "$schema": _DIALECT,
        "title": "Zones of a rulebook",
        "description": "A FeatureCollection (RFC 7946); each feature is a zone, its id the zone's name.",
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"$ref": "#/$defs/Zone"}},
        },
        "not": {"required": ["crs"]},
        "examples": EXAMPLES["zones"],
        "$defs": {
            "Zone": {
                "type": "object",
                "required": ["type", "id", "geometry"],
                "properties": {
                    "type": {"const": "Feature"},
                    "id": {"type": ["string", "integer"], "description": WORDS["zone-id"]},
                    "properties": {"type": ["object", "null"], "properties": _of_a_zone()},
                    "geometry": {"type": "object", "required": ["type", "coordinates"]},
                },
                "oneOf": [
                    _area("Polygon", 3),
                    _area("MultiPolygon", 4),
                    _reach("Point", 1),
                    _reach("LineString", 2),
                ],
            },
            "Position": {
                "type": "array",
                "description": "Longitude, latitude, in degrees; a height is left aside.",
                "minItems": 2,
                "prefixItems": [
                    {"type": "number", "minimum": -180, "maximum": 180},
                    {"type": "number", "minimum": -90, "maximum": 90},
                ],
                "items": {"type": "number"},
            },
        },
    }


def _of_a_zone() -> Schema:
    """What a zone's properties may say that has a meaning; others are left as they are."""
    radius = {"type": "number", "exclusiveMinimum": 0, "maximum": RADIUS_M_MAX}
    accuracy = {"type": "number", "minimum": 0, "maximum": OUTLINE_ACCURACY_M_MAX}
    return {
        "title": {"type": "string", "description": WORDS["title"]},
        "radius_m": {**radius, "description": WORDS["radius_m"]},
        "outline_accuracy_m": {**accuracy, "description": WORDS["outline_accuracy_m"]},
    }


def _area(kind: str, depth: int) -> Schema:
    """An outline: rings of four positions and more."""
    coordinates: Schema = {"type": "array", "minItems": 4, "items": {"$ref": "#/$defs/Position"}}
    for _ in range(depth - 2):
        coordinates = {"type": "array", "minItems": 1, "items": coordinates}
    geometry = {"properties": {"type": {"const": kind}, "coordinates": coordinates}}
    return {"properties": {"geometry": geometry, "properties": {"not": {"required": ["radius_m"]}}}}


def _reach(kind: str, depth: int) -> Schema:
    """A position or a line, which reaches `radius_m` around itself."""
    position: Schema = {"$ref": "#/$defs/Position"}
    coordinates = position if depth == 1 else {"type": "array", "minItems": 2, "items": position}
    geometry = {"properties": {"type": {"const": kind}, "coordinates": coordinates}}
    needed = {"type": "object", "required": ["radius_m"]}
    return {"properties": {"geometry": geometry, "properties": needed}, "required": ["properties"]}

"""The JSON Schemas editors read: the same as the code, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from em_engine.law.kinds import KINDS
from em_engine.rulebook import check
from em_engine.rulebook.schema import schemas, write_schemas
from em_engine.rulebook.schema_words import KIND_WORDS

COMMITTED = Path(__file__).parents[3] / "rules" / "schema"

Files = dict[str, str | bytes]


def fits(schema: str, document: Any) -> bool:
    return jsonschema.Draft202012Validator(schemas()[schema]).is_valid(document)


class Texts(yaml.SafeLoader):
    """Dates stay texts, as they do for the rulebook's own reader and for editors."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def changed(right: Files, old: str, new: str) -> Any:
    text = str(right["orders/ova.yaml"])
    assert old in text
    return yaml.load(text.replace(old, new), Loader=Texts)


def test_the_committed_schemas_are_those_of_the_code(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}
    assert committed == written, "write_schemas(rules/schema) writes them anew"


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_one_and_its_examples_fit(name: str) -> None:
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    assert all(fits(name, example) for example in schema["examples"])


def test_every_kind_is_described() -> None:
    assert set(KIND_WORDS) == set(KINDS)
    kinds = schemas()["order.schema.json"]["properties"]["conditions"]["items"]["oneOf"]
    assert [kind["$ref"] for kind in kinds] == [f"#/$defs/{name}" for name in KINDS]


def test_the_blueprints_example_fits(right: Files) -> None:
    assert fits("order.schema.json", changed(right, "order:", "order:"))
    assert fits("zones.schema.json", json.loads(str(right["zones/oslo.geojson"])))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("record:", "recrod:"),
        ("programme: contact-ban", "programme: contact-bann"),
        ("kind: curfew", "kind: curfwe"),
        ("buffer_m: 500", "buffer_m: -500"),
        ("buffer_m: 500", "bufer_m: 500"),
        ("zone: w17-home", "zones: w17-home"),
        ("alert_m: 1000", "alert_m: far"),
        ("late: PT10M", "late: 10 min"),
        ("late: PT10M", "late: P1M"),
        ("mon-fri 21:00-06:00", "man-fre 21:00-06:00"),
        ("2026-03-01T00:00", "2026-03-01T00:00Z"),
        ("tag-0017", "tag/00/17"),
        ("[tag-0017]", "[]"),
        ("reason:", "raeson:"),
    ],
)
def test_what_an_editor_underlines_the_loader_refuses(right: Files, write, old: str, new: str) -> None:
    assert not fits("order.schema.json", changed(right, old, new))
    right["orders/ova.yaml"] = str(right["orders/ova.yaml"]).replace(old, new)
    assert check(write(right))[0] is None


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "MultiPoint", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[10, 59], [11, 59], [10, 59]]]},
        {"type": "Polygon", "coordinates": [[[262000, 6650000], [1, 1], [2, 2], [262000, 6650000]]]},
        {"type": "Point", "coordinates": [10, 59]},
        None,
    ],
)
def test_a_zone_an_editor_underlines_the_loader_refuses(right: Files, write, geometry: object) -> None:
    feature = {"type": "Feature", "id": "z", "properties": {}, "geometry": geometry}
    zones = {"type": "FeatureCollection", "features": [feature]}
    assert not fits("zones.schema.json", zones)
    assert check(write({**right, "zones/z.geojson": json.dumps(zones)}))[0] is None

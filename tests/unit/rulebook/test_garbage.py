"""Whatever stands in a rulebook's files, the answer is a rulebook or a refusal with places in it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from em_engine.rulebook import Problem, RulebookRefused, load_files

SETTINGS = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = ("orders/a.yaml", "zones/z.geojson", "schedules/s.yaml", "protocols.yaml", "programme.yaml")

FIELDS = """order programme time_zone valid from to wearer protected id devices record conditions kind zone
    with leave weekly schedule holidays calendar grace late type features geometry coordinates properties
    radius_m device.strap steps title nb severity escalation accuracy_m gnss languages"""

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["P-3", "p3-home", "curfew", "contact-ban", "PT5M", "2026-03-29T02:30", "mon 07:00-07:00", "NO"]
    ),
)
fields = st.one_of(
    st.text(max_size=5),
    st.sampled_from(FIELDS.split()),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(fields, inner, max_size=6)),
    max_leaves=25,
)


def read(files: dict[str, bytes]) -> None:
    """Reads, and looks at what is told where it is refused."""
    problems: tuple[Problem, ...] = ()
    try:
        load_files(files)
    except RulebookRefused as refused:
        problems = refused.problems
    assert not problems or any(problem.severity == "error" for problem in problems)
    for problem in problems:
        str(problem).encode()  # what is told can be printed
        text = files.get(problem.file, b"").decode("utf-8-sig", errors="replace")
        assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 1
        assert problem.column >= 1


@SETTINGS
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=200))
def test_binary_noise(name: str, content: bytes) -> None:
    read({name: content})


@SETTINGS
@given(
    name=st.sampled_from(NAMES), content=st.text(alphabet="{}[]:,-'\"&*!|>%@` \n\tab01.#?\\u", max_size=60)
)
def test_signs_that_yaml_and_json_make_something_of(name: str, content: str) -> None:
    read({name: content.encode()})


@SETTINGS
@given(name=st.sampled_from(NAMES), value=values)
def test_any_value_where_a_document_should_be(name: str, value: object) -> None:
    read({name: json.dumps(value).encode()})


@SETTINGS
@given(data=st.data())
def test_a_right_rulebook_with_any_value_in_any_place(right: dict[str, str], data: st.DataObject) -> None:
    """One value of the order or of a zone is replaced by another; JSON is YAML too."""
    from_order = data.draw(st.booleans())
    document = json.loads(ORDER_AS_JSON) if from_order else json.loads(right["zones/oslo.geojson"])
    here = document
    while True:
        keys = sorted(here) if isinstance(here, dict) else range(len(here))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = data.draw(values)
    files = {name: text.encode() for name, text in right.items()}
    files["orders/ova.yaml" if from_order else "zones/oslo.geojson"] = json.dumps(document).encode()
    read(files)


ORDER_AS_JSON = json.dumps(
    {
        "order": "O-1",
        "programme": "remand",
        "valid": {"from": "2026-03-01T00:00", "to": "2026-09-01T00:00"},
        "wearer": {"id": "W-17", "devices": ["tag-0017"]},
        "protected": [{"id": "P-3", "devices": ["phone-0003"]}],
        "conditions": [
            {"id": "a", "kind": "exclusion", "zone": "p3-home", "buffer_m": 500},
            {"id": "b", "kind": "contact-ban", "with": "P-3", "alert_m": 1000, "warn_m": 1500},
            {"id": "c", "kind": "device-health", "heartbeat_every": "PT5M", "battery_low_pct": 20},
            {
                "id": "d",
                "kind": "curfew",
                "zone": "w17-home",
                "weekly": ["mon-fri 21:00-06:00"],
                "grace": {"late": "PT10M"},
                "holidays": {"calendar": "NO", "as": "sun"},
                "leave": [{"from": "2026-05-17T09:00", "to": "2026-05-17T23:30"}],
            },
        ],
    }
)


@pytest.mark.parametrize(
    "content",
    [
        '"\\ud800"',
        '{"order": "\\ud800", "wearer": {"id": "W", "devices": ["t"]}, "conditions": [1]}',
        '{"conditions": [{"id": "a", "kind": "\\udfff"}]}',
        "1e9999999999",
        "0x" + "f" * 400,
        "9" * 400,
        "? ",
        "{? }",
        "- - - - -",
        "a: |\n",
        "%YAML 3.0\n---\na: 1\n",
        "...\n",
        "\ufeff\ufeff",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_known_oddities(name: str, content: str) -> None:
    read({name: content.encode()})

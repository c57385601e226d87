"""How sure it must be, as documents state it: read, refused at its place, taken over from the programme."""

from collections.abc import Mapping

import pytest

from em_engine.rulebook import Rulebook, load_files
from em_engine.rulebook.difference import difference
from em_engine.rulebook.loader import check_files
from em_engine.rulebook.memory import Memory
from em_engine.rulebook.schema import schemas
from tests.unit.rulebook.conftest import ORDER, ZONES
from tests.unit.rulebook.test_bad_orders import place_of
from tests.unit.rulebook.test_schema import changed, fits

FILES = {"orders/ova.yaml": ORDER, "zones/oslo.geojson": ZONES}
GROUP = "  - {id: apart, kind: non-association, group: red, alert_m: 50}\n"


def files_of(order: str = ORDER, programme: str = "") -> dict[str, bytes]:
    texts = FILES | {"orders/ova.yaml": order} | ({"programme.yaml": programme} if programme else {})
    return {name: text.encode() for name, text in texts.items()}


def levels(rulebook: Rulebook) -> Mapping[str, str]:
    held = rulebook.orders[0].conditions
    return {one.id: one.terms.certainty.value for one in held if hasattr(one.terms, "certainty")}


OWN = {"home-of-p3": "likely", "keep-apart": "likely", "oslo": "likely", "nights": "convincing"}


def test_where_nothing_is_written_each_kind_has_its_own() -> None:
    assert levels(load_files(files_of())) == OWN


@pytest.mark.parametrize("level", ["likely", "convincing", "proved"])
def test_a_condition_names_its_level(level: str) -> None:
    order = ORDER.replace("buffer_m: 500", f"buffer_m: 500, certainty: {level}")
    assert levels(load_files(files_of(order))) == OWN | {"home-of-p3": level}


def test_a_programme_names_that_of_the_conditions_that_name_none() -> None:
    """But not of a contact ban: a protected person does not wait for what somebody wrote about all orders."""
    order = ORDER.replace("grace: {late", "certainty: likely\n    grace: {late") + GROUP
    lines = "certainty: [{programme: remand, level: likely}, {programme: contact-ban, level: proved}]"
    assert levels(load_files(files_of(order, lines))) == {
        "home-of-p3": "proved",
        "keep-apart": "likely",
        "oslo": "proved",
        "nights": "likely",
        "apart": "proved",
    }


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("[{level: likely}, {programme: contact-ban, level: proved}]", "likely"),
        ("[{programme: remand, level: proved}]", "likely"),
    ],
    ids=["the first line that fits", "a line for others"],
)
def test_the_first_line_that_fits_holds(lines: str, level: str) -> None:
    assert levels(load_files(files_of(programme=f"certainty: {lines}")))["oslo"] == level


def test_a_check_with_a_memory_sees_a_programme_that_changes_its_mind() -> None:
    memory = Memory()
    for level in ("likely", "proved", "convincing"):
        rulebook, _ = check_files(files_of(programme=f"certainty: [{{level: {level}}}]"), memory=memory)
        assert rulebook is not None
        assert levels(rulebook)["oslo"] == level


def test_a_phase_changes_it_and_the_next_one_keeps_that() -> None:
    phases = (
        "phases: [{from: 2026-04-01T00:00, certainty: proved}, {from: 2026-05-01T00:00, grace: {late: PT1H}}]"
    )
    order = ORDER.replace("grace: {late: PT10M", f"{phases}\n    grace: {{late: PT10M")
    nights = load_files(files_of(order)).orders[0].conditions[3]
    assert [one.terms.certainty.value for one in (nights, *nights.phases)] == [
        "convincing",
        "proved",
        "proved",
    ]


ONLY = "only exclusion, inclusion, curfew, contact-ban and non-association weigh how sure a position is"


@pytest.mark.parametrize(
    ("old", "new", "code", "text"),
    [
        (
            "alert_m: 1000",
            "alert_m: 1000, certainty: ‸proved",
            "certainty.contact",
            "person wait; write `likely`",
        ),
        (
            "alert_m: 1000",
            "alert_m: 1000, certainty: ‸convincing",
            "certainty.contact",
            "or leave it out: a contact ban is never told at a higher level",
        ),
        ("buffer_m: 500", "certainty: ‸sure", "value", "be one of likely, convincing, proved, not 'sure'"),
        ("buffer_m: 500", "certainty: ‸likley", "value", "did you mean 'likely'?"),
        (
            "buffer_m: 500",
            "certainty: ‸0.99",
            "value",
            "`certainty` should be one of likely, convincing, proved",
        ),
        ("buffer_m: 500", "‸certianty: likely", "field.unknown", "did you mean 'certainty'?"),
        ("minimum: PT10M", "‸certainty: likely", "certainty.kind", ONLY),
        (
            "battery_low_pct: 20",
            "‸certainty: proved",
            "certainty.kind",
            "of a condition of kind device-health",
        ),
        (
            "minimum: PT10M",
            "phases: [{from: 2026-04-01T00:00, minimum: PT5M, ‸certainty: likely}]",
            "certainty.kind",
            "`certainty` says nothing of a condition of kind attendance; leave it out",
        ),
        (
            "alert_m: 1000",
            "alert_m: 1000, phases: [{from: 2026-04-01T00:00, certainty: ‸proved}]",
            "certainty.contact",
            "would make a protected person wait",
        ),
    ],
)
def test_a_level_that_cannot_stand_there_is_refused_at_its_place(
    old: str, new: str, code: str, text: str
) -> None:
    order, at = place_of(ORDER.replace(old, new))
    rulebook, problems = check_files(files_of(order))
    assert rulebook is None
    [problem] = [one for one in problems if one.code == code]
    assert (problem.file, problem.line, problem.column) == ("orders/ova.yaml", *at)
    assert text in str(problem)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("certainty: ‸proved\n", "value"),
        ("certainty: [{level: ‸sure}]\n", "value"),
        ("certainty: [{programme: ‸prison, level: likely}]\n", "value"),
        ("certainty: [‸{programme: remand}]\n", "field.missing"),
    ],
)
def test_a_programme_s_line_that_says_nothing_is_refused_at_its_place(line: str, code: str) -> None:
    programme, at = place_of(line)
    rulebook, problems = check_files(files_of(programme=programme))
    assert rulebook is None
    assert ("programme.yaml", *at, code) in [(one.file, one.line, one.column, one.code) for one in problems]


@pytest.mark.parametrize(("fix_every", "is_warned"), [("PT11M", True), ("PT10M", False)])
def test_proof_of_a_tag_that_seldom_tells_a_place_is_warned_of(fix_every: str, is_warned: bool) -> None:
    order = ORDER.replace("buffer_m: 500", "certainty: proved").replace(
        "fix_every: PT1M", f"fix_every: {fix_every}"
    )
    rulebook, problems = check_files(files_of(order))
    assert rulebook is not None
    told = [(one.line, str(one)) for one in problems if one.code == "certainty.fixes"]
    assert [line for line, _ in told] == [9] * is_warned
    assert all("a place every PT11M; two fixes at most ten minutes apart" in text for _, text in told)


@pytest.mark.parametrize(
    ("old", "new", "is_right"),
    [
        ("buffer_m: 500", "certainty: proved", True),
        ("buffer_m: 500", "certainty: sure", False),
        ("alert_m: 1000", "alert_m: 1000, certainty: likely", True),
        ("alert_m: 1000", "alert_m: 1000, certainty: convincing", False),
        ("minimum: PT10M", "certainty: likely", False),
    ],
)
def test_editors_know_where_which_level_may_stand(old: str, new: str, is_right: bool) -> None:
    assert fits("order.schema.json", changed({"orders/ova.yaml": ORDER}, old, new)) is is_right


def test_editors_offer_the_levels_and_say_what_they_mean() -> None:
    schema = schemas()["order.schema.json"]
    own = schema["$defs"]["curfew"]["properties"]["certainty"]
    assert schema["$defs"][own["$ref"].rsplit("/", 1)[1]]["enum"] == ["likely", "convincing", "proved"]
    assert own["default"] == "convincing"
    assert all(level in own["description"] for level in ("likely", "convincing", "proved"))


def test_a_changed_level_is_a_difference() -> None:
    before, after = "buffer_m: 500", "buffer_m: 500, certainty: proved"
    old, new = (load_files(files_of(text)) for text in (ORDER, ORDER.replace(before, after)))
    [one] = difference(old, new)
    assert (one.key, one.before, one.after) == ("certainty", "likely", "proved")
    assert one.text == "home-of-p3: certainty likely → proved"
    assert difference(load_files(files_of(ORDER.replace(before, f"{before}, certainty: likely"))), old) == ()


def test_a_programme_s_changed_level_is_told_with_every_condition_it_changes() -> None:
    told = difference(load_files(files_of()), load_files(files_of(programme="certainty: [{level: proved}]")))
    assert [one.text for one in told] == [
        "home-of-p3: certainty likely → proved",
        "oslo: certainty likely → proved",
        "nights: certainty convincing → proved",
        "certainty with proved in all others",
    ]

"""Outlines that may be off by metres: a ring or a zone that lies within them is doubted at its place."""

import json

import pytest

from em_engine.rulebook import check
from tests.unit.rulebook.conftest import ORDER, ZONES, collection


def doubtful(metres: float) -> dict[str, str]:
    """The order of the conftest over a zone of its whose outline may be off by so much."""
    features = json.loads(ZONES)["features"]
    for feature in features:
        if feature["id"] == "p3-home":
            feature["properties"]["outline_accuracy_m"] = metres
    return {"orders/ova.yaml": ORDER, "zones/oslo.geojson": collection(*features)}


def told(write, metres: float) -> dict[str, str]:
    rulebook, problems = check(write(doubtful(metres)))
    assert rulebook is not None, problems
    assert rulebook.zones["p3-home"].outline_accuracy_m == metres
    return {one.code: str(one) for one in problems if one.code.startswith("outline.")}


@pytest.mark.parametrize("metres", [0, 10])
def test_an_outline_that_is_surer_than_the_ring_is_wide_is_not_doubted(write, metres: float) -> None:
    assert told(write, metres) == {}


def test_a_ring_within_the_doubt_of_its_zone_warns_nobody_in_time(write) -> None:
    problems = told(write, 500)
    assert "may be off by 500 m, as much as the ring is wide" in problems["outline.ring"]
    line = ORDER[: ORDER.index("buffer_m")].count("\n") + 1
    assert f"orders/ova.yaml:{line}:" in problems["outline.ring"]
    assert "em gazetteer import" in problems["outline.ring"]


def test_a_zone_as_narrow_as_its_doubt_proves_nothing(write) -> None:
    assert "no place is surely in the zone 'p3-home'" in told(write, 5_000)["outline.narrow"]

"""What an exclusion excepts: mistakes and doubts, at their place."""

import json

import pytest

from em_engine.rulebook import check
from tests.unit.rulebook.conftest import ORDER, ZONES, collection, feature

WAYS = (
    feature("road", "LineString", [[10.75, 59.9225], [10.80, 59.9225]], radius_m=50),
    feature("lane", "LineString", [[10.75, 59.9225], [10.80, 59.9225]], radius_m=10),
    feature("elsewhere", "Point", [10.60, 59.85], radius_m=100),
    feature("ring-road", "LineString", [[10.77, 59.9175], [10.80, 59.9175]], radius_m=50),
)


def place_of(text: str) -> tuple[str, tuple[int, int]]:
    before, after = text.split("‸")
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def order(excepted: str) -> tuple[dict[str, str], tuple[int, int]]:
    text, at = place_of(ORDER.replace("buffer_m: 500", f"buffer_m: 500, except: {excepted}"))
    zones = collection(*json.loads(ZONES)["features"], *WAYS)
    return {"orders/ova.yaml": text, "zones/oslo.geojson": zones}, at


@pytest.mark.parametrize(
    ("excepted", "code", "message"),
    [
        ("[‸raod]", "name.unknown", "did you mean 'road'?"),
        ("‸road", "value", "`except` should be a list"),
        ("[‸p3-home]", "except.whole", "nothing would be forbidden"),
    ],
)
def test_a_mistake_is_told_at_its_place(write, excepted: str, code: str, message: str) -> None:
    files, at = order(excepted)
    rulebook, problems = check(write(files))
    assert rulebook is None
    (one,) = [problem for problem in problems if problem.severity == "error"]
    assert (one.code, one.line, one.column) == (code, *at)
    assert message in str(one)


@pytest.mark.parametrize(
    ("excepted", "code", "message"),
    [
        ("[road, ‸elsewhere]", "except.outside", "lies outside 'p3-home' and its ring"),
        ("[‸lane]", "except.narrow", "20 m wide"),
    ],
)
def test_a_doubt_is_told_at_its_place(write, excepted: str, code: str, message: str) -> None:
    files, at = order(excepted)
    rulebook, problems = check(write(files))
    assert rulebook is not None, problems
    (one,) = [problem for problem in problems if problem.code != "zone.unused"]
    assert (one.code, one.line, one.column) == (code, *at)
    assert message in str(one)


def test_a_road_through_the_ring_alone_is_an_exception_too(write) -> None:
    files, _ = order("[ring-road‸]")
    rulebook, problems = check(write(files))
    assert rulebook is not None
    assert {one.code for one in problems} == {"zone.unused"}


def test_a_home_on_the_road_is_not_warned_of(write) -> None:
    files, _ = order("[road‸]")
    zones = files["zones/oslo.geojson"].replace("[10.7, 59.9]", "[10.782, 59.9225]")
    assert zones != files["zones/oslo.geojson"]
    _, problems = check(write({**files, "zones/oslo.geojson": zones}))
    assert "home.excluded" not in {one.code for one in problems}

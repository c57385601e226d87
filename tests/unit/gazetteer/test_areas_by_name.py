"""Municipalities, counties and the country are found however people write them."""

import pytest

from em_engine.rulebook.gazetteer import Gazetteer, Level, PlaceUnknown

SHIPPED = Gazetteer()


def test_all_municipalities_and_counties_of_2024_are_there() -> None:
    levels = [area.level for area in SHIPPED.areas]
    assert (levels.count(Level.MUNICIPALITY), levels.count(Level.COUNTY)) == (357, 15)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("Nesodden", "3212"),
        ("NESODDEN KOMMUNE", "3212"),
        ("0301", "0301"),
        (" tromso ", "5501"),
        ("Aalesund", "1508"),
        ("Ålesund", "1508"),
        ("A\u030alesund", "1508"),
        ("Kautokeino", "5612"),
        ("guovdageaidnu", "5612"),
        ("Hárstták", "5503"),
        ("Nordre-Follo", "3207"),
        ("Våler, Østfold", "3114"),
        ("vaaler , innlandet", "3419"),
        ("Herøy, Nordland", "1818"),
    ],
)
def test_a_municipality_is_found_by_any_of_its_names(typed: str, number: str) -> None:
    assert SHIPPED.area(typed, Level.MUNICIPALITY).number == number


@pytest.mark.parametrize(
    ("typed", "level", "number"),
    [
        ("Troms", "county", "55"),
        ("Romsa", "county", "55"),
        ("03", "county", "03"),
        ("noreg", "country", "NO"),
    ],
)
def test_so_are_counties_and_the_country(typed: str, level: str, number: str) -> None:
    assert SHIPPED.area(typed, Level(level)).number == number


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Våler", "Våler, Østfold (3114), Våler, Innlandet (3419)"),
        ("Herøy", "say the number, or the county behind a comma"),
        ("Nessoden", "did you mean Nesodden, Akershus (3212)?"),
        ("Våler, Rogaland", "no municipality"),
        ("9999", "no municipality"),
        ("", "no municipality"),
    ],
)
def test_a_name_of_two_asks_for_the_county_and_a_slip_is_told_the_nearest(typed: str, told: str) -> None:
    with pytest.raises(PlaceUnknown) as refused:
        SHIPPED.area(typed, Level.MUNICIPALITY)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("oslo", "03"), ("nesod", "3212"), ("Nessoden", "3212"), ("follo", "3207"), ("5612", "5612")],
)
def test_while_somebody_types_the_likeliest_comes_first(typed: str, first: str) -> None:
    hits = SHIPPED.search(typed)
    assert hits[0].area is not None
    assert hits[0].area.number == first
    assert len({(hit.area.level, hit.area.number) for hit in hits if hit.area}) == len(hits)


def test_nothing_is_found_for_nothing() -> None:
    assert SHIPPED.search(" ,- ") == []

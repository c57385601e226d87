"""Addresses of the official table: read row by row, found as people write them, refused where wrong."""

import zipfile
from pathlib import Path

import pytest

from em_engine.rulebook.gazetteer import AddressUnknown, Gazetteer, PlaceUnknown
from em_engine.rulebook.gazetteer.store import Store
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports import ImportRefused
from em_engine.rulebook.imports.layers import Wish
from tests.unit.gazetteer.conftest import HEADER, KARTVERKET, ROWS, Table


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Storgata 1, Oslo", "Storgata 1, 0155 Oslo"),
        ("storgata 1 oslo", "Storgata 1, 0155 Oslo"),
        ("Storgata 1b", "Storgata 1B, 0155 Oslo"),
        ("Storgata 1 B, 0155 Oslo", "Storgata 1B, 0155 Oslo"),
        ("Storgata 1, 1450", "Storgata 1, 1450 Nesoddtangen (Nesodden)"),
        ("Storgata 1, Nesodden kommune", "Storgata 1, 1450 Nesoddtangen (Nesodden)"),
        ("Storgata 1, Nesoddtangen", "Storgata 1, 1450 Nesoddtangen (Nesodden)"),
        ("aasveien 12", "Åsveien 12, 1450 Nesoddtangen (Nesodden)"),
        ("34/3, Nesodden", "34/3, 1450 Nesoddtangen (Nesodden)"),
        ("34/3, 1450 Nesoddtangen (Nesodden)", "34/3, 1450 Nesoddtangen (Nesodden)"),
        ("Storgata 1, 1450 Nesoddtangen (Nesodden)", "Storgata 1, 1450 Nesoddtangen (Nesodden)"),
    ],
)
def test_an_address_is_found_as_people_write_it(addressed: Gazetteer, typed: str, text: str) -> None:
    assert addressed.address(typed).text == text


def test_it_lies_where_its_row_says_in_whatever_system_that_is(addressed: Gazetteer) -> None:
    oslo = addressed.address("Storgata 1, Oslo")
    assert (oslo.lon, oslo.lat) == pytest.approx((10.758315, 59.9096152), abs=1e-6)
    nesodden = addressed.address("Storgata 1, Nesodden")
    assert (nesodden.lon, nesodden.lat) == (10.66, 59.85)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Storgata 1", "in several places: Storgata 1, 0155 Oslo, Storgata 1, 1450"),
        ("Storgata 3, Oslo", "there is Storgata 1, 0155 Oslo, Storgata 1B, 0155 Oslo"),
        ("Storgatta 1", "did you mean Storgata?"),
        ("Kirkeveien 3", "no street is called nearly so"),
    ],
)
def test_what_is_no_one_address_is_told(addressed: Gazetteer, typed: str, told: str) -> None:
    with pytest.raises(AddressUnknown) as refused:
        addressed.address(typed)
    assert told in str(refused.value)
    assert refused.value.why.values[0] == typed


def test_without_a_file_it_is_said_where_addresses_come_from(tmp_path: Path) -> None:
    with pytest.raises(PlaceUnknown, match="em gazetteer import"):
        Gazetteer(tmp_path / "gazetteer.sqlite").address("Storgata 1, Oslo")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROWS[0].replace("262871.4", "x"), "row 3: Øst should be a number, not 'x'"),
        (ROWS[0].replace("25833", "99999"), "row 3: 'EPSG:99999' is no coordinate system"),
        (ROWS[0].replace("25833", "4258"), "row 3: 262871 east, 6.64895e+06 north is not in Norway"),
        (";".join(ROWS[0].split(";")[:9]), "row 3: 9 values, where the first row names 23"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file_and_is_named(
    tmp_path: Path, table: Table, row: str, told: str
) -> None:
    store = tmp_path / "gazetteer.sqlite"
    with pytest.raises(ImportRefused) as refused:
        take_in(table(ROWS[1], row), store, origin=KARTVERKET, wish=Wish())
    assert told in str(refused.value)
    assert not Store(store).has_addresses


@pytest.mark.parametrize(
    ("header", "encoding", "told"),
    [
        (HEADER.replace(";Nord;", ";north;"), "utf-8", "row 1: there is no column Nord"),
        (HEADER, "latin-1", "not UTF-8"),
        (HEADER, "utf-16", "not UTF-8"),
    ],
)
def test_another_table_is_refused(
    tmp_path: Path, table: Table, header: str, encoding: str, told: str
) -> None:
    source = table(*ROWS, header=header, encoding=encoding)
    with pytest.raises(ImportRefused, match=told):
        take_in(source, tmp_path / "gazetteer.sqlite", origin=KARTVERKET, wish=Wish())


def test_a_newer_table_takes_the_place_of_its_municipalities_alone(
    tmp_path: Path, table: Table, addressed: Gazetteer
) -> None:
    store = tmp_path / "gazetteer.sqlite"
    with zipfile.ZipFile(tmp_path / "oslo.zip", "w") as archive:
        archive.write(table(ROWS[1].replace("Storgata", "Nygata")), "matrikkelenAdresse.csv")
    take_in(tmp_path / "oslo.zip", store, origin=KARTVERKET, wish=Wish())
    newer = Gazetteer(store)
    assert newer.address("Nygata 1B").municipality == "0301"
    assert newer.address("Storgata 1").municipality == "3212"
    assert [(row["rows"], row["date"]) for row in newer.origins()] == [(3, "2026-11-01"), (1, "2026-11-01")]

"""Files as the authority publishes them, made on the spot: invented addresses in real places."""

from collections.abc import Callable
from pathlib import Path

import pytest

from em_engine.rulebook.gazetteer import Gazetteer
from em_engine.rulebook.gazetteer.areas import Origin
from em_engine.rulebook.gazetteer.taking import take_in
from em_engine.rulebook.imports.layers import Wish

HEADER = (
    "lokalId;kommunenummer;kommunenavn;adressetype;adressetilleggsnavn;adressetilleggsnavnKilde;adressekode;"
    "adressenavn;nummer;bokstav;gardsnummer;bruksnummer;festenummer;undernummer;adresseTekst;"
    "adresseTekstUtenAdressetilleggsnavn;"
    "EPSG-kode;Nord;Øst;postnummer;poststed;oppdateringsdato;datauttaksdato"
)
"""The first row of matrikkelenAdresse.csv; in those below what is not read is left empty."""
ROWS = (
    "1;0301;OSLO;vegadresse;;;1;Storgata;1;;1;1;;;;;25833;6648945.12;262871.4;0155;OSLO;;2026-11-01",
    "2;0301;OSLO;vegadresse;;;1;Storgata;1;B;1;1;;;;;25833;6648950;262881;0155;OSLO;;2026-11-01",
    "3;3212;NESODDEN;vegadresse;;;1;Storgata;1;;1;1;;;;;4258;59.85;10.66;1450;NESODDTANGEN;;",
    "4;3212;NESODDEN;vegadresse;;;2;Åsveien;12;;1;1;;;;;4258;59.86;10.66;1450;NESODDTANGEN;;",
    "5;3212;NESODDEN;matrikkeladresse;;;;;;;34;3;;;34/3;34/3;25832;6636000;593000;1450;NESODDTANGEN;;",
)
KARTVERKET = Origin(source="Kartverket", licence="CC BY 4.0", date="", accuracy_m=50.0)

Table = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A table of addresses with these rows."""

    def written(*rows: str, header: str = HEADER, encoding: str = "utf-8-sig") -> Path:
        path = tmp_path / "matrikkelenAdresse.csv"
        path.write_bytes("".join(f"{row}\r\n" for row in (header, *rows)).encode(encoding))
        return path

    return written


@pytest.fixture
def addressed(tmp_path: Path, table: Table) -> Gazetteer:
    """The gazetteer with the rows' addresses."""
    store = tmp_path / "gazetteer.sqlite"
    take_in(table(*ROWS), store, origin=KARTVERKET, wish=Wish())
    return Gazetteer(store)

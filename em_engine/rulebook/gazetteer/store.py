"""What was imported, in a file of its own: areas with their outlines, addresses, and where each came from."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from em_engine.rulebook.gazetteer import spelling
from em_engine.rulebook.gazetteer.addresses import Address, Asked
from em_engine.rulebook.gazetteer.areas import Area, Level, Origin

_TABLES: Final = """
create table if not exists origins (
    id integer primary key, what text not null, source text not null, licence text not null,
    date text not null, accuracy_m real not null, rows integer not null);
create table if not exists areas (
    level text not null, number text not null, names text not null, county text not null,
    outline blob not null, origin integer not null references origins, primary key (level, number));
create table if not exists addresses (
    street text not null, street_key text not null, number integer not null, letter text not null,
    postcode text not null, post_place text not null, post_key text not null,
    municipality text not null, municipality_name text not null, town_key text not null,
    lon real not null, lat real not null, origin integer not null references origins);
create index if not exists addresses_by_street on addresses (street_key, number);
create index if not exists addresses_by_municipality on addresses (municipality);
"""
_FOUND: Final = (
    "select street, number, letter, postcode, post_place, municipality, municipality_name, lon, lat "
    "from addresses where {where} order by {order} limit ?"
)


class Store:
    """One file of SQLite; read by every process that searches, written by imports alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # What is known ---------------------------------------------------------------

    def areas(self) -> list[Area]:
        """All that were imported."""
        ask = (
            "select level, number, names, county, source, licence, date, accuracy_m "
            "from areas join origins on origins.id = areas.origin order by level, number"
        )
        with self._open() as base:
            rows = base.execute(ask).fetchall()
        return [
            Area(
                level=Level(row[0]),
                number=row[1],
                names=tuple(json.loads(row[2])),
                county=row[3],
                origin=Origin(source=row[4], licence=row[5], date=row[6], accuracy_m=row[7]),
            )
            for row in rows
        ]

    def outline(self, area: Area) -> BaseGeometry:
        """In degrees."""
        with self._open() as base:
            row = base.execute(
                "select outline from areas where level = ? and number = ?", (area.level.value, area.number)
            ).fetchone()
        outline: BaseGeometry = shapely.from_wkb(row[0])
        return outline

    @property
    def has_addresses(self) -> bool:
        """Whether any were imported."""
        with self._open() as base:
            return base.execute("select 1 from addresses limit 1").fetchone() is not None

    def addresses(self, asked: Asked, *, limit: int) -> list[Address]:
        """Those that may be meant: of the street, or of one that begins so; of the number first."""
        where, given = _places(asked)
        exact = f"street_key = ?{where}"
        order = "number = ? and letter = ? desc, abs(number - ?), number, letter, municipality"
        near = (asked.number, asked.letter, asked.number, limit)
        with self._open() as base:
            rows = base.execute(
                _FOUND.format(where=exact, order=order), (asked.street, *given, *near)
            ).fetchall()
            if not rows and asked.street:
                begins = f"street_key >= ? and street_key < ?{where}"
                span = (asked.street, f"{asked.street}\U0010ffff")
                order = f"street_key, {order}"
                rows = base.execute(
                    _FOUND.format(where=begins, order=order), (*span, *given, *near)
                ).fetchall()
        return [
            Address(
                street=row[0], number=row[1], letter=row[2], postcode=row[3], post_place=row[4],
                municipality=row[5], municipality_name=row[6], lon=row[7], lat=row[8],
            )
            for row in rows
        ]  # fmt: skip

    def streets_like(self, asked: Asked, *, limit: int) -> list[str]:
        """Streets called nearly so, there or anywhere."""
        where, given = _places(asked)
        head = asked.street[:1]
        begins = f"street_key >= ? and street_key < ?{where}"
        ask = f"select distinct street_key, street from addresses where {begins}"
        with self._open() as base:
            known = dict(base.execute(ask, (head, f"{head}\U0010ffff", *given)).fetchall())
        return [known[one] for one in spelling.near(asked.street, known, count=limit)]

    def origin_of(self, address: Address) -> Origin:
        """Where the addresses of its municipality come from."""
        ask = """select source, licence, date from origins join addresses on origins.id = addresses.origin
            where municipality = ? limit 1"""
        with self._open() as base:
            source, licence, date = base.execute(ask, (address.municipality,)).fetchone()
        return Origin(source=source, licence=licence, date=date)

    def origins(self) -> list[dict[str, Any]]:
        """What was imported, from where, and how much of it is still there."""
        ask = """select what, source, licence, date, accuracy_m,
            (select count(*) from areas where origin = id)
            + (select count(*) from addresses where origin = id)
            from origins order by id"""
        names = ("what", "source", "licence", "date", "accuracy_m", "rows")
        with self._open() as base:
            return [dict(zip(names, row, strict=True)) for row in base.execute(ask) if row[-1]]

    # What is imported ------------------------------------------------------------

    def take_areas(self, found: Sequence[tuple[Area, BaseGeometry]], origin: Origin) -> None:
        """Keep them in the place of those of their numbers."""
        with self._writing() as base:
            number = _note(base, "areas", origin, len(found))
            base.executemany(
                "insert or replace into areas values (?, ?, ?, ?, ?, ?)",
                [
                    (one.level.value, one.number, json.dumps(one.names, ensure_ascii=False), one.county,
                     shapely.to_wkb(outline), number)
                    for one, outline in found
                ],
            )  # fmt: skip

    def take_addresses(self, batches: Iterable[tuple[list[Address], str]], origin: Origin) -> tuple[int, int]:
        """Keep them in the place of all that were known of their municipalities; how many, of how many."""
        count, towns, date = 0, set[str](), origin.date
        with self._writing() as base:
            number = _note(base, "addresses", origin, 0)
            for some, taken_out in batches:
                new = {one.municipality for one in some} - towns
                base.executemany("delete from addresses where municipality = ?", [(one,) for one in new])
                base.executemany(f"insert into addresses values ({', '.join('?' * 13)})", _rows(some, number))
                towns, count, date = towns | new, count + len(some), max(date, taken_out)
            base.execute("update origins set rows = ?, date = ? where id = ?", (count, date, number))
        return count, len(towns)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path)) as base:
            yield base

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as base, base:
            for statement in _TABLES.split(";"):
                base.execute(statement)
            yield base


def _note(base: sqlite3.Connection, what: str, origin: Origin, rows: int) -> int:
    values = (what, origin.source, origin.licence, origin.date, origin.accuracy_m, rows)
    ask = "insert into origins (what, source, licence, date, accuracy_m, rows) values (?, ?, ?, ?, ?, ?)"
    return int(base.execute(ask, values).lastrowid or 0)


def _rows(some: Sequence[Address], origin: int) -> Iterator[tuple[Any, ...]]:
    for one in some:
        keys = (spelling.key(text) for text in (one.street, one.post_place, one.municipality_name))
        street, post, town = keys
        yield (
            one.street, street, one.number, one.letter, one.postcode, one.post_place, post,
            one.municipality, one.municipality_name, town, one.lon, one.lat, origin,
        )  # fmt: skip


def _places(asked: Asked) -> tuple[str, tuple[str, ...]]:
    """Where it must lie, as far as that was said: a postcode, the post's place, or a municipality."""
    where, given = "", list[str]()
    if asked.postcode:
        where, given = " and postcode = ?", [asked.postcode]
    if asked.place:
        where += " and (post_key = ? or town_key = ? or municipality = ?)"
        given += [asked.place] * 3
    return where, tuple(given)

"""Files of the authority read row by row: Matrikkelen - Adresse as CSV, and administrative units as areas."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from em_engine.rulebook.gazetteer.addresses import Address
from em_engine.rulebook.gazetteer.areas import Area, Level, Origin, names_of, shipped_areas, short_name
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.layers import Feature, Wish, read_features
from em_engine.rulebook.imports.refusal import ImportRefused

NEEDED: Final = (
    "kommunenummer", "adressenavn", "nummer", "bokstav", "EPSG-kode", "Nord", "Øst", "postnummer", "poststed"
)  # fmt: skip
_NUMERIC: Final = {"nummer": int, "EPSG-kode": int, "Nord": float, "Øst": float}
TOLD_MAX: Final = 10
"""Rows that are named in a refusal."""
_AT_ONCE: Final = 20_000
_BOX: Final = (-10.0, 57.0, 35.0, 82.0)
"""Norway with Svalbard and Jan Mayen: what lies outside was read wrongly."""

_NUMBERS: Final = {
    Level.MUNICIPALITY: ("kommunenummer", "kommunenr"),
    Level.COUNTY: ("fylkesnummer", "fylkesnr"),
    Level.COUNTRY: ("landkode", "iso_a2", "iso_a2_eh"),
}
"""Fields that tell what kind of area a feature is, the first that is there."""
_NAMES: Final = ("kommunenavn", "fylkesnavn", "navn", "administrativenhetsnavn", "norsk", "name", "name_en")


def is_of_addresses(source: Path) -> bool:
    """Whether the file is a table of addresses: a CSV, or an archive of one."""
    if source.suffix.lower() == ".zip" and zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            return any(name.lower().endswith(".csv") for name in archive.namelist())
    return source.suffix.lower() in (".csv", ".txt")


# Addresses ----------------------------------------------------------------------------------


def read_addresses(source: Path) -> Iterator[tuple[list[Address], str]]:
    """The addresses of a file, some thousands at a time, with the date their rows say they were taken out.

    Raises ImportRefused, naming the rows that cannot be read, once they are all known.
    """
    with _opened(source) as text:
        rows = csv.reader(text, delimiter=";", quotechar='"')
        try:
            header = [name.strip().casefold() for name in next(rows, [])]
            at = _columns(source, header)
            problems: list[str] = []
            for some in _some_at_once(rows):
                told = [_row(number, row, at, len(header), problems) for number, row in some]
                yield _addresses([one for one in told if one], problems), _date(some, at)
            if problems:
                more = len(problems) - TOLD_MAX
                raise ImportRefused(
                    source, *problems[:TOLD_MAX], *([f"and {more:,} more"] if more > 0 else [])
                )
        except UnicodeDecodeError as error:
            raise ImportRefused(
                source, "the file is not UTF-8, in which the register is published"
            ) from error
        except csv.Error as error:
            raise ImportRefused(source, f"row {rows.line_num}: {error}") from error


@contextmanager
def _opened(source: Path) -> Iterator[io.TextIOBase]:
    if source.suffix.lower() != ".zip":
        with source.open("r", encoding="utf-8-sig", newline="") as text:
            yield text
        return
    with zipfile.ZipFile(source) as archive:
        tables = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(tables) != 1:
            raise ImportRefused(
                source, f"it holds {len(tables)} tables ({', '.join(tables[:5])}): unpack the one"
            )
        with archive.open(tables[0]) as packed:
            yield io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")


def _columns(source: Path, header: Sequence[str]) -> dict[str, int]:
    missing = [name for name in NEEDED if name.casefold() not in header]
    if missing:
        raise ImportRefused(
            source,
            f"row 1: there is no column {', '.join(missing)}; this is read: Matrikkelen - Adresse as CSV, "
            "semicolons between, its names in the first row",
        )
    return {name: number for number, name in enumerate(header)}


def _some_at_once(rows: Any) -> Iterator[list[tuple[int, list[str]]]]:
    some: list[tuple[int, list[str]]] = []
    for row in rows:
        some.append((rows.line_num, row))
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _row(
    number: int, row: list[str], at: dict[str, int], width: int, problems: list[str]
) -> tuple[int, dict[str, Any]] | None:
    """What is wanted of a row; None, with a problem, where it cannot be read."""
    if not row:
        return None
    if len(row) < width:
        problems.append(f"row {number}: {len(row)} values, where the first row names {width}")
        return None
    told: dict[str, Any] = {name: row[at[name.casefold()]].strip() for name in NEEDED}
    told["kommunenavn"] = row[at["kommunenavn"]].strip() if "kommunenavn" in at else ""
    told["adressenavn"] = told["adressenavn"] or (
        row[at["adressetekst"]].strip() if "adressetekst" in at else ""
    )
    for name, kind in _NUMERIC.items():
        try:
            told[name] = kind(told[name].replace(",", ".") or 0)
        except ValueError:
            problems.append(f"row {number}: {name} should be a number, not {told[name][:40]!r}")
            return None
    return number, told


def _addresses(rows: list[tuple[int, dict[str, Any]]], problems: list[str]) -> list[Address]:
    found: list[Address] = []
    for code in {told["EPSG-kode"] for _, told in rows}:
        some = [(number, told) for number, told in rows if told["EPSG-kode"] == code]
        try:
            system = coordinates.system(f"EPSG:{code}")
        except ValueError as error:
            problems.append(f"row {some[0][0]}: {error}")
            continue
        # The register writes north before east whatever the system.
        east, north = (np.array([told[name] for _, told in some]) for name in ("Øst", "Nord"))
        lon, lat = coordinates.places_to_degrees(east, north, system)
        west, south, far_east, far_north = _BOX
        is_here = (lon >= west) & (lon <= far_east) & (lat >= south) & (lat <= far_north)
        for (number, told), x, y, fits in zip(some, lon, lat, is_here, strict=True):
            if not fits:
                problems.append(
                    f"row {number}: {told['Øst']:g} east, {told['Nord']:g} north is not in Norway"
                )
            elif told["adressenavn"]:
                found.append(_address(told, float(x), float(y)))
    return found


def _address(told: dict[str, Any], lon: float, lat: float) -> Address:
    return Address(
        street=told["adressenavn"],
        number=told["nummer"],
        letter=told["bokstav"].upper(),
        postcode=told["postnummer"].zfill(4) if told["postnummer"] else "",
        post_place=told["poststed"],
        municipality=told["kommunenummer"].zfill(4),
        municipality_name=told["kommunenavn"],
        lon=round(lon, 7),
        lat=round(lat, 7),
    )


def _date(rows: list[tuple[int, list[str]]], at: dict[str, int]) -> str:
    column = at.get("datauttaksdato", -1)
    return max((row[column][:10] for _, row in rows if 0 <= column < len(row)), default="")


# Areas --------------------------------------------------------------------------------------


def read_areas(source: Path, wish: Wish, origin: Origin) -> list[tuple[Area, Any]]:
    """The areas of a file with their outlines in degrees. Raises ImportRefused."""
    features = read_features(source, wish)
    level, field = _level_of(source, features)
    problems: list[str] = []
    found: dict[str, tuple[Area, list[Any]]] = {}
    for feature in features:
        number = str(_fields(feature).get(field) or "").strip()
        if not feature.geometry.geom_type.endswith("Polygon"):
            problems.append(f"{feature.place}: a {feature.geometry.geom_type} is no area")
        elif not number:
            problems.append(f"{feature.place}: {field} is empty")
        else:
            known = found.setdefault(number, (_area(level, number, feature, origin), []))
            known[1].append(feature.geometry)
    if problems:
        raise ImportRefused(source, *problems[:TOLD_MAX])
    return [(area, parts) for area, parts in found.values()]


def _level_of(source: Path, features: Sequence[Feature]) -> tuple[Level, str]:
    fields = {name for feature in features for name in _fields(feature)}
    for level, names in _NUMBERS.items():
        for name in names:
            if name in fields:
                return level, name
    wanted = ", ".join(names[0] for names in _NUMBERS.values())
    raise ImportRefused(source, f"no field tells what the areas are: one of {wanted} is asked for")


def _fields(feature: Feature) -> dict[str, Any]:
    return {name.casefold(): value for name, value in feature.fields.items()}


def _area(level: Level, number: str, feature: Feature, origin: Origin) -> Area:
    width = {Level.MUNICIPALITY: 4, Level.COUNTY: 2}.get(level, 0)
    number = number.zfill(width)
    shipped = {(one.level, one.number): one for one in shipped_areas()}
    fields = _fields(feature)
    told = [names_of(str(fields[name])) for name in _NAMES if fields.get(name)]
    known = shipped.get((level, number))
    names = [name for each in told for name in each] + list(known.names if known else ())
    county = shipped.get((Level.COUNTY, number[:2])) if level is Level.MUNICIPALITY else None
    return Area(
        level=level,
        number=number,
        names=tuple(dict.fromkeys(names)) or (number,),
        county=short_name(county.names) if county else "",
        origin=origin,
    )

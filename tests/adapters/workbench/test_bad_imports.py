"""Bad files at the page's import: a reason told, the draft byte for byte as it was, nobody kept waiting."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from em_engine.console.bodies import BODY_BYTES_MAX, limit_of
from em_engine.console.workbench.importing import LIMITS
from tests.adapters.workbench.conftest import Authors
from tests.adapters.workbench.test_zones_and_windows import square

pytest.importorskip("pyogrio", reason="the extra gis is not installed")

from tests.unit.imports.conftest import HOUSE, SCHOOL, drawn, shapefile, utm, zipped

RAW = {"Content-Type": "application/octet-stream"}
MB = 1_000_000
Make = Callable[[Path], bytes]


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False)


def feature(name: str, ring: list[Any]) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": ring}
    return {"type": "Feature", "properties": {"navn": name}, "geometry": geometry}


YARD = feature("Gården", square(10.75, 59.93, 0.002))
IN_METRES = feature("Skolen", square(598_000, 6_643_000, 200))
EMPTY = feature("Tomt", [])
DEEP = b'{"type": "FeatureCollection", "features": [' + b"[" * 200_000


def text(content: str, encoding: str = "utf-8") -> Make:
    return lambda _folder: content.encode(encoding)


def bomb(folder: Path) -> bytes:
    """A megabyte that becomes more than is unpacked here, and says so."""
    return zipped(folder / "bomb.zip", {"plan.geojson": bytes(LIMITS.unpacked_bytes + 1)}).read_bytes()


def lying_bomb(folder: Path) -> bytes:
    """The same, and it says that it is small."""
    told, less = ((LIMITS.unpacked_bytes + 1).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    return bomb(folder).replace(told, less)


def half_an_archive(folder: Path) -> bytes:
    whole = shapefile(folder).read_bytes()
    return whole[: len(whole) // 2]


def two_layers(folder: Path) -> bytes:
    drawn(folder / "p.gpkg", [HOUSE], ["a"], driver="GPKG", crs="EPSG:4326", layer="hjem")
    more = {"driver": "GPKG", "crs": "EPSG:4326", "layer": "skoler", "append": True}
    return drawn(folder / "p.gpkg", [SCHOOL], ["b"], **more).read_bytes()


def mixed_layer(folder: Path) -> bytes:
    shapes = [HOUSE, *utm(SCHOOL)]
    return drawn(folder / "p.gpkg", shapes, ["a", "b"], driver="GPKG", crs="EPSG:4326").read_bytes()


def empty_layer(folder: Path) -> bytes:
    return drawn(folder / "p.gpkg", [], [], driver="GPKG", crs="EPSG:4326").read_bytes()


def endless(folder: Path) -> bytes:
    """A GeoPackage whose one layer is a view of rows without an end."""
    drawn(folder / "p.gpkg", [HOUSE], ["a"], driver="GPKG", crs="EPSG:4326", layer="t")
    with contextlib.closing(sqlite3.connect(folder / "p.gpkg")) as held:
        held.execute(
            "CREATE VIEW w AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i AS fid, geom, navn FROM t, n"
        )
        held.execute("UPDATE gpkg_contents SET table_name = 'w', identifier = 'w'")
        held.execute("UPDATE gpkg_geometry_columns SET table_name = 'w'")
        held.commit()
    return (folder / "p.gpkg").read_bytes()


def swelling(folder: Path) -> bytes:
    """A GeoPackage in which a column becomes a gigabyte as it is read."""
    drawn(folder / "p.gpkg", [HOUSE], ["a"], driver="GPKG", crs="EPSG:4326", layer="t")
    with contextlib.closing(sqlite3.connect(folder / "p.gpkg")) as held:
        held.execute("ALTER TABLE t ADD COLUMN big TEXT AS (hex(zeroblob(500000000)))")
        held.commit()
    return (folder / "p.gpkg").read_bytes()


def a_picture(folder: Path) -> bytes:
    """What a map program makes of a scanned plan: a picture and its frame."""
    frame = "<LatLonBox><north>60</north><south>59</south><east>11</east><west>10</west></LatLonBox>"
    overlay = f"<GroundOverlay><Icon><href>plan.png</href></Icon>{frame}</GroundOverlay>"
    kml = f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2">{overlay}</kml>'
    return zipped(folder / "plan.kmz", {"doc.kml": kml.encode(), "plan.png": PNG}).read_bytes()


PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WALK = '<trk><trkseg><trkpt lat="59.9" lon="10.7"/><trkpt lat="59.91" lon="10.71"/></trkseg></trk>'
GPX = f'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{WALK}</gpx>'


BAD: dict[str, tuple[str, Make, str]] = {
    "half an archive": ("plan.zip", half_an_archive, "the archive cannot be read"),
    "no archive": ("plan.kmz", text("PK, or so it says"), "the archive cannot be read"),
    "a bomb": ("plan.zip", bomb, "at most 100 MB are unpacked"),
    "a bomb that says it is none": ("plan.zip", lying_bomb, "the archive"),
    "metres among degrees": ("plan.geojson", text(collection(YARD, IN_METRES)), "mixes coordinate systems"),
    "two systems in a layer": ("plan.gpkg", mixed_layer, "mixes coordinate systems: feature 2 is in metres"),
    "two layers": ("plan.gpkg", two_layers, "holds 2 layers (hjem, skoler)"),
    "an empty layer": ("plan.gpkg", empty_layer, "there are no features in it"),
    "no features": ("plan.geojson", text(collection()), "there are no features in it"),
    "a feature that is nowhere": ("plan.geojson", text(collection(YARD, EMPTY)), "feature 2 has no geometry"),
    "UTF-16": ("plan.geojson", text(collection(YARD), "utf-16"), "the file is UTF-16; save it as UTF-8"),
    "Latin-1 where UTF-8 is due": ("plan.geojson", text(collection(YARD), "latin-1"), "of another encoding"),
    "WKT in Latin-1": ("plan.wkt", text("Gården\tPOINT(10 60)", "latin-1"), "the file is not UTF-8"),
    "arcs": ("plan.wkt", text("a\tCIRCULARSTRING(0 0,1 1,2 0)"), "this is no WKT"),
    "nothing at all": ("plan.wkt", text("a\tPOLYGON EMPTY"), "feature 1 has no geometry"),
    "rows without an end": ("plan.gpkg", endless, "'w' is reckoned as it is read"),
    "a column that swells": ("plan.gpkg", swelling, "'t' is reckoned as it is read"),
    "a picture by another name": ("plan.geojson", lambda _folder: PNG, "holds something else"),
    "a picture and its frame": ("plan.kmz", a_picture, "a picture laid over the map"),
    "a walk, and nobody said how wide": ("tur.gpx", text(GPX), "a line needs a reach"),
    "brackets without an end": ("plan.geojson", lambda _folder: DEEP, "the file cannot be read"),
}  # fmt: skip


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file of all drafts, hidden ones too."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


async def sent(authors: Authors, draft: str, name: str, content: Any, **more: Any) -> Any:
    url = f"/api/rules/drafts/{draft}/import"
    return await authors.author.post(url, params={"filename": name, **more}, content=content, headers=RAW)


async def test_a_bad_file_is_refused_with_its_reason_and_the_draft_stays_as_it_was(
    authors: Authors, bench, tmp_path: Path
):
    draft = await authors.draft()
    before = state_of(bench.folder / "drafts")
    for place, (case, (name, make, reason)) in enumerate(BAD.items()):
        (tmp_path / str(place)).mkdir()
        answer = await sent(authors, draft, name, make(tmp_path / str(place)))
        assert answer.status_code == 422, (case, answer.text)
        assert reason in "\n".join(answer.json()["reasons"]), (case, answer.text)
        assert all(code["code"].startswith("import.") for code in answer.json()["reason_codes"]), case
        assert "/em-import-" not in answer.text, "where a file lies for a moment is told to nobody"
        assert state_of(bench.folder / "drafts") == before, case


@pytest.mark.parametrize(
    ("encoding", "more"),
    [("utf-8", {}), ("utf-8-sig", {}), ("latin-1", {"encoding": "ISO-8859-1"})],
    ids=["UTF-8", "UTF-8 with its mark", "Latin-1, and told so"],
)
async def test_letters_come_out_right(authors: Authors, encoding: str, more: dict[str, str]):
    draft = await authors.draft()
    answer = await sent(authors, draft, "plan.geojson", collection(YARD).encode(encoding), **more)
    assert [one["name"] for one in answer.json()["zones"]] == ["gården"], answer.text


async def test_a_table_in_latin_1_beside_its_shapes_is_read_by_what_it_says(authors: Authors, tmp_path: Path):
    shapes = shapefile(tmp_path, encoding="ISO-8859-1").read_bytes()
    answer = await sent(authors, await authors.draft(), "plan.zip", shapes)
    assert [one["name"] for one in answer.json()["zones"]] == ["gården", "skole"], answer.text


def corners(megabytes: int) -> AsyncIterator[bytes]:
    """One zone of so many megabytes of corners, as they come over the wire."""

    async def parts() -> AsyncIterator[bytes]:
        yield collection(YARD).encode().split(b"[[[")[0] + b"[[["
        part = b"10.1234567,60.1234567],[" * (MB // 24)
        for _ in range(megabytes):
            yield part
        yield b"10.75,59.93]]]}}]}"

    return parts()


async def test_fifty_megabytes_of_corners_are_counted_and_not_parsed(authors: Authors, bench):
    draft = await authors.draft()
    before = state_of(bench.folder / "drafts")
    answer = await sent(authors, draft, "plan.geojson", corners(49))
    assert answer.status_code == 422, answer.text
    assert "corners, more than 500,000: simplify it first" in answer.json()["reasons"][0]
    larger = await sent(authors, draft, "plan.geojson", corners(52))
    assert "the file is larger than 50 MB" in larger.json()["reasons"][0]
    assert state_of(bench.folder / "drafts") == before


@pytest.mark.parametrize("says_how_much", [True, False])
async def test_more_than_a_route_takes_is_never_held(authors: Authors, says_how_much: bool):
    draft, path = await authors.draft(), "/api/session"
    sent_parts = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent_parts
        for _ in range(2 * BODY_BYTES_MAX // MB):
            sent_parts += 1
            yield bytes(MB)

    told = {"Content-Length": str(2 * BODY_BYTES_MAX)} if says_how_much else {}
    answer = await authors.author.post(path, content=parts(), headers={**RAW, **told})
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert "more than the 4 MB" in answer.json()["detail"]
    assert sent_parts == 2 * BODY_BYTES_MAX // MB, "read to its end: who is cut off never sees why"
    assert limit_of(f"/api/rules/drafts/{draft}/import") == 60 * MB


async def test_while_a_large_file_is_read_others_are_answered(authors: Authors):
    draft = await authors.draft()
    ring = [[10 + n * 1e-5, 60 + (n % 2) * 1e-4] for n in range(12_000)]
    large = collection(feature("Kysten", [[*ring, [10.1, 59], ring[0]]])).encode()
    reading = asyncio.create_task(sent(authors, draft, "kyst.geojson", large, dry_run=True))
    answered = 0
    while not reading.done():
        assert (await authors.approver.get("/api/rules")).status_code == 200
        answered += 1
    assert answered > 1
    assert (await reading).status_code in (200, 422)

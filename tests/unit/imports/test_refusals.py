"""Bad sources: a clear refusal, and nothing half-saved."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.rulebook.imports.archives import ENTRIES_MAX, UNPACKED_BYTES_MAX
from tests.unit.imports.conftest import HOUSE, SCHOOL, UTM33, drawn, shapefile, utm, zipped

BOW_TIE = shapely.Polygon([(10.70, 59.9), (10.72, 59.92), (10.72, 59.9), (10.70, 59.92)])


def gpkg(folder: Path, shapes: list, names: list[str], **how: object) -> Path:
    return drawn(folder / "plan.gpkg", shapes, names, driver="GPKG", **{"crs": "EPSG:4326", **how})


def text(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(content, "utf-8")
        return folder / name

    return make


def bomb(folder: Path) -> Path:
    """An archive that says how large it would become."""
    content = zipped(folder / "plan.zip", {"plan.geojson": bytes(1_234)}).read_bytes()
    told = (UNPACKED_BYTES_MAX + 1).to_bytes(4, "little")
    (folder / "plan.zip").write_bytes(content.replace((1_234).to_bytes(4, "little"), told))
    return folder / "plan.zip"


def lying_bomb(folder: Path) -> Path:
    """An archive that becomes that large and says that it does not."""
    blocks = UNPACKED_BYTES_MAX // 10**7 + 1
    archive = zipfile.ZipFile(folder / "plan.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("plan.geojson", "w") as file:
        for _ in range(blocks):
            file.write(bytes(10**7))
    content, told = (folder / "plan.zip").read_bytes(), (blocks * 10**7).to_bytes(4, "little")
    (folder / "plan.zip").write_bytes(content.replace(told, (1_000).to_bytes(4, "little")))
    return folder / "plan.zip"


def encrypted(folder: Path) -> Path:
    content = bytearray(zipped(folder / "plan.zip", {"plan.geojson": b"{}"}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (folder / "plan.zip").write_bytes(content)
    return folder / "plan.zip"


def cut_short(folder: Path) -> Path:
    whole = shapefile(folder).read_bytes()
    (folder / "plan.zip").write_bytes(whole[: len(whole) // 2])
    return folder / "plan.zip"


def half_a_package(folder: Path) -> Path:
    whole = gpkg(folder, [HOUSE, SCHOOL], ["a", "b"]).read_bytes()
    (folder / "plan.gpkg").write_bytes(whole[:30_000])
    return folder / "plan.gpkg"


def two_layers(folder: Path) -> Path:
    gpkg(folder, [HOUSE], ["a"], layer="hjem")
    return gpkg(folder, [SCHOOL], ["b"], layer="skoler", append=True)


def far_too_many(folder: Path) -> Path:
    ring = np.column_stack([np.linspace(10, 11, 2_000_001), np.full(2_000_001, 60.0)])
    return drawn(folder / "plan.fgb", [shapely.LineString(ring)], ["a"], driver="FlatGeobuf", crs="EPSG:4326")


VRT = "<OGRVRTDataSource><SrcDataSource>elsewhere</SrcDataSource></OGRVRTDataSource>"
HEAD = '{"type": "FeatureCollection", "features": ['
EMPTY = '{"type": "Feature", "id": "a", "properties": {}, "geometry": null}'
LAUGHS = '<!DOCTYPE kml [<!ENTITY a "haha">]><kml><Document>&a;</Document></kml>'


def given(*shapes: shapely.Geometry, names: Sequence[str] = "ab", **how: object) -> Callable[[Path], Path]:
    return lambda folder: gpkg(folder, list(shapes), list(names[: len(shapes)]), **how)


def packed(files: dict[str, bytes]) -> Callable[[Path], Path]:
    return lambda folder: zipped(folder / "plan.zip", files)


def bare(ending: str) -> Callable[[Path], Path]:
    return lambda folder: shapefile(folder, without=(ending,))


BAD = {
    "an ending nobody reads": (text("plan.docx", "x"), "are not read; known are"),
    "an empty file": (text("plan.geojson", ""), "the file is empty"),
    "another format under the name": (text("plan.geojson", VRT), "named .geojson and holds something else"),
    "a text that says it is a database": (text("plan.gpkg", "hello"), "named .gpkg and holds something else"),
    "entities of its own": (text("plan.kml", LAUGHS), "declares entities of its own"),
    "broken JSON": (text("plan.geojson", HEAD + "{"), "cannot be read"),
    "no features": (text("plan.geojson", HEAD + "]}"), "no features in it"),
    "a feature without geometry": (text("plan.geojson", HEAD + EMPTY + "]}"), "feature 1 has no geometry"),
    "half a package": (half_a_package, "cannot be read"),
    "half an archive": (cut_short, "the archive cannot be read"),
    "an encrypted archive": (encrypted, "encrypted"),
    "a bomb": (bomb, "at most 500 MB are unpacked"),
    "a bomb that says it is none": (lying_bomb, "archive"),
    "thousands of files": (packed({f"{n}.txt": b"" for n in range(ENTRIES_MAX + 1)}), "at most 1,000"),
    "an archive of something else": (packed({"a.txt": b"x"}), "no file with zones"),
    "an archive of two": (packed({"a.kml": b"<kml/>", "b.kml": b"<kml/>"}), "holds 2 files (a.kml, b.kml)"),
    "the same name twice": (packed({"a/x.kml": b"<kml/>", "../x.kml": b"<kml/>"}), "two files named 'x.kml'"),
    "a shapefile without its table": (bare(".dbf"), "plan.dbf is missing"),
    "a shapefile without its system": (bare(".prj"), "with --crs, in Norway mostly EPSG:25833"),
    "metres called degrees": (given(*utm(HOUSE)), "numbers look like metres"),
    "metres and degrees": (given(HOUSE, *utm(SCHOOL)), "mixes coordinate systems: feature 2"),
    "degrees called metres": (given(shapely.box(3e8, 3e8, 4e8, 4e8), crs=UTM33), "outside the world"),
    "two layers": (two_layers, "holds 2 layers (hjem, skoler); choose one with --layer"),
    "two of one name": (given(HOUSE, SCHOOL, names="aa"), "--name-field"),
    "places without a reach": (given(shapely.Point(10, 60)), "say how far with --radius-m"),
    "a bow-tie": (given(HOUSE, BOW_TIE), "feature 2 (b): the polygon is not valid"),
    "two million corners": (far_too_many, "more than 2,000,000: simplify it first"),
    "no WKT": (text("plan.wkt", "a\tPOINT(1 2)\nb\tPOLYGON((1"), "2:1: this is no WKT"),
    "WKT of two systems": (text("plan.wkt", "a\tSRID=25833;POINT(1 2)\nb\tPOINT(10 60)"), "mixes coordinate"),
    "a name that is there already": (given(SCHOOL, names=["home"]), "the zone 'home' is drawn twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_source_is_refused_and_nothing_is_saved(case: str, tmp_path: Path, book: Path, state_of):
    make, reason = BAD[case]
    (tmp_path / "in").mkdir()
    source, before = make(tmp_path / "in"), state_of(book)
    result = CliRunner().invoke(main, ["rules", "import", str(source), "--into", str(book)])
    assert result.exit_code == 2, result.output
    assert reason in result.stderr
    assert "Traceback" not in result.stderr
    assert state_of(book) == before


def test_a_file_that_is_there_is_not_written_over_unasked(tmp_path: Path, book: Path, state_of):
    source = gpkg(tmp_path, [SCHOOL], ["skole"])
    ask = ["rules", "import", str(source), "--into", str(book)]
    assert CliRunner().invoke(main, ask).exit_code == 0
    before = state_of(book)
    again = CliRunner().invoke(main, ask)
    assert (again.exit_code, "--replace" in again.stderr) == (2, True)
    assert state_of(book) == before
    assert CliRunner().invoke(main, [*ask, "--replace", "--buffer-m", "10"]).exit_code == 0
    assert state_of(book) != before

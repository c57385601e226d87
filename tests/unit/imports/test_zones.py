"""What is made of features: names, choice, widening, and the rulebook they come into."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.law.geodesy import apart_m, to_ecef
from em_engine.rulebook import load
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.zones import slug
from tests.unit.imports.conftest import HOUSE, SCHOOL, drawn

SHARED = Path(__file__).parents[4] / "shared" / "data" / "polygons" / "kommuner.geojson"


def em(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Nordre Follo", "nordre-follo"),
        ("Ås", "ås"),
        ("  Kåfjord/Gáivuotna ", "kåfjord-gáivuotna"),
        ("A\u030as", "ås"),
    ],
)
def test_a_name_becomes_one_an_order_can_write(written: str, name: str):
    assert slug(written) == name


def test_imported_zones_are_part_of_the_rulebook(tmp_path: Path, book: Path):
    source = drawn(tmp_path / "plan.gpkg", [SCHOOL, HOUSE], ["Lia", "Moen"], driver="GPKG", crs="EPSG:4326")
    told = em("rules", "import", source, "--into", book, "--only", "Lia", "--prefix", "skole-")
    assert "skole-lia: Polygon, 5 corners" in told
    assert set(load(book).zones) == {"home", "skole-lia"}


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path, book: Path, state_of):
    source = drawn(tmp_path / "plan.gpkg", [SCHOOL], ["Lia"], driver="GPKG", crs="EPSG:4326")
    before = state_of(book)
    told = json.loads(em("rules", "import", source, "--into", book, "--dry-run", "--json"))
    assert [zone["zone"] for zone in told["zones"]] == ["lia"]
    assert (told["is_saved"], state_of(book)) == (False, before)


def test_a_rulebook_that_does_not_exist_yet_is_begun(tmp_path: Path):
    source = drawn(tmp_path / "plan.gpkg", [SCHOOL], ["Lia"], driver="GPKG", crs="EPSG:4326")
    em("rules", "import", source, "--into", tmp_path / "new")
    assert set(load(tmp_path / "new").zones) == {"lia"}


def metres_from(shape: shapely.Geometry, other: shapely.Geometry) -> np.ndarray:
    """From every corner of `other` to the nearest point of `shape`, on the ellipsoid."""
    corners = shapely.points(shapely.get_coordinates(other))
    lines = shapely.shortest_line(shape, corners)
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    return apart_m(to_ecef(*ends[:, 0].T), to_ecef(*ends[:, 1].T))


@pytest.mark.parametrize("lat", [-33.9, 0.0, 59.9, 78.2])
def test_a_circle_reaches_as_far_on_every_side(lat: float):
    middle = shapely.Point(10.75, lat)
    around = coordinates.widened(middle, 5_000.0)
    assert metres_from(middle, around) == pytest.approx(5_000.0, rel=1e-3)


def test_a_ring_is_as_wide_as_help_takes(book: Path):
    em("rules", "ring", "home", "--into", book, "--minutes", 6, "--speed-kmh", 60, "--name", "kjørbart")
    ring = load(book).zones["kjørbart"].geometry
    corners = [shapely.Point(10.75, 59.91), shapely.Point(10.76, 59.915)]
    reach = shapely.union_all([coordinates.widened(corner, 6_000.0) for corner in corners])
    assert shapely.area(reach.difference(ring)) / ring.area < 1e-3
    assert metres_from(HOUSE, ring).min() > 3_000.0


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="the shared polygons are not beside the checkout")
def test_a_municipality_comes_by_its_name_from_the_authority_s_file(book: Path):
    told = em("rules", "import", SHARED, "--into", book, "--name-field", "kommunenavn", "--only", "Lunner")
    assert "lunner: Polygon" in told
    assert "lunner" in load(book).zones

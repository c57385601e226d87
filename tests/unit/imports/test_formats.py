"""Every format that is read, and that what is read lies where it was drawn."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.export import export_zones
from em_engine.rulebook.imports.layers import Wish, read_features
from em_engine.rulebook.imports.zones import Shaping, make_zones
from em_engine.rulebook.models import Zone
from tests.unit.imports.conftest import HOUSE, SCHOOL, UTM33, drawn, shapefile, utm, zipped

CENTIMETRE = 1e-7
GPX = """<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="59.91" lon="10.75"><name>Butikk</name></wpt>
<trk><name>Skolevei</name><trkseg>
<trkpt lat="59.91" lon="10.75"/><trkpt lat="59.92" lon="10.76"/></trkseg></trk></gpx>"""
GML = """<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/"
xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><ogr:a fid="a.0"><ogr:geometryProperty>
<gml:Polygon srsName="EPSG:25833"><gml:outerBoundaryIs>
<gml:LinearRing><gml:coordinates>{0}</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon>
</ogr:geometryProperty><ogr:navn>Tunet</ogr:navn></ogr:a></gml:featureMember></ogr:FeatureCollection>"""


def zones_of(source: Path, *, wish: Wish | None = None, **shaping: object) -> dict[str, dict]:
    made = make_zones(source, read_features(source, wish or Wish()), Shaping(**shaping))
    return {one.name: dict(one.feature) for one in made}


def lies_on(feature: dict, shape: shapely.Geometry) -> bool:
    got = shapely.geometry.shape(feature["geometry"])
    return shapely.hausdorff_distance(got, shape) < 3 * CENTIMETRE


@pytest.mark.parametrize(
    ("ending", "driver"),
    [(".gpkg", "GPKG"), (".fgb", "FlatGeobuf"), (".geojson", "GeoJSON"), (".kml", "LIBKML")],
)
@pytest.mark.parametrize("crs", ["EPSG:4326", UTM33])
def test_a_zone_is_read_where_it_was_drawn(tmp_path: Path, ending: str, driver: str, crs: str):
    if crs == UTM33 and ending in (".kml", ".geojson"):
        pytest.skip("the format is in degrees by definition")
    shapes = [HOUSE, SCHOOL] if crs != UTM33 else list(utm(HOUSE, SCHOOL))
    field = "Name" if ending == ".kml" else "navn"
    path = drawn(
        tmp_path / f"plan{ending}", shapes, ["Gården", "Skole 2"], driver=driver, crs=crs, field=field
    )
    zones = zones_of(path)
    assert set(zones) == {"gården", "skole-2"}
    assert lies_on(zones["gården"], HOUSE)
    assert lies_on(zones["skole-2"], SCHOOL)


def test_a_zipped_shapefile_and_its_letters_are_read(tmp_path: Path):
    zones = zones_of(shapefile(tmp_path))
    assert set(zones) == {"gården", "skole"}
    assert lies_on(zones["skole"], SCHOOL)


def test_a_shapefile_of_another_encoding_is_read_when_it_is_said(tmp_path: Path):
    source = shapefile(tmp_path, without=(".cpg",), encoding="latin1")
    assert "gården" in zones_of(source, wish=Wish(encoding="latin1"))


def test_a_kmz_is_read_by_its_doc(tmp_path: Path):
    kml = drawn(tmp_path / "doc.kml", [HOUSE], ["Hjem"], driver="LIBKML", crs="EPSG:4326", field="Name")
    source = zipped(tmp_path / "plan.kmz", {"doc.kml": kml, "images/a.png": b"x"})
    assert lies_on(zones_of(source)["hjem"], HOUSE)


def test_places_and_ways_of_a_gpx_become_circles_and_corridors(tmp_path: Path):
    source = tmp_path / "tur.gpx"
    source.write_text(GPX)
    zones = zones_of(source, radius_m=50.0)
    assert {name: one["geometry"]["type"] for name, one in zones.items()} == {
        "butikk": "Point",
        "skolevei": "LineString",
    }
    assert {one["properties"]["radius_m"] for one in zones.values()} == {50.0}


def test_a_gml_of_an_authority_is_read(tmp_path: Path):
    (shape,) = utm(HOUSE)
    source = tmp_path / "plan.gml"
    source.write_text(GML.format(" ".join(f"{x},{y}" for x, y in shape.exterior.coords)))
    assert lies_on(zones_of(source, name_field="navn")["tunet"], HOUSE)


def test_wkt_has_a_name_a_tab_and_a_shape_a_line(tmp_path: Path):
    (shape,) = utm(SCHOOL)
    source = tmp_path / "plan.wkt"
    source.write_text(f"Skolen\tSRID=25833;{shapely.to_wkt(shape, rounding_precision=-1)}\n\n")
    assert lies_on(zones_of(source)["skolen"], SCHOOL)


def test_a_long_straight_line_of_a_map_stays_where_the_map_has_it(tmp_path: Path):
    """Straight in UTM is not straight in degrees: 60 km apart the two lines part by hundreds of metres."""
    long = shapely.box(200_000.0, 6_900_000.0, 260_000.0, 6_960_000.0)
    source = drawn(tmp_path / "plan.gpkg", [long], ["fylke"], driver="GPKG", crs=UTM33)
    got = shapely.geometry.shape(zones_of(source)["fylke"]["geometry"])
    back = coordinates.from_degrees(np.array([got]), coordinates.system(UTM33))[0]
    assert shapely.hausdorff_distance(back.exterior, long.exterior) < 0.05
    assert back.area == pytest.approx(long.area, rel=1e-7)


def test_what_is_exported_comes_back_the_same(tmp_path: Path):
    zones = [Zone(name="hjem", geometry=HOUSE, radius_m=None, properties={}),
             Zone(name="skole", geometry=SCHOOL, radius_m=None, properties={})]  # fmt: skip
    for ending in (".geojson", ".gpkg", ".kml", ".fgb", ".wkt"):
        target = tmp_path / f"ut{ending}"
        export_zones(zones, target, crs=None if ending in (".geojson", ".kml") else UTM33, as_areas=False)
        again = zones_of(target)
        assert set(again) == {"hjem", "skole"}, ending
        assert lies_on(again["hjem"], HOUSE), ending

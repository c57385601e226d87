"""Drawings as other programs save them, made on the spot."""

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

from em_engine.rulebook.imports import coordinates

HOUSE = shapely.box(10.75, 59.91, 10.76, 59.915)
SCHOOL = shapely.box(10.78, 59.92, 10.79, 59.925)
UTM33 = "EPSG:25833"
SHP = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def utm(*shapes: BaseGeometry) -> np.ndarray[Any, Any]:
    """WGS 84 shapes in the system Norwegian authorities publish in."""
    return coordinates.from_degrees(np.array(shapes), coordinates.system(UTM33))


def drawn(
    path: Path,
    shapes: Sequence[BaseGeometry],
    names: Sequence[str],
    *,
    driver: str,
    crs: str | None,
    **more: Any,
) -> Path:
    """A file of that format with one layer."""
    kinds = {shape.geom_type for shape in shapes}
    raw.write(
        str(path),
        shapely.to_wkb(np.array(shapes)),
        [np.array(names, dtype=object)],
        [more.pop("field", "navn")],
        driver=driver,
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs,
        **{"encoding": "UTF-8", **more},
    )
    return path


def zipped(target: Path, files: Mapping[str, bytes | Path]) -> Path:
    """An archive of these files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    return target


def shapefile(folder: Path, *, without: Sequence[str] = (), **how: Any) -> Path:
    """Two zones as a zipped shapefile in UTM 33, parts of it left out on demand."""
    path = drawn(folder / "plan.shp", list(utm(HOUSE, SCHOOL)), ["Gården", "Skole"], driver="ESRI Shapefile",
                 crs=UTM33, **how)  # fmt: skip
    parts = {path.with_suffix(end).name: path.with_suffix(end) for end in SHP if end not in without}
    return zipped(folder / "plan.zip", {name: part for name, part in parts.items() if part.exists()})


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A rulebook's folder with one zone in it."""
    folder = tmp_path / "book"
    (folder / "zones").mkdir(parents=True)
    feature = {
        "type": "Feature",
        "id": "home",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(HOUSE)),
    }
    written = {"type": "FeatureCollection", "features": [feature]}
    (folder / "zones" / "own.geojson").write_text(json.dumps(written))
    return folder


@pytest.fixture
def state_of() -> Callable[[Path], dict[str, bytes]]:
    """Every file below a folder, hidden ones too."""
    return lambda folder: {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

"""Zones of a rulebook as files other programs read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.models import Zone

DRIVERS: Final = {".gpkg": "GPKG", ".kml": "LIBKML", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
ENDINGS: Final = (".geojson", ".wkt", *DRIVERS)


def export_zones(zones: Sequence[Zone], target: Path, *, crs: str | None, as_areas: bool) -> None:
    """Write the zones to `target`, whose ending says the format; with `as_areas` reaches become outlines.

    Raises ImportRefused where the format cannot hold them.
    """
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise ImportRefused(target, Reason("export.ending", f"zones are written as {known}", known))
    if target.exists():
        raise ImportRefused(target, "the file is there already")
    geometries = np.array([_drawn(zone, as_areas=as_areas) for zone in zones])
    if ending == ".geojson":
        _refuse_crs(target, crs)
        target.write_text(_geojson(zones, geometries, as_areas=as_areas), "utf-8")
        return
    system = _system(target, crs)
    moved = coordinates.from_degrees(geometries, coordinates.system(system)) if crs else geometries
    if ending == ".wkt":
        srid = f"SRID={system.removeprefix('EPSG:')};" if system.startswith("EPSG:") else ""
        lines = (
            f"{zone.name}\t{srid}{shapely.to_wkt(shape, rounding_precision=-1)}"
            for zone, shape in zip(zones, moved, strict=True)
        )
        target.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        _through_gdal(target, zones, moved, system)


def _drawn(zone: Zone, *, as_areas: bool) -> Any:
    if as_areas and zone.radius_m is not None:
        return coordinates.widened(zone.geometry, zone.radius_m)
    return zone.geometry


def _geojson(zones: Sequence[Zone], geometries: np.ndarray[Any, Any], *, as_areas: bool) -> str:
    rows = []
    for zone, geometry in zip(zones, geometries, strict=True):
        left_out = ("radius_m",) if as_areas else ()
        properties = {key: value for key, value in zone.properties.items() if key not in left_out}
        shape = json.loads(shapely.to_geojson(geometry))
        rows.append(
            json.dumps(
                {"type": "Feature", "id": zone.name, "properties": properties, "geometry": shape},
                ensure_ascii=False,
            )
        )
    return '{"type": "FeatureCollection", "features": [\n  ' + ",\n  ".join(rows) + "\n]}\n"


def _refuse_crs(target: Path, crs: str | None) -> None:
    if crs is not None and crs.upper() not in ("EPSG:4326", "OGC:CRS84"):
        text = "GeoJSON is in WGS 84 by definition; write .gpkg for another system"
        raise ImportRefused(target, Reason("export.geojson", text))


def _system(target: Path, crs: str | None) -> str:
    try:
        coordinates.system(crs or coordinates.WGS84)
    except ValueError as error:
        raise ImportRefused(target, Reason("import.crs", str(error), str(crs))) from error
    return crs or coordinates.WGS84


def _through_gdal(target: Path, zones: Sequence[Zone], geometries: np.ndarray[Any, Any], crs: str) -> None:
    try:
        from pyogrio import errors, raw
    except ImportError as error:
        text = "writing it needs the extra gis: pip install 'em-engine[gis]'"
        raise ImportRefused(target, Reason("import.extra", text)) from error
    kinds = {geometry.geom_type.removeprefix("Multi") for geometry in geometries}
    if target.suffix.lower() in (".shp", ".fgb") and len(kinds) > 1:
        text = "this format holds one kind of shape; write areas only with --as-areas"
        raise ImportRefused(target, Reason("export.one_kind", text))
    many = {geometry.geom_type for geometry in geometries}
    kind = many.pop() if len(many) == 1 else f"Multi{kinds.pop()}" if len(kinds) == 1 else "Unknown"
    radius = np.array([np.nan if zone.radius_m is None else zone.radius_m for zone in zones])
    names = np.array([zone.name for zone in zones], dtype=object)
    try:
        raw.write(
            str(target),
            shapely.to_wkb(geometries),
            [names, radius],
            ["Name" if target.suffix.lower() == ".kml" else "name", "radius_m"],
            driver=DRIVERS[target.suffix.lower()],
            geometry_type=kind,
            crs=crs,
            encoding="UTF-8",
            promote_to_multi=kind.startswith("Multi"),
        )
    except (errors.DataSourceError, errors.DataLayerError, errors.FeatureError, errors.FieldError) as error:
        target.unlink(missing_ok=True)
        raise ImportRefused(
            target, Reason("export.failed", f"it cannot be written: {error}", str(error))
        ) from error

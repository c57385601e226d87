"""Zones from the files of others: any format GDAL reads, any coordinate system, all or nothing.

Needs the extra `gis` (pyogrio, which brings GDAL in its wheels).
"""

from em_engine.rulebook.imports.refusal import ImportRefused

__all__ = ["ImportRefused"]

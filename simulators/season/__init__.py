"""A synthetic season with a known truth, and how well alerts tell it."""

from simulators.season.contest import quality
from simulators.season.report import Quality
from simulators.season.world import Season, make

__all__ = ["Quality", "Season", "make", "quality"]

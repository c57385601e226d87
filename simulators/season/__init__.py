"""A synthetic season with a known truth, and how well alerts tell it."""

from simulators.season.contest import Quality, quality
from simulators.season.world import Season, make

__all__ = ["Quality", "Season", "make", "quality"]

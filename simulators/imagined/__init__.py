"""Wearers imagined from a rulebook's own orders: a past to try rules on where nothing was recorded yet."""

from simulators.imagined.track import Wish, imagined

__all__ = ["Wish", "imagined"]

"""Places by name, without a network: municipalities, counties, Norway, and the addresses of imported files.

`norway.json` ships with the engine, coarse; the official files, imported into a store of the centre's own,
take its place.
"""

from em_engine.rulebook.gazetteer.areas import Area, Level
from em_engine.rulebook.gazetteer.search import AddressUnknown, Gazetteer, PlaceUnknown

__all__ = ["AddressUnknown", "Area", "Gazetteer", "Level", "PlaceUnknown"]

"""A file of the authority into the store: whole, or refused."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from em_engine.rulebook.gazetteer.areas import Origin
from em_engine.rulebook.gazetteer.register import is_of_addresses, read_addresses, read_areas
from em_engine.rulebook.gazetteer.store import Store
from em_engine.rulebook.imports.layers import Wish
from em_engine.rulebook.imports.refusal import ImportRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken in."""

    what: str
    count: int
    municipalities: int = 0  # whose addresses they are

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        return {"what": self.what, "count": self.count, "municipalities": self.municipalities}

    def in_words(self) -> str:
        """The same as a line."""
        where = f" in {self.municipalities:,} municipalities" if self.municipalities else ""
        return f"{self.count:,} {self.what}{where}"


def take_in(source: Path, store: Path, *, origin: Origin, wish: Wish) -> Taken:
    """Addresses of a table, areas of anything else. Raises ImportRefused, with the store as it was."""
    if is_of_addresses(source):
        plain = Origin(source=origin.source, licence=origin.licence, date=origin.date)
        count, towns = Store(store).take_addresses(read_addresses(source), plain)
        if not count:
            raise ImportRefused(source, "there are no addresses in it")
        return Taken(what="addresses", count=count, municipalities=towns)
    found = [
        (area, shapely.make_valid(shapely.union_all(parts), method="structure", keep_collapsed=False))
        for area, parts in read_areas(source, wish, origin)
    ]
    Store(store).take_areas(found, origin)
    levels = {area.level.value for area, _ in found}
    return Taken(what={"municipality": "municipalities", "county": "counties"}.get(levels.pop(), "countries"),
                 count=len(found))  # fmt: skip

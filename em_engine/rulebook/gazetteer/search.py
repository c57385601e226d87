"""Finding a place by what somebody typed: areas by name or number, addresses by street, number and place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from em_engine.rulebook.coded import Reason
from em_engine.rulebook.gazetteer import areas, spelling
from em_engine.rulebook.gazetteer.addresses import Address, asked_for
from em_engine.rulebook.gazetteer.areas import Area, Level, Origin
from em_engine.rulebook.gazetteer.store import Store

STORE_NAME: Final = "gazetteer.sqlite"
"""Beside the data of the engine."""
_SHOWN: Final = 8
_NO_ADDRESSES: Final = (
    "no addresses are known here; download Matrikkelen - Adresse (CSV) from the authority and give it to "
    "em gazetteer import"
)


class PlaceUnknown(Exception):
    """No place, or more than one, is called so; the text says what there is."""


class AddressUnknown(PlaceUnknown):
    """No address, or more than one, reads so; `why` has a code."""

    def __init__(self, why: Reason) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A place found: an area, or an address."""

    area: Area | None = None
    address: Address | None = None


class Gazetteer:
    """What ships, and what was imported into the store at `path`, if there is one."""

    def __init__(self, path: Path | None = None) -> None:
        self._store = Store(path) if path is not None and path.exists() else None

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """All areas; an imported one in the place of what ships."""
        imported = (
            {} if self._store is None else {(one.level, one.number): one for one in self._store.areas()}
        )
        shipped = [one for one in areas.shipped_areas() if (one.level, one.number) not in imported]
        return (*imported.values(), *shipped)

    def outline(self, area: Area) -> BaseGeometry:
        """In degrees, as its source draws it."""
        if area.origin is areas.SHIPPED:
            return areas.shipped_outline(area.level, area.number)
        assert self._store is not None, "only a store has other areas"
        return self._store.outline(area)

    @property
    def has_addresses(self) -> bool:
        """Whether any were imported."""
        return self._store is not None and self._store.has_addresses

    def origins(self) -> list[dict[str, Any]]:
        """What was imported, from where."""
        return [] if self._store is None else self._store.origins()

    def origin_of(self, address: Address) -> Origin:
        """Where the addresses of its municipality come from."""
        assert self._store is not None, "only a store has addresses"
        return self._store.origin_of(address)

    # One place -----------------------------------------------------------------

    def area(self, text: str, level: Level) -> Area:
        """The one area of that level which is called so. Raises PlaceUnknown."""
        of_level = [one for one in self.areas if one.level is level]
        found = _called(text, of_level)
        if len(found) == 1:
            return found[0]
        if found:
            raise PlaceUnknown(
                f"{text!r} may be {_listed([one.title for one in found])}: say the number, or the county "
                f"behind a comma, as in {_with_county(found[0])!r}"
            )
        keys = {spelling.area_key(name): one for one in of_level for name in one.names}
        alike = [keys[key].title for key in spelling.near(spelling.area_key(text), keys, count=3)]
        meant = f"did you mean {_listed(alike)}?" if alike else f"{len(of_level)} are known"
        raise PlaceUnknown(f"there is no {level} {text!r}; {meant}")

    def address(self, text: str) -> Address:
        """The one address that reads so. Raises AddressUnknown."""
        if self._store is None or not self.has_addresses:
            raise AddressUnknown(Reason("address.none", _NO_ADDRESSES))
        asked = asked_for(text)
        found = self._store.addresses(asked, limit=_SHOWN + 1)
        exact = [one for one in found if one.number == asked.number and one.letter == asked.letter]
        if len(exact) == 1:
            return exact[0]
        if exact:
            places = _listed([one.text for one in exact])
            told = f"{text!r} is in several places: {places}; say which"
            raise AddressUnknown(Reason("address.several", told, text, places))
        if found:
            there = _listed([one.text for one in found])
            told = f"there is no {text!r}; there is {there}"
            raise AddressUnknown(Reason("address.others", told, text, there))
        alike = _listed(self._store.streets_like(asked, limit=3))
        if alike:
            told = f"there is no {text!r}; did you mean {alike}?"
            raise AddressUnknown(Reason("address.alike", told, text, alike))
        told = f"there is no {text!r}; no street is called nearly so"
        raise AddressUnknown(Reason("address.unknown", told, text))

    # Many, while somebody types --------------------------------------------------

    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """What it may be, the likeliest first: the name itself, names that begin so, names like it."""
        if not spelling.key(text):
            return []
        hits = [Hit(area=one) for one in _ranked(text, self.areas)]
        if self._store is not None and self.has_addresses:
            hits += [Hit(address=one) for one in self._store.addresses(asked_for(text), limit=limit)]
        return hits[:limit]


def _called(text: str, known: Sequence[Area]) -> list[Area]:
    """Those of that number, or name; of several the ones in the county behind the comma."""
    if text.strip().isdigit():
        return [one for one in known if one.number == text.strip()]
    wanted = spelling.area_key(text)
    found = [one for one in known if wanted in map(spelling.area_key, one.names)]
    name, comma, county = text.rpartition(",")
    if not found and comma:
        within = spelling.area_key(county)
        found = [one for one in _called(name, known) if spelling.area_key(one.county) == within]
    return found


def _ranked(text: str, known: Sequence[Area]) -> Iterator[Area]:
    seen: set[tuple[Level, str]] = set()
    wanted, keys = (
        spelling.area_key(text),
        [(one, [spelling.area_key(n) for n in one.names]) for one in known],
    )
    near = set(spelling.near(wanted, {key for _, own in keys for key in own}, count=3))
    tests: tuple[Callable[[Area, list[str]], bool], ...] = (
        lambda one, own: one.number == text.strip() or wanted in own,
        lambda _, own: any(key.startswith(wanted) for key in own),
        lambda _, own: any(f" {wanted}" in key for key in own),
        lambda _, own: not near.isdisjoint(own),
    )
    for test in tests:
        for one, own in keys:
            if (one.level, one.number) not in seen and test(one, own):
                seen.add((one.level, one.number))
                yield one


def _with_county(area: Area) -> str:
    return f"{area.names[0]}, {area.county}" if area.county else area.number


def _listed(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown} …"

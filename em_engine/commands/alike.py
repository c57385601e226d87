"""Orders that demand the same under two rulebooks: with their zones, schedules and calendars, and their kin.

What is alike raises the same on the same history, so it need be judged only once. In doubt it is not alike.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from itertools import product
from typing import Any, Final

from em_engine.law.non_association import NonAssociationTerms
from em_engine.rulebook import Order, Rulebook
from em_engine.rulebook.models import Zone

_BY_NAME: Final = ("zones", "schedules", "calendars")
_ASIDE: Final = ("orders", "revision", "files", "protocols", *_BY_NAME)


def alike(old: Rulebook, new: Rulebook) -> Set[str]:
    """The ids of the orders that are alike in both."""
    if not _is_one_centre(old, new):
        return set()
    others = {order.id: order for order in new.orders}
    same = {order.id for order in old.orders if _is_alike(order, others.get(order.id), old, new)}
    return same - _parted(old, new, same)


def _is_one_centre(old: Rulebook, new: Rulebook) -> bool:
    """Whether everything is the same that binds all orders; of protocols the urgency, which alerts carry."""
    urgency = [{type: one.severity for type, one in book.protocols.items()} for book in (old, new)]
    rest = (one.name for one in fields(Rulebook) if one.name not in _ASIDE)
    return urgency[0] == urgency[1] and all(getattr(old, name) == getattr(new, name) for name in rest)


def _is_alike(order: Order, other: Order | None, old: Rulebook, new: Rulebook) -> bool:
    return order == other and all(
        _content(getattr(old, place).get(name)) == _content(getattr(new, place).get(name))
        for place, name in _named(order, old, new)
    )


def _content(named: Any) -> Any:
    """What is compared of it: of a zone its parts, since no two zones are equal as objects."""
    if not isinstance(named, Zone):
        return named
    parts = {one.name: getattr(named, one.name) for one in fields(Zone)}
    return parts | {"geometry": named.geometry.wkb, "properties": dict(named.properties)}


def _named(order: Order, *books: Rulebook) -> set[tuple[str, str]]:
    """Every zone, schedule and calendar that the order names, and those that these name."""
    found, unread = set[tuple[str, str]](), list[Any]([order])
    while unread:
        words = set(_words(unread.pop()))
        for place, book in product(_BY_NAME, books):
            for word in words & getattr(book, place).keys() - {name for at, name in found if at == place}:
                found.add((place, word))
                unread += [book.schedules[word] for book in books if word in book.schedules]
    return found


def _words(value: Any) -> Iterator[str]:
    """Every text in a document, however deep: which of them is a name, the rulebooks know."""
    if isinstance(value, str):
        yield str(value)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _words(getattr(value, one.name))
    elif isinstance(value, Mapping):
        yield from _words(tuple(value.items()))
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _words(one)


def _parted(old: Rulebook, new: Rulebook, same: Set[str]) -> set[str]:
    """Orders whose group is not the same in both: whom they must not meet are others, or elsewhere."""
    found = set[str]()
    for book in (old, new):
        groups: dict[str, set[str]] = {}
        for order in book.orders:
            for one in order.conditions:
                if isinstance(one.terms, NonAssociationTerms):
                    groups.setdefault(one.terms.group, set()).add(order.id)
        for members in groups.values():
            found |= members if members - same else set()
    return found

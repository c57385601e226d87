"""A simulated past: the people of the orders in question, imagined where nothing was recorded of them yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from em_engine.commands.options import now
from em_engine.commands.progress import Progress
from em_engine.law.non_association import NonAssociationTerms
from em_engine.law.windows import Span
from em_engine.rulebook import Order, Rulebook
from em_engine.rulebook.coded import Said
from em_engine.rulebook.difference import difference
from em_engine.vocabulary import HOUR, Micros, rfc3339
from simulators.imagined import Wish, imagined
from simulators.imagined.track import PEOPLE_MAX
from simulators.tracks import Track

DAY: Final[Micros] = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagining:
    """How long a past to imagine, which of many, and whose: of everybody where nobody is named."""

    days: int
    seed: int = 1
    wearer: str | None = None


def simulated(
    wish: Imagining,
    rulebooks: Sequence[Rulebook],
    *,
    since: Micros | None,
    until: Micros | None,
    progress: Progress,
) -> tuple[Track, str]:
    """The track of the people concerned, and what must be said of it."""
    concerned = [(rulebook, _concerned(rulebook, rulebooks, wish.wearer)) for rulebook in rulebooks]
    span = _span(wish, [order for _, orders in concerned for order in orders], since, until)
    track = imagined(concerned, Wish(span=span, seed=wish.seed), progress.of("simulating"))
    most = Said("imagined.most", "; no more than {} are imagined", PEOPLE_MAX)
    told = (
        "nobody lived this: {} tags of the orders concerned, imagined from {} for {} days (seed {}); "
        "their wearers come near what is forbidden far oftener than real ones, so compare the two figures "
        "and believe neither{}"
    )
    since_then, also = rfc3339(span[0]), most if len(track.devices) >= PEOPLE_MAX else ""
    return track, Said("imagined", told, len(track.devices), since_then, wish.days, str(wish.seed), also)


def _concerned(rulebook: Rulebook, rulebooks: Sequence[Rulebook], wearer: str | None) -> list[Order]:
    """The orders in question: the wearer's; those a change is about; and everybody who must not meet them."""
    if wearer is not None:
        chosen = {order.id for order in rulebook.orders if order.wearer.id == wearer}
    elif len(rulebooks) > 1:
        altered = difference(rulebooks[0], rulebooks[1])
        chosen = {order for one in altered for order in one.orders}
    else:
        chosen = set()
    chosen = chosen or {order.id for order in rulebook.orders}
    groups = {group for order in rulebook.orders if order.id in chosen for group in _groups(order)}
    return [order for order in rulebook.orders if order.id in chosen or groups & set(_groups(order))]


def _groups(order: Order) -> Iterator[str]:
    for one in order.conditions:
        if isinstance(one.terms, NonAssociationTerms):
            yield one.terms.group


def _span(wish: Imagining, orders: Sequence[Order], since: Micros | None, until: Micros | None) -> Span:
    """The days asked for; else those from today on, or the nearest in which an order holds."""
    length = wish.days * DAY
    if since is not None or until is not None:
        start = since if since is not None else (until or 0) - length
        return start, min(start + length, until if until is not None else start + length)
    today = now() // DAY * DAY
    if any(order.valid_from < today + length and today < order.valid_to for order in orders):
        return today, today + length
    coming = [order.valid_from for order in orders if order.valid_from > today]
    start = min(coming) if coming else max(order.valid_to for order in orders) - length
    return start, start + length

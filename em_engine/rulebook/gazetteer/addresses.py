"""An address: as people type it, and as the store knows it."""

import re
from dataclasses import dataclass
from typing import Any, Final

from em_engine.rulebook.gazetteer import spelling

_TYPED: Final = re.compile(
    r"(?P<street>[^,]+?)\s+(?P<number>\d{1,4})\s*(?P<letter>[a-zæøå])?(?=$|[\s,])[\s,]*(?P<rest>.*)",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(r"\b\d{4}\b")
_TOWN: Final = re.compile(r"\(([^)]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of the register, in degrees."""

    street: str
    number: int  # 0 where it has none: a farm by its number in the land register
    letter: str
    postcode: str
    post_place: str
    municipality: str  # its number
    municipality_name: str
    lon: float
    lat: float

    @property
    def text(self) -> str:
        """As on an envelope, with the municipality where that is not the post's place."""
        number = f" {self.number}{self.letter}" if self.number else ""
        place = f"{self.postcode} {self.post_place.title()}".strip()
        town = self.municipality_name.title()
        within = f" ({town})" if spelling.key(town) != spelling.key(self.post_place) else ""
        return f"{self.street}{number}, {place}{within}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody typed, taken apart: keys of the street and the place, of which either may be empty."""

    street: str
    number: int = 0
    letter: str = ""
    postcode: str = ""
    place: str = ""


def asked_for(text: str) -> Asked:
    """`Storgata 1B, 0155 Oslo`: with or without comma, letter, postcode and place."""
    typed = _TYPED.fullmatch(text.strip())
    if typed is None:
        street, _, rest = text.partition(",")
        return Asked(street=spelling.key(street), **_where(rest))
    letter = (typed["letter"] or "").upper()
    return Asked(
        street=spelling.key(typed["street"]),
        number=int(typed["number"]),
        letter=letter,
        **_where(typed["rest"]),
    )


def _where(text: str) -> dict[str, Any]:
    """Postcode and place; of `1450 Nesoddtangen (Nesodden)` the municipality."""
    postcode, town = _POSTCODE.search(text), _TOWN.search(text)
    place = town[1] if town else _POSTCODE.sub(" ", text)
    return {"postcode": postcode[0] if postcode else "", "place": spelling.area_key(place)}

"""Names as people type them: small letters, no marks, å and aa alike; a slip still finds the place."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ð": "d", "ł": "l", "ß": "ss"}
)
_WRITTEN_OUT: Final = (("aa", "a"), ("ae", "a"), ("oe", "o"))
_KINDS: Final = re.compile(r"\b(fylkeskommune|kommune|kommuna|suohkan|tjielte|fylke|fylka)\b")
_NOT_OF_WORDS: Final = re.compile(r"[^a-z0-9/]+")
CLOSE: Final = 0.7
"""How alike two names must be to be offered for each other (difflib's ratio)."""


def key(text: str) -> str:
    """The name without all that people write differently."""
    small = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(sign for sign in small if not unicodedata.combining(sign))
    for written, meant in _WRITTEN_OUT:
        plain = plain.replace(written, meant)
    return _NOT_OF_WORDS.sub(" ", plain).strip()


def area_key(text: str) -> str:
    """The same of an area's name, whether or not its kind is said: `Oslo kommune` is `Oslo`."""
    whole = key(text)
    return " ".join(_KINDS.sub(" ", whole).split()) or whole


def near(text: str, known: Iterable[str], *, count: int) -> list[str]:
    """The keys most like that one, the best first."""
    return difflib.get_close_matches(text, list(known), n=count, cutoff=CLOSE)

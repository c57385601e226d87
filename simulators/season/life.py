"""A wearer's season as it is written."""

from dataclasses import dataclass, field
from enum import Enum

from numpy.random import Generator

from simulators.season.diary import Diary
from simulators.season.duties import Case, Stretch
from simulators.season.way import Path


class Deed(Enum):
    """What can be done to a tag."""

    STRAP = "strap opened"
    CASE = "case opened"
    JAMMED = "satellites drowned out"
    SHIELDED = "wrapped up: nothing comes in or goes out"


Done = tuple[Deed, Stretch]
"""What was done to a tag, and when."""


@dataclass
class Life:
    """The way of a wearer, and what happens to the tag."""

    case: Case
    diary: Diary
    chance: Generator
    protected: Path | None = None
    done: list[Done] = field(default_factory=list)
    off: list[Stretch] = field(default_factory=list)

"""A wearer's season as it is written."""

from dataclasses import dataclass, field

from numpy.random import Generator

from simulators.season.diary import Diary, Path
from simulators.season.duties import Case, Stretch


@dataclass
class Life:
    """The way of a wearer, and what happens to the tag."""

    case: Case
    diary: Diary
    chance: Generator
    protected: Path | None = None
    strap_open: list[Stretch] = field(default_factory=list)
    off: list[Stretch] = field(default_factory=list)

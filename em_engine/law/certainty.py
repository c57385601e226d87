"""How sure it must be that an order is being broken before that is told: levels that an order names."""

from enum import StrEnum
from math import exp, log
from typing import Any, Final


class Certainty(StrEnum):
    """How sure it must be that the order is being broken before it is told."""

    # Terms hide theirs from `repr`, by which a changed condition is known: how sure one must be is no part of
    # what the order demands, so what was seen before a change still counts.

    LIKELY = "likely"
    CONVINCING = "convincing"
    PROVED = "proved"


PROBABILITY: Final = {Certainty.LIKELY: 0.9, Certainty.CONVINCING: 0.99, Certainty.PROVED: 0.9999}
"""A look whose whole circle is on the unlawful side says 0.92 at least, so no level is lower than `likely`;
and 0.999 at most (`breach.GROSS`), so nothing is `proved` by one fix alone."""
TO_CLEAR: Final = Certainty.CONVINCING
"""What asks for a breach to be over, whatever level it was told at."""
BELIEF: Final = {level: log(p / (1.0 - p)) for level, p in PROBABILITY.items()}
"""The log odds of each level."""


def level_of(terms: Any) -> Certainty:
    """The level a condition of these terms asks for; that of all others where its kind knows none."""
    return getattr(terms, "certainty", Certainty.CONVINCING)


def describe_level(terms: Any, belief: float) -> dict[str, Any]:
    """As evidence: the level, where it is not the kind's own, and how sure it is by all fixes together."""
    level = level_of(terms)
    own = type(terms).__dataclass_fields__.get("certainty")
    if own is None or level is own.default:
        return {}
    return {"certainty": level.value, "belief": round(1.0 / (1.0 + exp(-belief)), 6)}

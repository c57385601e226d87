"""How much a property tries: the same examples on every machine, and no more than the suite has time for."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def bounded(examples: int) -> settings:
    """So many examples, always the same. Not shrunk: a world is a seed and a length already."""
    return settings(
        max_examples=examples,
        phases=(Phase.explicit, Phase.generate),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

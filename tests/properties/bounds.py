"""How much a property tries: the same examples on every machine, and no more than the suite has time for.

A long run tries so many times as many, and others each time; what fails says its seed:
`EM_PROPERTIES_TIMES=50 python -m pytest tests/properties`.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("EM_PROPERTIES_TIMES", "1"))
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def bounded(examples: int) -> settings:
    """So many examples, usually always the same. Not shrunk: a world is a seed and a length already."""
    return settings(
        max_examples=examples * TIMES,
        phases=(Phase.explicit, Phase.generate),
        derandomize=TIMES == 1,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

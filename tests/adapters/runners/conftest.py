"""An engine on a bench for every test that asks for one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from em_engine.rulebook import Rulebook
from tests.scenarios.road.bench import Bench


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[[Rulebook], Bench]:
    return lambda rulebook: Bench(tmp_path, rulebook)

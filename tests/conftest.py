"""What all tests share."""

from collections.abc import Iterable

import pytest


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Beside a browser or a broker, on a machine that others use too, a test has a second try; it is told."""
    for item in items:
        if any(item.get_closest_marker(name) for name in ("chromium", "mosquitto")):
            item.add_marker(pytest.mark.flaky(reruns=1))

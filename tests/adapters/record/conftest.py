"""The stores that must pass the conformance suite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from em_engine.record.interface import Record
from em_engine.record.sqlite import Durability, SqliteRecord

STORES: dict[str, Callable[[Path], Record]] = {
    "sqlite-full": lambda folder: SqliteRecord(folder / "record.db", durability=Durability.FULL),
    "sqlite-normal": lambda folder: SqliteRecord(folder / "record.db", durability=Durability.NORMAL),
}


class Opener:
    """Opens the same record again and again, letting go of it in between."""

    def __init__(self, store: Callable[[Path], Record], folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._record: Record | None = None

    def __call__(self) -> Record:
        self.close()
        self._record = self._store(self._folder)
        return self._record

    def close(self) -> None:
        if self._record is not None:
            self._record.close()
            self._record = None


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    opener = Opener(request.param, tmp_path)
    yield opener
    opener.close()


@pytest.fixture
def record(opened: Opener) -> Record:
    return opened()

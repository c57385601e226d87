"""A record that refuses when it is told to, before anything is written or when all of it is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from em_engine.record.interface import Reading, Record, RecordError, Writing
from em_engine.record.rows import RecordSize


class FaultyRecord:
    """Another record, which at its faults refuses in one of two places."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.refusal: RecordError | None = None
        self.at_the_end = False
        self.refused = 0

    @contextmanager
    def transaction(self) -> Iterator[Writing]:
        with self._record.transaction() as writing:
            if not self.at_the_end:
                self._refuse()
            yield writing
            self._refuse()

    def _refuse(self) -> None:
        if self.refusal is not None:
            self.refused += 1
            raise self.refusal

    def reading(self) -> AbstractContextManager[Reading]:
        return self._record.reading()

    def size(self) -> RecordSize:
        return self._record.size()

    def close(self) -> None:
        self._record.close()

"""What a run without any fault tells: the same messages through heart and queue, one by one."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from em_engine.alerts.queue import AlertQueue
from em_engine.ingest.delivery import Delivery, system_clock
from em_engine.ingest.wire import decode
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook import load
from em_engine.runners.judging import Judging
from em_engine.vocabulary import SECOND


@contextlib.contextmanager
def undisturbed(folder: Path, messages: Iterable[tuple[str, bytes]]) -> Iterator[AlertQueue]:
    """The queue that the rulebook in `folder` makes of the messages."""
    with (
        TemporaryDirectory() as made,
        contextlib.closing(
            SqliteRecord(Path(made) / "record.sqlite3", durability=Durability.NORMAL)
        ) as record,
    ):
        queue = AlertQueue(record)
        judging = Judging(record, queue, load(folder / "rules"))
        begun = system_clock() - 30 * SECOND
        judging.begin(begun)
        for number, (topic, payload) in enumerate(messages):
            decoded = decode([Delivery(topic, payload, begun + number)])
            assert not decoded.quarantined
            judging.judge(decoded.batch)
        yield queue

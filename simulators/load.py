"""`em simulate --tags N --mqtt URL`: the tags of a whole country, live, for as long as is asked.

Every tag sends a fix a minute in its turn, over many connections from one process: tags in a row share one,
and what is due of them goes out in one write. Told at the end: what was sent, what the broker acknowledged,
and, where the engine's metrics are named, what the engine acknowledged after its commit, and when.
"""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Final
from urllib.parse import unquote, urlsplit

import click
import numpy as np

from em_engine.bench.line import BrokerRefusedError, Line
from em_engine.ingest.delivery import system_clock
from em_engine.vocabulary import Floats
from simulators.engine_watch import EngineWatch, Seen
from simulators.load_packets import TAGS_MAX, Packets

MINUTE_S: Final = 60.0
_TURN_S: Final = 0.005
_TELL_S: Final = 5.0
_PATIENCE_S: Final = 30.0
"""So long the engine may acknowledge nothing more before it is no longer waited for."""
_SLICE: Final = 1_024
"""Tags whose packets are made together: whole blocks."""
_BLOCK_MAX: Final = 32
"""Tags in a row that share a connection and a write, where so many are due in a turn."""
_METRES_A_DEGREE: Final = 111_320.0
_TOWNS: Final = np.array(
    [
        (10.75, 59.91),
        (5.32, 60.39),
        (10.40, 63.43),
        (5.73, 58.97),
        (18.96, 69.65),
        (7.99, 58.15),
        (14.4, 67.28),
    ]
)
_SPREAD_DEG: Final = 0.08
_REVERTS, _STEP_M = 0.95, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a load was asked to be; `rate` in messages a second, every tag once a minute unless given."""

    url: str
    tags: int
    seed: int = 1
    rate: float | None = None
    seconds: float = 60.0
    connections: int = 100
    metrics: str | None = None
    as_json: bool = False

    @property
    def asked_rate(self) -> float:
        """Messages a second."""
        return self.tags / MINUTE_S if self.rate is None else self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a load."""

    tags: int
    connections: int
    asked_per_s: float
    sent: int
    sent_in_s: float
    broker_acknowledged: int
    broker_done_s: float  # from the first message to the broker's last acknowledgement
    engine: Seen | None

    def sentences(self) -> Iterator[str]:
        """What a person reads."""
        rate = self.sent / self.sent_in_s
        yield (
            f"{self.sent:,} fixes of {self.tags:,} tags over {self.connections} connections in"
            f" {self.sent_in_s:.1f} s: {rate:,.0f} messages/s, {self.asked_per_s:,.0f} asked for"
        )
        yield f"broker: {self.broker_acknowledged:,} acknowledged, the last after {self.broker_done_s:.1f} s"
        if self.engine is None:
            yield "engine: not looked at; --metrics URL names its /metrics"
        else:
            yield from self.engine.sentences(self.sent)


class Walkers:
    """Where every tag is: around a home in one of seven towns, never far from where it was."""

    def __init__(self, tags: int, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        town = self._random.choice(len(_TOWNS), tags, p=np.array([8, 3, 2, 2, 1, 1, 1]) / 18)
        self.home: Floats = _TOWNS[town] + self._random.normal(0.0, _SPREAD_DEG, (tags, 2)) * (1.0, 0.5)
        self._off_m = np.zeros((tags, 2), dtype=np.float32)

    def step(self, first: int, last: int) -> Floats:
        """The next position of these: (n, 2) longitude, latitude."""
        off_m = self._off_m[first:last]
        off_m *= _REVERTS
        off_m += self._random.normal(0.0, _STEP_M, off_m.shape)
        home = self.home[first:last]
        shrink = np.cos(np.radians(home[:, 1]))
        degrees = off_m / _METRES_A_DEGREE
        return np.asarray(home + np.column_stack((degrees[:, 0] / shrink, degrees[:, 1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Tags in a row whose fixes are due together."""

    packets: Packets
    first: int  # of the packets
    last: int
    number: int  # in its round: always of the same tags

    def __len__(self) -> int:
        return self.last - self.first


def blocks(wish: Wish) -> Iterator[Block]:
    """Everyone in turn, every count without a hole; no block holds more than is due in a turn."""
    walkers = Walkers(wish.tags, wish.seed)
    seq = int(time.time())  # goes on after the last load's, whoever remembers that
    size = _size(wish)
    while True:
        numbers = count()
        for first in range(0, wish.tags, _SLICE):
            packets = Packets(first, seq, walkers.step(first, min(first + _SLICE, wish.tags)))
            for start in range(0, len(packets), size):
                end = min(start + size, len(packets))
                yield Block(packets=packets, first=start, last=end, number=next(numbers))
        seq += 1


def _size(wish: Wish) -> int:
    """Of a block; a slow load goes one by one, evenly."""
    return max(1, min(_BLOCK_MAX, int(wish.asked_rate * _TURN_S)))


def load_command(wish: Wish) -> int:
    """Sends the load, prints what became of it; 1 where not all was acknowledged, 2 where it was not sent."""
    if wish.tags > TAGS_MAX:
        click.echo(f"a load has at most {TAGS_MAX:,} tags", err=True)
        return 2
    try:
        outcome = asyncio.run(drive(wish))
    except (OSError, BrokerRefusedError) as error:
        click.echo(f"{wish.url}: {error}", err=True)
        return 2
    if wish.as_json:
        click.echo(json.dumps(asdict(outcome), indent=2))
    else:
        for sentence in outcome.sentences():
            click.echo(sentence)
    is_whole = outcome.broker_acknowledged == outcome.sent
    if outcome.engine is not None:
        is_whole = is_whole and outcome.engine.acknowledged >= outcome.sent
    return 0 if is_whole else 1


async def drive(wish: Wish) -> Outcome:
    """Raises OSError and BrokerRefusedError."""
    watch = None if wish.metrics is None else await EngineWatch.begun(wish.metrics)
    acknowledged = [0]

    def receive(receipts: int) -> None:
        acknowledged[0] += receipts

    lines = await _lines(wish, receive)
    looking = None if watch is None else asyncio.create_task(watch.look_on())
    start = time.monotonic()
    try:
        sent = await _send(wish, lines, acknowledged, watch)
        sent_in_s = time.monotonic() - start
        for line in lines:
            await line.close()
        done_s = time.monotonic() - start
        seen = None if watch is None else await watch.until(sent, patience_s=_PATIENCE_S)
    finally:
        if looking is not None:
            looking.cancel()
    return Outcome(
        tags=wish.tags,
        connections=len(lines),
        asked_per_s=wish.asked_rate,
        sent=sent,
        sent_in_s=sent_in_s,
        broker_acknowledged=acknowledged[0],
        broker_done_s=done_s,
        engine=seen,
    )


async def _lines(wish: Wish, receive: Callable[[int], None]) -> list[Line]:
    parts = urlsplit(wish.url)
    encrypted = parts.scheme == "mqtts"
    return [
        await Line.opened(
            parts.hostname or "127.0.0.1",
            parts.port or (8883 if encrypted else 1883),
            f"em-load-{wish.seed}-{number}",
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls=ssl.create_default_context() if encrypted else None,
            acknowledged=receive,
        )
        for number in range(min(wish.connections, -(-wish.tags // _size(wish))))
    ]


async def _send(wish: Wish, lines: Sequence[Line], acknowledged: list[int], watch: EngineWatch | None) -> int:
    """Everyone in turn at the pace that was asked for; answers how many. Raises BrokerRefusedError."""
    waiting, start, sent, told = blocks(wish), time.monotonic(), 0, 0.0
    total = round(wish.asked_rate * wish.seconds)
    while sent < total:
        due = min(total, int((time.monotonic() - start) * wish.asked_rate) + 1)
        while sent < due:
            sent += await _send_block(next(waiting), lines, total - sent)
        await _turn()
        if (elapsed := time.monotonic() - start) - told >= _TELL_S:
            told = elapsed
            engine = "" if watch is None else f", engine {watch.acknowledged:,}"
            sys.stderr.write(
                f"{elapsed:5.0f} s: sent {sent:,} of {total:,}, broker {acknowledged[0]:,}{engine}\n"
            )
    return sent


async def _send_block(block: Block, lines: Sequence[Line], count_max: int) -> int:
    """A tag keeps its connection, and so its order."""
    line = lines[block.number % len(lines)]
    while line.is_full:
        await _turn()
    last = min(block.last, block.first + count_max)
    line.send(
        block.packets.taken(block.first, last, at=system_clock(), receipt=line.next_receipt),
        last - block.first,
    )
    return last - block.first


async def _turn() -> None:
    """Rests, then hears what has come: the loop would wake for every receipt, and that costs more than all
    the rest."""
    time.sleep(_TURN_S)
    await asyncio.sleep(0)

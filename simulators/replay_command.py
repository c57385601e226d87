"""`em replay`: reads the rulebook and the tracks, runs or publishes them, and says what was wrong on the
way."""

import asyncio
import dataclasses
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click
import numpy as np

from em_engine.ingest.delivery import NotPublishedError, system_clock
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.monitoring.columns import Rules, compile_orders
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import Rulebook, RulebookRefused, load
from em_engine.rulebook.models import Order
from em_engine.vocabulary import BEFORE_ALL, Batch, Change, Micros, rfc3339
from simulators.playhead import KEYS, Manner, Playhead, keys_of_terminal, played
from simulators.publish import publish
from simulators.replay import counted, line_of, replay
from simulators.scenarios.recording import scenario_text
from simulators.tracks import BATCH_ROWS, Track, TrackRefused, merge, read
from simulators.tracks.merge import arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a replay was asked to do."""

    tracks: Sequence[Path]
    rules: Path | None = None
    device: str | None = None
    out: Path | None = None
    batch: int | None = None  # rows a batch at most; None is as suits the speed
    until: Micros | None = None
    speed: float | None = None  # a multiple of life; None is as fast as it goes
    mqtt: str | None = None
    start: Micros | None = None  # from then on
    as_now: bool = False  # every track as if it began now
    loop: int = 1  # how often; 0 is for ever
    scenario: Path | None = None  # where to write what was told as a scenario
    as_json: bool = False


def replay_command(wish: Wish) -> int:
    """Runs the tracks through the rulebook, or publishes them; 2 where the input is bad, otherwise 0."""
    try:
        _check(wish)
        tracks = _read_all(wish)
        if wish.mqtt is not None:
            return _publish(wish, tracks, wish.mqtt)
        if wish.rules is None:
            raise _BadInput("--rules is missing: a folder with the rulebook to judge by")
        rulebook = load(wish.rules)
        _check_devices(rulebook, tracks)
        return _replay(wish, tracks, rulebook)
    except (TrackRefused, RulebookRefused, _BadInput) as refusal:
        click.echo(str(refusal), err=True)
        return 2


class _BadInput(Exception):
    """The wish cannot be granted as it is."""


def _check(wish: Wish) -> None:
    """What does not go together."""
    if wish.mqtt is None and (wish.as_now or wish.loop != 1):
        raise _BadInput(
            "--now and --loop go with --mqtt: a rulebook judges a recording once, in its own time"
        )
    if wish.scenario is not None and (wish.mqtt is not None or wish.speed is not None or wish.device):
        raise _BadInput("--scenario goes without --mqtt, --speed and --device: it keeps files as they are")
    if wish.loop != 1 and not wish.as_now:
        raise _BadInput("--loop goes with --now: the same reports at the same times would change nothing")
    if wish.as_now and wish.start is not None:
        raise _BadInput("--from does not go with --now: all tracks begin at their beginnings")
    if wish.speed is None and (wish.as_now or wish.start is not None):
        raise _BadInput("--now and --from go with --speed: as fast as it goes there is nothing to seek")


def _read_all(wish: Wish) -> list[Track]:
    if wish.device is not None and len(wish.tracks) > 1:
        raise _BadInput("--device names the device of one track; several are given")
    tracks = [read(path, wish.device) for path in wish.tracks]
    for track in tracks:
        for told in (*track.notes, *track.faults):
            click.echo(str(told), err=True)
        if track.faults_total:
            kept = f"{len(track)} reports kept, {track.faults_total} rows set aside"
            click.echo(f"{track.name}: {kept}", err=True)
    if not any(len(track) for track in tracks):
        raise _BadInput("the tracks hold no reports, so there is no time to replay")
    return tracks


def _check_devices(rulebook: Rulebook, tracks: Sequence[Track]) -> None:
    known = set().union(*map(_devices, rulebook.orders))
    heard = sorted({device for track in tracks for device in track.devices})
    unknown = [device for device in heard if device not in known]
    if len(unknown) == len(heard):
        raise _BadInput(f"no order names {', '.join(unknown)}; --device renames the device of a track")
    for device in unknown:
        click.echo(f"no order names {device}: its reports are read and decide nothing", err=True)


def _batches(wish: Wish, tracks: Sequence[Track]) -> Iterator[Batch]:
    return merge(tracks, rows=wish.batch or BATCH_ROWS, until=wish.until)


def _replay(wish: Wish, tracks: Sequence[Track], rulebook: Rulebook) -> int:
    batches: Iterable[Batch] = _batches(wish, tracks)
    if wish.speed is not None:
        return _replay_paced(wish, tracks, rulebook)
    if sys.stderr.isatty():
        total = sum(map(len, tracks))
        batches = counted(batches, total=total, tell=lambda text: click.echo(text, err=True, nl=False))
    changes: Iterable[Change] = replay(Heart(_rules(rulebook, tracks)), batches, until=wish.until)
    if wish.scenario is not None:
        changes = list(changes)
        _write_scenario(changes, wish, tracks, rulebook)
    told = _write(changes, wish)
    if wish.out is not None and not wish.as_json:
        click.echo(f"{wish.out}: {sum(told.values())} changes {dict(told)}", err=True)
    return 0


def _write_scenario(
    changes: Iterable[Change], wish: Wish, tracks: Sequence[Track], rulebook: Rulebook
) -> None:
    assert wish.scenario is not None, "asked for"
    assert wish.rules is not None, "asked for"
    rows, _ = arrivals(tracks)
    last = int(rows["received_at"][-1])
    text = scenario_text(
        changes,
        file=wish.scenario,
        rules=wish.rules,
        tracks=wish.tracks,
        span=(int(rows["received_at"][0]), last if wish.until is None else max(last, wish.until)),
        time_zone=rulebook.programme.time_zone,
    )
    wish.scenario.write_text(text, encoding="utf-8")


def _replay_paced(wish: Wish, tracks: Sequence[Track], rulebook: Rulebook) -> int:
    """Judged here at a chosen speed; what is sought past is judged at once, for it has happened."""
    whole, head = _on_the_reel(wish, tracks)
    manner = Manner(start=BEFORE_ALL if wish.start is None else wish.start, skips=False)
    with keys_of_terminal() as keys:
        batches = played(whole, head, manner, keys=keys, tell=_progress)
        _write(replay(Heart(_rules(rulebook, tracks)), batches, until=wish.until), wish)
    return 0


def _on_the_reel(wish: Wish, tracks: Sequence[Track]) -> tuple[Batch, Playhead]:
    """All tracks as one; with --now each is moved so that all begin together."""
    assert wish.speed is not None, "the reel has a speed"
    rows, devices = arrivals([_moved(track) for track in tracks] if wish.as_now else tracks)
    if wish.until is not None:
        rows = rows[rows["received_at"] <= wish.until]
    if not len(rows):
        raise _BadInput("--until lies before the first report")
    first, last = int(rows["received_at"][0]), int(rows["received_at"][-1])
    return Batch(devices=devices, rows=rows), Playhead(first=first, last=last, speed=wish.speed)


def _moved(track: Track) -> Track:
    rows = track.rows.copy()
    if len(rows):
        shift = int(rows["received_at"][0])
        for name in ("at", "received_at"):
            rows[name] -= shift
        rows["sent_at"] = np.where(rows["sent_at"] == BEFORE_ALL, BEFORE_ALL, rows["sent_at"] - shift)
    return dataclasses.replace(track, rows=rows)


def _progress(told: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{told}\033[K", err=True, nl=False)


def _rules(rulebook: Rulebook, tracks: Sequence[Track]) -> Rules:
    """The orders these tracks can tell of: nobody is accused of a silence that is only a missing file."""
    heard = {device for track in tracks for device in track.devices}
    orders = [order for order in rulebook.orders if heard & _devices(order)]
    left_out = len(rulebook.orders) - len(orders)
    if left_out:
        click.echo(f"{left_out} of {len(rulebook.orders)} orders name no device of these tracks", err=True)
    return compile_orders(rulebook, orders, {})


def _devices(order: Order) -> set[str]:
    people = (order.wearer, *order.protected)
    return {device for person in people for device in person.devices}


def _write(changes: Iterable[Change], wish: Wish) -> Counter[str]:
    told: Counter[str] = Counter()
    with ExitStack() as stack:
        file = None if wish.out is None else stack.enter_context(whole_or_not_at_all(wish.out))
        for change in changes:
            told[change.change.value] += 1
            if file is not None:
                file.write(line_of(change) + "\n")
            if file is None or wish.as_json:
                click.echo(line_of(change) if wish.as_json else _sentence(change))
    return told


@contextmanager
def whole_or_not_at_all(out: Path) -> Iterator[TextIO]:
    """A file that gets its name when it is whole, so that a run cut short leaves none that looks finished."""
    is_special = out.exists() and not out.is_file()  # a pipe or a terminal has no other name to take
    written = out if is_special else out.with_name(f".{out.name}.unfinished")
    try:
        file = written.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise _BadInput(f"{out}: cannot be written: {error.strerror}") from None
    with file:
        yield file
    if not is_special:
        written.replace(out)


def _sentence(change: Change) -> str:
    since = "" if change.opened_at == change.at else f", since {rfc3339(change.opened_at)}"
    about = f"{change.case} {change.condition}: {change.type.value}"
    late = " in arrears" if change.late else ""
    return f"{rfc3339(change.at)}  {change.severity.value:<8}  {about} {change.change.value}{late}{since}"


def _publish(wish: Wish, tracks: Sequence[Track], url: str) -> int:
    named = [device for track in tracks for device in track.devices if {*"/+#"} & {*device}]
    if named:
        raise _BadInput(f"{named[0]} cannot stand in a topic; --device renames it")
    settings = MqttSettings(url=url, client_id=f"em-replay-{os.getpid()}")

    async def run() -> int:
        async with MqttTransport(settings, topics=()) as transport:
            if wish.speed is None:
                return await publish(_batches(wish, tracks), transport.publish)
            return await _publish_paced(wish, tracks, transport)

    try:
        sent = asyncio.run(run())
    except NotPublishedError as error:
        raise _BadInput(f"{url}: {error}") from None
    click.echo(f"{sent} reports published to {url}", err=True)
    return 0


async def _publish_paced(wish: Wish, tracks: Sequence[Track], transport: MqttTransport) -> int:
    """Every report when it is due, by a playhead that keys move."""
    whole, head = _on_the_reel(wish, tracks)
    manner = Manner(
        start=BEFORE_ALL if wish.start is None else wish.start,
        turns=wish.loop,
        as_now=system_clock if wish.as_now else None,
    )
    sent = 0
    with keys_of_terminal() as keys:
        if sys.stdin.isatty():
            click.echo(KEYS, err=True)
        batches = played(whole, head, manner, keys=keys, tell=_progress)
        # The waiting is done in a thread, so that the connection lives on meanwhile.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            sent += await publish([batch], transport.publish)
    return sent

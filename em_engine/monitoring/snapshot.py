"""The heart's state as bytes, and back: under the rulebook it was taken under, or under a newer one.

Rows are named by what they are about (case, condition, device), never by their place, so a rulebook may
change between.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.evidence import SEAT
from em_engine.law.joined_watch import JoinedWatch
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.monitoring.changes import withdrawn
from em_engine.monitoring.columns import Rules, WatchColumns
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.sequence import Sequences
from em_engine.rulebook.models import Zone
from em_engine.vocabulary import NEVER, Change, Indices, Micros

FORMAT: Final = 5


class SnapshotUnreadable(Exception):
    """The snapshot was written by another version of the engine, or is damaged."""


def dump(heart: Heart) -> bytes:
    """The whole state of the heart."""
    rules = heart.rules
    return msgspec.msgpack.encode(
        {
            "format": FORMAT,
            "layout": _layout(),
            "revision": rules.revision,
            "began_at": heart.began_at,
            "seats": [_seat_keys(rules), heart.seats.tobytes()],
            "watches": [_dump_watch(columns, rules) for columns in rules.watches],
            "sequences": heart.sequences.dump(),
            "known": heart.telling.dump(),
            "arrears": heart.arrears.dump(),
            "waiting": heart.waiting.dump(),
        }
    )


def _dump_watch(columns: WatchColumns, rules: Rules) -> dict[str, Any]:
    watch = columns.watch
    return {
        "kind": columns.kind.name,
        "layout": _layout_of(watch),
        "keys": _keys(columns, rules),
        "terms": [_fingerprint(bond, rules) for bond in watch.bonds],
        "state": watch.state.tobytes(),
        "slots": watch.slots.tobytes(),
        "due": watch.due.tobytes(),
        "memory": watch.memory() if isinstance(watch, JoinedWatch) else None,
    }


def load(blob: bytes, rules: Rules, at: Micros | None = None) -> tuple[Heart, tuple[Change, ...]]:
    """A heart under `rules` with the state `dump` gave, and what the change of rules made of open breaches.

    Under the same revision nothing is told. Under another one, `at` is when it takes effect: conditions that
    are new or changed take up their windows then, an open breach of a condition that is no more is withdrawn.
    Raises SnapshotUnreadable.
    """
    try:
        dumped = msgspec.msgpack.decode(blob)
    except msgspec.DecodeError as error:
        raise SnapshotUnreadable(f"the snapshot cannot be decoded: {error}") from error
    if dumped.get("format") != FORMAT or dumped["layout"] != _layout():
        raise SnapshotUnreadable("the snapshot has the layout of another version of the engine")
    heart = Heart(rules)
    heart.began_at = dumped["began_at"]
    heart.sequences = Sequences.load(dumped["sequences"])
    heart.telling.load(dumped["known"])
    _load_seats(heart, *dumped["seats"])
    is_same = dumped["revision"] == rules.revision
    told = tuple(_load_watches(heart, dumped["watches"], at if not is_same else None))
    heart.arrears.load(dumped["arrears"])
    heart.waiting.load(dumped["waiting"])
    return heart, told


def _load_seats(heart: Heart, keys: list[list[str]], blob: bytes) -> None:
    old = np.frombuffer(blob, dtype=SEAT)
    here, there = _match(_seat_keys(heart.rules), keys)
    heart.seats[here] = old[there]


def _load_watches(heart: Heart, dumped: list[Any], at: Micros | None) -> Iterator[Change]:
    by_kind = {one["kind"]: one for one in dumped}
    for columns in heart.rules.watches:
        one = by_kind.pop(columns.kind.name, None)
        if one is None:
            empty = columns.kind.watch([], columns.watch.zones)
            one = _dump_watch(replace(columns, watch=empty), heart.rules)
        yield from _load_watch(heart, columns, one, at)
    if at is not None:
        for one in by_kind.values():
            yield from _withdrawn(one, range(len(one["keys"])), heart.rules, at)


def _load_watch(
    heart: Heart, columns: WatchColumns, one: dict[str, Any], at: Micros | None
) -> Iterator[Change]:
    watch, keys = columns.watch, _keys(columns, heart.rules)
    if one["layout"] != _layout_of(watch):
        raise SnapshotUnreadable(f"the state of {columns.kind.name} has the layout of another version")
    here, there = _match(keys, one["keys"])
    watch.state[here] = np.frombuffer(one["state"], dtype=watch.state.dtype)[there]
    watch.slots[here] = np.frombuffer(one["slots"], dtype=breach.SLOT).reshape(-1, watch.each)[there]
    watch.due[here] = np.frombuffer(one["due"], dtype=np.int64)[there]
    if isinstance(watch, JoinedWatch):
        watch.recall(one["memory"], dict(zip(there.tolist(), here.tolist(), strict=True)))
    if at is None:
        return
    gone = sorted(set(range(len(one["keys"]))) - set(there.tolist()))
    yield from _withdrawn(one, gone, heart.rules, at)
    same = [
        _fingerprint(watch.bonds[row], heart.rules) == one["terms"][old]
        for row, old in zip(here, there, strict=True)
    ]
    stays = set(here[np.array(same, dtype=bool)].tolist())
    anew = [row for row in range(len(keys)) if row not in stays]
    if anew:
        watch.begin(np.array(anew), at)
        watch.bind_from(np.array(anew), at)
        yield from _no_longer_binding(heart, columns, anew, at)
    if isinstance(watch, JoinedWatch):
        yield from _because_changed(heart, columns, watch.without_company(at), at)


def _no_longer_binding(
    heart: Heart, columns: WatchColumns, rows: Sequence[int], at: Micros
) -> Iterator[Change]:
    """Open breaches that the changed order makes lawful are cleared, and say so."""
    for row in rows:
        if columns.watch.state[row]["in_window"]:
            continue
        yield from _because_changed(heart, columns, columns.watch.clear_all(row, at), at)


def _because_changed(
    heart: Heart, columns: WatchColumns, cleared: Iterable[Told], at: Micros
) -> Iterator[Change]:
    for told in cleared:
        because = replace(told, evidence=_CHANGED | dict(told.evidence))
        bond = columns.watch.bonds[told.row]
        change = heart.telling.change(at, bond, because)
        heart.telling.remember(change, bond.case)
        yield change


_CHANGED: Final = {"because": "the rulebook changed"}


def _withdrawn(one: dict[str, Any], rows: Any, rules: Rules, at: Micros) -> Iterator[Change]:
    """Open breaches of conditions that are no more."""
    slots = np.frombuffer(one["slots"], dtype=breach.SLOT)
    slots = slots.reshape(len(one["keys"]), -1) if len(one["keys"]) else slots.reshape(0, 1)
    for row in rows:
        for slot in slots[row]:
            # What is held back by an allowance was never told.
            if slot["phase"] in (Phase.OPEN, Phase.RETURNING) and slot["opened_at"] != NEVER:
                yield withdrawn(rules, one["keys"][row], slot, at)


def _match(new: list[list[str]], old: list[list[str]]) -> tuple[Indices, Indices]:
    """Places in `new` and in `old` of the keys both have."""
    places = {tuple(key): number for number, key in enumerate(old)}
    pairs = [(number, places[tuple(key)]) for number, key in enumerate(new) if tuple(key) in places]
    matched = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return matched[:, 0], matched[:, 1]


def _seat_keys(rules: Rules) -> list[list[str]]:
    return [[rules.orders[seat.case].id, seat.person, seat.device] for seat in rules.seats]


def _keys(columns: WatchColumns, rules: Rules) -> list[list[str]]:
    return [
        [rules.orders[bond.case].id, rules.orders[bond.case].wearer.id, bond.condition, bond.device or ""]
        + [str(bond.part)] * (bond.part > 0)
        for bond in columns.watch.bonds
    ]


def _fingerprint(bond: Bond, rules: Rules) -> str:
    """Equal where the condition demands the same at the same times; a redrawn zone counts as changed."""
    order = rules.orders[bond.case]
    names = (getattr(bond.terms, "zone", ""), *getattr(bond.terms, "except_", ()))
    zones = (rules.rulebook.zones.get(name) for name in names)
    drawn = " ".join("" if zone is None else _drawn(zone) for zone in zones)
    times = f"{bond.schedule.written} {order.time_zone}"
    return f"{hash_of(drawn)} {bond.terms!r} {hash_of(times)}"


def _drawn(zone: Zone) -> str:
    doubt = f" {zone.outline_accuracy_m}" if zone.outline_accuracy_m else ""
    return f"{zone.geometry.wkt}{zone.radius_m}{doubt}"


def hash_of(text: str) -> str:
    """A short digest that is the same in every process."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _layout_of(watch: WindowedWatch) -> str:
    layout = repr(watch.state.dtype)
    return layout + watch.memory_layout if isinstance(watch, JoinedWatch) else layout


def _layout() -> str:
    return hash_of(repr(SEAT) + repr(breach.SLOT))

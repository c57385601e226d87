"""What reading and checking files came to, kept: after a save only what it bears on is read and checked anew.

Nothing here decides anything. What is remembered is a function of its key, so a check with a memory finds
what a check without one finds; a key holds all that the function looks at, the file's bytes first of all.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

from em_engine.rulebook.problems import Findings, Noted

T = TypeVar("T")
ROOM: Final = 400_000_000
"""Bytes that may be held, by the estimates below: 10,000 orders of a kilobyte take 200 million."""
READ_YAML: Final = 20
"""How many bytes one of a YAML file becomes once it is read: every value knows its line and column."""
READ_JSON: Final = 8
_OVERHEAD: Final = 200


class Memory:
    """Results by what they follow from; those not asked for the longest are forgotten first.

    Safe to use from several threads. With no `room` nothing is remembered.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = self._left = room
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Hashable, make: Callable[[], T], *, size: int = 0) -> T:
        """What `make` came to before for this key; else what it comes to now."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return cast(T, found[1])
        made = make()
        self._keep(key, size + _OVERHEAD, made)
        return made

    def note(self, key: Hashable, read: Callable[[Findings], T], findings: Findings, *, size: int = 0) -> T:
        """As `recall`, of what also finds something: that is found again, at its lines and columns."""

        def apart() -> tuple[T, Noted]:
            found = findings.apart()
            return read(found), found.noted()

        value, noted = self.recall((key, findings.prefix), apart, size=size)
        findings.take(noted)
        return value

    def _keep(self, key: Hashable, size: int, made: Any) -> None:
        if size > self._room:
            return
        with self._lock:
            if key not in self._kept:
                self._kept[key] = size, made
                self._left -= size
            while self._left < 0:
                _, (freed, _) = self._kept.popitem(last=False)
                self._left += freed


class Same:
    """Stands in a key for a value that is known by being itself: a zone, a calendar, the programme."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value  # held, so that no other can come to stand where it stood

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

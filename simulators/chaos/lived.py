"""What came of a seed's run, for the promises to be asked of."""

from collections import Counter
from dataclasses import dataclass, field

from em_engine.alerts.queue import HistoryEntry
from simulators.chaos.plan import Plan
from simulators.chaos.record import Committed

Acted = tuple[str, str, str]
"""An alert, what was done to it, and who did it."""


@dataclass(slots=True, kw_only=True)
class Lived:
    """Gathered while the run goes on, and looked at when it is over."""

    plan: Plan
    committed: Committed
    history: list[HistoryEntry] = field(default_factory=list)
    told: set[int] = field(default_factory=set)  # numbers of the history that were heard over MQTT
    acknowledged_early: list[str] = field(default_factory=list)
    sent_garbled: set[tuple[str, bytes]] = field(default_factory=set)
    forgotten: set[tuple[str, bytes]] = field(default_factory=set)  # by the broker, before anybody took it
    acted: Counter[Acted] = field(default_factory=Counter)  # what an operator was told is done
    may_have_acted: Counter[Acted] = field(default_factory=Counter)  # the engine died, and told him nothing
    cleaned: bool = False  # whether the engine keeps the time of its deletions
    old_positions: int = 0  # of those that may not be kept, how many still are
    holes: int = 0
    unsettled: int = 0
    lives: int = 0
    ended: str = ""  # why the engine ended by itself, which it must not

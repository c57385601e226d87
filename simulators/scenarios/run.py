"""A scenario through the pure heart, in simulated time: bytes, the wire, the heart, and the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.encode import encode_report, topic_of
from em_engine.ingest.wire import Quarantined, decode
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import Rules, compile_orders
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.step import Step
from em_engine.vocabulary import Batch, Change, Micros, ReportKind
from simulators.faults.fault import Hit, chance_of
from simulators.faults.radio import garble, garbled_rows
from simulators.replay import in_order
from simulators.scenarios.play import Absence, Played, play
from simulators.scenarios.scenario import Scenario

BATCH_ROWS: Final = 1_000


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the engine made of a story."""

    changes: list[Change] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    duplicates: int = 0
    late: int = 0
    missing: int = 0
    kept: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """What a story may count, by the words it counts it by."""
        return {
            "messages set aside": len(self.quarantined),
            "duplicates": self.duplicates,
            "late fixes": self.late,
            "messages missing": self.missing,
            "positions kept": self.kept,
        }


def run(
    scenario: Scenario,
    *,
    played: Played | None = None,
    batch_rows: int = BATCH_ROWS,
    twice: bool = False,
) -> Outcome:
    """The story told to a heart that knows nothing yet. With `twice` the broker brings each message again."""
    played = played or play(scenario)
    messages = deliveries(scenario, played.arrived)
    if twice:
        messages = [one for message in messages for one in (message, message)]
    outcome = Outcome()
    told: list[Change] = []
    heart = _Driven(Heart(rules_of(scenario)), outcome, told)
    heart.begin(scenario.starts)
    for absence, until in _stretches(played.absences, scenario.ends):
        due = [one for one in messages if one.received_at < until]
        messages = messages[len(due) :]
        for first in range(0, len(due), batch_rows):
            heart.take(due[first : first + batch_rows])
        if absence is None:
            heart.elapse(until)
        else:
            heart.elapse(absence.start)
            heart.away(absence)
    heart.add(heart.heart.conclude())
    outcome.changes = list(in_order(told))
    return outcome


def rules_of(scenario: Scenario) -> Rules:
    """The orders that name a device of the story: nobody is accused of a silence that is only left out."""
    there = {*scenario.devices, *scenario.recorded.devices}
    orders = [
        order
        for order in scenario.rulebook.orders
        if any(there.intersection(person.devices) for person in (order.wearer, *order.protected))
    ]
    return compile_orders(scenario.rulebook, orders, {})


def deliveries(scenario: Scenario, arrived: Batch) -> list[Delivery]:
    """The messages as they reach the engine, in their order, garbled where a firmware garbles."""
    payloads = [_message(arrived, row) for row in range(len(arrived))]
    for number, fault in enumerate(scenario.faults):
        if fault.name == "malformed":
            chance = chance_of(scenario.seed, number, fault.name)
            for row in garbled_rows(arrived, fault.terms, Hit(fault.scope, chance)):
                topic, payload = payloads[row]
                payloads[row] = topic, garble(payload, chance)
    received_at = arrived.rows["received_at"].tolist()
    return [Delivery(*told, at) for told, at in zip(payloads, received_at, strict=True)]


def _message(arrived: Batch, row: int) -> tuple[str, bytes]:
    report = arrived.rows[row]
    device = arrived.devices[report["device"]]
    return topic_of(device, ReportKind(int(report["kind"]))), encode_report(report)


def _stretches(absences: Sequence[Absence], end: Micros) -> Iterator[tuple[Absence | None, Micros]]:
    """The story cut at the engine's absences: what is judged up to each, and at last up to the end."""
    for absence in absences:
        yield absence, absence.start
    yield None, end


class _Driven:
    """A heart that is driven, and what it said."""

    def __init__(self, heart: Heart, outcome: Outcome, told: list[Change]) -> None:
        self.heart = heart
        self._outcome = outcome
        self._told = told

    def begin(self, at: Micros) -> None:
        """As an engine does that starts: monitoring begins, and it hears from now on."""
        self.add(self.heart.step(None, at))
        self.heart.resume(at)

    def take(self, messages: Sequence[Delivery]) -> None:
        """Messages judged as they come."""
        decoded = decode(messages)
        self._outcome.quarantined += decoded.quarantined
        if len(decoded.batch):
            self.add(self.heart.step(decoded.batch, int(decoded.batch.rows["received_at"][-1])))

    def elapse(self, at: Micros) -> None:
        """Time passes."""
        self.add(self.heart.step(None, at))

    def away(self, absence: Absence) -> None:
        """Deaf, and hearing again; a restart remembers what a snapshot holds."""
        if absence.restarts:
            rules = self.heart.rules
            blob = snapshot.dump(self.heart)
            fresh = compile_orders(rules.rulebook, rules.orders, {})
            self.heart, _ = snapshot.load(blob, fresh)
        self.heart.resume(absence.end)

    def add(self, step: Step) -> None:
        """What a step said."""
        self._told += step.changes
        self._outcome.duplicates += step.duplicates
        self._outcome.late += step.late
        self._outcome.kept += sum(len(kept.seat) for kept in step.kept)
        holes = self.heart.sequences.holes()
        self._outcome.missing = sum(hole.to_seq - hole.from_seq + 1 for hole in holes)

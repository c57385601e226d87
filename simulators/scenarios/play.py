"""The story played: every device's reports in their order of arrival, and when the engine was away."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from em_engine.vocabulary import (
    NEVER,
    Batch,
    DeviceEvent,
    Micros,
    Rows,
    Source,
    TestResult,
    Tristate,
    blank_reports,
)
from simulators.faults import suffer
from simulators.faults.network import micros_of
from simulators.scenarios.actor import Actor
from simulators.scenarios.scenario import DAY, Scenario, Step, civil_time
from simulators.scenarios.sentences import metres_of, span_of, speed_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The engine hears nothing from `start` on, and hears again at `end`; restarted if it `forgets`."""

    start: Micros
    end: Micros
    restarts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a story. `made` is what the devices sent, `arrived` what the faults left of it."""

    made: Batch
    arrived: Batch
    absences: tuple[Absence, ...]
    ways: Mapping[str, Rows]  # by device: `at`, lon, lat of where it was, each 10 s


def play(scenario: Scenario) -> Played:
    """The story from its beginning to its end. The same scenario gives the same reports."""
    actors = {name: _actor(scenario, name) for name in scenario.devices}
    absences: list[Absence] = []
    for step in sorted(scenario.steps, key=lambda step: step.at):
        for actor in actors.values():
            actor.live_until(step.at)
        who = step.sentence.words.get("who")
        if who is None:
            absences.append(_absence(step))
            continue
        for device in scenario.people[who]:
            if device in actors:
                VERBS[step.sentence.name](actors[device], step, scenario)
    for actor in actors.values():
        actor.live_until(scenario.ends)
    absences += [
        Absence(start=fault.scope.start, end=fault.scope.end, restarts=False)
        for fault in scenario.faults
        if fault.name == "broker-restart"
    ]
    made = _with_recorded(_batch(actors, scenario.ends), scenario)
    return Played(
        made=made,
        arrived=_held(suffer(made, scenario.faults, seed=scenario.seed), absences, scenario.ends),
        absences=tuple(sorted(absences, key=lambda absence: absence.start)),
        ways={name: _true_way(actor, scenario) for name, actor in actors.items()},
    )


def _actor(scenario: Scenario, name: str) -> Actor:
    chance = np.random.default_rng((scenario.seed, zlib.crc32(name.encode())))
    terms = scenario.devices[name]
    return Actor(name=name, terms=terms, ground=scenario.ground, starts=scenario.starts, chance=chance)


def _absence(step: Step) -> Absence:
    words = step.sentence.words
    lasts = span_of(words["span"]) if "span" in words else 0
    return Absence(start=step.at, end=step.at + lasts, restarts=step.sentence.name == "engine_restarts")


def _batch(actors: Mapping[str, Actor], end: Micros) -> Batch:
    reports = [report for actor in actors.values() for report in actor.reports]
    reports = sorted((one for one in reports if one["received_at"] < end), key=lambda one: one["received_at"])
    devices = tuple(actors)
    rows = blank_reports(len(reports))
    for row, report in zip(rows, reports, strict=True):
        for name, value in report.items():
            row[name] = devices.index(value) if name == "device" else value
    return Batch(devices=devices, rows=rows)


def _with_recorded(acted: Batch, scenario: Scenario) -> Batch:
    """The devices' reports with those of the tracks that fall within the story."""
    recorded = scenario.recorded
    rows = recorded.rows.copy()
    devices = tuple(dict.fromkeys((*acted.devices, *recorded.devices)))
    number = {name: place for place, name in enumerate(devices)}
    if len(rows):
        rows["device"] = np.array([number[name] for name in recorded.devices])[rows["device"]]
    rows = rows[(rows["received_at"] >= scenario.starts) & (rows["received_at"] < scenario.ends)]
    rows = np.concatenate([acted.rows, rows])
    return Batch(devices=devices, rows=rows[np.argsort(rows["received_at"], kind="stable")])


def _held(batch: Batch, absences: list[Absence], end: Micros) -> Batch:
    """What comes while the engine hears nothing waits at the broker, and comes when it hears again."""
    rows = batch.rows.copy()
    for absence in absences:
        is_held = (rows["received_at"] >= absence.start) & (rows["received_at"] < absence.end)
        rows["received_at"][is_held] = absence.end
    rows = rows[rows["received_at"] < end]
    return Batch(devices=batch.devices, rows=rows[np.argsort(rows["received_at"], kind="stable")])


WAY: Final = np.dtype([("at", np.int64), ("lon", np.float64), ("lat", np.float64)])


def _true_way(actor: Actor, scenario: Scenario) -> Rows:
    at = np.arange(scenario.starts, scenario.ends, 10_000_000, dtype=np.int64)
    way = np.zeros(len(at), dtype=WAY)
    degrees = scenario.ground.degrees(np.array([actor.way.where(int(one)) for one in at]))
    way["at"], way["lon"], way["lat"] = at, degrees[:, 0], degrees[:, 1]
    return way


# What the sentences do -------------------------------------------------------------------------

Verb = Callable[[Actor, Step, Scenario], None]


def _go(actor: Actor, step: Step, scenario: Scenario) -> None:
    words, ground = step.sentence.words, scenario.ground
    via = [ground.place(one) for one in (words.get("places") or "").split(", ") if one]
    actor.go(step.at, [*via, ground.place(words["place"])], speed_of(words["how"]))


def _one_fix(actor: Actor, step: Step, scenario: Scenario) -> None:
    words, instead = step.sentence.words, dict[str, Any]()
    if "place" in words:
        instead["spot"] = scenario.ground.place(words["place"])
    if "metres" in words:
        instead["accuracy_m"] = metres_of(words["metres"])
    if "time" in words:
        instead["measured"] = _earlier(scenario, words["time"], step.at)
    actor.fix(step.at, **instead)


def _earlier(scenario: Scenario, text: str, before: Micros) -> Micros:
    """The last such time of day before an instant."""
    return civil_time(text, before - DAY, scenario.zone)


def _again(actor: Actor, step: Step, _: Scenario) -> None:
    actor.again(step.at, 1 if step.sentence.name == "again" else len(actor.reports))


def _event(event: DeviceEvent, result: TestResult = TestResult.NONE) -> Verb:
    def tell(actor: Actor, step: Step, _: Scenario) -> None:
        actor.event(step.at, event=event, result=result)

    return tell


def _tampers(part: str, state: Tristate, event: DeviceEvent) -> Verb:
    def tell(actor: Actor, step: Step, _: Scenario) -> None:
        setattr(actor, part, state)
        actor.event(step.at, event=event)

    return tell


def _sets(**values: Any) -> Verb:
    def change(actor: Actor, _step: Step, _: Scenario) -> None:
        for name, value in values.items():
            setattr(actor, name, value)

    return change


def _online(actor: Actor, step: Step, _: Scenario) -> None:
    actor.is_offline = False
    actor.upload(step.at)


def _switch(is_off: bool) -> Verb:
    def switch(actor: Actor, step: Step, _: Scenario) -> None:
        actor.is_off = False
        actor.event(step.at, event=DeviceEvent.POWERED_OFF if is_off else DeviceEvent.POWERED_ON)
        actor.is_off = is_off

    return switch


def _battery(actor: Actor, step: Step, _: Scenario) -> None:
    actor.battery_pct, actor.is_charging = float(step.sentence.words["number"]), False


def _jam(actor: Actor, step: Step, _: Scenario) -> None:
    actor.event(step.at, event=DeviceEvent.JAMMING)
    actor.fix_each(NEVER, step.at)


def _unjam(actor: Actor, step: Step, _: Scenario) -> None:
    actor.event(step.at, event=DeviceEvent.JAMMING_ENDED)
    every = actor.terms.fix_every
    actor.fix_each(NEVER if every is None else micros_of(every), step.at)


def _clock(sign: int) -> Verb:
    def turn(actor: Actor, step: Step, _: Scenario) -> None:
        actor.clock_off = sign * span_of(step.sentence.words["span"])

    return turn


def _span(step: Step) -> Micros:
    return span_of(step.sentence.words["span"])


def _place(step: Step, scenario: Scenario) -> tuple[float, float]:
    return scenario.ground.place(step.sentence.words["place"])


VERBS: Final[Mapping[str, Verb]] = {
    "go": _go,
    "stay": lambda actor, step, _: actor.go(step.at, [], 1.0),
    "fix_every": lambda actor, step, _: actor.fix_each(_span(step), step.at),
    "no_fixes": lambda actor, step, _: actor.fix_each(NEVER, step.at),
    "heartbeat_every": lambda actor, step, _: actor.heartbeat_each(_span(step), step.at),
    "no_heartbeats": lambda actor, step, _: actor.heartbeat_each(NEVER, step.at),
    "one_fix": _one_fix,
    "one_heartbeat": lambda actor, step, _: actor.heartbeat(step.at),
    "again": _again,
    "everything_again": _again,
    "silent": _sets(is_off=True),
    "heard": _sets(is_off=False),
    "offline": _sets(is_offline=True),
    "online": _online,
    "accuracy": lambda actor, step, _: setattr(actor, "accuracy_m", metres_of(step.sentence.words["metres"])),
    "no_accuracy": _sets(accuracy_m=None),
    "error": lambda actor, step, _: setattr(actor, "error_m", metres_of(step.sentence.words["metres"])),
    "source": lambda actor, step, _: setattr(actor, "source", Source[step.sentence.words["source"].upper()]),
    "seems": lambda actor, step, scenario: actor.fool(step.at, _place(step, scenario)),
    "drifts": lambda actor, step, scenario: actor.fool(
        step.at, _place(step, scenario), speed_of(step.sentence.words["speed"])
    ),
    "right": _sets(seeming=None),
    "freezes": lambda actor, step, _: actor.freeze(step.at),
    "thaws": _sets(frozen=None),
    "nowhere": _sets(is_nowhere=True),
    "somewhere": _sets(is_nowhere=False),
    "strap_opens": _tampers("strap", Tristate.NO, DeviceEvent.STRAP_OPEN),
    "strap_closes": _tampers("strap", Tristate.YES, DeviceEvent.STRAP_CLOSED),
    "case_opens": _tampers("case", Tristate.NO, DeviceEvent.CASE_OPEN),
    "case_closes": _tampers("case", Tristate.YES, DeviceEvent.CASE_CLOSED),
    "jammed": _jam,
    "unjammed": _unjam,
    "shielded": _event(DeviceEvent.SHIELDING),
    "panics": _event(DeviceEvent.PANIC),
    "falls": _event(DeviceEvent.FALL),
    "test_passed": _event(DeviceEvent.SOBRIETY_TEST, TestResult.PASS),
    "test_failed": _event(DeviceEvent.SOBRIETY_TEST, TestResult.FAIL),
    "test_refused": _event(DeviceEvent.SOBRIETY_TEST, TestResult.REFUSED),
    "test_missed": _event(DeviceEvent.SOBRIETY_TEST, TestResult.MISSED),
    "battery": _battery,
    "charged": _sets(is_charging=True, battery_pct=100.0),
    "off": _switch(True),
    "on": _switch(False),
    "clock_ahead": _clock(1),
    "clock_behind": _clock(-1),
    "clock_right": _sets(clock_off=0),
}

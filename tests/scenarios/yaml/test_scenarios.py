"""Every scenario we ship, against the pure heart; some told otherwise too, which must change nothing."""

from pathlib import Path

import pytest

import simulators.scenarios
from em_engine.law.kinds import KINDS
from simulators.faults.named import FAULTS
from simulators.scenarios.judge import Told, judged
from simulators.scenarios.play import play
from simulators.scenarios.run import run
from simulators.scenarios.scenario import Scenario, read_scenario

FOLDER = Path(simulators.scenarios.__file__).parent
FILES = sorted(FOLDER.glob("*.yaml"))
PROMISES = {f"promise {number}" for number in range(1, 10)}
TOLD_OTHERWISE = [
    path for path in FILES if path.stem.startswith("promise-") or path.stem in (
        "exclusion-walks-in",
        "exclusion-crossed-between-two-fixes",
        "curfew-late",
        "curfew-early",
        "contact-in-one-tram",
        "device-battery-dies",
        "attendance-too-short",
        "inclusion-left-and-back",
        "sobriety-failed",
        "group-meets-in-a-cafe",
        "fault-loss",
        "fault-reordering",
        "fault-engine-restarts",
    )
]  # fmt: skip


TOLD_OTHERWISE_PROVES = ("promise 2", "promise 3", "promise 6")
"""What is shown of a kind by a scenario of it that is cut into single messages, told twice and told again."""
PROMISES_OF_NO_KIND = {
    "promise 7": "silence is a device's or ours, whatever its orders demand; chaos asks for gaps and outages",
    "promise 9": "who speaks for a device is settled before any order is looked at",
}
_PATIENT = "it waits by law: patience may delay an accusation from positions, and nothing else asks for it"
NOT_OF_KIND = {
    ("inclusion", "promise 5"): _PATIENT,
    ("curfew", "promise 5"): _PATIENT,
    ("attendance", "promise 5"): _PATIENT,
    ("non-association", "promise 5"): _PATIENT + ": nobody is protected by it",
    ("sobriety", "promise 4"): "a result is told by the device; there is nothing to be unsure of",
}


def named(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


@named(FILES)
def test_a_scenario_is_met(path: Path) -> None:
    scenario = read_scenario(path)
    outcome = run(scenario, batch_rows=7)
    verdict = judged(scenario, map(Told.of, outcome.changes), outcome.counts)
    assert verdict.is_met, "\n".join(verdict.reasons)


@named(TOLD_OTHERWISE)
def test_cut_into_single_messages_that_each_come_twice_it_tells_the_same(path: Path) -> None:
    scenario = read_scenario(path)
    played = play(scenario)
    plain = run(scenario, played=played)
    told = run(scenario, played=played, batch_rows=1, twice=True)
    assert told.changes == plain.changes
    assert told.kept == plain.kept
    assert told.duplicates > plain.duplicates


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    return [read_scenario(path) for path in FILES]


def test_there_are_at_least_sixty() -> None:
    assert len(FILES) >= 60


def test_every_kind_of_condition_is_told_of_in_breach_and_out_of_it(scenarios: list[Scenario]) -> None:
    kinds = [kind for scenario in scenarios for kind in scenario.proves if kind in KINDS]
    few = [kind for kind in ("exclusion", "inclusion", "curfew", "contact-ban", "device-health", "attendance",
                             "sobriety") if kinds.count(kind) < 3]  # fmt: skip
    assert not few
    assert set(kinds) == {kind for kind in KINDS if kind in kinds}


def test_every_promise_the_heart_can_keep_has_a_scenario(scenarios: list[Scenario]) -> None:
    proved = {word for scenario in scenarios for word in scenario.proves}
    assert proved >= PROMISES
    assert proved <= PROMISES | KINDS.keys()


def test_every_kind_has_a_scenario_for_every_promise_or_a_reason_why_not(scenarios: list[Scenario]) -> None:
    shown = {(kind, promise) for one in scenarios for kind in one.proves for promise in one.proves}
    shown |= {
        (kind, promise) for kind in _kinds_told_otherwise(scenarios) for promise in TOLD_OTHERWISE_PROVES
    }
    asked = {(kind, promise) for kind in KINDS for promise in PROMISES - PROMISES_OF_NO_KIND.keys()}
    assert sorted(asked - shown - NOT_OF_KIND.keys()) == [], "write a scenario, or say why there can be none"
    assert sorted(shown & NOT_OF_KIND.keys()) == [], "there is a scenario after all: take the reason out"


def _kinds_told_otherwise(scenarios: list[Scenario]) -> set[str]:
    told = [one for one in scenarios if one.path in TOLD_OTHERWISE]
    return {word for one in told for word in one.proves if word in KINDS}


def test_every_fault_stands_in_a_scenario(scenarios: list[Scenario]) -> None:
    assert {fault.name for scenario in scenarios for fault in scenario.faults} == FAULTS.keys()


def test_what_is_known_not_to_be_so_says_why_and_is_rare(scenarios: list[Scenario]) -> None:
    known = [scenario for scenario in scenarios if scenario.known]
    assert all(len(scenario.known) > 20 for scenario in known)
    assert len(known) <= 3

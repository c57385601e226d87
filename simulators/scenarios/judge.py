"""What was told, held against what a story expects; a failure says what was told instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from em_engine.vocabulary import Change, ChangeKind, Micros, parse_rfc3339
from simulators.scenarios.expecting import ANY, Expectation, Tally
from simulators.scenarios.scenario import Scenario

TOLD_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change of an alert, as a heart says it or as it stands in a message."""

    alert: str
    change: ChangeKind
    at: Micros
    type: str
    case: str
    condition: str
    wearer: str
    device: str | None
    opened_at: Micros
    late: bool
    severity: str
    confidence: float
    evidence: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, change: Change) -> "Told":
        """A change that the heart decided on."""
        return cls.from_json(change.as_json())

    @classmethod
    def from_json(cls, change: dict[str, Any], shift: Micros = 0) -> "Told":
        """A change as a line of `ALERTS.jsonl`, its times moved by `shift`."""
        return cls(
            alert=change["alert"],
            change=ChangeKind(change["change"]),
            at=parse_rfc3339(change["at"]) + shift,
            type=change["type"],
            case=change["case"],
            condition=change["condition"],
            wearer=change["wearer"],
            device=change["device"],
            opened_at=parse_rfc3339(change["opened_at"]) + shift,
            late=change["late"],
            severity=change["severity"],
            confidence=change["confidence"],
            evidence=change["evidence"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a scenario's expectations were met; `failures` say which were not, and what was told."""

    scenario: Scenario
    told: tuple[Told, ...]
    failures: tuple[str, ...]
    note: str = ""  # what was not looked at

    @property
    def is_known(self) -> bool:
        """Whether it fails as its file says it does."""
        return bool(self.scenario.known and self.failures)

    @property
    def is_met(self) -> bool:
        """Whether nothing is left to be mended; a failure that is said to be known, and is none, is."""
        return bool(self.failures) == bool(self.scenario.known)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What must be mended."""
        if self.is_met:
            return ()
        return self.failures or (f"it passes, though it is said to be known: “{self.scenario.known}”",)


def judged(
    scenario: Scenario, changes: Iterable[Told], counts: dict[str, int], *, leeway: Micros = 0
) -> Verdict:
    """The verdict on a run. `leeway` is granted to every `within`: messages take their time on the road."""
    told = tuple(changes)
    failures: list[str] = []
    claimed: set[str] = set()
    for expectation in scenario.expectations:
        matching = [one for one in told if _fits(one, expectation, leeway)]
        if expectation.claims:
            free = [one for one in matching if one.alert not in claimed]
            claimed |= {one.alert for one in free[: expectation.most]}
            matching = free[: expectation.most] if len(free) >= expectation.least else free
        if not expectation.least <= len(matching) <= expectation.most:
            failures.append(_missed(scenario, expectation, matching, told))
    failures += _unexpected(scenario, told, claimed)
    failures += [text for tally in scenario.tallies if (text := _miscounted(tally, counts))]
    return Verdict(scenario=scenario, told=told, failures=tuple(failures))


def _fits(one: Told, expected: Expectation, leeway: Micros) -> bool:
    if one.change is not expected.change or expected.type not in (ANY, one.type):
        return False
    if expected.condition not in (None, one.condition) or not _is_about(one, expected.who):
        return False
    if expected.is_late and not one.late:
        return False
    if expected.since is not None and abs(one.opened_at - expected.since) > expected.give:
        return False
    return expected.start <= one.at + leeway and one.at <= expected.end + leeway


def _is_about(one: Told, who: str | None) -> bool:
    return who in (None, one.wearer, one.device, one.case)


def _unexpected(scenario: Scenario, told: Sequence[Told], claimed: set[str]) -> list[str]:
    if scenario.others_allowed:
        return []
    return [
        f"nothing expects this: {_said(scenario, one)}"
        for one in told
        if one.change is ChangeKind.OPENED and one.alert not in claimed
    ]


def _missed(scenario: Scenario, expected: Expectation, found: Sequence[Told], told: Sequence[Told]) -> str:
    span = f"{scenario.clock(expected.start)} to {scenario.clock(expected.end)}"
    where = f"line {expected.line}: {expected.text} ({span})"
    if len(found) > expected.most:
        return f"{where}: told {len(found)} times: {_all_said(scenario, found)}"
    if found:
        return f"{where}: told only {len(found)} times: {_all_said(scenario, found)}"
    kin = [one for one in told if expected.type in (ANY, one.type) and one not in found]
    if kin:
        return f"{where}: not told so; of this type: {_all_said(scenario, kin)}"
    return f"{where}: not told; all that was: {_all_said(scenario, told) or 'nothing'}"


def _all_said(scenario: Scenario, told: Sequence[Told]) -> str:
    said = "; ".join(_said(scenario, one) for one in told[:TOLD_MAX])
    return said + (f"; and {len(told) - TOLD_MAX} more" if len(told) > TOLD_MAX else "")


def _said(scenario: Scenario, one: Told) -> str:
    late = " in arrears" if one.late else ""
    about = f"{one.type} {one.change}{late} for {one.wearer} on {one.condition}"
    return f"{about} at {scenario.clock(one.at)}, since {scenario.clock(one.opened_at)}"


def _miscounted(tally: Tally, counts: dict[str, int]) -> str:
    number = counts.get(tally.what)
    if number is None or tally.least <= number <= tally.most:
        return ""
    return f"line {tally.line}: {tally.text}: there were {number}"

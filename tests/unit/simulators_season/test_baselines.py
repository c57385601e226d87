"""What opens an alert for each baseline, on fixes made by hand."""

import numpy as np
import pytest

from simulators.season.baselines import BASELINES, runs_of

MINUTE = 60.0


def opened(name: str, sides: str, *, delay_s: float = 2.0) -> list[float]:
    """When the baseline opens, of fixes a minute; `x` is the wrong side."""
    at_s = MINUTE * np.arange(len(sides))
    is_wrong = np.array([side == "x" for side in sides])
    rule = BASELINES[name]
    found = (rule.opens(run) for run in runs_of(at_s, at_s + delay_s, is_wrong))
    return [at for at in found if at is not None]


@pytest.mark.parametrize(
    ("name", "sides", "expected"),
    [
        ("bare", "..x..", [122.0]),
        ("bare", "..x.x.", [122.0, 242.0]),
        ("four in a row", "..xxx..", []),
        ("four in a row", "..xxxx..", [302.0]),
        ("four in a row", "xx.xx.xx", []),
        ("five minutes", "..xxxxx.", []),
        ("five minutes", "..xxxxxx.", [422.0]),
    ],
)
def test_a_baseline_opens_when_its_rule_says(name: str, sides: str, expected: list[float]) -> None:
    assert opened(name, sides) == expected


def test_nobody_knows_before_the_fix_arrives() -> None:
    assert opened("bare", "..x..", delay_s=900.0) == [1020.0]

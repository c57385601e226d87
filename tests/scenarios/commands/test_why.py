"""Why not? One wearer, one moment: how every condition stood, from the history up to then alone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.vocabulary import rfc3339
from tests.scenarios.commands.walks import BEGIN, MINUTE, SECOND, order, rules, track

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "rules" / "demo-oslo"
TRACK = ROOT / "simulators" / "demo" / "tracks" / "track-trondheim.csv"


def why(at: str, *more: str, wearer: str = "W-41") -> Result:
    asked = ["rules", "why", str(DEMO), "--wearer", wearer, "--at", at, "--history", str(TRACK), *more]
    return CliRunner().invoke(main, asked)


@pytest.mark.parametrize(
    ("at", "position", "verdict"),
    [
        ("15:30:00", "614 m outside", "nothing is open and nothing is suspected"),
        ("15:35:10", "13 m outside", "exclusion.approach: open since 2011-09-18 17:33:37+0200"),
        ("15:36:00", "49 m inside", "exclusion.entered: open since 2011-09-18 17:35:14+0200"),
        ("15:38:30", "187 m outside", "last: exclusion.approach cleared at 2011-09-18 17:37:44+0200"),
    ],
    ids=["far away", "in the ring", "in the zone", "away again"],
)
def test_each_condition_says_where_it_stands_and_by_which_position(at: str, position: str, verdict: str):
    result = why(f"2011-09-18T{at}Z")
    assert result.exit_code == 0, result.output
    head, condition, *rest = result.stdout.splitlines()
    assert head.startswith(f"W-41 at 2011-09-18 {int(at[:2]) + 2}{at[2:]}+0200, revision ")
    assert condition.startswith("  trondheim-hus (exclusion at trondheim-hus): binds since ")
    assert rest[0].endswith(f"gnss, within 15 m, {position}")
    assert verdict in result.stdout


def test_what_comes_later_is_not_known():
    """The heart of that moment must not have read the rest of the track."""
    (zone, _) = json.loads(why("2011-09-18T15:34:00Z", "--json").stdout)["conditions"]
    assert [slot["phase"] for slot in zone["slots"][:2]] == ["open", "clear"]
    assert zone["fixes"][0]["at"] <= "2011-09-18T15:34:00Z"


@pytest.mark.parametrize(("level", "needed"), [("proved", "99.99%"), ("convincing", "99%")])
def test_a_suspicion_says_how_sure_the_order_asks_to_be(tmp_path: Path, level: str, needed: str):
    """One fix in the zone, two minutes after the one before: it does not stand alone."""
    stay_out = {"id": "stay-out", "kind": "exclusion", "zone": "ban", "certainty": level}
    folder = rules(tmp_path / "rules", order(1, stay_out))
    walk = track(tmp_path / "walk.csv", ("tag-0001", [3000.0, 0.0]), every=2 * MINUTE)
    asked = ["rules", "why", str(folder), "--wearer", "W-1", "--history", str(walk)]
    result = CliRunner().invoke(main, [*asked, "--at", rfc3339(BEGIN + 2 * MINUTE + SECOND)])
    assert result.exit_code == 0, result.output
    assert f"evidence 99.9%, {needed} and its time are needed to open it" in result.stdout


def test_an_order_that_does_not_bind_yet_says_so():
    result = why("2011-09-17T12:00:00Z")
    assert result.exit_code == 2
    assert "the history holds no reports" in result.stderr


def test_a_wearer_nobody_knows_is_refused_with_the_nearest():
    result = why("2011-09-18T15:36:00Z", wearer="W-411")
    assert (result.exit_code, "there is no wearer 'W-411'; did you mean 'W-41'?" in result.stderr) == (
        2,
        True,
    )

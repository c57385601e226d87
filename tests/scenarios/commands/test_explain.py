"""`em explain`: the story of an alert from the record alone, and judged again from the journal."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from em_engine.__main__ import main
from em_engine.alerts.actions import Acknowledge, Close
from em_engine.alerts.alert import Outcome
from em_engine.rulebook import Rulebook
from em_engine.vocabulary import MINUTE, SECOND, DeviceEvent
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, Bench
from tests.scenarios.road.places import HEALTH, STAY_OUT, keep_apart, order, rulebook

RULES = rulebook(order(1, STAY_OUT, HEALTH))


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[[Rulebook], Bench]:
    return lambda rules: Bench(tmp_path, rules)


@pytest.fixture
def bench(bench_of: Callable[[Rulebook], Bench]) -> Bench:
    return bench_of(RULES)


def em_explain(bench: Bench, alert: str, *options: str, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, ["explain", alert, "--data", str(bench.folder), *options])
    assert result.exit_code == expect, result.output
    return result


def explained(bench: Bench, alert: str, *, expect: int = 0, language: str = "en") -> Any:
    shown = em_explain(bench, alert, "--json", "--language", language, expect=expect)
    return json.loads(shown.stdout)


async def enter(bench: Bench) -> str:
    """Tag 1 walks into the ban, and stays; the alert."""
    for east_m in (OUTSIDE_M, INSIDE_M):
        bench.tag("tag-0001").fix(east_m)
        await bench.settle()
        await bench.passes(28 * SECOND)
    return next(alert.id for alert in bench.alerts() if alert.type == "exclusion.entered")


async def leave(bench: Bench) -> None:
    for _ in range(2):
        bench.tag("tag-0001").fix(OUTSIDE_M)
        await bench.settle()
        await bench.passes(28 * SECOND)


def answer(bench: Bench, id: str) -> None:
    """Kari looks at it, and closes it when it is over."""
    alert = bench.queue.alert(id)
    alert = bench.queue.act(id, Acknowledge(), by="kari", at=bench.clock(), version=alert.version)
    close = Close(outcome=Outcome.REASONABLE_EXCUSE, note="a funeral")
    bench.queue.act(id, close, by="kari", at=bench.clock(), version=alert.version)


def rewrite(bench: Bench, what: str, old: str, new: str) -> None:
    """As somebody with the file in hand would: what the history says of what happened."""
    with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
        file.execute(
            "UPDATE history SET payload = CAST(replace(payload, ?, ?) AS BLOB) WHERE what = ?",
            (old, new, what),
        )
        assert file.total_changes == 1
        file.commit()


async def test_the_story_is_told_in_order_by_engine_and_people(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
        await leave(bench)
        answer(bench, id)
    said = explained(bench, id)
    assert [(entry["what"], entry["by"]) for entry in said["story"]] == [
        ("opened", "engine"),
        ("cleared", "engine"),
        ("acknowledged", "kari"),
        ("closed", "kari"),
    ]
    opened, cleared, _, closed = (entry["sentence"] for entry in said["story"])
    assert opened.startswith("opened: Inside the exclusion zone “ban” since 13:0")
    assert cleared.startswith("cleared: it lasted from 2026-11-18 13:00:")
    assert closed == "closed by kari: There was a reasonable excuse: a funeral"
    assert (said["state"], said["breach"]) == ("closed", "cleared")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "nb",
            [
                "Hva som skjedde",
                "åpnet: Inne i forbudssonen «ban»",
                "ordren krever at et brudd er sannsynlig (90 %) før det meldes\n",
                "Vurdert på nytt: ja: 1 av 1",
            ],
        ),
        (
            "nn",
            [
                "Kva som hende",
                "opna: Inne i forbodssona «ban»",
                "ordren krev at eit brot er sannsynleg (90 %) før det blir meldt\n",
                "Vurdert på nytt: ja: 1 av 1",
            ],
        ),
        (
            "en",
            [
                "What happened",
                "opened: Inside the exclusion zone “ban”",
                "the order asks that a breach be likely (90 %) before it is told\n",
                "Judged again: yes: 1 of 1",
            ],
        ),
    ],
)
async def test_it_speaks_three_languages(bench: Bench, language: str, words: list[str]) -> None:
    async with bench.running():
        id = await enter(bench)
    shown = em_explain(bench, id, "--language", language).stdout
    assert [text for text in words if text not in shown] == []
    assert RULES.revision in shown


async def test_what_had_to_be_proved_is_said_with_how_sure_it_was(
    bench_of: Callable[[Rulebook], Bench],
) -> None:
    """Convincing at first, proved from a phase on: what held when the breach began."""
    phases = [{"from": "2026-11-01T00:00", "certainty": "proved"}]
    bench = bench_of(rulebook(order(1, {**STAY_OUT, "phases": phases}, HEALTH)))
    async with bench.running():
        for east_m in (OUTSIDE_M, INSIDE_M, INSIDE_M):
            bench.tag("tag-0001").fix(east_m)
            await bench.settle()
            await bench.passes(28 * SECOND)
        [alert] = [one for one in bench.alerts() if one.type == "exclusion.entered"]
    said = explained(bench, alert.id, language="nb")
    asked = "ordren krever at et brudd er bevist (99,99 %) før det meldes; posisjonene til sammen ga 99,998 %"
    assert said["certainty"] == asked
    assert said["rederived"]["reproduced"] is True
    assert asked in em_explain(bench, alert.id, "--language", "nb").stdout


async def test_it_is_judged_again_the_same_while_the_engine_holds_the_record(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
        await leave(bench)
        again = explained(bench, id)["rederived"]
    assert again["reproduced"] is True
    assert (again["changes"], again["judged_again"], again["differing"]) == (2, 2, [])
    assert again["reaches_back_to"] is None


async def test_a_device_s_alert_that_repeats_is_judged_again_repetition_by_repetition(bench: Bench) -> None:
    async with bench.running():
        for _ in range(3):
            bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
            await bench.passes(MINUTE)
        (alert,) = bench.alerts()
    said = explained(bench, alert.id)
    assert [entry["what"] for entry in said["story"]] == ["opened", "repeated", "repeated"]
    assert said["rederived"]["reproduced"] is True
    assert said["fixes"] == []


async def test_evidence_and_positions_say_where_and_how_surely(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
    said = explained(bench, id)
    assert said["confidence"] > 0.99
    assert said["evidence"]["margin_m"] == pytest.approx(-300, abs=1)
    outside, inside = said["fixes"]
    assert outside["depth_m"] == pytest.approx(-700, abs=3)
    assert inside["depth_m"] == pytest.approx(300, abs=1)
    assert (inside["accuracy_m"], inside["in_breach"], outside["in_breach"]) == (5.0, True, False)
    shown = em_explain(bench, id).stdout
    assert "300 m inside ban" in shown
    assert f"{-outside['depth_m']:.0f} m outside ban" in shown


async def test_only_positions_in_breach_are_shown_where_the_order_keeps_no_others(
    bench_of: Callable[[Rulebook], Bench],
) -> None:
    bench = bench_of(rulebook(order(1, STAY_OUT) | {"record": "situational"}))
    async with bench.running():
        id = await enter(bench)
    assert [fix["in_breach"] for fix in explained(bench, id)["fixes"]] == [True]


async def test_a_contact_tells_the_distance_and_not_where_the_protected_person_was(
    bench_of: Callable[[Rulebook], Bench],
) -> None:
    bench = bench_of(rulebook(order(1, keep_apart("P-1"), phone=True)))
    async with bench.running():
        for east_m in (3000.0, 300.0, 300.0):
            bench.tag("phone-0001").fix(0.0)
            bench.tag("tag-0001").fix(east_m)
            await bench.settle()
            await bench.passes(28 * SECOND)
        id = next(alert.id for alert in bench.alerts() if alert.type == "contact.alert")
    said = explained(bench, id)
    assert said["rederived"]["reproduced"] is True
    assert said["fixes"][-1]["distance_m"] == pytest.approx(300, abs=2)
    assert {fix["device"] for fix in said["fixes"]} == {"tag-0001"}
    assert "300 m from the protected person" in em_explain(bench, id).stdout


# Judged again, or not -------------------------------------------------------------------------


async def test_from_a_snapshot_where_the_journal_no_longer_reaches_its_beginning(bench: Bench) -> None:
    for _ in range(3):
        async with bench.running():
            await bench.passes(MINUTE)
    async with bench.running():
        id = await enter(bench)
        again = explained(bench, id)["rederived"]
    assert again["reproduced"] is True
    assert again["reaches_back_to"] is not None


async def test_it_says_plainly_that_the_journal_no_longer_reaches_back(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
    for _ in range(3):
        async with bench.running():
            await bench.passes(MINUTE)
    again = explained(bench, id)["rederived"]
    assert (again["reproduced"], again["judged_again"], again["changes"]) == (None, 0, 1)
    assert "not possible: the journal reaches back only to 2026-11-18 13:" in em_explain(bench, id).stdout


async def test_what_lies_within_reach_is_judged_again_and_the_rest_is_named(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
    for _ in range(2):
        async with bench.running():
            await bench.passes(MINUTE)
    async with bench.running():
        await leave(bench)
        again = explained(bench, id)["rederived"]
        shown = em_explain(bench, id).stdout
    assert (again["reproduced"], again["judged_again"], again["changes"]) == (True, 1, 2)
    assert "the journal no longer holds the inputs" in shown


async def test_a_breach_cleared_by_another_rulebook_is_judged_again_under_both(
    bench: Bench,
) -> None:
    async with bench.running():
        id = await enter(bench)
    bench.rulebook = rulebook(order(1, HEALTH))
    async with bench.running():
        await bench.passes(MINUTE)
        said = explained(bench, id)
    assert [entry["what"] for entry in said["story"]] == ["opened", "withdrawn"]
    assert said["rederived"]["reproduced"] is True
    assert said["rederived"]["judged_again"] == 2


async def test_a_record_that_was_tampered_with_does_not_come_out_the_same(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
    rewrite(bench, "opened", '"late":false', '"late":true')
    again = explained(bench, id, expect=1)["rederived"]
    assert again["reproduced"] is False
    assert len(again["differing"]) == 1
    assert again["differing"][0].endswith("late was True, is False")
    assert "no: it is not the same" in em_explain(bench, id, expect=1).stdout


async def test_a_change_that_the_inputs_do_not_bear_out_is_named(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
        await leave(bench)
    rewrite(bench, "opened", '"wearer":"W-1"', '"wearer":"W-2"')
    rewrite(bench, "cleared", '"change":"cleared"', '"change":"withdrawn"')
    differing = explained(bench, id, expect=1)["rederived"]["differing"]
    assert [line.split(": ")[1] for line in differing] == [
        "wearer was W-2, is W-1",
        "not told again",
        "told only now",
    ]


async def test_a_damaged_journal_is_the_reason_why_not_and_the_story_is_told_all_the_same(
    bench: Bench,
) -> None:
    async with bench.running():
        id = await enter(bench)
        await leave(bench)
    with contextlib.closing(sqlite3.connect(bench.folder / "record.sqlite3")) as file:
        file.execute("UPDATE journal SET entry = substr(entry, 1, 20) WHERE position = 3")
        assert file.total_changes == 1
        file.commit()
    said = explained(bench, id)
    assert said["rederived"]["reproduced"] is None
    assert "position 3" in said["rederived"]["why_not"]
    assert [entry["what"] for entry in said["story"]] == ["opened", "cleared"]
    assert "not possible: the journal entry at position 3" in em_explain(bench, id).stdout


# Refused --------------------------------------------------------------------------------------


async def test_the_beginning_of_an_id_is_enough_and_an_unknown_one_is_refused(bench: Bench) -> None:
    async with bench.running():
        id = await enter(bench)
    assert explained(bench, id[:8])["alert"] == id
    assert "there is no alert" in em_explain(bench, id[:3], expect=2).stderr
    assert "there is no alert" in em_explain(bench, "0" * 32, expect=2).stderr


def test_without_a_record_there_is_nothing_to_explain(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["explain", "abc", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "there is no record" in result.stderr

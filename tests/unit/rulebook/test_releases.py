"""Two people and a reason for every change, and a log nobody can alter unseen."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.rulebook.problems import RulebookRefused
from em_engine.rulebook.releases import LOG, REVISIONS, Deed, ReleaseRefused, Releases
from em_engine.vocabulary import HOUR, MINUTE, parse_rfc3339
from tests.scenarios.road.places import STAY_OUT, circle, documents, order, write

NOON = parse_rfc3339("2026-11-22T12:00:00Z")


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases")


def book(folder: Path, *, radius_m: float = 300.0) -> Path:
    """A rulebook's folder; each radius is another revision."""
    files = documents([order(1, STAY_OUT)], [circle("ban", 0.0, 0.0, radius_m)])
    return write(folder / f"book-{radius_m:g}", files)


def propose(releases: Releases, folder: Path, radius_m: float = 300.0, *, at: int = NOON) -> str:
    return releases.propose(book(folder, radius_m=radius_m), who="Kari", why="new ban", at=at).revision


def test_what_a_second_person_approves_is_in_force_from_its_time(releases: Releases, tmp_path: Path):
    first, second = propose(releases, tmp_path), propose(releases, tmp_path, 500.0)
    assert releases.in_force(NOON + HOUR) is None
    releases.approve(first, who="Ola", why="read it", at=NOON)
    releases.approve(second, who="Ola", why="read it", at=NOON + 1, effective_from=NOON + HOUR)
    assert [releases.in_force(at) for at in (NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR)] == [
        None, first, first, second
    ]  # fmt: skip
    assert releases.rulebook(second).zones["ban"].radius_m == 500.0


def test_nobody_approves_what_they_proposed(releases: Releases, tmp_path: Path):
    revision = propose(releases, tmp_path)
    with pytest.raises(ReleaseRefused, match=r"Kari proposed .*; a second person approves it"):
        releases.approve(revision, who="Kari", why="fine", at=NOON)
    assert releases.in_force(NOON) is None


def test_nothing_takes_effect_in_the_past(releases: Releases, tmp_path: Path):
    revision = propose(releases, tmp_path)
    with pytest.raises(ReleaseRefused, match="from now on or later"):
        releases.approve(revision, who="Ola", why="fine", at=NOON, effective_from=NOON - MINUTE)


def test_to_go_back_is_to_propose_and_approve_again(releases: Releases, tmp_path: Path):
    first, second = propose(releases, tmp_path), propose(releases, tmp_path, 500.0)
    for minutes, revision in enumerate((first, second)):
        releases.approve(revision, who="Ola", why="fine", at=NOON + minutes * MINUTE)
    with pytest.raises(ReleaseRefused, match="was approved by Ola; propose it again first"):
        releases.approve(first, who="Ola", why="back", at=NOON + HOUR)
    releases.propose_again(first, who="Kari", why="too wide", at=NOON + HOUR)
    assert releases.in_force(NOON + HOUR) == second
    releases.approve(first, who="Ola", why="agreed", at=NOON + HOUR)
    assert releases.in_force(NOON + HOUR) == first
    assert [entry.deed for entry in releases.entries()] == [
        Deed.PROPOSED, Deed.PROPOSED, Deed.APPROVED, Deed.APPROVED, Deed.PROPOSED, Deed.APPROVED
    ]  # fmt: skip


def test_what_was_turned_down_is_not_approved(releases: Releases, tmp_path: Path):
    revision = propose(releases, tmp_path)
    releases.reject(revision, who="Kari", why="a mistake of mine", at=NOON)
    with pytest.raises(ReleaseRefused, match="was rejected by Kari"):
        releases.approve(revision, who="Ola", why="fine", at=NOON)


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("Kari", " ")])
def test_without_a_name_or_a_reason_nothing_is_written(
    releases: Releases, tmp_path: Path, who: str, why: str
):
    with pytest.raises(ReleaseRefused, match="say who does it and why"):
        releases.propose(book(tmp_path), who=who, why=why, at=NOON)
    assert releases.entries() == ()


def test_a_rulebook_with_an_error_is_not_even_proposed(releases: Releases, tmp_path: Path):
    files = documents([order(1, {**STAY_OUT, "zone": "bam"})])
    with pytest.raises(RulebookRefused, match="there is no zone 'bam'"):
        releases.propose(write(tmp_path / "book", files), who="Kari", why="new", at=NOON)
    assert releases.entries() == ()


def test_a_rulebook_with_a_file_that_nobody_would_read_is_not_proposed(releases: Releases, tmp_path: Path):
    """As `em rules check` says: an order nobody reads protects nobody."""
    folder = book(tmp_path)
    (folder / "orders" / "another.yml").write_text("order: X", "utf-8")
    with pytest.raises(RulebookRefused, match="would not be read"):
        releases.propose(folder, who="Kari", why="new", at=NOON)
    assert releases.entries() == ()


def test_a_revision_s_files_cannot_be_changed_afterwards(releases: Releases, tmp_path: Path):
    revision = propose(releases, tmp_path)
    zones = releases.folder / REVISIONS / revision / "zones" / "zones.geojson"
    zones.write_text(zones.read_text("utf-8").replace("300.0", "30.0"), "utf-8")
    with pytest.raises(ReleaseRefused, match="somebody changed them"):
        releases.approve(revision, who="Ola", why="fine", at=NOON)


def test_the_draft_s_folder_may_change_and_the_revision_does_not(releases: Releases, tmp_path: Path):
    revision = propose(releases, tmp_path)
    (tmp_path / "book-300" / "zones" / "zones.geojson").write_text("{}", "utf-8")
    assert releases.rulebook(revision).revision == revision


def changed(lines: list[str]) -> list[str]:
    return [lines[0].replace("Kari", "Kaja"), *lines[1:]]


def renumbered(lines: list[str]) -> list[str]:
    return [lines[1].replace('"number": 2', '"number": 1')]


@pytest.mark.parametrize(
    ("spoil", "line"),
    [(changed, 2), (lambda lines: lines[1:], 1), (lambda lines: lines[::-1], 1), (renumbered, 1),
     (lambda lines: [*lines, "{"], 3), (lambda lines: [lines[0], lines[0]], 2)],
    ids=["changed", "taken out", "swapped", "renumbered", "torn", "twice"],
)  # fmt: skip
def test_a_log_that_was_altered_is_refused_at_its_line(releases: Releases, tmp_path: Path, spoil, line: int):
    releases.approve(propose(releases, tmp_path), who="Ola", why="fine", at=NOON)
    log = releases.folder / LOG
    log.write_text("\n".join(spoil(log.read_text("utf-8").splitlines())) + "\n", "utf-8")
    with pytest.raises(ReleaseRefused, match=rf"log\.jsonl:{line}:1: "):
        releases.entries()


def test_the_road_of_a_change_by_the_command_line(tmp_path: Path):
    def em(*arguments: object) -> str:
        result = CliRunner().invoke(main, ["rules", *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.output

    folder = tmp_path / "releases"
    revision = em("propose", book(tmp_path), "--releases", folder, "--who", "Kari", "--why", "ny").split()[0]
    refused = CliRunner().invoke(
        main, ["rules", "approve", revision, "--releases", str(folder), "--who", "Kari", "--why", "x"]
    )
    assert (refused.exit_code, "a second person" in refused.stderr) == (2, True)
    em("approve", revision, "--releases", folder, "--who", "Ola", "--why", "lest")
    told = em("log", folder).splitlines()
    assert [line[0] for line in told] == ["*", "*"]
    assert "proposed by Kari: ny" in told[0]
    assert "approved by Ola, from " in told[1]
    assert [json.loads(line)["deed"] for line in em("log", folder, "--json").splitlines()] == [
        "proposed", "approved"
    ]  # fmt: skip

"""The other half of a night: nobody acts, it is told further; put off, it gets worse; then it is closed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Desk
from playwright.sync_api import expect
from real_console import RealConsole, real_console

from em_engine.alerts.timekeeper import Timekeeper
from em_engine.console.roles import Role
from em_engine.ingest.broker import free_port
from em_engine.rulebook.models import Escalation, Protocol
from em_engine.vocabulary import MINUTE, AlertType, ChangeKind, Severity
from tests.adapters.console.conftest import PASSWORD, change

LADDER = (Escalation(after=timedelta(minutes=2), to="supervisor", repeat=timedelta(hours=1), times=1),)
ASKING = Protocol(
    severity=Severity.HIGH,
    escalation=LADDER,
    shelve_max=timedelta(hours=1),
    seen_reasons=("calling", "other"),
)
TYPE = AlertType.INCLUSION_LEFT


@pytest.fixture
def night(tmp_path: Path, page_is_built: None) -> Iterator[RealConsole]:
    """A console whose protocol tells the supervisor after two minutes."""
    with real_console(tmp_path, free_port()) as made:
        bench = made.bench
        bench.rulebook = replace(bench.rulebook, protocols={TYPE: ASKING})
        bench.access.add("kari", PASSWORD, [Role.OPERATOR])
        bench.access.add("ola", PASSWORD, [Role.SUPERVISOR])
        yield made


def desks_of(open_at, night: RealConsole) -> tuple[Desk, Desk]:
    """The operator's and the supervisor's."""
    kari, ola = open_at(night), open_at(night)
    for desk, name in ((kari, "kari"), (ola, "ola")):
        desk.log_in(PASSWORD, name=name)
    return kari, ola


def test_an_alert_nobody_answers_is_told_further_shelved_calls_again_worse_and_is_closed(
    open_at, night: RealConsole
):
    bench = night.bench
    keeper = Timekeeper(bench.queue, lambda _: ASKING, bench.clock)
    kari, ola = desks_of(open_at, night)
    opened_at = bench.clock() - 3 * MINUTE
    told = change(TYPE, opened_at=opened_at, severity=Severity.HIGH)
    bench.tell(told)
    for desk in (kari, ola):
        expect(desk.rows).to_have_count(1)
        expect(desk.rows.locator(".level")).to_have_count(0)

    keeper.turn(bench.clock())  # three minutes, and nobody has answered
    for desk in (kari, ola):
        expect(desk.rows.locator(".level")).to_contain_text("▲1")

    ola.take(ola.rows)
    expect(ola.page.locator(".history")).to_contain_text("Eskalert protokollen")
    kari.take(kari.rows)
    expect(ola.page.locator(".detail-head .others")).to_have_text("kari ser også på dette")
    acknowledge_with_reason(kari)
    expect(ola.page.locator(".facts").first).to_contain_text("Ringer personen")
    shelve(kari)
    expect(ola.page.locator(".detail-head .chip.shelved")).to_contain_text("På hylla")

    now = bench.clock()
    worse = replace(told, change=ChangeKind.WORSENED, severity=Severity.CRITICAL, at=now, detected_at=now)
    bench.tell(worse)
    for desk in (kari, ola):
        expect(desk.page.locator(".detail-head .chip.unacknowledged")).to_be_visible()
        expect(desk.page.locator(".detail-head .severity-word")).to_have_text("Kritisk")
    expect(kari.page.locator(".history")).to_contain_text("Forverret")
    assert bench.queue.alert(told.alert).raised_again == 1

    close(ola)
    expect(kari.page.locator(".detail-head .chip.closed")).to_contain_text("Lukket av ola")
    in_report_and_statistics(kari)
    whats = [entry.what for entry in bench.queue.alert_history(told.alert)]
    assert whats == ["opened", "escalated", "acknowledged", "shelved", "worsened", "closed"]


def acknowledge_with_reason(desk: Desk) -> None:
    """The protocol asks why."""
    desk.press("a")
    dialog = desk.page.get_by_role("dialog", name="Kvitter varselet")
    dialog.get_by_label("Ringer personen").check()
    dialog.get_by_role("button", name="Kvitter varselet").click()
    expect(dialog).to_have_count(0)


def shelve(desk: Desk) -> None:
    """Not now."""
    desk.press("s")
    dialog = desk.page.get_by_role("dialog", name="Legg varselet på hylla")
    dialog.get_by_role("group", name="Hvor lenge").get_by_role("radio").first.check()
    dialog.get_by_label("Avtalt fravær").check()
    dialog.get_by_role("button", name="Legg varselet på hylla").click()
    expect(dialog).to_have_count(0)


def close(desk: Desk) -> None:
    """It was a breach; the note says why it is ended while it goes on."""
    desk.press("x")
    dialog = desk.page.get_by_role("dialog", name="Lukk varselet")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_role("textbox").fill("Patruljen er på stedet")
    dialog.get_by_role("button", name="Lukk varselet").click()
    expect(dialog).to_have_count(0)


def in_report_and_statistics(desk: Desk) -> None:
    """The shift's report tells of it, and so do the month's figures."""
    desk.page.get_by_label("Sider").select_option("handover")
    expect(desk.page.locator(".paper")).to_contain_text("Patruljen er på stedet")
    for count in ("1 eskalert", "1 forverret", "1 lukket"):
        expect(desk.page.locator(".happened")).to_contain_text(count)
    desk.page.get_by_label("Sider").select_option("statistics")
    expect(desk.page.locator(".chart", has_text="Etter utfall")).to_contain_text("Brudd")

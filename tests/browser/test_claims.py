"""Who has an alert in hand is seen by everybody else, at once and without asking again."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from claims import Claims
from desk import open_desk
from playwright.sync_api import Browser, expect
from real_console import RealConsole, real_console

from em_engine.console.roles import Role
from em_engine.ingest.broker import free_port
from tests.adapters.console.conftest import change

PASSWORD = "correct horse battery"


@pytest.fixture
def console(tmp_path: Path, page_is_built: None) -> Iterator[RealConsole]:
    with real_console(tmp_path, free_port()) as made:
        for name in ("kari", "ola"):
            made.bench.access.add(name, PASSWORD, [Role.OPERATOR])
        made.bench.tell(change())
        yield made


def test_another_operators_claim_is_seen_within_a_second_without_a_look_at_the_queue(
    chromium: Browser, console: RealConsole
):
    kari, ola = (open_desk(chromium, console) for _ in range(2))
    for desk, name in ((kari, "kari"), (ola, "ola")):
        desk.log_in(PASSWORD, name=name)
        desk.expect_total(1)
    kari.take(kari.rows.first)
    claims = Claims(kari, ola)
    ola.requests.clear()
    delays_ms = [claims.next_ms() for _ in range(6)]
    # Of claims and letting go in turns; the median, for a busy machine may hold up any one of them.
    assert median(delays_ms) < 1000
    assert [url for url in ola.requests if "/api/alerts" in url] == []
    claims.next_ms()
    expect(ola.rows.first.locator(".chip.claimed")).to_have_text("◉ kari")
    for desk in (kari, ola):
        desk.close()

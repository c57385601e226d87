"""`em up --demo`, as `make demo` starts it: what it prints is true, alerts come soon, it ends cleanly."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CONSOLE = re.compile(r"^  console  (http://127\.0\.0\.1:\d+)/$", re.MULTILINE)
LOG_IN = re.compile(r"^  log-in   (\w+) / (\S+) ", re.MULTILINE)
STARTS_S = 60


class Demo:
    """The demo in a process of its own, as a shell starts it."""

    def __init__(self, data: Path) -> None:
        self.printed = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "em_engine", "up", "--demo", "--port", "0", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=data,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line

    def is_up(self) -> bool:
        """Whether it has said all it says at the start."""
        assert self.process.poll() is None, self.printed
        return "Ctrl-C ends it" in self.printed

    @property
    def url(self) -> str:
        """The address it printed."""
        found = CONSOLE.search(self.printed)
        assert found, self.printed
        return found[1]

    @property
    def logins(self) -> dict[str, str]:
        """The names and passwords it printed."""
        return dict(LOG_IN.findall(self.printed))

    def interrupt(self) -> float:
        """Ctrl-C; how many seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self._reader.join(10)
        return time.monotonic() - began

    def close(self) -> None:
        """End it however it stands."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def demo(tmp_path: Path, page_is_built: None) -> Iterator[Demo]:
    """A demo that has just come up."""
    started = Demo(tmp_path)
    try:
        deadline = time.monotonic() + STARTS_S
        while not started.is_up():
            assert time.monotonic() < deadline, started.printed
            time.sleep(0.05)
        yield started
    finally:
        started.close()


def children_of(pid: int) -> set[int]:
    """The processes started by one, and those started by them."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(own): int(parent) for own, parent in map(str.split, told.stdout.splitlines())}
    found, fresh = set[int](), {pid}
    while fresh:
        fresh = {own for own, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def test_the_demo_shows_alerts_within_ninety_seconds_and_leaves_nothing_behind(demo: Demo, open_at):
    assert set(demo.logins) == {"operator", "police", "author", "approver"}
    authors = f"  authors  {demo.url}/rules/   (author writes orders and zones, approver approves them)"
    assert authors in demo.printed.splitlines()
    for name in ("operator", "police"):
        desk: Desk = open_at(demo)
        desk.log_in(demo.logins[name], name=name)
    author: Desk = open_at(demo)
    author.page.get_by_label("Navn").fill("author")
    author.page.get_by_label("Passord").fill(demo.logins["author"])
    author.page.get_by_role("button", name="Logg inn").click()
    author.page.wait_for_url("**/rules/")  # who has no alerts to see is shown the authors' page
    expect(desk.page.locator(".health")).to_contain_text(re.compile(r"[45]\d av 5\d hørt"))
    expect(desk.rows.nth(1)).to_be_visible(timeout=90_000)
    children = children_of(demo.process.pid)
    assert demo.interrupt() < 5
    assert demo.process.returncode == 0, demo.printed
    assert "Traceback" not in demo.printed
    assert [pid for pid in children if lives(pid)] == []

"""Work side by side: results in their order, and no process outlives who asked for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from em_engine.commands.processes import Tell, WorkFailed, side_by_side


def test_results_come_in_order_and_progress_is_heard() -> None:
    def work(number: int, tell: Tell) -> tuple[int, bool]:
        tell(number)
        return number, os.getpid() != ours

    ours, heard = os.getpid(), list[int]()
    assert side_by_side(work, 3, heard.append) == [(0, True), (1, True), (2, True)]
    assert sorted(heard) == [0, 1, 2]


def test_a_process_that_dies_fails_the_work_and_takes_the_others_along(tmp_path: Path) -> None:
    def work(number: int, tell: Tell) -> None:
        (tmp_path / str(number)).write_text(str(os.getpid()))
        if number == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()

    with pytest.raises(WorkFailed, match="amid its work"):
        side_by_side(work, 2, lambda _: None)
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)


FOR_EVER = """
import os, signal, sys
from em_engine.commands.processes import side_by_side
def work(number, tell):
    os.write(1, f"{os.getpid()}\\n".encode())
    signal.pause()
side_by_side(work, 2, lambda _: None)
"""


def test_a_killed_command_leaves_no_process_behind() -> None:
    """The pipe they all write to ends when the last of them has gone."""
    command = subprocess.Popen([sys.executable, "-c", FOR_EVER], stdout=subprocess.PIPE)
    with command:
        assert command.stdout is not None
        begun = [int(command.stdout.readline()) for _ in range(2)]
        command.kill()
        assert command.stdout.read() == b""
    for process in begun:
        _wait_until_gone(process)


def _wait_until_gone(process: int) -> None:
    """An orphan is nobody's child here: whoever adopts it reaps it when it comes to that."""
    state = Path(f"/proc/{process}/stat")
    while state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        time.sleep(0.01)

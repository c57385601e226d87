"""Work on several cores: every piece is answered, a lost process is told of, and none is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import simulators
from simulators.workers import WORKERS_MAX, spread, workers_of

HOUSE = Path(simulators.__file__).parent.parent
SCRIPT = """
import os, signal, sys, time
from simulators.workers import WorkerLostError, spread

def square(number, tell):
    tell(0.5)
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 99:
        time.sleep(600)
    return number, number * number

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who started the tests may ignore it
    try:
        pieces = list(map(int, sys.argv[1:]))
        tell = lambda more: print("more", flush=True)
        for answer in spread(square, pieces, workers=2, tell=tell):
            print(*answer, flush=True)
    except WorkerLostError as error:
        print(error)
"""


def started(folder: Path, *pieces: int) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, pieces)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
    )


def test_every_piece_is_answered_once(tmp_path: Path):
    said, _ = started(tmp_path, *range(5)).communicate()
    answers = sorted(line for line in said.splitlines() if line != "more")
    assert answers == ["0 0", "1 1", "2 4", "3 9", "4 16"]
    assert said.count("more") == 5


def test_a_process_that_is_killed_is_told_of_and_the_others_are_ended(tmp_path: Path):
    said, _ = started(tmp_path, 1, 13, 99).communicate()  # the one with 99 would take ten minutes
    assert said.splitlines()[-1] == "a process that had a share in hand ended (exit code -9)"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_who_is_ended_leaves_no_process_behind(tmp_path: Path, how: signal.Signals):
    process = started(tmp_path, 99, 99)
    assert process.stdout is not None
    with process.stdout as said:
        for _ in range(2):
            assert said.readline() == "more\n"  # both are at work
        process.send_signal(how)
        said.read()  # the workers hold the pipe's other end too: it ends when the last of them has ended
    assert process.wait() != 0


def test_one_piece_or_one_worker_needs_no_process():
    def here(number: int, tell: object) -> int:
        return number + os.getpid()  # no function of a function could be sent to another process

    assert list(spread(here, [1], workers=2, tell=print)) == [1 + os.getpid()]
    assert list(spread(here, [1, 2], workers=1, tell=print)) == [1 + os.getpid(), 2 + os.getpid()]
    assert list(spread(here, list[int](), workers=2, tell=print)) == []


def test_there_is_a_worker_a_core_unless_told_otherwise():
    assert workers_of(None) == min(os.cpu_count() or 1, WORKERS_MAX)
    assert (workers_of(3), workers_of(99)) == (3, WORKERS_MAX)

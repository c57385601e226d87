"""Trials: rulebooks on history, as jobs. Each runs as a command of its own, beside the engine and behind it.

Another process, since a month of a thousand tags takes minutes, and the engine that is judging live must not
feel it. One runs, the others wait. What a job was asked and what it found stays in its folder for a week.
"""

import contextlib
import json
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from em_engine.rulebook.coded import Coded, Said, in_code
from em_engine.vocabulary import HOUR, Micros

TRIAL: Final = r"t-[0-9a-f]{10}"
HISTORY: Final = r"h-[0-9a-f]{10}"
KEPT_FOR: Final[Micros] = 7 * 24 * HOUR
WAITING_MAX: Final = 20
UPLOADS_MAX: Final = 50
UPLOAD_BYTES_MAX: Final = 200_000_000
REASON_LENGTH_MAX: Final = 4_000
_ENDINGS: Final = (".csv", ".gpx", ".nmea", ".rec", ".geojson", ".json", ".parquet")


class TrialRefused(Coded):
    """What was asked for cannot be tried."""


class UnknownTrial(LookupError):
    """There is no such trial, or upload."""


class State(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A job: who asked what, and what became of it."""

    id: str
    kind: str
    asked_by: str
    asked_at: Micros
    of: Mapping[str, Any]
    state: State = State.WAITING
    reasons: tuple[str, ...] = ()
    codes: tuple[dict[str, Any] | None, ...] = ()  # of each reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A trial to be run: the books it needs, by the name of their folder, and the command's words."""

    kind: str
    of: Mapping[str, Any]
    books: Mapping[str, Mapping[str, bytes]]
    words: Callable[[Path], Sequence[str]]  # from the trial's folder


class Trials:
    """The trials of one installation. Safe to use from several threads."""

    def __init__(self, folder: Path, clock: Callable[[], Micros]) -> None:
        self._folder, self._clock = folder.absolute(), clock
        self._lock = threading.RLock()
        self._waiting: list[tuple[str, Wish]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._running: str | None = None
        self._worker: threading.Thread | None = None
        self._is_closed = False

    # Asking -------------------------------------------------------------------------------------

    def ask(self, wish: Wish, *, by: str) -> Trial:
        """A new trial, which begins when those before it have ended. Raises TrialRefused."""
        with self._lock:
            self._forget_old()
            if len(self._waiting) >= WAITING_MAX:
                text = f"{WAITING_MAX} trials wait already: cancel one, or wait"
                raise TrialRefused("trial.waiting", text, WAITING_MAX)
            trial = Trial(
                id=f"t-{secrets.token_hex(5)}",
                kind=wish.kind,
                asked_by=by,
                asked_at=self._clock(),
                of=wish.of,
            )
            for name, files in wish.books.items():
                for path, content in files.items():
                    target = self._at(trial.id) / name / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
            self._keep(trial)
            self._waiting.append((trial.id, wish))
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="trials", daemon=True)
                self._worker.start()
            return trial

    def all(self) -> list[Trial]:
        """Every trial, the newest first."""
        found = (self.trial(path.parent.name) for path in self._folder.glob("t-*/trial.json"))
        return sorted(found, key=lambda one: (one.asked_at, one.id), reverse=True)

    def trial(self, id: str) -> Trial:
        """The trial of that id. Raises UnknownTrial."""
        try:
            told = json.loads((self._known(id) / "trial.json").read_bytes())
        except OSError:
            raise UnknownTrial(f"there is no trial {id}") from None
        state = State(told.pop("state"))
        told |= {"reasons": tuple(told["reasons"]), "codes": tuple(told.get("codes", ()))}
        trial = Trial(**told, state=state)
        with self._lock:
            is_ours = id == self._running or any(id == waits for waits, _ in self._waiting)
        if trial.state not in ENDED and not is_ours:
            return replace(trial, state=State.FAILED, reasons=(str(_STOPPED),), codes=(in_code(_STOPPED),))
        return trial

    def progress(self, id: str) -> dict[str, Any] | None:
        """How far a running trial has come; None where it has not told, or told that it was refused."""
        told = self._told(id)
        return None if told is None or "refused" in told else told

    def result(self, id: str) -> bytes:
        """What the trial found, as JSON. Raises UnknownTrial, TrialRefused while there is nothing."""
        trial = self.trial(id)
        if trial.state is not State.DONE:
            text = f"the trial is {trial.state.value}: it has no result"
            raise TrialRefused("trial.no_result", text)
        return (self._at(id) / "result.json").read_bytes()

    def drop(self, id: str) -> Trial | None:
        """Cancels a trial that has not ended; forgets one that has, and gives None. Raises UnknownTrial."""
        with self._lock:
            trial = self.trial(id)
            if trial.state in ENDED:
                shutil.rmtree(self._at(id))
                return None
            cancelled = replace(trial, state=State.CANCELLED)
            self._keep(cancelled)
            self._waiting = [one for one in self._waiting if one[0] != id]
            if id == self._running and self._process is not None:
                self._process.kill()
            return cancelled

    def close(self) -> None:
        """Ends what runs; nothing waits any more."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()
            if self._process is not None:
                self._process.kill()
            worker = self._worker
        if worker is not None:
            worker.join()

    # Histories ------------------------------------------------------------------------------------

    def keep_history(self, filename: str, content: bytes) -> str:
        """Keeps a file to be tried on; its id. Raises TrialRefused."""
        ending = Path(filename).suffix.lower()
        if ending not in _ENDINGS:
            known = ", ".join(_ENDINGS)
            raise TrialRefused("trial.ending", f"tracks are files ending in {known}", known)
        if len(content) > UPLOAD_BYTES_MAX:
            most = UPLOAD_BYTES_MAX // 10**6
            raise TrialRefused("trial.size", f"at most {most} MB; em rules diff takes larger ones", most)
        with self._lock:
            self._forget_old()
            if sum(1 for _ in self._folder.glob("h-*")) >= UPLOADS_MAX:
                text = f"{UPLOADS_MAX} files are kept already; they are dropped after a week"
                raise TrialRefused("trial.kept", text, UPLOADS_MAX)
            id = f"h-{secrets.token_hex(5)}"
            folder = self._folder / id
            folder.mkdir(parents=True, mode=0o700)
            stem = re.sub(r"[^\w-]", "-", Path(filename).stem)[:60] or "track"
            (folder / f"{stem}{ending}").write_bytes(content)
            return id

    def history(self, id: str) -> Path:
        """The file that was kept. Raises UnknownTrial."""
        if re.fullmatch(HISTORY, id) is not None:
            found = next((self._folder / id).glob("*"), None)
            if found is not None:
                return found
        raise UnknownTrial(f"there is no history {id}")

    # Running --------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (begun := self._next()) is not None:
            id, process = begun
            with process:
                process.wait()
            self._end(id, process.returncode)

    def _next(self) -> tuple[str, "subprocess.Popen[bytes]"] | None:
        """The next trial, begun; None where nothing waits: then the worker ends."""
        with self._lock:
            if self._is_closed or not self._waiting:
                self._worker = None
                return None
            id, wish = self._waiting.pop(0)
            self._running = id
            self._process = self._begun(id, wish)
            self._keep(replace(self.trial(id), state=State.RUNNING))
            return id, self._process

    def _begun(self, id: str, wish: Wish) -> "subprocess.Popen[bytes]":
        folder = self._at(id)
        # Behind everything else on the machine: whoever waits for a trial can wait; who is in danger cannot.
        nice = shutil.which("nice")
        behind = [nice, "-n", "15"] if nice else []
        words = [*behind, sys.executable, "-m", "em_engine", *wish.words(folder)]
        with (folder / "result.json").open("wb") as found, (folder / "said.txt").open("wb") as said:
            return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=found, stderr=said)

    def _end(self, id: str, code: int) -> None:
        with self._lock:
            trial = self.trial(id)
            self._process, self._running = None, None
            if trial.state is State.CANCELLED or self._is_closed:
                return
            if not code:
                self._keep(replace(trial, state=State.DONE))
                return
            reasons, codes = self._why(id)
            self._keep(replace(trial, state=State.FAILED, reasons=reasons, codes=codes))

    def _why(self, id: str) -> tuple[tuple[str, ...], tuple[dict[str, Any] | None, ...]]:
        """What the command said as it failed: each reason, and the same in code where it told one."""
        refused: list[dict[str, Any]] = (self._told(id) or {}).get("refused", [])
        if refused:
            return tuple(one["text"] for one in refused), tuple(one["code"] for one in refused)
        said = (self._at(id) / "said.txt").read_text("utf-8", errors="replace")
        reasons = tuple(_lines(said.replace(f"{self._at(id)}/", "")))
        return reasons, (None,) * len(reasons)

    def _told(self, id: str) -> dict[str, Any] | None:
        """What the command wrote of itself."""
        try:
            told: dict[str, Any] = json.loads((self._known(id) / "progress.json").read_bytes())
        except (OSError, ValueError):
            return None
        return told

    # Folders --------------------------------------------------------------------------------------

    def _at(self, id: str) -> Path:
        return self._folder / id

    def _known(self, id: str) -> Path:
        if re.fullmatch(TRIAL, id) is None:
            raise UnknownTrial(f"there is no trial {id}")
        return self._at(id)

    def _keep(self, trial: Trial) -> None:
        folder = self._at(trial.id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        building = folder / ".trial.json"
        building.write_text(json.dumps(asdict(trial), ensure_ascii=False), "utf-8")
        building.replace(folder / "trial.json")

    def _forget_old(self) -> None:
        """What was asked a week ago goes: positions of people are in it."""
        oldest = self._clock() - KEPT_FOR
        for path in self._folder.glob("[th]-*"):
            with contextlib.suppress(OSError):
                if int(path.stat().st_mtime * 1_000_000) < oldest and path.name != self._running:
                    shutil.rmtree(path)


_STOPPED: Final = Said("trial.stopped", "the engine was stopped meanwhile: ask again")


def _lines(said: str) -> Iterator[str]:
    """What a command said of its failure; of a traceback its end."""
    lines = [line for line in said.splitlines() if line.strip()]
    shown = lines if not any(line.startswith("Traceback") for line in lines) else lines[-1:]
    yield from (line[:REASON_LENGTH_MAX] for line in shown[-20:])

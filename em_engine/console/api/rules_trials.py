"""What a rulebook would have raised, and why not: jobs on history, with progress, cancel and result."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Path, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from em_engine.console.api.answers import json_answer
from em_engine.console.api.models import Strict, Time
from em_engine.console.api.rules_door import PREFIX, Bench, Note, Trier
from em_engine.console.api.rules_models import BookName, Coded
from em_engine.console.problems import Problem
from em_engine.console.workbench.asking import Past, backtest_of, diff_of, why_of
from em_engine.console.workbench.trials import HISTORY, TRIAL, State, Trial, Trials, Wish
from em_engine.console.workbench.workbench import Workbench
from em_engine.rulebook.coded import Reason
from em_engine.vocabulary import Micros, micros, rfc3339

router = APIRouter(prefix=PREFIX, tags=["trials"])
_ONE_OF_THREE: Final = "history: say one of `recorded`, `uploads` and `simulated`"
TrialId = Annotated[str, Path(pattern=f"^{TRIAL}$")]
HistoryId = Annotated[str, Field(pattern=f"^{HISTORY}$")]


class Recorded(Strict):
    """What the engine itself has recorded, from then to then."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Simulated(Strict):
    """Days in the lives of imagined wearers of the orders concerned; from today on where not said."""

    days: Annotated[int, Field(ge=1, le=14)]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    since: AwareDatetime | None = None


class History(Strict):
    """The history to try on: one of the three."""

    recorded: Recorded | None = None
    simulated: Simulated | None = None
    uploads: Annotated[list[HistoryId], Field(min_length=1, max_length=20)] | None = None
    truth: HistoryId | None = None
    device: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class DiffAsked(Strict):
    """What would a change change?"""

    kind: Literal["diff"]
    old: BookName = "in-force"
    new: BookName
    history: History


class BacktestAsked(Strict):
    """What would this rulebook have raised?"""

    kind: Literal["backtest"]
    book: BookName
    history: History


class WhyAsked(Strict):
    """Why did this wearer's conditions raise something then, or did not?"""

    kind: Literal["why"]
    book: BookName = "in-force"
    wearer: Annotated[str, Field(min_length=1, max_length=128)]
    at: AwareDatetime
    history: History


Asked = Annotated[DiffAsked | BacktestAsked | WhyAsked, Body(discriminator="kind")]


class ProgressView(Strict):
    """How many reports have been judged, in which part; the share of the whole, and how long the rest
    takes."""

    part: str
    done: int
    total: int
    share: float | None = None
    left_s: int | None = None


class TrialView(Strict):
    """A trial and how far it is."""

    id: str
    kind: Literal["diff", "backtest", "why"]
    asked_by: str
    asked_at: Time
    of: dict[str, Any]
    state: State
    progress: ProgressView | None
    reasons: list[str]
    reason_codes: list[Coded | None]


class TrialList(Strict):
    """Every trial, the newest first."""

    trials: list[TrialView]


class Uploaded(Strict):
    """A file that was kept to be tried on."""

    id: str
    filename: str
    size: int


@router.post("/histories", response_model=Uploaded, status_code=201)
def upload(
    session: Trier,
    bench: Bench,
    note: Note,
    filename: Annotated[str, Query(min_length=1, max_length=128)],
    content: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> Response:
    """Send a file of tracks, or a TRUTH.json. It is dropped after a week."""
    id = bench.trials.keep_history(filename, content)
    note.deed(session, "sent a history", f"{id} {filename}")
    answer = json_answer({"id": id, "filename": filename, "size": len(content)})
    answer.status_code = 201
    return answer


@router.post("/trials", response_model=TrialView, status_code=201)
def ask(sent: Asked, session: Trier, bench: Bench, note: Note) -> Response:
    """Ask for a trial. It begins when those before it have ended."""
    wish = _wish(bench, sent)
    trial = bench.trials.ask(wish, by=session.name)
    note.deed(session, "tried a rulebook on history", f"{trial.id} {_subject(sent)}")
    answer = json_answer(_view(trial, bench.trials))
    answer.status_code = 201
    return answer


@router.get("/trials", response_model=TrialList)
def trials(_session: Trier, bench: Bench) -> Response:
    """Every trial, the newest first."""
    return json_answer({"trials": [_view(one, bench.trials) for one in bench.trials.all()]})


@router.get("/trials/{trial}", response_model=TrialView)
def trial(trial: TrialId, _session: Trier, bench: Bench) -> Response:
    """One trial, and how far it is."""
    return json_answer(_view(bench.trials.trial(trial), bench.trials))


@router.get("/trials/{trial}/result", response_model=dict[str, Any])
def result(trial: TrialId, session: Trier, bench: Bench, note: Note) -> Response:
    """What the trial found."""
    found = bench.trials.result(trial)
    note.look(session, trial)
    return Response(found, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.delete("/trials/{trial}", response_model=TrialView, responses={204: {"description": "Forgotten"}})
def drop(trial: TrialId, session: Trier, bench: Bench, note: Note) -> Response:
    """Cancel a trial; one that has ended is forgotten."""
    bench.trials.trial(trial)
    note.deed(session, "dropped a trial", trial)
    cancelled = bench.trials.drop(trial)
    if cancelled is None:
        return Response(status_code=204)
    return json_answer(_view(cancelled, bench.trials))


def _wish(bench: Workbench, sent: DiffAsked | BacktestAsked | WhyAsked) -> Wish:
    past, of = _past(sent.history), sent.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    match sent:
        case DiffAsked():
            return diff_of(bench, of, past)
        case BacktestAsked():
            return backtest_of(bench, of, past)
        case WhyAsked():
            return why_of(bench, of, past, wearer=sent.wearer, at=micros(sent.at))


def _past(history: History) -> Past:
    given = (history.recorded, history.uploads, history.simulated)
    if sum(one is not None for one in given) != 1:
        raise Problem(422, Reason("trial.no_history", _ONE_OF_THREE))
    if history.uploads is not None:
        return Past(uploads=tuple(history.uploads), truth=history.truth, device=history.device)
    if history.simulated is not None:
        wish = history.simulated
        return Past(simulated_days=wish.days, seed=wish.seed, since=_micros(wish.since))
    assert history.recorded is not None, "one of the three is given"
    return Past(since=_micros(history.recorded.since), until=_micros(history.recorded.until))


def _micros(at: datetime | None) -> Micros | None:
    return None if at is None else micros(at)


def _subject(sent: DiffAsked | BacktestAsked | WhyAsked) -> str:
    match sent:
        case DiffAsked():
            return f"{sent.old} {sent.new}"
        case BacktestAsked():
            return sent.book
        case WhyAsked():
            return f"{sent.book} {sent.wearer}"


def _view(trial: Trial, trials: Trials) -> dict[str, Any]:
    is_running = trial.state is State.RUNNING
    return {
        "id": trial.id,
        "kind": trial.kind,
        "asked_by": trial.asked_by,
        "asked_at": rfc3339(trial.asked_at),
        "of": dict(trial.of),
        "state": trial.state.value,
        "progress": trials.progress(trial.id) if is_running else None,
        "reasons": list(trial.reasons),
        "reason_codes": list(trial.codes),
    }

"""The workbench: everything the authors' side of the console needs, gathered in one place and handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from em_engine.console.desk import Desk
from em_engine.console.workbench.books import Books
from em_engine.console.workbench.drafts import Drafts
from em_engine.console.workbench.trials import Trials
from em_engine.rulebook.releases import Releases
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What stands behind the authors' routes. Without `releases` the engine follows a plain folder."""

    drafts: Drafts
    books: Books
    releases: Releases | None
    trials: Trials
    data: Path  # the engine's, whose record is a history to try on
    clock: Callable[[], Micros]


def workbench(desk: Desk, data: Path, releases: Releases | None) -> Workbench:
    """The workbench of one engine; drafts are kept in its data folder."""
    drafts = Drafts(data / "drafts", desk.clock)
    return Workbench(
        drafts=drafts,
        books=Books(desk, drafts, releases),
        releases=releases,
        trials=Trials(data / "trials", desk.clock),
        data=data.absolute(),
        clock=desk.clock,
    )

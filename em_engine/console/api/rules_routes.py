"""Every route of the authors' side, and the workbench it stands on."""

from typing import Final

from fastapi import FastAPI

from em_engine.console.api import (
    rules,
    rules_books,
    rules_geometry,
    rules_places,
    rules_trials,
    rules_writing,
)
from em_engine.console.api.rules_door import speak_refusals
from em_engine.console.workbench.workbench import Workbench

_PARTS: Final = (rules, rules_books, rules_geometry, rules_places, rules_trials, rules_writing)


def furnish(app: FastAPI, workbench: Workbench | None) -> None:
    """Give the application the authors' side. Without a workbench its routes answer 404."""
    app.state.workbench = workbench
    speak_refusals(app)
    for part in _PARTS:
        app.include_router(part.router)

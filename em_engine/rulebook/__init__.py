"""The rulebook door: documents in, a checked and frozen `Rulebook` out, or every problem with its place."""

from em_engine.rulebook.loader import check, load, load_files
from em_engine.rulebook.models import (
    Condition,
    Escalation,
    Order,
    Person,
    Programme,
    ProgrammeName,
    Protocol,
    RecordProfile,
    Rulebook,
    Schedule,
    Zone,
)
from em_engine.rulebook.problems import Problem, RulebookRefused

__all__ = [
    "Condition",
    "Escalation",
    "Order",
    "Person",
    "Problem",
    "Programme",
    "ProgrammeName",
    "Protocol",
    "RecordProfile",
    "Rulebook",
    "RulebookRefused",
    "Schedule",
    "Zone",
    "check",
    "load",
    "load_files",
]

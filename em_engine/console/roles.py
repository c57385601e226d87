"""Who may do what at the console: roles are given to people, permissions are asked for by the routes."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What a person is at the control centre."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUTHOR = "author"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ENGINEER = "engineer"
    POLICE = "police"


class Permission(StrEnum):
    """What a route asks for before it answers."""

    READ_ALERTS = "read alerts"
    ANSWER_ALERTS = "answer alerts"
    SEE_WEARERS = "see where wearers are"
    SEE_PROTECTED = "see where protected persons are"
    SEE_PLACES = "see the zones of orders"
    READ_HEALTH = "read the engine's health"
    READ_AUDIT = "read the audit"
    READ_FIGURES = "read figures and statistics"
    EXPORT_CASES = "export a case"
    READ_RULES = "read rulebooks"
    WRITE_RULES = "write rulebooks"
    APPROVE_RULES = "approve rulebooks"
    TRY_RULES = "try rulebooks on history"


_WATCH: Final = frozenset(
    {Permission.READ_ALERTS, Permission.SEE_PLACES, Permission.READ_HEALTH, Permission.READ_FIGURES}
)
_ANSWER: Final = _WATCH | {Permission.ANSWER_ALERTS, Permission.SEE_WEARERS}
_TRY: Final = frozenset({Permission.SEE_PLACES, Permission.READ_RULES, Permission.TRY_RULES})

MAY: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.OPERATOR: _ANSWER,
        Role.SUPERVISOR: _ANSWER | {Permission.READ_AUDIT, Permission.EXPORT_CASES, Permission.READ_RULES},
        # In Norway the police alone are in touch with the protected person (Prop. 128 L (2022-2023)).
        Role.POLICE: _ANSWER | {Permission.SEE_PROTECTED, Permission.EXPORT_CASES},
        Role.AUDITOR: _WATCH | {Permission.READ_AUDIT, Permission.READ_RULES},
        Role.AUTHOR: _TRY | {Permission.WRITE_RULES},
        Role.APPROVER: _TRY | {Permission.APPROVE_RULES},
        Role.ENGINEER: frozenset({Permission.READ_HEALTH}),
    }
)


SCOPES: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "alerts:read": Permission.READ_ALERTS,
        "alerts:answer": Permission.ANSWER_ALERTS,
        "wearers": Permission.SEE_WEARERS,
        "protected": Permission.SEE_PROTECTED,
        "places": Permission.SEE_PLACES,
        "health": Permission.READ_HEALTH,
        "audit": Permission.READ_AUDIT,
        "figures": Permission.READ_FIGURES,
        "export": Permission.EXPORT_CASES,
        "rules:read": Permission.READ_RULES,
        "rules:write": Permission.WRITE_RULES,
        "rules:approve": Permission.APPROVE_RULES,
        "rules:try": Permission.TRY_RULES,
    }
)
"""What a token may be let do, never more than the person it belongs to."""


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything at least one of the roles allows."""
    return frozenset[Permission]().union(*(MAY[role] for role in roles))

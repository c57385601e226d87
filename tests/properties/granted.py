"""Worlds in which absence is granted: curfews of the random worlds with an allowance, some about midnight."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from em_engine.law.curfew import CurfewTerms
from em_engine.law.terms import Allowance
from em_engine.rulebook.models import Condition, Order
from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, Micros
from tests.properties.worlds import World
from tests.reference.reports import Report

TOTALS_MIN = (1, 4, 15, 40)
NIGHTS = (("daily 00:00-24:00",), ("daily 22:30-02:30",), ("daily 20:00-24:00", "daily 00:20-06:00"))
TO_NIGHT: Micros = 11 * HOUR
TO_SUNDAY: Micros = TO_NIGHT + 4 * 24 * HOUR


def with_allowances(small: World, seed: int) -> World:
    """The world whose curfews grant absence; three of four are moved to where a day, or a week, ends."""
    random = np.random.default_rng(seed)
    by = int(random.choice([0, TO_NIGHT, TO_NIGHT, TO_SUNDAY]))
    there = moved(small, by=by)
    orders = tuple(
        replace(order, conditions=tuple(_granted(random, one, is_night=by > 0) for one in order.conditions))
        for order in there.rulebook.orders
    )
    return replace(there, rulebook=replace(there.rulebook, orders=orders))


def moved(small: World, *, by: Micros) -> World:
    """The same world so much later; what its conditions write of times stays where it was."""
    orders = tuple(_order_moved(order, by) for order in small.rulebook.orders)
    return World(replace(small.rulebook, orders=orders), tuple(_later(one, by) for one in small.reports))


def _order_moved(order: Order, by: Micros) -> Order:
    valid_from = order.valid_from if order.valid_from == BEFORE_ALL else order.valid_from + by
    valid_to = order.valid_to if order.valid_to == NEVER else order.valid_to + by
    return replace(order, valid_from=valid_from, valid_to=valid_to)


def _granted(random: Any, condition: Condition, *, is_night: bool) -> Condition:
    if not isinstance(condition.terms, CurfewTerms):
        return condition
    per = ("day", "week", "month")[int(random.choice([0, 0, 1, 2]))]
    total = timedelta(minutes=int(random.choice(TOTALS_MIN)))
    terms = replace(condition.terms, allowance=Allowance(total=total, per=per))
    if is_night:
        night = NIGHTS[int(random.integers(0, len(NIGHTS)))]
        terms = replace(terms, weekly=night, once=(), leave=())
    return replace(condition, terms=terms, phases=(), from_=None, to=None)


def _later(report: Report, by: Micros) -> Report:
    sent_at = report.sent_at if report.sent_at == BEFORE_ALL else report.sent_at + by
    return replace(report, at=report.at + by, received_at=report.received_at + by, sent_at=sent_at)

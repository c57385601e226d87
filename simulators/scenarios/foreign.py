"""A story told to an engine that runs already, by its broker; judged by what it tells over MQTT.

Its console is asked first: which orders it judges by, what time it takes it to be, and how fast its clock
runs. An engine whose clock is the machine's honours no other scale than life's, and no other day than today:
it can be told stories whose orders hold always, moved to now. One with a clock set by hand (`em engine
--clock --clock-speed`) is told any story, in the story's own time.
"""

import asyncio
import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass, field, replace
from typing import Any, Final

from em_engine.ingest.wire import ROOT
from em_engine.monitoring import outages
from em_engine.rulebook import Rulebook, RulebookRefused, load_files
from em_engine.vocabulary import BEFORE_ALL, SECOND, Micros, parse_rfc3339, rfc3339
from simulators.scenarios.judge import Told, Verdict, judged
from simulators.scenarios.live import (
    LEEWAY_S,
    SETTLES_S,
    Door,
    NotRunError,
    StoryClock,
    connected,
    heard,
    not_over_mqtt,
    publish,
    tags,
)
from simulators.scenarios.play import Played, play
from simulators.scenarios.scenario import Scenario
from simulators.scenarios.written import devices_of, lacking, names_times, orders_of

ANSWERS_WITHIN_S: Final = 10.0
BEGINS_IN: Final = 3 * SECOND
"""How soon a story begins that may begin at any time: so long it takes to be connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that runs: its console, and whose token asks it (scopes `health` and `rules:read`)."""

    api: str
    token: str = field(repr=False)

    def rulebook(self) -> Rulebook:
        """What it judges by. Raises NotRunError."""
        with zipfile.ZipFile(io.BytesIO(self._asked("/api/rules/books/in-force/archive"))) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        try:
            return load_files(files)
        except RulebookRefused as refusal:
            raise NotRunError(
                f"{self.api}: this version cannot read the engine's rulebook: {refusal}"
            ) from None

    def clock(self) -> tuple[StoryClock, bool]:
        """The engine's clock as it runs, and whether it was set by hand. Raises NotRunError."""
        asked_s = time.monotonic()
        told: dict[str, Any] = json.loads(self._asked("/api/status"))
        halfway_s = (asked_s + time.monotonic()) / 2
        speed = told.get("staged_speed")
        return StoryClock(parse_rfc3339(told["at"]), speed or 1.0, halfway_s), speed is not None

    def _asked(self, path: str) -> bytes:
        request = urllib.request.Request(self.api.rstrip("/") + path)
        request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:
                content: bytes = answer.read()
        except urllib.error.HTTPError as refusal:
            why = refusal.read().decode(errors="replace")[:300]
            raise NotRunError(f"{self.api}{path}: {refusal.code}: {why}") from None
        except (OSError, ValueError) as error:
            raise NotRunError(f"{self.api}: the engine's console does not answer: {error}") from None
        return content


async def run_foreign(scenario: Scenario, door: Door, engine: Engine) -> Verdict:
    """The verdict on what that engine tells of the story. Raises NotRunError, where nothing was sent."""
    if why := not_over_mqtt(scenario):
        raise NotRunError(f"{scenario.path}: {why}")
    _check_orders(scenario, await asyncio.to_thread(engine.rulebook))
    clock, is_staged = await asyncio.to_thread(engine.clock)
    shift = _shift(scenario, clock(), is_staged=is_staged)
    told: list[Told] = []
    async with heard(door, ROOT, told, _WhatIsOurs(scenario)), tags(door) as ours:
        await connected(ours)
        await publish(scenario, _moved(play(scenario), shift), ours, clock=clock, root=ROOT)
        await clock.until(scenario.ends + shift)
        await asyncio.sleep(SETTLES_S)
    back = [replace(one, at=one.at - shift, opened_at=one.opened_at - shift) for one in told]
    leeway = round(LEEWAY_S * clock.speed * SECOND)
    within = [one for one in back if scenario.starts <= one.at <= scenario.ends]
    return judged(scenario, within, {}, leeway=leeway)


def _check_orders(scenario: Scenario, rulebook: Rulebook) -> None:
    if lacks := list(lacking(scenario, rulebook)):
        hint = f"em simulate {scenario.path} --rules DIR writes them; let the engine judge by these"
        raise NotRunError("\n".join(f"{scenario.path}: {one}" for one in lacks) + f"\n  {hint}")


def _shift(scenario: Scenario, now: Micros, *, is_staged: bool) -> Micros:
    """How much later than written the story is played."""
    if is_staged:
        if now > scenario.starts:
            raise NotRunError(
                f"{scenario.path}: it begins at {rfc3339(scenario.starts)}, and the engine's clock is at"
                f" {rfc3339(now)}: start that engine anew\n  {start_words(scenario)}"
            )
        return 0
    if names_times(scenario):
        raise NotRunError(
            f"{scenario.path}: its orders name days and times of day, and this engine lives in today. "
            f"An engine of its own can live in the story's day:\n  {start_words(scenario)}"
        )
    return now + BEGINS_IN - scenario.starts


def start_words(scenario: Scenario, speed: float = 10.0) -> str:
    """How an engine is started that lives in the story's day: a minute earlier, to be up in time."""
    before = rfc3339(scenario.starts - round(60 * SECOND))
    return f"em engine --config FILE --clock {before} --clock-speed {speed:g}"


def _moved(played: Played, shift: Micros) -> Played:
    """The reports, so much later."""
    rows = played.arrived.rows.copy()
    for name in ("at", "received_at", "sent_at"):
        rows[name] = [at if at == BEFORE_ALL else at + shift for at in rows[name].tolist()]
    return replace(played, arrived=replace(played.arrived, rows=rows))


class _WhatIsOurs:
    """Tells the story's alerts from those of everybody else whom the engine watches."""

    def __init__(self, scenario: Scenario) -> None:
        orders = orders_of(scenario)
        self._cases = {order.id for order in orders}
        self._devices = set[str]().union(*map(devices_of, orders))

    def __call__(self, one: Told) -> bool:
        if one.case == outages.CASE:
            return bool(self._devices & set(one.evidence.get("devices", ())))
        return one.case in self._cases

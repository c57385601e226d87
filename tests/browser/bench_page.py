"""How heavy the page is: 10,000 devices on the map, 500 open alerts that change 20 times a second, no GPU.

    python tests/browser/bench_page.py [--devices N] [--alerts N] [--rate N] [--seconds N]

Once the map is drawn, it prints the tasks of the page's main thread as Chromium's own trace tells them, all
that took a millisecond or more: how long they took, and how long they had the processor, the truer figure on
a machine that does other things too; of each second the longest; and the long tasks, as the browser defines
them: more than 50 ms. The reach is that of the seconds' longest tasks 95 in a hundred take at most 50 ms.
Then how long one operator's claim takes until it is on another's screen, while all that goes on; within a
second is promised.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "deploy")]

import build_web  # noqa: E402
import fake_alerts  # noqa: E402
from claims import Claims  # noqa: E402
from desk import Desk, launch, open_desk  # noqa: E402
from fake_console import ENGINE, Serving, serving  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

REACH_MS = 50.0
WORK_MS = 1.0  # below it a task is the browser's own housekeeping
CATEGORIES = ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline"]
CLAIMS = 20
CLAIMED_MS = 1000.0
GROUND = "() => new Set(new Uint32Array(mapPixels().buffer)).size > 50"
PEOPLE = "() => new Uint32Array(mapPixels().buffer).filter(pixel => pixel === 0xfff2ede8).length > 100"
Task = tuple[float, float, float]
"""When it began, how long it took, how long it had the processor; milliseconds."""


def main() -> int:
    """Measure, print, and say by the exit code whether the reach is kept."""
    asked = arguments()
    build_web.build(Path(__file__).parents[2])
    with serving(fake_alerts.seeded(asked.alerts)) as fake:
        fake.console.session = "Kari"
        fake.console.devices = asked.devices
        tasks, delays_ms = measured(fake, asked)
    sys.stdout.write(report(tasks, asked) + claims_report(delays_ms))
    worst = percentile([took for _, took, _ in longest_each_second(tasks)], 95)
    return int(worst > REACH_MS or percentile(delays_ms, 95) > CLAIMED_MS)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="How heavy the page is, in Chromium without a GPU.")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--alerts", type=int, default=500)
    parser.add_argument("--rate", type=int, default=20, help="changes a second")
    parser.add_argument("--seconds", type=int, default=40)
    return parser.parse_args()


def measured(fake: Serving, asked: argparse.Namespace) -> tuple[list[Task], list[float]]:
    """The page's tasks while alerts change, and how long claims took from one screen to another."""
    with sync_playwright() as driver:
        browser = launch(driver, "--disable-3d-apis")
        desk = open_desk(browser, fake, size=(1600, 900))
        desk.expect_total(asked.alerts)
        for drawn in (GROUND, PEOPLE):
            desk.page.wait_for_function(drawn, polling=200)
        ended = threading.Event()
        changes = threading.Thread(target=change, args=(fake, asked.rate, ended), daemon=True)
        changes.start()
        browser.start_tracing(page=desk.page, categories=CATEGORIES)
        time.sleep(asked.seconds)
        trace = json.loads(browser.stop_tracing())
        delays_ms = claimed(desk, open_desk(browser, fake, size=(1600, 900)), asked.alerts)
        ended.set()
        changes.join()
        browser.close()
    return list(tasks_of(trace["traceEvents"])), delays_ms


def claimed(hand: Desk, eye: Desk, alerts: int) -> list[float]:
    """One claims the most urgent alert and lets it go, the other looks; milliseconds from key to row."""
    eye.expect_total(alerts)
    hand.press("j")
    wearer = hand.chosen.locator(".who .id").first.inner_text()
    eye.page.locator("#filter").fill(wearer)
    claims = Claims(hand, eye)
    return [float(claims.next_ms()) for _ in range(CLAIMS)]


def change(fake: Serving, rate: int, ended: threading.Event) -> None:
    """So many alerts a second seen, repeated, cleared, as a bad night has it."""
    chance, began = random.Random(1), time.monotonic()
    for number in range(10**9):
        if ended.wait(max(0.0, began + number / rate - time.monotonic())):
            return
        alert = chance.choice(list(fake.console.alerts.values()))
        repeats = {"repeats": alert["repeats"] + 1, "raised_at": fake_alerts.rfc3339(fake_alerts.now())}
        fake.console.change(alert["id"], "repeated", ENGINE, **repeats)


def tasks_of(events: Sequence[dict[str, Any]]) -> list[Task]:
    """The tasks of the page's main thread."""
    renderers: defaultdict[tuple[object, object], list[Task]] = defaultdict(list)
    names = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    for event in events:
        place = event.get("pid"), event.get("tid")
        # Chromium tells each task twice; `RunTask` alone is the one around everything in it.
        if place in names and event.get("ph") == "X" and event.get("name") == "RunTask":
            began, took, cpu = (float(event.get(key, 0)) / 1000 for key in ("ts", "dur", "tdur"))
            renderers[place].append((began, took, cpu))
    busiest = max(renderers.values(), key=lambda tasks: sum(cpu for _, _, cpu in tasks))
    return [task for task in busiest if task[1] >= WORK_MS]


def longest_each_second(tasks: Sequence[Task]) -> list[Task]:
    """Of each second the task that had the processor longest."""
    seconds: dict[int, Task] = {}
    for task in tasks:
        second = int(task[0] // 1000)
        seconds[second] = max(seconds.get(second, task), task, key=lambda one: one[2])
    return list(seconds.values())


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that so many in a hundred do not exceed."""
    ordered = sorted(values)
    return next(islice(ordered, min(len(ordered) - 1, len(ordered) * share // 100), None), 0.0)


def report(tasks: Sequence[Task], asked: argparse.Namespace) -> str:
    """Two lines a measure."""
    lines = [
        f"{asked.devices} devices, {asked.alerts} open alerts, {asked.rate} changes/s, {asked.seconds} s"
    ]
    for name, chosen in (("tasks", tasks), ("longest a second", longest_each_second(tasks))):
        for kind, at in (("took", 1), ("processor", 2)):
            values = [task[at] for task in chosen]
            p50, p95 = percentile(values, 50), percentile(values, 95)
            lines.append(
                f"{name:17} {kind:10} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  max {max(values):6.1f} ms"
                f"  over 50 ms: {sum(value > REACH_MS for value in values)} of {len(values)}"
            )
    long = [took for _, took, _ in tasks if took > REACH_MS]
    lines.append(f"long tasks: {len(long)}, the longest {max(long, default=0.0):.1f} ms")
    busy = sum(cpu for _, _, cpu in tasks) / asked.seconds
    return "\n".join([*lines, f"main thread busy {busy:.0f} ms a second"]) + "\n"


def claims_report(delays_ms: Sequence[float]) -> str:
    """One line."""
    p50, p95 = percentile(delays_ms, 50), percentile(delays_ms, 95)
    return f"claim on the other screen p50 {p50:.0f} ms  p95 {p95:.0f} ms  of {len(delays_ms)}\n"


if __name__ == "__main__":
    sys.exit(main())

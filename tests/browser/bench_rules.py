"""How heavy the authors' page is with a whole country's rulebook: 10,000 orders, each with a home, no GPU.

    python tests/browser/bench_rules.py [--orders N]

Prints for each thing an author does how long the longest task of the page's main thread took, and how long it
had the processor, the truer figure on a machine that does other things too; and how many were long tasks, as
the browser defines them: more than 50 ms.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "deploy")]
sys.path.append(str(Path(__file__).parents[2]))

import build_web  # noqa: E402
import drawing_office  # noqa: E402
from bench_page import CATEGORIES, REACH_MS, Task, tasks_of  # noqa: E402
from desk import launch  # noqa: E402
from drawing_office import Draughtsman  # noqa: E402
from playwright.sync_api import Browser, expect, sync_playwright  # noqa: E402

PATIENCE_MS = 300_000
"""The first look at 10,000 orders takes the server ten seconds or more."""
ORDER = """\
order: HJS-2026-{n:05}
programme: home-detention
wearer: {{id: W-{n:05}, devices: [tag-{n:05}]}}
conditions:
  - {{id: nights, kind: curfew, zone: home-{n:05}, weekly: ["mon-fri 21:00-06:00", "sat-sun 19:00-08:00"]}}
  - {{id: court, kind: exclusion, zone: court-{court}, buffer_m: 100}}
  - {{id: alive, kind: device-health, heartbeat_every: PT15M, fix_every: PT30M}}
"""
COURTS = 40


def main() -> int:
    """Measure, print, and say by the exit code whether a task was longer than 50 ms of the processor."""
    parser = argparse.ArgumentParser(description="How heavy the authors' page is, in Chromium without a GPU.")
    parser.add_argument("--orders", type=int, default=10_000)
    asked = parser.parse_args()
    build_web.build(Path(__file__).parents[2])
    drawing_office.FILES = rulebook(asked.orders)
    with (
        tempfile.TemporaryDirectory() as folder,
        drawing_office.drawing_office(Path(folder)) as office,
        sync_playwright() as driver,
    ):
        browser = launch(driver, "--disable-3d-apis")
        kari = Draughtsman.at(browser, drawing_office.Rules(office), "kari")
        kari.page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        worst = max(walk(browser, kari))
        browser.close()
    return int(worst > REACH_MS)


def rulebook(orders: int) -> dict[str, str]:
    """So many orders, each with a home of its own, in counties' files of zones."""
    chance = random.Random(1)
    homes = [circle(f"home-{n:05}", chance, radius_m=50) for n in range(orders)]
    files = {
        f"zones/homes-{start // 500:02}.geojson": collection(homes[start : start + 500])
        for start in range(0, orders, 500)
    }
    files["zones/courts.geojson"] = collection(
        [circle(f"court-{n}", chance, radius_m=200) for n in range(COURTS)]
    )
    return files | {
        f"orders/HJS-2026-{n:05}.yaml": ORDER.format(n=n, court=chance.randrange(COURTS))
        for n in range(orders)
    }


def circle(name: str, chance: random.Random, *, radius_m: int) -> dict[str, object]:
    """A place somewhere in the south of Norway."""
    place = [round(chance.uniform(6.0, 12.0), 6), round(chance.uniform(58.5, 63.0), 6)]
    properties = {"name": f"{name} i byen", "radius_m": radius_m}
    return {
        "type": "Feature",
        "id": name,
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": place},
    }


def collection(features: Sequence[dict[str, object]]) -> str:
    """A file of zones."""
    return json.dumps({"type": "FeatureCollection", "features": features})


def walk(browser: Browser, kari: Draughtsman) -> list[float]:
    """What an author does in an hour, step by step; of each the processor time of its longest task."""
    page, search = kari.page, kari.page.get_by_role("searchbox")
    kari.make_draft("Hele landet")
    worst = [
        measured(browser, kari, "orders: opened", lambda: kari.open_tab("Ordrer")),
        measured(browser, kari, "orders: filtered", lambda: search.press_sequentially("W-0412", delay=60)),
        measured(browser, kari, "zones: opened", lambda: (kari.open_tab("Soner"), kari.expect_read())),
        measured(browser, kari, "zones: filtered", lambda: zones(kari).press_sequentially("04127", delay=60)),
        measured(browser, kari, "zones: one in hand", lambda: kari.hold("home-04127 i byen")),
        measured(browser, kari, "zones: its reach", lambda: reach(kari)),
        measured(browser, kari, "zones: saved", kari.save),
        measured(browser, kari, "zones: moved", lambda: [kari.pan(key) for key in ("+", "ArrowLeft", "-")]),
        measured(browser, kari, "week: opened", lambda: kari.open_tab("Uke")),
        measured(browser, kari, "week: the next", lambda: (kari.press_button("Uken etter"), kari.read())),
        measured(browser, kari, "files: opened", lambda: kari.open_tab("Filer")),
        measured(
            browser, kari, "files: filtered", lambda: search.first.press_sequentially("2026-041", delay=60)
        ),
    ]
    path = "orders/HJS-2026-04100.yaml"
    worst.append(measured(browser, kari, "file: opened", lambda: open_first(kari, path)))
    worst.append(measured(browser, kari, "file: saved", lambda: save_text(kari, path)))
    page.close()
    return worst


def zones(kari: Draughtsman):
    """Where zones are looked for."""
    return kari.page.get_by_role("searchbox", name="Finn en sone")


def reach(kari: Draughtsman) -> None:
    """Let the zone in hand reach farther, and wait for the server's word on it."""
    kari.set_reach(60)
    kari.expect_right()


def open_first(kari: Draughtsman, path: str) -> None:
    """A file as text, which the list shows already."""
    kari.page.get_by_role("navigation", name="Filer").get_by_role("link", name=path).click()
    expect(kari.page.locator('.editor[data-ready="true"]')).to_be_visible()


def save_text(kari: Draughtsman, path: str) -> None:
    """Write a line and save it."""
    kari.page.get_by_role("textbox", name=path).click()
    kari.press("Control+End")
    kari.page.keyboard.type("# read\n")
    kari.press("Control+s")
    expect(kari.page.locator(".file-text [role=status]")).to_have_text("Lagret")
    kari.page.wait_for_load_state("networkidle")


def measured(browser: Browser, kari: Draughtsman, name: str, act: Callable[[], object]) -> float:
    """Do it, print its longest tasks, and give the longest by its processor time."""
    browser.start_tracing(page=kari.page, categories=CATEGORIES)
    act()
    kari.page.evaluate("() => new Promise(done => requestIdleCallback(() => setTimeout(done, 300)))")
    tasks = list(tasks_of(json.loads(browser.stop_tracing())["traceEvents"]))
    sys.stdout.write(line(name, tasks) + "\n")
    sys.stdout.flush()
    return max((cpu for _, _, cpu in tasks), default=0.0)


def line(name: str, tasks: Sequence[Task]) -> str:
    """The longest of the step's tasks, and how many were long."""
    took = max((task[1] for task in tasks), default=0.0)
    cpu = sorted((task[2] for task in tasks), reverse=True)[:3] or [0.0]
    long = sum(task[1] > REACH_MS for task in tasks)
    told = ", ".join(f"{one:.0f}" for one in cpu)
    return f"{name:20} longest {took:7.1f} ms  processor {told:>15} ms  long tasks {long}"


if __name__ == "__main__":
    sys.exit(main())

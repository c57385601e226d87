"""The picture of the demo in the README: `python deploy/screenshot.py` plays the evening and takes it.

It needs the test extra and Chromium, and about five minutes: the contact alert comes in the evening's fourth.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "deploy" / "screenshot.png"
CHROMIUM = Path("/usr/bin/chromium")
SIZE = {"width": 1440, "height": 900}
WAITS_S = 420
ALERTS = ("Kontaktalarm: for nær", "Inne i forbudssone")
"""The picture is taken when both are there; the first is the one in hand."""
COMES_NEARER_S = 25
SETTLES_S = 0.6
"""A click on rows that have just moved is not taken."""
LARGEST = 400_000


def main() -> None:
    """Play the demo, take the picture, end the demo."""
    with tempfile.TemporaryDirectory(prefix="em-screenshot-") as folder, sync_playwright() as driver:
        demo = subprocess.Popen(
            [sys.executable, "-u", "-m", "em_engine", "up", "--demo", "--port", "0", "--data", folder],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        try:
            address, password = _log_in_of(demo)
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            _take(_desk(browser, address, password))
        finally:
            demo.terminate()
            demo.wait(20)
    size = PICTURE.stat().st_size
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {size:,} bytes\n")
    assert size < LARGEST, f"more than the {LARGEST:,} bytes a README may weigh"


def _log_in_of(demo: "subprocess.Popen[str]") -> tuple[str, str]:
    """Where the console is, and the password of the police."""
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        found = re.search(r"console  (\S+)/\n.*police / (\S+) ", printed, re.DOTALL)
        if found:
            return found[1], found[2]
    raise AssertionError(f"the demo did not start: {printed}")


def _desk(browser: Browser, address: str, password: str) -> Page:
    """The queue as the police see it."""
    page = browser.new_page(viewport=SIZE, locale="nb-NO", timezone_id="Europe/Oslo")
    page.goto(address)
    page.get_by_label("Navn").fill("police")
    page.get_by_label("Passord").fill(password)
    page.get_by_role("button", name="Logg inn").click()
    return page


def _take(page: Page) -> None:
    for alert in ALERTS:
        page.locator(".row", has_text=alert).wait_for(timeout=WAITS_S * 1000)
    _acknowledge_some(page)
    time.sleep(COMES_NEARER_S)
    page.locator(".row", has_text=ALERTS[0]).click()
    page.locator(".history li").first.wait_for()
    page.locator(".legend", has_text="beskyttet person").wait_for()
    time.sleep(1)  # streets are drawn as their file is read
    page.screenshot(path=PICTURE)


def _acknowledge_some(page: Page) -> None:
    """A desk at work: somebody has seen to the tags."""
    for alert in ("Lavt batteri", "Reimen er åpnet", "Ingen livstegn fra lenken"):
        row = page.locator(".row", has_text=alert).first
        time.sleep(SETTLES_S)
        row.click()
        page.keyboard.press("a")
        page.locator(".notice.done").wait_for()
    page.keyboard.press("Escape")
    page.mouse.move(SIZE["width"] * 0.7, SIZE["height"] * 0.5)  # the list sorts when the hand leaves it
    time.sleep(SETTLES_S)


if __name__ == "__main__":
    main()

"""An operator's desk as a test sees it: what is on the screen, and what hands do."""

import re
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
CHOSEN = re.compile(r"\bchosen\b")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The machine that tests may be busy with other things; what has a limit of its own states it.
expect.set_options(timeout=15_000)
MAP_PIXELS = """
window.mapPixels = () => {
  const map = document.querySelector(".map").getBoundingClientRect();
  const [width, height] = [Math.round(map.width), Math.round(map.height)];
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  for (const canvas of document.querySelectorAll(".map canvas")) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    if (canvas.width > 0) pen.drawImage(canvas, left - map.left, top - map.top, width, height);
  }
  return pen.getImageData(0, 0, width, height).data;
};
"""
"""What the map shows, all of its layers together, as the screen has it at one pixel a pixel."""
WATCH_POLICY = """
window.policyBreaches = [];
addEventListener("securitypolicyviolation", (breach) =>
  window.policyBreaches.push(breach.violatedDirective + " " + breach.blockedURI));
"""


class Served(Protocol):
    """Whatever serves the page: the fake console or a real engine."""

    @property
    def url(self) -> str:
        """Where."""


def launch(playwright: Playwright, *flags: str) -> Browser:
    """A Chromium with a new profile that calls nobody."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])


def open_desk(browser: Browser, server: Served, *, size: tuple[int, int] = (1366, 768)) -> "Desk":
    """A desk that shares nothing with others, before the log-in page or, with a session, before the queue."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="nb-NO",
        timezone_id="Europe/Oslo",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    context.set_default_navigation_timeout(60_000)  # a first page waits for the machine to begin it
    context.add_init_script(WATCH_POLICY)
    context.add_init_script(MAP_PIXELS)
    return Desk(context, server)


class Desk:
    """One browser, one page of it in hand."""

    def __init__(self, context: BrowserContext, server: Served) -> None:
        self.context = context
        self.server = server
        self.requests: list[str] = []
        self.errors: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page: Page = context.new_page()
        self.page.goto(server.url)

    def close(self) -> None:
        """Leave; a page that threw an error on the way fails the test."""
        self.context.close()
        assert self.errors == [], self.errors

    def log_in(self, password: str = "correct horse", *, name: str = "Kari") -> None:
        """Through the door, and wait for the queue."""
        self.page.get_by_label("Navn").fill(name)
        self.page.get_by_label("Passord").fill(password)
        self.page.get_by_role("button", name="Logg inn").click()
        self.expect_loaded()

    def expect_loaded(self) -> None:
        """Wait until the queue has been read: before that no key finds a row."""
        expect(self.page.locator("#rows")).to_have_attribute("aria-busy", "false")

    @property
    def rows(self) -> Locator:
        """The rows that are drawn."""
        return self.page.locator(".row")

    @property
    def chosen(self) -> Locator:
        """The row in hand."""
        return self.page.locator(".row.chosen")

    @property
    def banner(self) -> Locator:
        """The line that says that the screen is not to be trusted."""
        return self.page.locator(".banner.lost")

    @property
    def title(self) -> Locator:
        """The heading of the alert in hand."""
        return self.page.locator("#detail-title")

    def row(self, alert: dict[str, Any]) -> Locator:
        """The row of an alert."""
        return self.page.locator(f"#row-{alert['id']}")

    def row_of(self, type_in_words: str) -> Locator:
        """The row of an alert of that type."""
        return self.page.locator(".row", has_text=type_in_words)

    def take(self, row: Locator) -> None:
        """Take a row's alert in hand as a person does: a click on rows that have just moved is not taken."""
        for _ in range(10):
            row.click()
            try:
                expect(row).to_have_class(CHOSEN, timeout=1_500)
                return
            except AssertionError:
                continue
        expect(row).to_have_class(CHOSEN)

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_at_once(self, key: str, times: int) -> None:
        """The same key again and again with no time between, however busy the machine is."""
        self.page.evaluate(
            """([key, times]) => {
              for (let i = 0; i < times; i += 1)
                document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
            }""",
            [key, times],
        )

    def acknowledge(self) -> None:
        """Acknowledge the alert in hand; a critical one takes two presses."""
        self.press("a", "a")

    def order(self) -> list[str]:
        """The ids of the drawn rows from the top."""
        told: list[list[Any]] = self.page.eval_on_selector_all(
            ".row", "rows => rows.map(row => [+row.getAttribute('aria-posinset'), row.dataset.id])"
        )
        return [alert_id for _, alert_id in sorted(told)]

    def places(self) -> dict[str, float]:
        """Where on the screen each drawn row stands."""
        told: list[list[Any]] = self.page.eval_on_selector_all(
            ".row", "rows => rows.map(row => [row.dataset.id, row.getBoundingClientRect().top])"
        )
        return dict(told)

    def total(self) -> Locator:
        """How many are open, as the heading says."""
        return self.page.locator("#queue-title .total")

    def expect_total(self, count: int) -> None:
        """Wait until the heading says so many."""
        expect(self.total()).to_have_text(str(count))

    def barriers(self) -> list[str]:
        """What breaks WCAG 2.2 AA or good practice, as the checker told to the page has it."""
        found: list[str] = self.page.evaluate(
            "tags => axe.run(document, {runOnly: tags}).then(found => found.violations.flatMap("
            "({id, nodes}) => nodes.map(node => id + ': ' + node.html.slice(0, 200))))",
            ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        )
        return found

    def policy_breaches(self) -> list[str]:
        """What the page's own content policy refused."""
        found: list[str] = self.page.evaluate("window.policyBreaches")
        return found

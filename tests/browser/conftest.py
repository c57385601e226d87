"""A real Chromium before the page, and a console without an engine behind it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WEB = ROOT / "em_engine" / "console" / "web"
sys.path[:0] = [str(HERE), str(ROOT / "deploy")]

import build_web  # noqa: E402
import fake_alerts  # noqa: E402
from desk import CHROMIUM, Desk, launch, open_desk  # noqa: E402
from drawing_office import drawing_office  # noqa: E402
from fake_console import Serving, serving  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests are skipped, by name and with the remedy."""
    for item in items:
        if item.path.is_relative_to(HERE) and "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.chromium)
            item.add_marker(pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium"))


@pytest.fixture(scope="session")
def checkers() -> Path:
    """The page's packages, those that check it among them."""
    packages = WEB / "node_modules"
    if not (packages / "axe-core").is_dir() or not (packages / "prettier").is_dir():
        build_web.fetch_packages(WEB, with_development=True)
    return packages


@pytest.fixture(scope="session")
def axe(checkers: Path) -> str:
    """The accessibility checker."""
    return (checkers / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page_is_built() -> None:
    """The page as its sources now say."""
    build_web.build(ROOT)


@pytest.fixture(scope="module")
def playwright(page_is_built: None) -> Iterator[Playwright]:
    """One driver for a file of tests; any longer and its loop would be in the way of other files' tests."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for a file of tests; every desk has a profile of its own in it."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def office(playwright: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A console with the authors' side, one for a file of tests: every test has a draft of its own."""
    with drawing_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[Serving]:
    """Forty open alerts."""
    with serving(fake_alerts.seeded(40)) as fake:
        yield fake


DeskOpener = Callable[..., Desk]


@pytest.fixture
def open_at(chromium: Browser) -> Iterator[DeskOpener]:
    """Opens desks and closes them again."""
    desks: list[Desk] = []

    def opener(fake: Serving, *, browser: Browser = chromium, **options: object) -> Desk:
        desks.append(open_desk(browser, fake, **options))
        return desks[-1]

    yield opener
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_at: DeskOpener, server: Serving) -> Desk:
    """A desk with an operator logged in, the list before her."""
    server.console.session = "Kari"
    opened = open_at(server)
    opened.expect_total(40)
    return opened

"""A console with a workbench over a small rulebook of files, an author and an approver."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from em_engine.console.roles import Role
from em_engine.rulebook import load
from em_engine.rulebook.releases import Releases
from tests.adapters.console.conftest import NOW, Bench

ORDER = dedent(
    """\
    # The order of W-1
    order: OVA-1
    programme: contact-ban
    wearer: {id: W-1, devices: [tag-1]}   # one tag
    conditions:
      - {id: home-of-p3, kind: exclusion, zone: p3-home, buffer_m: 500}   # wide enough
      - id: nights
        kind: curfew
        zone: w1-home
        weekly:
          - "mon-fri 22:00-06:00"   # work begins at seven
          - "sat-sun 22:00-08:00"
        holidays: {calendar: "NO", as: sun}
        leave:
          - {from: 2026-11-27T18:00, to: 2026-11-28T12:00, reason: a wedding}
      - {id: alive, kind: device-health, heartbeat_every: PT5M}
    """
)
SECOND = dedent(
    """\
    order: HJ-2
    programme: home-detention
    wearer: {id: W-2, devices: [tag-2]}
    conditions:
      - {id: nights, kind: curfew, zone: w1-home, weekly: ["daily 22:00-06:00"]}
      - {id: alive, kind: device-health, heartbeat_every: PT5M}
    """
)
ZONES = """\
{"type": "FeatureCollection", "features": [
  {"type": "Feature", "id": "p3-home", "properties": {"name": "Torshov", "radius_m": 400}, \
"geometry": {"type": "Point", "coordinates": [10.7579, 59.9231]}},
  {"type": "Feature", "id": "w1-home", "properties": {"title": "Hjemme"}, "geometry": {"type": "Polygon", \
"coordinates": [[[10.70, 59.90], [10.702, 59.90], [10.702, 59.901], [10.70, 59.901], [10.70, 59.90]]]}}
]}
"""
FILES = {"orders/OVA-1.yaml": ORDER, "orders/HJ-2.yaml": SECOND, "zones/homes.geojson": ZONES}


@dataclass
class Authors:
    """The console, and everyone at it."""

    bench: Bench
    author: httpx.AsyncClient
    approver: httpx.AsyncClient
    releases: Releases

    def revision(self) -> str:
        return self.bench.rulebook.revision

    def take(self) -> None:
        """What the engine does within seconds: judge by what is in force."""
        in_force = self.releases.in_force(self.bench.clock())
        assert in_force is not None
        self.bench.rulebook = self.releases.rulebook(in_force)

    async def draft(self, name: str = "a wider ring") -> str:
        made = await self.author.post("/api/rules/drafts", json={"name": name, "from": "in-force"})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def version(self, book: str, path: str) -> str:
        answer = await self.author.get(f"/api/rules/books/{book}/file", params={"path": path})
        return str(answer.json()["version"])


@pytest.fixture
def rulebook_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rulebook"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@pytest.fixture
def bench(tmp_path: Path, rulebook_folder: Path) -> Iterator[Bench]:
    releases = Releases(tmp_path / "releases")
    began = releases.propose(rulebook_folder, who="the first", why="the first rulebook", at=NOW - 1_000_000)
    releases.approve(began.revision, who="the second", why="read", at=NOW - 1_000_000)
    made = Bench(tmp_path, releases=releases)
    made.rulebook = load(rulebook_folder)
    yield made
    made.close()


@pytest.fixture
async def authors(bench: Bench) -> AsyncIterator[Authors]:
    assert bench.releases is not None
    author = await bench.signed_in(Role.AUTHOR, name="anne")
    approver = await bench.signed_in(Role.APPROVER, name="bjarne")
    yield Authors(bench=bench, author=author, approver=approver, releases=bench.releases)
    await author.aclose()
    await approver.aclose()

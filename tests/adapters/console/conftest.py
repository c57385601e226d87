"""A console over a real record, with a clock the tests turn by hand."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from shapely import Point, Polygon

from em_engine.alerts.queue import AlertQueue
from em_engine.console.access import Access, SessionLimits
from em_engine.console.audit import Audit
from em_engine.console.desk import Desk, Link, Status
from em_engine.console.papers import Papers
from em_engine.console.roles import Role
from em_engine.console.server import create_app
from em_engine.console.settings import ConsoleSettings
from em_engine.console.workbench.workbench import workbench
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.record.rows import KeptPosition
from em_engine.record.rows import Role as Side
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook.models import (
    Condition,
    Order,
    Person,
    Programme,
    ProgrammeName,
    RecordProfile,
    Rulebook,
    Zone,
)
from em_engine.rulebook.releases import Releases
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    AlertType,
    Change,
    ChangeKind,
    Micros,
    Severity,
    alert_id,
    parse_rfc3339,
)

PASSWORD = "correct horse battery"
NOW = parse_rfc3339("2026-11-22T20:00:00Z")
P3_HOME = (10.7579, 59.9231)
P3_AT = (10.760123, 59.925678)
"""Where the protected person is: digits that occur nowhere else and can be looked for on the wire."""


class Clock:
    """Time, turned by hand."""

    def __init__(self) -> None:
        self.now: Micros = NOW

    def __call__(self) -> Micros:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span) // timedelta(microseconds=1)


def order(id: str, wearer: str, profile: RecordProfile, *conditions: Condition, **more: object) -> Order:
    return Order(
        id=id,
        programme=ProgrammeName.CONTACT_BAN,
        time_zone="Europe/Oslo",
        valid_from=BEFORE_ALL,
        valid_to=NEVER,
        wearer=Person(id=wearer, name=f"Kari {wearer}", devices=(f"tag-{wearer}",)),
        record=profile,
        conditions=conditions,
        **more,  # type: ignore[arg-type]
    )


def rulebook() -> Rulebook:
    """A contact ban with both a zone and a person; and one order of each other record profile."""
    square = Polygon([(10.70, 59.90), (10.72, 59.90), (10.72, 59.91), (10.70, 59.91)])
    ban = order(
        "OVA-1",
        "W-17",
        RecordProfile.BREACHES_ONLY,
        Condition(id="home-of-p3", kind="exclusion", terms=ExclusionTerms(zone="p3-home", buffer_m=500.0)),
        Condition(id="keep-apart", kind="contact-ban", terms=ContactBanTerms(with_="P-3", alert_m=1000.0)),
        Condition(id="alive", kind="device-health", terms=DeviceHealthTerms()),
        protected=(Person(id="P-3", name="Ola Vernet", devices=("phone-3",)),),
    )
    inside = Condition(id="stay", kind="inclusion", terms=InclusionTerms(zone="area"))
    return Rulebook(
        revision="abc123abc123",
        orders=(
            ban,
            order("HJ-2", "W-18", RecordProfile.EVERYTHING, inside),
            order("SIT-3", "W-19", RecordProfile.SITUATIONAL, inside),
        ),
        zones={
            "p3-home": Zone(
                name="p3-home", geometry=Point(*P3_HOME), radius_m=400.0, properties={"title": "Torshov"}
            ),
            "area": Zone(name="area", geometry=square),
        },
        schedules={},
        protocols={},
        programme=Programme(accuracy_default_m={}),
        files={},
    )


def change(
    type: AlertType = AlertType.EXCLUSION_ENTERED,
    *,
    case: str = "OVA-1",
    condition: str = "home-of-p3",
    wearer: str = "W-17",
    opened_at: Micros = NOW - 5 * MINUTE,
    kind: ChangeKind = ChangeKind.OPENED,
    severity: Severity = Severity.CRITICAL,
    **more: object,
) -> Change:
    """What the engine might say."""
    told = Change(
        alert=alert_id(case, condition, type, opened_at),
        change=kind,
        at=opened_at + 10 * SECOND,
        type=type,
        severity=severity,
        case=case,
        order=case,
        condition=condition,
        wearer=wearer,
        device=f"tag-{wearer}",
        opened_at=opened_at,
        detected_at=opened_at + 5 * SECOND,
        cleared_at=None,
        confidence=0.99987,
        late=False,
        evidence={"margin_m": -123.4, "accuracy_m": 9.0},
        rulebook="abc123abc123",
    )
    return replace(told, **more)


def kept(
    case: str, person: str, side: Side, at: Micros, place: tuple[float, float], **more: object
) -> KeptPosition:
    device = f"tag-{person}" if side is Side.WEARER else "phone-3"
    lon, lat = place
    return KeptPosition(case, person, side, device, at, lon, lat, 9.0, 1)._replace(**more)


@dataclass
class Bench:
    """One console with everything behind it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    releases: Releases | None = None
    settings: ConsoleSettings = field(default_factory=lambda: ConsoleSettings(page=Path("no-such-folder")))
    hasher: PasswordHasher = field(
        # As weak as Argon2 goes: the tests are about who comes in, not about how long hashing takes.
        default_factory=lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )

    def __post_init__(self) -> None:
        self.record = SqliteRecord(self.folder / "record.sqlite3", durability=Durability.NORMAL)
        self.queue = AlertQueue(self.record)
        self.access = Access(
            self.folder / "access.sqlite", self.clock, limits=SessionLimits(), hasher=self.hasher
        )
        self.audit = Audit(self.folder / "audit.sqlite", self.clock)
        self.status = Status(link=Link(connected=True, since=NOW), devices_heard=3, devices_expected=4)
        self.rulebook = rulebook()
        self.desk = Desk(
            queue=self.queue,
            record=self.record,
            rulebook=lambda: self.rulebook,
            status=lambda: self.status,
            clock=self.clock,
            version="0.1.0",
        )
        self.papers = Papers(self.folder / "desk.sqlite", self.clock)
        self.workbench = workbench(self.desk, self.folder, self.releases)
        self.app: FastAPI = create_app(
            self.desk,
            self.access,
            self.audit,
            self.settings,
            papers=self.papers,
            workbench=self.workbench,
        )

    def close(self) -> None:
        self.papers.close()
        self.access.close()
        self.audit.close()
        self.record.close()

    def tell(self, *changes: Change, positions: tuple[KeptPosition, ...] = ()) -> None:
        self.queue.commit(entry=b"batch", changes=changes, positions=positions, at=self.clock())

    def client(self, **more: object) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        options = {"transport": transport, "base_url": "http://console", **more}
        return httpx.AsyncClient(**options)  # type: ignore[arg-type]

    async def signed_in(self, *roles: Role, name: str = "kari", **limits: object) -> httpx.AsyncClient:
        """A client of a person with these roles, its cookie and token set."""
        if name not in {account.name for account in self.access.accounts()}:
            self.access.add(name, PASSWORD, roles or (Role.OPERATOR,), **limits)  # type: ignore[arg-type]
        client = self.client()
        answer = await client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders of this file, for tests beside it."""
    return SimpleNamespace(
        bench=Bench,
        change=change,
        kept=kept,
        clock=Clock,
        rulebook=rulebook,
        P3_AT=P3_AT,
        NOW=NOW,
        PASSWORD=PASSWORD,
    )


@pytest.fixture
async def operator(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    client = await bench.signed_in(Role.OPERATOR)
    yield client
    await client.aclose()

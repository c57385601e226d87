"""What the API takes and gives, for the door and for its OpenAPI description."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from em_engine.alerts.alert import BreachState, Outcome, State
from em_engine.console.access import PASSWORD_LENGTH_MAX
from em_engine.console.roles import Role
from em_engine.vocabulary import AlertType, Severity

Time = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", examples=["2026-11-22T01:02:03.000Z"])
]
"""RFC 3339, UTC, milliseconds."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Strict(BaseModel):
    """A document of which nothing is ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Credentials(Strict):
    """Who signs in."""

    name: Annotated[str, StringConstraints(max_length=64)]
    password: Annotated[str, StringConstraints(max_length=PASSWORD_LENGTH_MAX)]


class SessionView(Strict):
    """Who is signed in; `csrf` goes into the header X-CSRF-Token of everything that changes something."""

    name: str
    roles: list[Role]
    csrf: str
    ends_at: Time


class Acknowledgement(Strict):
    """Seen."""

    note: Text | None = None


class Comment(Strict):
    """Something to remember about the alert."""

    note: Text


class Closing(Strict):
    """The end of the alert: what it came to."""

    outcome: Outcome
    note: Text | None = None


class Languages(Strict):
    """One text in the console's languages."""

    nb: str
    nn: str
    en: str


class OutcomeView(Languages):
    """What an alert can come to."""

    id: str


class AlertView(Strict):
    """An alert."""

    id: str
    type: AlertType
    severity: Severity
    case: str
    order: str
    condition: str
    wearer: str
    wearer_name: str
    device: str | None
    programme: str | None
    time_zone: str
    opened_at: Time
    detected_at: Time
    raised_at: Time
    cleared_at: Time | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    late: bool
    repeats: int
    state: State
    breach: BreachState
    latched: bool
    acknowledged_at: Time | None
    acknowledged_by: str | None
    closed_at: Time | None
    closed_by: str | None
    outcome: Outcome | None
    note: str | None
    comments: int
    version: int
    evidence: dict[str, Any]
    rulebook: str
    changed_at: Time
    reason: Languages


class AlertList(Strict):
    """The queue by urgency, as of history number `history`: follow the stream from there."""

    history: int
    at: Time
    alerts: list[AlertView]


class EntryView(BaseModel):
    """One thing that happened to an alert, with what was told of it."""

    model_config = ConfigDict(extra="allow")

    number: int
    at: Time
    what: str
    by: str


class EntryList(Strict):
    """What happened to an alert, oldest first."""

    entries: list[EntryView]


class Feature(BaseModel):
    """A GeoJSON feature; what it is stands in `properties.role`."""

    model_config = ConfigDict(extra="allow")

    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any]


class Drawing(BaseModel):
    """A GeoJSON feature collection (RFC 7946)."""

    model_config = ConfigDict(extra="allow")

    type: Literal["FeatureCollection"]
    features: list[Feature]
    bbox: list[float] | None = None


class LinkView(Strict):
    """Whether the engine hears its broker."""

    connected: bool
    since: Time


class DevicesView(Strict):
    """Devices heard within what their orders allow, of those expected."""

    heard: int
    expected: int


class Beat(Strict):
    """How the engine is: also what every beat of the stream carries."""

    at: Time
    history: int
    link: LinkView
    last_report_at: Time | None
    devices: DevicesView
    quarantined: int
    holes: int


class StatusView(Beat):
    """How the engine is, and what it runs on."""

    rulebook: str
    version: str
    journal_position: int
    record_refusal: str | None


class QuarantinedView(Strict):
    """A message that could not be read. What it held stays on the server: it may hold a position."""

    number: int
    received_at: Time
    topic: str
    device: str | None
    reason: str
    size: int


class QuarantineList(Strict):
    """Messages that could not be read, oldest first; `quarantined` counts all there ever were."""

    quarantined: int
    messages: list[QuarantinedView]


class HoleView(Strict):
    """Reports missing in a device's count, both ends included."""

    device: str
    from_seq: int
    to_seq: int
    seen_at: Time
    asked_at: Time | None


class HoleList(Strict):
    """Holes not filled yet, oldest first."""

    holes: list[HoleView]


class AuditList(BaseModel):
    """Entries of the audit, oldest first, each with the hash that chains it."""

    entries: list[dict[str, Any]]

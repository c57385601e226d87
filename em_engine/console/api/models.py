"""What the API takes and gives, for the door and for its OpenAPI description."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from em_engine.alerts.alert import BreachState, Outcome, SeenReason, ShelfReason, State
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
    desks: list[str] | None
    programmes: list[str] | None


class WaysIn(Strict):
    """How people may sign in; `provider` is what the identity provider is called, null without one."""

    password: bool
    provider: str | None


class SignedOut(Strict):
    """Signed out here; `next` is where the session with the identity provider ends."""

    next: str


class Languages(Strict):
    """One text in the console's languages."""

    nb: str
    nn: str
    en: str


class OutcomeView(Languages):
    """What an alert can come to."""

    id: str


class CauseView(Strict):
    """An open alert that makes another doubtful."""

    alert: str
    type: AlertType


class NextRung(Strict):
    """Who is told next if nobody answers."""

    at: Time
    to: str
    level: int


class DueView(Strict):
    """By when what is due; null where nothing is."""

    acknowledge: Time | None
    close: Time | None
    escalate: NextRung | None
    lapse: Time | None


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
    worsenings: int
    raised_again: int
    state: State
    breach: BreachState
    latched: bool
    acknowledged_at: Time | None
    acknowledged_by: str | None
    seen_reason: SeenReason | None
    closed_at: Time | None
    closed_by: str | None
    outcome: Outcome | None
    note: str | None
    comments: int
    desk: str
    claimed_at: Time | None
    claimed_by: str | None
    shelved_at: Time | None
    shelved_until: Time | None
    shelved_by: str | None
    shelved_reason: ShelfReason | None
    level: int
    escalated_at: Time | None
    escalated_to: str | None
    inhibited_by: list[CauseView]
    asks_reason: bool
    steps: int
    steps_done: int
    due: DueView
    version: int
    evidence: dict[str, Any]
    rulebook: str
    changed_at: Time
    reason: Languages


class FloodView(Strict):
    """Whether more comes than people can take in: over `limit` alerts in `span_s` seconds."""

    active: bool
    since: Time | None
    ends_at: Time | None
    count: int
    limit: int
    span_s: int


class ChatterView(Strict):
    """One duty of one wearer that calls again and again."""

    case: str
    condition: str
    type: AlertType
    count: int
    since: Time
    alerts: list[str]


class NoiseView(Strict):
    """How much the queue asks at once; nothing is hidden by it."""

    flood: FloodView
    chattering: list[ChatterView]
    standing: list[str]


class GroupView(Strict):
    """The alerts of one case, the most urgent first."""

    case: str
    wearer: str
    wearer_name: str
    top: str
    alerts: list[str]
    open: int
    unacknowledged: int
    repeats: int


class AlertList(Strict):
    """The queue by urgency, as of history number `history`: follow the stream from there."""

    history: int
    at: Time
    alerts: list[AlertView]
    groups: list[GroupView]
    noise: NoiseView


class StepView(Languages):
    """A step of the protocol, and who has done it."""

    index: int
    done_at: Time | None
    done_by: str | None


class EscalationView(Strict):
    """Who is told when nobody has answered for so long, and how often again."""

    after_s: int
    to: str
    repeat_s: int | None
    times: int


class ProtocolOutcome(OutcomeView):
    """What the alert may be closed with, and whether words are asked for."""

    note_required: bool


class ProtocolView(Strict):
    """What is to be done about an alert. Spans are seconds; `shelve_max_s` 0: it may not be put off."""

    type: AlertType
    title: Languages
    desk: str
    steps: list[StepView]
    acknowledge_within_s: int | None
    close_within_s: int | None
    lapse_after_s: int | None
    shelve_max_s: int
    shelve_reasons: list[OutcomeView]
    seen_reasons: list[OutcomeView]
    escalation: list[EscalationView]
    outcomes: list[ProtocolOutcome]
    commands: list[str]


class DeskView(OutcomeView):
    """Where alerts are worked on; `mine`: you may answer them there."""

    mine: bool


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
    """A GeoJSON feature collection (RFC 7946), with `bbox` where anything is in it."""

    model_config = ConfigDict(extra="allow")

    type: Literal["FeatureCollection"]
    features: list[Feature]


class LinkView(Strict):
    """Whether the engine hears its broker."""

    connected: bool
    since: Time


class DevicesView(Strict):
    """Devices heard within what their orders allow, of those expected."""

    heard: int
    expected: int


class ProofView(Strict):
    """When the synthetic wearer last proved the whole road, from the broker to the record.

    Past `due`, or failing, the road is to be taken for closed: it may be that nobody's reports are judged.
    """

    at: Time | None
    due: Time
    failing_since: Time | None


class Beat(Strict):
    """How the engine is: also what every beat of the stream carries."""

    at: Time
    history: int
    link: LinkView
    last_report_at: Time | None
    devices: DevicesView
    quarantined: int
    holes: int
    staged_speed: float | None  # of a clock set by hand, to try an engine; None where the time is true
    proof: ProofView | None
    flood: FloodView


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


class MapSource(Strict):
    """Where map tiles come from; null in `url`: from nowhere, the map that is built in is all there is."""

    url: str | None
    attribution: str
    zoom_max: int

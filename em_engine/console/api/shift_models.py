"""What the shift's routes take and give."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from em_engine.console.api.models import AlertView, Strict, Text, Time
from em_engine.console.api.sent import Name
from em_engine.console.roles import Role


class ClosedView(Strict):
    """An alert that was closed meanwhile."""

    alert: str
    at: Time
    by: str
    outcome: str
    note: str | None


class HolderView(Strict):
    """Who holds which alerts."""

    name: str
    alerts: list[str]


class Draft(Strict):
    """What the next shift must know."""

    since: Time
    until: Time
    open: list[AlertView]
    shelved: list[AlertView]
    escalated: list[str]
    inhibited: list[str]
    closed: list[ClosedView]
    happened: dict[str, int]
    holders: list[HolderView]


class SignatureView(BaseModel):
    """Who signed a report, when, and for which shift (`as`: outgoing, incoming)."""

    model_config = ConfigDict(extra="allow")

    by: str
    at: Time
    note: str | None


class HandoverView(BaseModel):
    """A shift's report as it was signed: a draft with its note and signatures."""

    model_config = ConfigDict(extra="allow")

    id: int
    since: Time
    until: Time
    note: str
    to: str | None
    signed: list[SignatureView]


class HandoverHead(BaseModel):
    """A report without what it says."""

    model_config = ConfigDict(extra="allow")

    id: int
    since: Time
    until: Time
    to: str | None
    signed: list[SignatureView]
    open: int
    shelved: int


class HandoverList(Strict):
    """The newest reports, newest first."""

    handovers: list[HandoverHead]


class HandoverWriting(Strict):
    """The outgoing shift's words; `since` is when it began."""

    since: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=8000)] = ""
    to: Name | None = None


class Countersigning(Strict):
    """The incoming shift's words."""

    note: Text | None = None


class SpreadView(Strict):
    """Median and 95th percentile in seconds; null where nothing was answered."""

    count: int
    p50: float | None
    p95: float | None


class SourceView(Strict):
    """What called how often."""

    case: str
    wearer: str
    condition: str
    type: str
    count: int


class HourView(Strict):
    """How many alerts called in the hour that begins at `at`."""

    at: Time
    alerts: int


class Kpi(Strict):
    """How the desk does. About one alert per operator in ten minutes can be taken in (EEMUA 191)."""

    since: Time
    until: Time
    operators: int
    alerts: int
    per_operator_10min: float
    acknowledge_s: SpreadView
    flood_share: float
    top: list[SourceView]
    by_hour: list[HourView]
    outcomes: dict[str, int]
    nuisance_share: float | None


class FilterBody(Strict):
    """A filter; what is in it is the page's affair."""

    query: dict[str, Any]


class FilterView(FilterBody):
    """A filter with its name."""

    name: str


class FilterList(Strict):
    """The filters a person keeps."""

    filters: list[FilterView]


class WearerView(Strict):
    """A wearer under an order."""

    id: str
    name: str
    order: str
    programme: str
    devices: list[str]


class Found(Strict):
    """What a search finds."""

    wearers: list[WearerView]
    alerts: list[AlertView]


class PersonView(Strict):
    """Someone who may answer alerts; `desks` null: at every desk."""

    name: str
    roles: list[Role]
    desks: list[str] | None
    signed_in: bool

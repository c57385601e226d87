"""What the authors' routes take and give, for the door and for their OpenAPI description."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from em_engine.console.api.models import Strict, Text, Time

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
BookName = Annotated[str, StringConstraints(pattern=r"^(in-force|d-[0-9a-f]{10}|[0-9a-f]{12})$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0)]
Geometry = dict[str, Any]


class Making(Strict):
    """A draft is begun: its name, and what it is made of."""

    name: Name
    from_: BookName = Field(default="in-force", alias="from")


class Renaming(Strict):
    """The draft's other name."""

    name: Name


class Reasoned(Strict):
    """Why: it stands in the log."""

    why: Text


class Approving(Reasoned):
    """From when it judges; now where nothing is said."""

    effective_from: AwareDatetime | None = None


class FileText(Strict):
    """A file's whole text."""

    text: Annotated[str, StringConstraints(max_length=50_000_000)]


class ValueChange(Strict):
    """One value of a YAML file, by the way to it from the top; or that it goes."""

    at: Annotated[list[str | int], Field(min_length=1, max_length=16)]
    value: Any = None
    remove: bool = False


class ZoneDrawing(Strict):
    """One zone as it shall be."""

    geometry: Geometry
    properties: dict[str, Any] = Field(default_factory=dict)
    file: Annotated[str, StringConstraints(max_length=256)] | None = None
    new_name: Name | None = None


class Coded(Strict):
    """A sentence for pages to say in their reader's language; a value may be such a sentence itself."""

    code: str
    values: list[str | float | dict[str, Any]]


class ProblemView(Strict):
    """What is wrong, where, what would be right, and the place itself."""

    file: str
    line: int
    column: int
    severity: Literal["error", "warning"]
    code: str
    message: str
    message_code: Coded | None
    hint: str
    hint_code: Coded | None
    excerpt: list[str]


class Counted(BaseModel):
    """How many errors and warnings."""

    errors: Count
    warnings: Count


class DraftView(Counted):
    """A draft's head. `is_stale`: what is in force is no longer what it was made of."""

    id: str
    name: str
    from_: str = Field(alias="from")
    made_by: str
    made_at: Time
    changed_by: str
    changed_at: Time
    is_stale: bool


class DraftList(Strict):
    """Every draft, the one changed last first."""

    drafts: list[DraftView]


class Signed(Strict):
    """Who did it, when and why."""

    by: str
    at: Time
    why: str


class RevisionView(Strict):
    """A revision and what became of it."""

    revision: str
    state: Literal["proposed", "rejected", "planned", "in-force", "past"]
    proposed: Signed | None
    decided: Signed | None
    effective_from: Time | None


class Overview(Strict):
    """What is in force, what waits, what is being written; and what you may do about it."""

    in_force: str
    now: Time
    me: str
    may: list[Literal["read", "write", "approve", "try"]]
    follows_releases: bool
    revisions: list[RevisionView]
    drafts: list[DraftView]


class LogEntry(Strict):
    """A line of the log of releases."""

    number: int
    at: Time
    deed: Literal["proposed", "approved", "rejected"]
    revision: str
    who: str
    why: str
    effective_from: Time | None


class Log(Strict):
    """The log, oldest first."""

    entries: list[LogEntry]


class FileHead(Counted):
    """A file in a list."""

    path: str
    size: Count
    version: Version


class Reading(Strict):
    """How much has been read of a book that is being read and checked; nulls where none is."""

    done: Count | None
    of: Count | None


class BookView(Strict):
    """Everything in a book but texts and geometry."""

    book: str
    kind: Literal["draft", "revision", "in-force"]
    revision: str | None
    draft: DraftView | None
    files: list[FileHead]
    orders: list[dict[str, Any]]
    zones: list[dict[str, Any]]
    schedules: list[dict[str, Any]]
    problems: list[ProblemView]


class FileView(Strict):
    """A file's text, and what is wrong with it."""

    path: str
    text: str
    version: Version
    problems: list[ProblemView]


class Saved(Counted):
    """What a save left: the file's new version (null: it is gone) and everything wrong with the draft."""

    path: str
    version: Version | None
    revision: str | None
    problems: list[ProblemView]


class Windows(Strict):
    """When an order's conditions bind, as they really will."""

    order: str
    time_zone: str
    from_: str = Field(alias="from")
    to: str
    valid: dict[str, str | None]
    holidays: list[dict[str, str]]
    clock_changes: list[dict[str, Any]]
    conditions: list[dict[str, Any]]


class Imported(Strict):
    """The zones a file of others became, and the save they came in by."""

    path: str
    is_saved: bool
    zones: list[dict[str, Any]]
    saved: Saved | None


class Difference(Strict):
    """What changed between two books."""

    old: str
    new: str
    differences: list[dict[str, Any]]
    zones: list[dict[str, Any]]
    files: list[dict[str, str]]

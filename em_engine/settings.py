"""What an installation sets, read from one TOML file: parsed once, at the door."""

import base64
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from em_engine.vocabulary import Severity


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokerSettings(_Section):
    """Where the broker is and who we are there."""

    url: str = Field(default="mqtt://127.0.0.1:1883", pattern=r"^mqtts?://")
    root: str = "em/1"
    client_id: str = "em-engine"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class HttpSettings(_Section):
    """Where the console answers."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    certificate: Path | None = None
    key: Path | None = None
    is_behind_tls: bool = False


class RecordSettings(_Section):
    """How carefully, and how much, is kept."""

    durability: Literal["full", "normal"] = "full"  # normal survives a killed process, not a power cut
    snapshot_every: timedelta = Field(default=timedelta(minutes=5), gt=timedelta(0))


class ProofSettings(_Section):
    """The synthetic wearer that proves the whole road from the broker to the record."""

    is_on: bool = True
    every: timedelta = Field(default=timedelta(minutes=2), ge=timedelta(minutes=1))
    answer_within: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0))


class RetentionSettings(_Section):
    """When what may no longer be kept is deleted; how long it may be is programme.yaml's to say."""

    is_on: bool = True  # off only where something else runs `em retention run`
    hour: time = time(3, 30)  # in the centre's civil time; no zone's clocks are changed then


class WebhookSettings(_Section):
    """A receiver of alerts. What is left empty does not narrow what it is told."""

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    url: str = Field(pattern=r"^https?://")
    secret: SecretStr  # whsec_ and base64; `em webhooks secret` makes one
    what: frozenset[str] = frozenset()  # opened, worsened, cleared, claimed, escalated, closed and so on
    severities: frozenset[Severity] = frozenset()

    @field_validator("secret")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value().removeprefix("whsec_")
        if not 24 <= len(base64.b64decode(text, validate=True)) <= 64:
            raise ValueError("a webhook's secret has 24 to 64 bytes; `em webhooks secret` makes one")
        return secret


RoleName = Literal["operator", "supervisor", "author", "approver", "auditor", "engineer", "police"]
_SAFE_ADDRESS: Final = r"^(https://|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$))"


class SignInSettings(_Section):
    """The identity provider people sign in with (OpenID Connect)."""

    issuer: str = Field(pattern=_SAFE_ADDRESS)
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None  # None: a public client, by PKCE alone
    address: str = Field(pattern=_SAFE_ADDRESS)  # of this console, as browsers know it
    title: str = Field(default="OpenID Connect", min_length=1, max_length=60)  # what the page calls it
    name_claim: str = "preferred_username"
    roles_claim: str = "groups"  # dots lead into what lies deeper: realm_access.roles
    roles: Mapping[str, tuple[RoleName, ...]]  # what each of the provider's names is here
    desks_claim: str | None = None  # None: at every desk
    programmes_claim: str | None = None  # None: all programmes
    scopes: tuple[str, ...] = ("openid", "profile")
    prompt: Literal["login", "select_account"] | None = None  # login: ask again at a shared desk
    passwords: bool = True  # whether accounts with a password may sign in as well


class TileSettings(_Section):
    """A map server whose tiles lie under the desk's maps. It learns where operators look: choose your own."""

    url: str = Field(
        pattern=r"^https?://[^/?#{}\s;,']+/[^\s;,']*\{z\}[^\s;,']*$"
    )  # with {z}, {x} and {y} or {-y}
    attribution: str = Field(min_length=1, max_length=200)
    zoom_max: int = Field(default=19, ge=1, le=24)

    @field_validator("url")
    @classmethod
    def _names_a_tile(cls, url: str) -> str:
        if "{x}" not in url or not ("{y}" in url or "{-y}" in url):
            raise ValueError("a tile's address has {z}, {x} and {y} (or {-y}, counted from the south)")
        return url

    @property
    def origin(self) -> str:
        """The server, as a content security policy names it."""
        return "/".join(self.url.split("/")[:3])


class ClockSettings(_Section):
    """A clock set by hand, to try an engine with a story of another day. Never to watch people by."""

    starts_at: AwareDatetime
    speed: float = Field(default=1.0, gt=0, le=1000)  # times as fast as life


class EngineSettings(_Section):
    """One engine on one machine."""

    rules: Path
    data: Path
    broker: BrokerSettings = BrokerSettings()
    http: HttpSettings = HttpSettings()
    record: RecordSettings = RecordSettings()
    retention: RetentionSettings = RetentionSettings()
    proof: ProofSettings = ProofSettings()
    webhooks: tuple[WebhookSettings, ...] = ()
    sign_in: SignInSettings | None = None
    tiles: TileSettings | None = None
    staged_clock: ClockSettings | None = None


class SettingsRefused(Exception):
    """The settings file cannot be used; the text says where and why, a line a fault."""


def read_settings(path: Path) -> EngineSettings:
    """The settings in a TOML file; paths in it are relative to it. Raises SettingsRefused."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsRefused(f"{path}:1:1: the settings cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path}:1:1: this is not TOML: {error}") from error
    _resolve_paths(written, beside=path.parent)
    try:
        return EngineSettings.model_validate(written)
    except ValidationError as error:
        faults = (
            f"{path}:1:1: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise SettingsRefused("\n".join(faults)) from error


_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("rules", "data"),
    "broker": ("ca_file", "cert_file", "key_file"),
    "http": ("certificate", "key"),
}


def _resolve_paths(written: dict[str, Any], *, beside: Path) -> None:
    """Relative paths are meant from where the settings stand, not from where the engine is started."""
    for section, names in _PATHS.items():
        table = written if not section else written.get(section)
        for name in names:
            if isinstance(table, dict) and isinstance(table.get(name), str):
                table[name] = beside / table[name]

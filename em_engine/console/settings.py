"""What an installation may set about its console."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from em_engine.settings import SignInSettings, TileSettings

BUILT_PAGE = Path(__file__).parent / "static"


class ConsoleSettings(BaseModel):
    """How the console serves. The defaults are right for one control centre behind one server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_behind_tls: bool = False  # a proxy in front speaks TLS; cookies are then Secure whatever we see
    beat_every: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    screens_max: int = Field(default=500, ge=1)
    slow_after: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    page: Path = BUILT_PAGE
    sign_in: SignInSettings | None = None
    tiles: TileSettings | None = None

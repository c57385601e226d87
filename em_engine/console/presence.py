"""Who has which alert before them, and who writes about it: told live, kept nowhere, over within seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from em_engine.vocabulary import SECOND, Micros

LASTS: Final[Micros] = 20 * SECOND
"""A screen says it again every eight seconds; one that is closed or cut off is forgotten after this."""
SCREENS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One person before one alert."""

    alert: str
    person: str
    writes: bool  # what it came to, or a note
    programme: str | None  # whose case it is: who may not see it is not told
    until: Micros


class Presence:
    """The persons before alerts. All of it in one event loop."""

    def __init__(self, clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._screens: dict[tuple[str, str], Present] = {}
        self.version = 0
        """Counts up when something is to be told."""

    def say(
        self, person: str, *, screen: str, alert: str | None, writes: bool, programme: str | None
    ) -> bool:
        """What one screen of a person has before it, None for nothing; whether that is news."""
        key, before = (person, screen), self._told()
        self._screens.pop(key, None)
        if alert is not None and len(self._screens) < SCREENS_MAX:
            until = self._clock() + LASTS
            self._screens[key] = Present(
                alert=alert, person=person, writes=writes, programme=programme, until=until
            )
        return self._is_news(before)

    def expire(self) -> bool:
        """Forget who has said nothing for so long; whether that is news."""
        now, before = self._clock(), self._told()
        self._screens = {key: one for key, one in self._screens.items() if one.until > now}
        return self._is_news(before)

    def seen_by(self, sees: Callable[[str | None], bool]) -> list[dict[str, str | bool]]:
        """Everybody before an alert of a case that may be seen, once for each alert."""
        programmes = {one.alert: one.programme for one in self._screens.values()}
        return [
            {"alert": alert, "person": person, "writes": writes}
            for (alert, person), writes in sorted(self._told().items())
            if sees(programmes[alert])
        ]

    def _told(self) -> Mapping[tuple[str, str], bool]:
        told: dict[tuple[str, str], bool] = {}
        for one in self._screens.values():
            told[one.alert, one.person] = told.get((one.alert, one.person), False) or one.writes
        return told

    def _is_news(self, before: Mapping[tuple[str, str], bool]) -> bool:
        is_news = before != self._told()
        self.version += is_news
        return is_news

"""A folder of releases followed while the engine runs: what is in force judges, whoever approved it when."""

import logging
from typing import Final

from em_engine.rulebook import Rulebook, RulebookRefused
from em_engine.rulebook.releases import ReleaseRefused, Releases
from em_engine.vocabulary import SECOND, Micros

_log = logging.getLogger(__name__)
LOOKS_EVERY: Final[Micros] = 5 * SECOND


class Following:
    """Looks for a revision other than the one that judges. What cannot be read leaves that one judging."""

    def __init__(self, releases: Releases, revision: str) -> None:
        self._releases = releases
        self._revision = revision
        self._looks_at: Micros = 0
        self.refusal: str | None = None

    def is_due(self, at: Micros) -> bool:
        """Whether it is time to look."""
        return at >= self._looks_at

    def newer(self, at: Micros) -> Rulebook | None:
        """The rulebook in force at that time, where it is another than before."""
        self._looks_at = at + LOOKS_EVERY
        try:
            revision = self._releases.in_force(at)
            found = None if revision in (None, self._revision) else self._releases.rulebook(str(revision))
        except (ReleaseRefused, RulebookRefused, OSError) as refusal:
            if self.refusal != str(refusal):
                _log.error("the releases cannot be followed; %s goes on judging: %s", self._revision, refusal)
            self.refusal = str(refusal)
            return None
        self.refusal = None
        if found is not None:
            self._revision = found.revision
        return found


def in_force(releases: Releases, at: Micros) -> Rulebook:
    """The rulebook to begin with. Raises ReleaseRefused where none is in force, RulebookRefused."""
    revision = releases.in_force(at)
    if revision is None:
        text = f"{releases.folder}: no revision is in force yet: em rules approve lets one be"
        raise ReleaseRefused("release.none", text)
    return releases.rulebook(revision)

"""How long a sign-in must wait after others have failed.

The wait doubles with every failure past the free ones. It is counted per account and per address. An
address that an account has signed in from before is counted apart, so that a stranger who guesses at an
operator's name cannot keep the operator out of the queue.
"""

from dataclasses import dataclass
from typing import Final

from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many failures are free, how long the longest wait is, and when all is forgotten."""

    free: int
    wait_max: Micros
    forgotten_after: Micros = 24 * HOUR

    def open_at(self, failures: int, last_failed_at: Micros) -> Micros:
        """The instant from which the next attempt is let through."""
        if failures < self.free:
            return last_failed_at
        doublings = min(failures - self.free, 40)
        return last_failed_at + min(SECOND << doublings, self.wait_max)


# A minute an attempt is 1,440 guesses a day: hopeless against twelve characters, bearable for the person.
ACCOUNT: Final = Patience(free=5, wait_max=MINUTE)
# A whole control centre may sit behind one address.
ADDRESS: Final = Patience(free=20, wait_max=15 * MINUTE)

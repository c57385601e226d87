"""What desks and reasons are called, in bokmål, nynorsk and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from em_engine.alerts.alert import SeenReason, ShelfReason
from em_engine.console.phrases import Phrase

DESKS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "centre": Phrase("Kontrollsentralen", "Kontrollsentralen", "The control centre"),
        "police": Phrase("Politiet", "Politiet", "The police"),
    }
)
SHELF_REASONS: Final[Mapping[ShelfReason, Phrase]] = MappingProxyType(
    {
        ShelfReason.KNOWN_CAUSE: Phrase("Kjent årsak", "Kjend årsak", "The cause is known"),
        ShelfReason.AWAITING_EQUIPMENT: Phrase(
            "Venter på utstyr", "Ventar på utstyr", "Equipment is on its way"
        ),
        ShelfReason.VISIT_AGREED: Phrase("Besøk er avtalt", "Besøk er avtalt", "A visit is agreed"),
        ShelfReason.AGREED_ABSENCE: Phrase("Avtalt fravær", "Avtalt fråvær", "The absence is agreed"),
        ShelfReason.OTHER: Phrase("Annet (skriv hva)", "Anna (skriv kva)", "Something else (say what)"),
    }
)
SEEN_REASONS: Final[Mapping[SeenReason, Phrase]] = MappingProxyType(
    {
        SeenReason.CALLING: Phrase("Ringer personen", "Ringjer personen", "Calling the person"),
        SeenReason.WATCHING: Phrase("Følger med på kartet", "Følgjer med på kartet", "Watching the map"),
        SeenReason.PATROL_SENT: Phrase("Patrulje er sendt", "Patrulje er send", "A patrol is on its way"),
        SeenReason.TOLD_ON: Phrase("Varslet videre", "Varsla vidare", "Told further"),
        SeenReason.KNOWN_CAUSE: SHELF_REASONS[ShelfReason.KNOWN_CAUSE],
        SeenReason.AGREED_ABSENCE: SHELF_REASONS[ShelfReason.AGREED_ABSENCE],
        SeenReason.EQUIPMENT: Phrase("Feil på utstyret", "Feil på utstyret", "The equipment fails"),
        SeenReason.OTHER: SHELF_REASONS[ShelfReason.OTHER],
    }
)


def desk_words(name: str) -> Phrase:
    """What the desk is called; a centre's own desk is called by its name."""
    return DESKS.get(name) or Phrase(name, name, name)

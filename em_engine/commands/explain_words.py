"""The words of `em explain` in bokmål, nynorsk and English; what an alert says itself is the console's."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from em_engine.console.phrases import Phrase

HAPPENED: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "opened": Phrase("åpnet", "opna", "opened"),
        "repeated": Phrase("gjentatt", "gjenteke", "repeated"),
        "worsened": Phrase("forverret", "forverra", "worsened"),
        "cleared": Phrase("over", "over", "cleared"),
        "withdrawn": Phrase("trukket tilbake", "trekt tilbake", "withdrawn"),
        "acknowledged": Phrase("kvittert av {by}", "kvittert av {by}", "acknowledged by {by}"),
        "commented": Phrase("kommentert av {by}", "kommentert av {by}", "commented on by {by}"),
        "closed": Phrase("lukket av {by}", "lukka av {by}", "closed by {by}"),
    }
)
"""What the history calls what happened. What is missing here is shown as the record has it."""

LABELS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "story": Phrase("Hva som skjedde", "Kva som hende", "What happened"),
        "lasted": Phrase(
            "varte fra {since} til {until}",
            "varte frå {since} til {until}",
            "it lasted from {since} to {until}",
        ),
        "evidence": Phrase("Grunnlag", "Grunnlag", "Evidence"),
        "fixes": Phrase("Bevarte posisjoner", "Bevarte posisjonar", "Kept positions"),
        "judged": Phrase("Vurdert etter", "Vurdert etter", "Judged by"),
        "again": Phrase("Vurdert på nytt", "Vurdert på nytt", "Judged again"),
        "confidence": Phrase(
            "sannsynlighet for brudd", "sannsyn for brot", "probability that the order was broken"
        ),
        "certainty": Phrase(
            "ordren krever at et brudd er {level} ({needed}) før det meldes",
            "ordren krev at eit brot er {level} ({needed}) før det blir meldt",
            "the order asks that a breach be {level} ({needed}) before it is told",
        ),
        "belief": Phrase(
            "posisjonene til sammen ga {reached}",
            "posisjonane til saman gav {reached}",
            "the positions together gave {reached}",
        ),
        "likely": Phrase("sannsynlig", "sannsynleg", "likely"),
        "convincing": Phrase("klart sannsynlig", "klart sannsynleg", "convincing"),
        "proved": Phrase("bevist", "bevist", "proved"),
        "late": Phrase(
            "funnet i ettertid, av en posisjon som kom sent",
            "funne i ettertid, av ein posisjon som kom seint",
            "found in arrears, from a fix that came late",
        ),
        "window": Phrase("tidsrom i kraft", "tidsrom i kraft", "window in force"),
        "open": Phrase("åpen", "open", "open"),
        "fix": Phrase("posisjon", "posisjon", "fix"),
        "margin_m": Phrase(
            "til gode (minus: på ulovlig side)",
            "til gode (minus: på ulovleg side)",
            "to spare (minus: unlawful)",
        ),
        "separation_m": Phrase("avstand mellom dem", "avstand mellom dei", "distance between them"),
        "fixes_used": Phrase("posisjoner lagt til grunn", "posisjonar lagde til grunn", "fixes relied on"),
        "revision": Phrase(
            "regelbok {revision}, i bruk fra {since}",
            "regelbok {revision}, i bruk frå {since}",
            "rulebook {revision}, in use since {since}",
        ),
        "no_revision": Phrase(
            "regelbok {revision}, som ikke kan leses: {why}",
            "regelbok {revision}, som ikkje kan lesast: {why}",
            "rulebook {revision}, which cannot be read: {why}",
        ),
        "inside": Phrase("{metres} innenfor {zone}", "{metres} innanfor {zone}", "{metres} inside {zone}"),
        "outside": Phrase("{metres} utenfor {zone}", "{metres} utanfor {zone}", "{metres} outside {zone}"),
        "apart": Phrase(
            "{metres} fra den vernede", "{metres} frå den verna", "{metres} from the protected person"
        ),
        "no_fixes": Phrase(
            "ingen: ordren lar ingen bevares, eller fristen er ute",
            "ingen: ordren lèt ingen bevarast, eller fristen er ute",
            "none: the order lets none be kept, or their time is over",
        ),
        "no_image": Phrase(
            "ikke noe kart: varselet gjelder ikke noe sted, og ingen posisjon kan vises",
            "ikkje noko kart: varselet gjeld ikkje nokon stad, og ingen posisjon kan visast",
            "no map: the alert is about no place, and no position may be shown",
        ),
        "drawn_by": Phrase(
            "Tegnet av det som er bevart, etter regelbok {revision}. Vernede personer vises ikke.",
            "Teikna av det som er teke vare på, etter regelbok {revision}. Verna personar blir ikkje viste.",
            "Drawn from the record alone, by rulebook {revision}. Protected persons are not shown.",
        ),
        "map_zone": Phrase("sonen", "sona", "the zone"),
        "map_buffer": Phrase("ringen rundt den", "ringen rundt ho", "the ring around it"),
        "map_trail": Phrase(
            "veien, av bevarte posisjoner", "vegen, av bevarte posisjonar", "the way, of kept fixes"
        ),
        "map_fix": Phrase(
            "posisjon med usikkerhet (68 %); fylt: i brudd",
            "posisjon med uvisse (68 %); fylt: i brot",
            "fix with its error (68 %); filled: in breach",
        ),
        "map_proof": Phrase(
            "posisjon som varselet bygger på", "posisjon som varselet byggjer på", "fix the alert rests on"
        ),
        "same": Phrase(
            "ja: {judged} av {all} endringer er de samme",
            "ja: {judged} av {all} endringar er dei same",
            "yes: {judged} of {all} changes are the same",
        ),
        "differs": Phrase("nei: det er ikke likt", "nei: det er ikkje likt", "no: it is not the same"),
        "beyond": Phrase(
            "ikke mulig: journalen rekker bare tilbake til {since}",
            "ikkje mogleg: journalen rekk berre tilbake til {since}",
            "not possible: the journal reaches back only to {since}",
        ),
        "partly": Phrase(
            "det som skjedde før {since}, rekker ikke journalen tilbake til",
            "det som hende før {since}, rekk ikkje journalen tilbake til",
            "of what happened before {since} the journal no longer holds the inputs",
        ),
        "impossible": Phrase("ikke mulig: {why}", "ikkje mogleg: {why}", "not possible: {why}"),
    }
)


def in_percent(share: float, language: str) -> str:
    """`99.99 %`, never rounded up to certainty."""
    text = f"{math.floor(share * 100_000.0 + 1e-6) / 1_000.0:g} %"
    return text if language == "en" else text.replace(".", ",")


def say(label: str, language: str, **facts: object) -> str:
    """The label in that language, with its facts."""
    text: str = getattr(LABELS[label], language)
    return text.format_map(facts)


def happened(what: str, language: str, *, by: str) -> str:
    """What the history says happened, in words."""
    phrase = HAPPENED.get(what)
    return what if phrase is None else str(getattr(phrase, language)).format(by=by)

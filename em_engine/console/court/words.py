"""What the court's paper says, in bokmål, nynorsk and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from em_engine.console.phrases import Phrase

PAPER: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "title": Phrase("Saksutskrift {case}", "Saksutskrift {case}", "Record of the case {case}"),
        "secret": Phrase("Unntatt offentlighet", "Unnateke offentlegheit", "Not for publication"),
        "exported": Phrase(
            "Hentet ut {at} av {by}: {why}", "Henta ut {at} av {by}: {why}", "Exported {at} by {by}: {why}"
        ),
        "case": Phrase("Sak", "Sak", "Case"),
        "programme": Phrase("Ordning", "Ordning", "Programme"),
        "wearer": Phrase("Overvåket person", "Overvaka person", "Wearer"),
        "devices": Phrase("Enheter", "Einingar", "Devices"),
        "record": Phrase("Hva loven lar oss oppbevare", "Kva lova lèt oss ta vare på", "What may be kept"),
        "rulebook": Phrase("Regelverk som avgjorde", "Regelverk som avgjorde", "Rulebooks that judged"),
        "time": Phrase("Tider", "Tider", "Times"),
        "conditions": Phrase("Vilkår", "Vilkår", "Conditions"),
        "condition": Phrase("Vilkår", "Vilkår", "Condition"),
        "kind": Phrase("Slag", "Slag", "Kind"),
        "alerts": Phrase("Varsler", "Varsel", "Alerts"),
        "each": Phrase("Hvert varsel", "Kvart varsel", "Each alert"),
        "type": Phrase("Type", "Type", "Type"),
        "opened": Phrase("Begynte", "Byrja", "Began"),
        "cleared": Phrase("Sluttet", "Slutta", "Ended"),
        "outcome": Phrase("Utfall", "Utfall", "Outcome"),
        "severity": Phrase("Alvor", "Alvor", "Severity"),
        "detected": Phrase("Oppdaget", "Oppdaga", "Detected"),
        "confidence": Phrase("Sannsynlighet", "Sannsyn", "Probability"),
        "closed": Phrase("Lukket av", "Lukka av", "Closed by"),
        "note": Phrase("Merknad", "Merknad", "Note"),
        "evidence": Phrase("Grunnlag", "Grunnlag", "Evidence"),
        "history": Phrase("Hendelser", "Hendingar", "History"),
        "number": Phrase("Nr.", "Nr.", "No."),
        "at": Phrase("Tid", "Tid", "Time"),
        "by": Phrase("Av", "Av", "By"),
        "what": Phrase("Hva", "Kva", "What"),
        "map": Phrase(
            "Kart over sonen og posisjonene", "Kart over sona og posisjonane", "Map of the zone and the fixes"
        ),
        "caption": Phrase(
            "{count} posisjoner, {from_} til {to}. Fylte punkter: i brudd. Sirkler: usikkerheten (68 %).",
            "{count} posisjonar, {from_} til {to}. Fylte punkt: i brot. Sirklar: uvissa (68 %).",
            "{count} fixes, {from_} to {to}. Filled points are in breach; circles are the 68 % error.",
        ),
        "no-caption": Phrase(
            "Ingen posisjoner kan vises.", "Ingen posisjonar kan visast.", "No positions may be shown."
        ),
        "open-still": Phrase("pågår", "går føre seg", "goes on"),
        "unmapped": Phrase(
            "De {count} siste varslene er vist med kart; alle står i alerts.json.",
            "Dei {count} siste varsla er viste med kart; alle står i alerts.json.",
            "The {count} newest alerts are shown with maps; all are in alerts.json.",
        ),
        "hashes": Phrase("Filer og kontrollsummer", "Filer og kontrollsummar", "Files and hashes"),
        "hashes_say": Phrase(
            "Summene viser at dataene som følger med, er de samme som da denne utskriften ble laget."
            " Uthentingen står i revisjonsloggen.",
            "Summane viser at dataa som følgjer med, er dei same som då denne utskrifta vart laga."
            " Uthentinga står i revisjonsloggen.",
            "The sums show that the data that comes with this is what it was when this was made."
            " The export stands in the audit.",
        ),
        "file": Phrase("Fil", "Fil", "File"),
    }
)


def said(name: str, language: str, **facts: object) -> str:
    """The words in the language, with the facts in them."""
    text: str = getattr(PAPER[name], language)
    return text.format(**facts) if facts else text

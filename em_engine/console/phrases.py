"""What each type of alert says to an operator: one plain sentence in bokmål, nynorsk and English.

Of a type's phrases the first is taken whose facts are all known. Times come as clauses (`span`, `at`)
because they depend on whether the breach is over. No phrase names a person: the screen does, where it may.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from em_engine.vocabulary import AlertType


class Phrase(NamedTuple):
    """One sentence in the console's languages; facts in braces."""

    nb: str
    nn: str
    en: str


PHRASES: Final[Mapping[AlertType, tuple[Phrase, ...]]] = MappingProxyType(
    {
        AlertType.EXCLUSION_APPROACH: (
            Phrase(
                "Nær forbudssonen {zone} {span}: {near} fra grensen, varsling fra {buffer}.",
                "Nær forbodssona {zone} {span}: {near} frå grensa, varsling frå {buffer}.",
                "Close to the exclusion zone {zone} {span}: {near} from its edge, told from {buffer}.",
            ),
            Phrase(
                "Nær forbudssonen {zone} {span}.",
                "Nær forbodssona {zone} {span}.",
                "Close to the exclusion zone {zone} {span}.",
            ),
        ),
        AlertType.EXCLUSION_ENTERED: (
            Phrase(
                "Inne i forbudssonen {zone} {span}, {beyond} fra grensen.",
                "Inne i forbodssona {zone} {span}, {beyond} frå grensa.",
                "Inside the exclusion zone {zone} {span}, {beyond} from its edge.",
            ),
            Phrase(
                "Inne i forbudssonen {zone} {span}.",
                "Inne i forbodssona {zone} {span}.",
                "Inside the exclusion zone {zone} {span}.",
            ),
        ),
        AlertType.EXCLUSION_CROSSED: (
            Phrase(
                "Gjennom forbudssonen {zone} mellom to posisjoner {span}, inntil {beyond} fra grensen.",
                "Gjennom forbodssona {zone} mellom to posisjonar {span}, inntil {beyond} frå grensa.",
                "Through the exclusion zone {zone} between two fixes {span}, up to {beyond} from its edge.",
            ),
            Phrase(
                "Gjennom forbudssonen {zone} mellom to posisjoner {span}.",
                "Gjennom forbodssona {zone} mellom to posisjonar {span}.",
                "Through the exclusion zone {zone} between two fixes {span}.",
            ),
        ),
        AlertType.INCLUSION_LEFT: (
            Phrase(
                "Utenfor området {zone} {span}, {beyond} fra grensen.",
                "Utanfor området {zone} {span}, {beyond} frå grensa.",
                "Outside the area {zone} {span}, {beyond} from its edge.",
            ),
            Phrase(
                "Utenfor området {zone} {span}.",
                "Utanfor området {zone} {span}.",
                "Outside the area {zone} {span}.",
            ),
        ),
        AlertType.CURFEW_LATE: (
            Phrase(
                "Ikke kommet hjem til innetiden: borte fra {zone} {span}, {beyond} unna.",
                "Ikkje komen heim til innetida: borte frå {zone} {span}, {beyond} unna.",
                "Not home when the curfew began: away from {zone} {span}, by {beyond}.",
            ),
            Phrase(
                "Ikke kommet hjem til innetiden: borte fra {zone} {span}.",
                "Ikkje komen heim til innetida: borte frå {zone} {span}.",
                "Not home when the curfew began: away from {zone} {span}.",
            ),
        ),
        AlertType.CURFEW_LEFT: (
            Phrase(
                "Gått ut i innetiden: borte fra {zone} {span}, {beyond} unna.",
                "Gått ut i innetida: borte frå {zone} {span}, {beyond} unna.",
                "Left home during the curfew: away from {zone} {span}, by {beyond}.",
            ),
            Phrase(
                "Gått ut i innetiden: borte fra {zone} {span}.",
                "Gått ut i innetida: borte frå {zone} {span}.",
                "Left home during the curfew: away from {zone} {span}.",
            ),
        ),
        AlertType.CURFEW_EARLY: (
            Phrase(
                "Gått ut før innetiden var over: borte fra {zone} {span}.",
                "Gått ut før innetida var over: borte frå {zone} {span}.",
                "Left home before the curfew was over: away from {zone} {span}.",
            ),
        ),
        AlertType.CURFEW_UNCONFIRMED: (
            Phrase(
                "Innetid, men ikke noe som viser om den overvåkede er i {zone} {span}; siste tegn {last}.",
                "Innetid, men ingenting som viser om den overvaka er i {zone} {span}; siste teikn {last}.",
                "Curfew, but nothing to show whether the wearer is at {zone} {span}; last sign {last}.",
            ),
            Phrase(
                "Innetid, men ikke noe som viser om den overvåkede er i {zone} {span}.",
                "Innetid, men ingenting som viser om den overvaka er i {zone} {span}.",
                "Curfew, but nothing to show whether the wearer is at {zone} {span}.",
            ),
        ),
        AlertType.CONTACT_WARNING: (
            Phrase(
                "Nær en annen i gruppen {group}: {apart} fra hverandre, varsling fra {warn}, {span}.",
                "Nær ein annan i gruppa {group}: {apart} frå kvarandre, varsling frå {warn}, {span}.",
                "Near another of the group {group}: {apart} apart, warned from {warn}, {span}.",
            ),
            Phrase(
                "Nær den vernede {other}: {apart} fra hverandre, varsling fra {warn}, {span}.",
                "Nær den verna {other}: {apart} frå kvarandre, varsling frå {warn}, {span}.",
                "Near the protected person {other}: {apart} apart, warned from {warn}, {span}.",
            ),
            Phrase(
                "Nær den vernede {other} {span}.",
                "Nær den verna {other} {span}.",
                "Near the protected person {other} {span}.",
            ),
        ),
        AlertType.CONTACT_ALERT: (
            Phrase(
                "Sammen med en annen i gruppen {group}: {apart} fra hverandre, grensen er {alert}, {span}.",
                "Saman med ein annan i gruppa {group}: {apart} frå kvarandre, grensa er {alert}, {span}.",
                "Together with another of the group {group}: {apart} apart, the limit is {alert}, {span}.",
            ),
            Phrase(
                "For nær den vernede {other}: {apart} fra hverandre, grensen er {alert}, {span}.",
                "For nær den verna {other}: {apart} frå kvarandre, grensa er {alert}, {span}.",
                "Too near the protected person {other}: {apart} apart, the limit is {alert}, {span}.",
            ),
            Phrase(
                "For nær den vernede {other} {span}.",
                "For nær den verna {other} {span}.",
                "Too near the protected person {other} {span}.",
            ),
        ),
        AlertType.CONTACT_UNKNOWN: (
            Phrase(
                "Ukjent avstand til den vernede {other} {span}: de kan være nærmere hverandre enn {warn}.",
                "Ukjend avstand til den verna {other} {span}: dei kan vere nærare kvarandre enn {warn}.",
                "Distance to the protected person {other} unknown {span}: they may be within {warn}.",
            ),
            Phrase(
                "Ukjent avstand til den vernede {other} {span}.",
                "Ukjend avstand til den verna {other} {span}.",
                "Distance to the protected person {other} unknown {span}.",
            ),
        ),
        AlertType.DEVICE_SILENT: (
            Phrase(
                "Ikke hørt fra enheten {device} siden {last}; ordren tillater {allowed}.",
                "Ikkje høyrt frå eininga {device} sidan {last}; ordren tillèt {allowed}.",
                "Nothing heard from device {device} since {last}; the order allows {allowed}.",
            ),
            Phrase(
                "Ikke hørt fra enheten {device} {span}.",
                "Ikkje høyrt frå eininga {device} {span}.",
                "Nothing heard from device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_NO_FIX: (
            Phrase(
                "Ingen posisjon fra enheten {device} siden {last}; ordren tillater {allowed}.",
                "Ingen posisjon frå eininga {device} sidan {last}; ordren tillèt {allowed}.",
                "No position from device {device} since {last}; the order allows {allowed}.",
            ),
            Phrase(
                "Ingen posisjon fra enheten {device} {span}.",
                "Ingen posisjon frå eininga {device} {span}.",
                "No position from device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_BATTERY_LOW: (
            Phrase(
                "Lavt batteri på enheten {device}: {battery} {at}, tomt om {left} i denne takten.",
                "Lågt batteri på eininga {device}: {battery} {at}, tomt om {left} i denne takta.",
                "Battery low on device {device}: {battery} {at}, empty in {left} at this rate.",
            ),
            Phrase(
                "Lavt batteri på enheten {device}: {battery} {at}.",
                "Lågt batteri på eininga {device}: {battery} {at}.",
                "Battery low on device {device}: {battery} {at}.",
            ),
            Phrase(
                "Lavt batteri på enheten {device} {span}.",
                "Lågt batteri på eininga {device} {span}.",
                "Battery low on device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_BATTERY_CRITICAL: (
            Phrase(
                "Nesten tomt batteri på enheten {device}: {battery} {at}, tomt om {left} i denne takten.",
                "Nesten tomt batteri på eininga {device}: {battery} {at}, tomt om {left} i denne takta.",
                "Battery nearly empty on device {device}: {battery} {at}, empty in {left} at this rate.",
            ),
            Phrase(
                "Nesten tomt batteri på enheten {device}: {battery} {at}.",
                "Nesten tomt batteri på eininga {device}: {battery} {at}.",
                "Battery nearly empty on device {device}: {battery} {at}.",
            ),
            Phrase(
                "Nesten tomt batteri på enheten {device} {span}.",
                "Nesten tomt batteri på eininga {device} {span}.",
                "Battery nearly empty on device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_STRAP: (
            Phrase(
                "Åpen reim på enheten {device} {span}.",
                "Open reim på eininga {device} {span}.",
                "Strap open on device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_CASE: (
            Phrase(
                "Åpen kapsling på enheten {device} {span}.",
                "Open kapsling på eininga {device} {span}.",
                "Case open on device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_JAMMING: (
            Phrase(
                "Jamming meldt av enheten {device} {span}.",
                "Jamming meld av eininga {device} {span}.",
                "Jamming reported by device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_SHIELDING: (
            Phrase(
                "Skjerming meldt av enheten {device} {span}.",
                "Skjerming meld av eininga {device} {span}.",
                "Shielding reported by device {device} {span}.",
            ),
        ),
        AlertType.DEVICE_CLOCK: (
            Phrase(
                "Klokken på enheten {device} går {clock} feil {span}.",
                "Klokka på eininga {device} går {clock} feil {span}.",
                "The clock of device {device} is {clock} off {span}.",
            ),
            Phrase(
                "Feil klokke på enheten {device} {span}.",
                "Feil klokke på eininga {device} {span}.",
                "Clock wrong on device {device} {span}.",
            ),
        ),
        AlertType.ATTENDANCE_MISSED: (
            Phrase(
                "Bare {present} i {zone}, minst {minimum} kreves; avtalen var over {at}.",
                "Berre {present} i {zone}, minst {minimum} krevst; avtala var over {at}.",
                "Only {present} at {zone}, at least {minimum} required; the appointment ended {at}.",
            ),
            Phrase(
                "Ikke møtt i {zone}; avtalen var over {at}.",
                "Ikkje møtt i {zone}; avtala var over {at}.",
                "Did not attend at {zone}; the appointment ended {at}.",
            ),
        ),
        AlertType.SOBRIETY_FAILED: (
            Phrase(
                "Edruskapsprøven var ikke bestått {at}.",
                "Edruskapsprøva var ikkje bestått {at}.",
                "The sobriety test was not passed {at}.",
            ),
        ),
        AlertType.SOBRIETY_MISSED: (
            Phrase(
                "Edruskapsprøven ble ikke tatt {at}.",
                "Edruskapsprøva vart ikkje teken {at}.",
                "The sobriety test was not taken {at}.",
            ),
        ),
        AlertType.PERSON_PANIC: (
            Phrase(
                "Alarmknappen på enheten {device} ble trykket {at}.",
                "Alarmknappen på eininga {device} vart trykt {at}.",
                "The panic key of device {device} was pressed {at}.",
            ),
        ),
        AlertType.MONITORING_GAP: (
            Phrase(
                "Prøven av hele veien ble ikke besvart innen {proof}, {span}: overvåkingen kan ha et hull.",
                "Prøva av heile vegen vart ikkje svara på innan {proof}, {span}: overvakinga kan ha eit hol.",
                "The proof of the whole road not answered within {proof}, {span}: monitoring may have a gap.",
            ),
            Phrase(
                "Ordren ikke vurdert {span}: overvåkingen har et hull.",
                "Ordren ikkje vurdert {span}: overvakinga har eit hol.",
                "The order not judged {span}: monitoring has a gap.",
            ),
        ),
        AlertType.OUTAGE_GROUP: (
            Phrase(
                "{count} enheter ble tause samtidig {at}.",
                "{count} einingar vart tause samstundes {at}.",
                "{count} devices fell silent together {at}.",
            ),
            Phrase(
                "Flere enheter ble tause samtidig {at}.",
                "Fleire einingar vart tause samstundes {at}.",
                "Several devices fell silent together {at}.",
            ),
        ),
    }
)
"""At least one phrase a type; the last of each needs only what every alert has. A test holds both."""

OUTCOMES: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "breach": Phrase("Brudd på vilkåret", "Brot på vilkåret", "The condition was broken"),
        "equipment": Phrase("Feil på utstyret", "Feil på utstyret", "The equipment failed"),
        "position-error": Phrase("Feil posisjon", "Feil posisjon", "The position was wrong"),
        "authorised-absence": Phrase("Lovlig fravær", "Lovleg fråvær", "The absence was authorised"),
        "reasonable-excuse": Phrase("Rimelig grunn", "Rimeleg grunn", "There was a reasonable excuse"),
        "test": Phrase("Prøve av systemet", "Prøve av systemet", "A test of the system"),
        "other": Phrase("Annet (skriv hva)", "Anna (skriv kva)", "Something else (say what)"),
    }
)

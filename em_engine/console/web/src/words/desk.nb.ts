/** Words of signing in elsewhere, presence, keys and the audit; bokmål. */
import type { DeskWords } from "./desk.en.ts";

export const nbDesk: DeskWords = {
  sentBack: {
    refused: "Innloggingen ble ikke godtatt. Prøv igjen.",
    stale: "Innloggingen ble begynt for lenge siden, eller i et annet vindu. Prøv igjen.",
    away: "Innloggingstjenesten svarer ikke.",
    taken: "En annen konto her har navnet ditt. En administrator må se på det.",
    misconfigured:
      "Innloggingstjenesten er ikke satt opp slik konsollen venter. Si fra til dem som drifter den.",
    "no-role": "Du har ingen rolle her. De som drifter innloggingstjenesten, kan gi deg en.",
  },
  presence: {
    looks: "{0} ser også på dette",
    writes: "{0} skriver om dette",
  },
  keying: {
    change: "{0}: tast {1}. Trykk for å velge en annen",
    hint: "Trykk på en tast over for å velge en annen til kommandoen. Tastene følger kontoen din.",
    press: "Trykk den nye tasten for «{0}». Esc lar den være som den er.",
    notKept: "Ikke lagret: {0}",
    reset: "Opprinnelige taster",
  },
  audit: {
    title: "Revisjonslogg",
    who: "Person",
    about: "Sak, ordre eller domfelt",
    aboutHint: "OVA-2026-0042, W-17 …",
    since: "Fra",
    until: "Til",
    ask: "Vis",
    csv: "Som CSV",
    whole: "Kjeden holder: {0} oppføringer, alle slik de ble skrevet.",
    broken: "Kjeden er brutt ved oppføring {0}.",
    check: "Kontroller på nytt",
    none: "Ingen oppføring passer.",
    older: "Vis eldre",
    at: "Tid",
    what: "Hva",
    subject: "Om",
    why: "Hvorfor",
    from: "Adresse",
  },
};

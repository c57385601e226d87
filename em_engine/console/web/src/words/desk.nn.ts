/** Words of signing in elsewhere, presence, keys and the audit; nynorsk. */
import type { DeskWords } from "./desk.en.ts";

export const nnDesk: DeskWords = {
  sentBack: {
    refused: "Innlogginga vart ikkje godteken. Prøv igjen.",
    stale: "Innlogginga vart byrja for lenge sidan, eller i eit anna vindauge. Prøv igjen.",
    away: "Innloggingstenesta svarar ikkje.",
    taken: "Ein annan konto her har namnet ditt. Ein administrator må sjå på det.",
    misconfigured:
      "Innloggingstenesta er ikkje sett opp slik konsollen ventar. Sei frå til dei som driftar ho.",
    "no-role": "Du har inga rolle her. Dei som driftar innloggingstenesta, kan gje deg ei.",
  },
  presence: {
    looks: "{0} ser òg på dette",
    writes: "{0} skriv om dette",
  },
  keying: {
    change: "{0}: tast {1}. Trykk for å velje ein annan",
    hint: "Trykk på ein tast over for å velje ein annan til kommandoen. Tastane følgjer kontoen din.",
    press: "Trykk den nye tasten for «{0}». Esc lèt han vere som han er.",
    notKept: "Ikkje lagra: {0}",
    reset: "Opphavlege tastar",
  },
  audit: {
    title: "Revisjonslogg",
    who: "Person",
    about: "Sak, ordre eller domfelt",
    aboutHint: "OVA-2026-0042, W-17 …",
    since: "Frå",
    until: "Til",
    ask: "Vis",
    csv: "Som CSV",
    whole: "Kjeda held: {0} oppføringar, alle slik dei vart skrivne.",
    broken: "Kjeda er broten ved oppføring {0}.",
    check: "Kontroller på nytt",
    none: "Inga oppføring passar.",
    older: "Vis eldre",
    at: "Tid",
    what: "Kva",
    subject: "Om",
    why: "Kvifor",
    from: "Adresse",
  },
};

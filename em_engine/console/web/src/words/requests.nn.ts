/** Det tenaren avviser ved døra, på begge sidene; nynorsk. */
import type { RequestWords } from "./requests.en.ts";

export const nnRequests: RequestWords = {
  "request.missing": "`{0}` manglar.",
  "request.short": "`{0}` må ha minst {1} teikn eller ledd.",
  "request.long": "`{0}` kan ha høgst {1} teikn eller ledd.",
  "request.least": "`{0}` er for lite: grensa er {1}.",
  "request.most": "`{0}` er for mykje: grensa er {1}.",
  "request.wrong": "`{0}` kan ikkje brukast slik det står.",
  "request.not_now": "Ingenting vart gjort: det kan ikkje skrivast eller lesast no. Prøv igjen om litt.",
  "request.failed": "Tenaren klarte det ikkje; årsaka står i loggen hans.",
  "request.may_not": "Rollene dine gjev ikkje lov til det.",
  "request.no_session": "Økta di er over: logg inn igjen.",
  "request.some_programmes": "Ei regelbok har ordrane i alle ordningar, og du ser berre nokre av dei.",
  "request.no_day": "Det finst ingen dag {0}.",
};

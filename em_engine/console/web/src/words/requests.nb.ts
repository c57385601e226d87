/** Det serveren avviser ved døra, for begge sidene; på bokmål. */
import type { RequestWords } from "./requests.en.ts";

export const nbRequests: RequestWords = {
  "request.missing": "`{0}` mangler.",
  "request.short": "`{0}` må ha minst {1} tegn eller ledd.",
  "request.long": "`{0}` kan ha høyst {1} tegn eller ledd.",
  "request.least": "`{0}` er for lite: grensen er {1}.",
  "request.most": "`{0}` er for mye: grensen er {1}.",
  "request.wrong": "`{0}` kan ikke brukes slik det står.",
  "request.not_now": "Ingenting ble gjort: det kan ikke skrives eller leses nå. Prøv igjen om litt.",
  "request.failed": "Serveren klarte det ikke; årsaken står i loggen dens.",
  "request.may_not": "Rollene dine gir ikke lov til det.",
  "request.no_session": "Økten din er over: logg inn igjen.",
  "request.some_programmes": "En regelbok har ordrene i alle ordninger, og du ser bare noen av dem.",
  "request.no_day": "Det finnes ingen dag {0}.",
};

/** The zone editor's words, apart from the operators' page. */
import { language } from "../../words/index.ts";
import { enZones, type ZoneWords } from "../../words/zones.en.ts";
import { nbZones } from "../../words/zones.nb.ts";
import { nnZones } from "../../words/zones.nn.ts";
import type { Position } from "./outline.ts";

export const ZONE_WORDS = { nb: nbZones, nn: nnZones, en: enZones };

/** The words; reading them makes the reader follow the language. */
export const zoneWords = (): ZoneWords => ZONE_WORDS[language.value];

const number = (value: number, digits: number, fewest = 0): string =>
  value.toLocaleString(language.value, { maximumFractionDigits: digits, minimumFractionDigits: fewest });

/** A place as it is written and said: north first. */
export const degrees = ([lon, lat]: Position): string =>
  `${number(Math.abs(lat), 6, 5)}° ${lat < 0 ? "S" : "N"} ${number(Math.abs(lon), 6, 5)}° ${east(lon)}`;

const east = (lon: number): string => (lon < 0 ? zoneWords().west : zoneWords().east);

/** A length as one would say it: to a tenth of a metre near by, in kilometres afar. */
export const length = (metres: number): string =>
  metres < 100
    ? `${number(metres, 1)} m`
    : metres < 10_000
      ? `${number(metres, 0)} m`
      : `${number(metres / 1000, 1)} km`;

export const area = (square: number): string =>
  square < 100_000 ? `${number(square, 0)} m²` : `${number(square / 1e6, square < 1e7 ? 3 : 1)} km²`;

import assert from "node:assert/strict";
import { test } from "node:test";
import { enZones } from "../../words/zones.en.ts";
import { nbZones } from "../../words/zones.nb.ts";
import { nnZones } from "../../words/zones.nn.ts";

type Words = { readonly [key: string]: string | Words };

/** Every word by its path, with the places for values it holds. */
const placesIn = (words: Words, path = ""): [string, string][] =>
  Object.entries(words).flatMap(([key, word]) =>
    typeof word === "string"
      ? [[`${path}/${key}`, [...word.matchAll(/\{\d\}/g)].map(String).toSorted().join()]]
      : placesIn(word, `${path}/${key}`),
  );

test("every language has the zone editor's words, with the same places for values", () => {
  const english = placesIn(enZones);
  assert.ok(english.length > 100);
  assert.deepEqual(placesIn(nbZones), english);
  assert.deepEqual(placesIn(nnZones), english);
});

test("no language has kept another's sentences", () => {
  const sentences = (words: Words): string[] =>
    Object.values(words).flatMap((word) => (typeof word === "string" ? word : sentences(word)));
  const long = (words: Words): string[] => sentences(words).filter((word) => word.length > 30);
  const both = (one: Words, other: Words): string[] => {
    const known = new Set(long(other));
    return long(one).filter((word) => known.has(word));
  };
  assert.deepEqual([...both(enZones, nbZones), ...both(enZones, nnZones), ...both(nnZones, nbZones)], []);
});

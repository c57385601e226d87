import assert from "node:assert/strict";
import { test } from "node:test";
import { placeIn } from "./yamlPlace.ts";

/** Where the `|` stands. */
function at(text: string): [path: readonly (string | number)[], key: string | null, word: string] {
  const place = placeIn(text.replace("|", ""), text.indexOf("|"))!;
  return [place.path, place.key, place.word];
}

const HEAD = "order: O-1\nwearer: {id: W-1, devices: [t-1]}\nconditions:\n";

for (const [name, text, path, key, word] of [
  ["a key at the top", "order: O-1\nprog|", [], null, "prog"],
  ["a value at the top", "order: O-1\nprogramme: le|", [], "programme", "le"],
  ["a key of an item", `${HEAD}  - id: a\n    ki|`, ["conditions", 0], null, "ki"],
  ["an item's first key", `${HEAD}  - {id: a, kind: exclusion}\n  - i|`, ["conditions", 1], null, "i"],
  ["a value in braces", `${HEAD}  - {id: a, kind: ex|`, ["conditions", 0], "kind", "ex"],
  ["a key in braces", `${HEAD}  - {id: a, kind: curfew, gr|`, ["conditions", 0], null, "gr"],
  ["in braces in braces", `${HEAD}  - {id: a, grace: {la|`, ["conditions", 0, "grace"], null, "la"],
  ["after a list as far left as its key", "conditions:\n- id: a\n- id: b\nrec|", [], null, "rec"],
  [
    "after braces over two lines",
    `${HEAD}  - {id: a,\n     kind: curfew}\n  - id: b\n    zone: h|`,
    ["conditions", 1],
    "zone",
    "h",
  ],
  [
    "under a key of an item",
    `${HEAD}  - id: a\n    leave:\n      - {from: 2026-05-01T00:00, rea|`,
    ["conditions", 0, "leave", 0],
    null,
    "rea",
  ],
] as const) {
  test(name, () => assert.deepEqual(at(text), [path, key, word]));
}

test("what stands beside is known", () => {
  const text = `${HEAD}  - {id: a, kind: curfew, `;
  assert.equal(placeIn(text, text.length)!.beside.get("kind"), "curfew");
  const block = `${HEAD}  - id: a\n    kind: inclusion\n    z`;
  assert.equal(placeIn(block, block.length)!.beside.get("kind"), "inclusion");
});

test("in a comment nothing is told", () => assert.equal(placeIn("order: a  # le", 14), null));

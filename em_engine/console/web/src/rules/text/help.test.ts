import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explain, suggest, type Helping, type Schema } from "./help.ts";

// The bundled test runs from the package's folder: the schemas are those the authors' own editors read.
const schema = JSON.parse(readFileSync("../../../rules/schema/order.schema.json", "utf8")) as Schema;
const names = { zone: ["w1-home", "school"], with: ["P-1"] };
const help: Helping = { schema, names, words: { sentences: {}, titles: {} } };
const HEAD = "order: O-1\nwearer: {id: W-1, devices: [t-1]}\nconditions:\n";

function labels(text: string): readonly string[] {
  return suggest(help, text, text.length, true)?.options.map(({ label }) => label) ?? [];
}

test("keys of an order that are not there yet", () => {
  const found = labels("order: O-1\npr");
  assert.ok(found.includes("programme") && found.includes("protected"));
  assert.ok(!found.includes("order"));
});

test("the fields of the kind that is written, and of no other", () => {
  const found = labels(`${HEAD}  - {id: a, kind: exclusion, `);
  assert.ok(found.includes("buffer_m"));
  assert.ok(!found.includes("grace") && !found.includes("id"));
});

test("kinds, programmes and zones by name", () => {
  assert.ok(labels(`${HEAD}  - {id: a, kind: `).includes("curfew"));
  assert.ok(labels("programme: ").includes("home-detention"));
  assert.deepEqual(labels(`${HEAD}  - id: a\n    kind: curfew\n    zone: `), ["w1-home", "school"]);
  assert.deepEqual(labels(`${HEAD}  - {id: a, kind: exclusion, zone: x, except: [`), ["w1-home", "school"]);
});

const WRITTEN = `${HEAD}  - {id: a, kind: exclusion, zone: home, buffer_m: 5}`;

function told(of: Helping, word: string, text = WRITTEN): string | undefined {
  return explain(of, text, text.indexOf(word) + 2)?.text;
}

test("a key is explained in the schema's words, a kind where it is written", () => {
  assert.match(told(help, "buffer_m") ?? "", /approach/i);
  assert.match(told(help, "exclusion") ?? "", /stay out/i);
  assert.equal(told(help, "home"), undefined);
});

test("in the reader's own words, where there are some", () => {
  // As the server sends it: a code beside every description.
  const described = { description: "Which?", description_code: "kind" };
  const own: Helping = {
    schema: { properties: { kind: { ...described, enum: ["curfew"] }, severity: described } },
    names: {},
    words: {
      sentences: { kind: "Hvilken?" },
      titles: { kind: { curfew: "Portforbud" }, "": { severity: "Alvor" } },
    },
  };
  assert.equal(told(own, "kind", "kind: curfew"), "Hvilken?");
  assert.equal(told(own, "curfew", "kind: curfew"), "Portforbud");
  assert.equal(told(own, "severity", "severity: x"), "Alvor: Hvilken?");
  const offered = suggest(own, "ki", 2, true)?.options;
  assert.deepEqual(
    offered?.map(({ label, detail, info }) => [label, detail, info]),
    [
      ["kind", undefined, "Hvilken?"],
      ["severity", "Alvor", "Hvilken?"],
    ],
  );
  assert.equal(suggest(own, "kind: ", 6, true)?.options[0]?.detail, "Portforbud");
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explain, suggest, type Schema } from "./help.ts";

// The bundled test runs from the package's folder: the schemas are those the authors' own editors read.
const schema = JSON.parse(readFileSync("../../../rules/schema/order.schema.json", "utf8")) as Schema;
const help = { schema, names: { zone: ["w1-home", "school"], with: ["P-1"] } };
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

test("a key is explained in the schema's words", () => {
  const text = `${HEAD}  - {id: a, kind: exclusion, zone: x, buffer_m: 5}`;
  const told = explain(help, text, text.indexOf("buffer_m") + 2);
  assert.match(told?.text ?? "", /approach/i);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench } from "./bench.ts";
import type { Drawing } from "./drawing.ts";
import { EMPTY, moveAll, removeCorner, type Outline } from "./outline.ts";
import { begun } from "./steps.ts";

const box: Outline = { ...EMPTY, parts: [[[[10, 59], [11, 59], [11, 60], [10, 60]]]] }; // prettier-ignore
const moved = moveAll(box, 1, 0);

/** A bench with a school that two orders share and a home of one. */
function at(isReadOnly = false): Bench {
  const bench = new Bench({ draft: "d-1" }, isReadOnly);
  const drawing: Drawing = ["school", "home"].map((id) => ({
    id,
    file: "zones/a.geojson",
    properties: { name: id },
    outline: box,
  }));
  const use = (order: string): { order: string; conditions: string[] } => ({ order, conditions: ["c"] });
  bench.saved.value = drawing;
  bench.steps.value = begun(drawing);
  bench.uses.value = new Map([
    ["school", [use("A"), use("B")]],
    ["home", [use("A")]],
  ]);
  return bench;
}

const outlineOf = (bench: Bench, id: string): Outline | undefined =>
  bench.drawing.value.find((zone) => zone.id === id)?.outline;

test("a zone of one order is redrawn at once, one that two share is asked about first", () => {
  const bench = at();
  bench.redraw("home", moved);
  assert.equal(outlineOf(bench, "home"), moved);
  bench.redraw("school", moved);
  assert.equal(outlineOf(bench, "school"), box);
  assert.equal(bench.asking.value?.what, "shared");
});

test("what was asked about is done once it is granted, and not asked about again", () => {
  const bench = at();
  bench.redraw("school", moved);
  const asking = bench.asking.value;
  assert.ok(asking?.what === "shared");
  bench.grant("school");
  bench.asking.value = null;
  asking.act("school");
  assert.equal(outlineOf(bench, "school"), moved);
  bench.redraw("school", box);
  assert.equal(bench.asking.value, null);
});

test("a copy takes the change, and the shared zone stays as it was", () => {
  const bench = at();
  bench.redraw("school", moved);
  const asking = bench.asking.value;
  assert.ok(asking?.what === "shared");
  asking.act(bench.add(asking.zone.outline, "school, copy", asking.zone).id);
  assert.equal(outlineOf(bench, "school"), box);
  assert.equal(outlineOf(bench, "school-copy"), moved);
  assert.deepEqual(
    bench.unsaved.value.put.map(({ id, file }) => [id, file]),
    [["school-copy", "zones/a.geojson"]],
  );
});

test("undoing a new zone lets go of it, and of a corner that is no more", () => {
  const bench = at();
  bench.add(box, "Ny sone");
  assert.equal(bench.chosen.value, "ny-sone");
  bench.undo();
  assert.equal(bench.chosen.value, null);
  bench.choose("home");
  bench.take({ part: 0, ring: 0, at: 3 });
  bench.redraw("home", removeCorner(box, { part: 0, ring: 0, at: 0 }));
  assert.equal(bench.corner.value, null);
});

test("who may only read changes nothing", () => {
  const bench = at(true);
  bench.redraw("home", moved);
  bench.redraw("school", moved);
  assert.equal(bench.isDirty.value, false);
  assert.equal(bench.asking.value, null);
});

test("an outline that crosses itself is told before the server has looked", () => {
  const bench = at();
  bench.choose("home");
  bench.redraw("home", { ...EMPTY, parts: [[[[0, 0], [4, 4], [4, 0], [0, 4]]]] }); // prettier-ignore
  assert.deepEqual(bench.flaws.value, [[2, 2]]);
});

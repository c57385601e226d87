import assert from "node:assert/strict";
import { test } from "node:test";
import * as draw from "./drawing.ts";
import { addHole, EMPTY, moveAll, type Outline } from "./outline.ts";
import { begun, did, doneAgain, ended, undone } from "./steps.ts";

const box: Outline = { ...EMPTY, parts: [[[[10, 59], [11, 59], [11, 60], [10, 60]]]] }; // prettier-ignore
const place: Outline = { ...EMPTY, radius_m: 50, parts: [[[[10.5, 59.5]]]] };
const zone = (id: string, outline = box, properties = {}): draw.Zone => ({
  id,
  file: "zones/all.geojson",
  properties,
  outline,
});
const ids = (drawing: draw.Drawing): string[] => drawing.map(({ id }) => id);

test("what cannot be drawn is left in its file, a number is a name, and a missing name is the id", () => {
  const told = { file: "zones/a.geojson", version: "1", orders: [] };
  const drawing = draw.drawingOf([
    { ...told, id: 7, geometry: { type: "Point", coordinates: [10, 59] }, properties: { radius_m: 30 } },
    { ...told, id: "odd", geometry: { type: "GeometryCollection", coordinates: [] }, properties: null },
  ]);
  assert.deepEqual(ids(drawing), ["7"]);
  assert.equal(draw.titleOf(drawing[0]!), "7");
  assert.equal(drawing[0]!.outline.radius_m, 30);
});

test("another reach is written among the properties, an outline of its own takes it away", () => {
  const drawing = [zone("home", place, { name: "Hjem", radius_m: 50 })];
  const wider = draw.withOutline(drawing, "home", { ...place, radius_m: 80 });
  assert.deepEqual(wider[0]!.properties, { name: "Hjem", radius_m: 80 });
  assert.deepEqual(draw.withOutline(wider, "home", box)[0]!.properties, { name: "Hjem" });
});

test("what is as it was saved is not saved again, even where it was moved away and back", () => {
  const saved = [zone("a"), zone("b"), zone("c")];
  const away = draw.withOutline(saved, "a", moveAll(box, 0.5, 0));
  const back = draw.withOutline(away, "a", moveAll(moveAll(box, 0.5, 0), -0.5, 0));
  assert.deepEqual(ids(draw.unsaved(saved, away).put), ["a"]);
  assert.deepEqual(draw.unsaved(saved, back), { gone: [], put: [] });
  assert.deepEqual(ids(draw.unsaved(saved, draw.withoutZone(saved, "b")).gone), ["b"]);
});

test("names are made of what is written, and are nobody's", () => {
  assert.equal(draw.slug("  Grünerløkka skole, sør "), "grünerløkka-skole-sør");
  assert.equal(draw.freeName([zone("skole"), zone("skole-2")], "skole"), "skole-3");
  assert.equal(draw.freeName([], "skole"), "skole");
});

test("others' zones and mine stand together; what both drew is torn", () => {
  const saved = [zone("a"), zone("b"), zone("c")];
  const shifted = moveAll(box, 1, 0);
  const mine = draw.withNew(draw.withOutline(saved, "a", shifted), { ...zone("new") }, "Ny");
  const theirs = [zone("a"), zone("b", shifted), zone("d")];
  const { drawing, torn } = draw.merged(saved, mine, theirs);
  assert.deepEqual(ids(drawing), ["a", "b", "d", "new"]);
  assert.deepEqual(draw.zoneIn(drawing, "a")!.outline, shifted);
  assert.deepEqual(draw.zoneIn(drawing, "b")!.outline, shifted);
  assert.deepEqual(torn, []);
  const both = draw.merged(saved, mine, [zone("a", place), zone("b"), zone("c")]);
  assert.deepEqual(both.torn, ["a"]);
});

test("a step is gone back and taken again; a new one forgets what was undone", () => {
  const drawn = [1, 2, 3].reduce((steps, now) => did(steps, now), begun(0));
  const back = undone(undone(drawn));
  assert.equal(back.now, 1);
  assert.equal(doneAgain(back).now, 2);
  assert.equal(doneAgain(did(back, 9)).now, 9);
  assert.equal(undone(begun(0)).now, 0);
});

test("a corner moved by ten presses is one step, until something else is done", () => {
  let steps = begun(0);
  for (let press = 1; press <= 10; press += 1) steps = did(steps, press, "move corner 3");
  assert.equal(undone(steps).now, 0);
  assert.equal(undone(did(ended(steps), 11, "move corner 3")).now, 10);
});

test("a step that changes nothing is none", () => {
  const steps = did(begun(box), addHole(box, [[50, 50], [51, 50], [51, 51]])); // prettier-ignore
  assert.equal(steps.before.length, 0);
});

test("what is not saved of ten thousand zones is found by looking at each a few times", () => {
  let looks = 0;
  const zones: draw.Zone[] = Array.from({ length: 10_000 }, (_, at) => ({
    get id() {
      looks += 1;
      return `home-${at}`;
    },
    file: "zones/homes.geojson",
    properties: {},
    outline: place,
  }));
  const redrawn = { ...zones[9_999]!, properties: { radius_m: 60 } };
  const { gone, put } = draw.unsaved(zones, [...zones.slice(0, -1), redrawn]);
  assert.ok(gone.length === 0 && put.length === 1 && put[0] === redrawn);
  assert.ok(looks < 100_000, String(looks));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addHole,
  addPart,
  cornersOf,
  EMPTY,
  geometryOf,
  insertCorner,
  moveAll,
  moveCorner,
  outlineOf,
  positionAt,
  redrawn,
  removeCorner,
  removeRing,
  type Corners,
  type Outline,
  type Position,
} from "./outline.ts";

const square = (west: number, south: number, size: number): Corners => [
  [west, south],
  [west + size, south],
  [west + size, south + size],
  [west, south + size],
];
const closed = (corners: Corners): Corners => [...corners, corners[0]!];
const plain: Outline = { ...EMPTY, parts: [[square(10, 59, 4)]] };
const hollow = addHole(plain, square(11, 60, 1));
const first = { part: 0, ring: 0, at: 0 };

test("a geometry comes back as it was read, whatever it is", () => {
  const ring = closed(square(10, 59, 4));
  const drawn = [
    { type: "Polygon", coordinates: [ring, closed(square(11, 60, 1))] },
    { type: "MultiPolygon", coordinates: [[ring], [closed(square(20, 59, 1))]] },
    { type: "MultiPolygon", coordinates: [[ring]] },
    { type: "Point", coordinates: [10.5, 59.5, 12] },
    { type: "LineString", coordinates: [[10, 59], [11, 60]] }, // prettier-ignore
  ];
  for (const geometry of drawn) assert.deepEqual(geometryOf(outlineOf(geometry, 50)!), geometry);
});

test("what is no zone's geometry is none, and does not throw", () => {
  const wrong = [null, { type: "Point3", coordinates: [1, 2] }, { type: "Polygon", coordinates: 7 }];
  for (const geometry of wrong) assert.equal(outlineOf(geometry, undefined), null);
});

test("a corner is moved, rounded to a centimetre, and all others stay the same objects", () => {
  const moved = moveCorner(plain, first, [10.123456789, 59]);
  assert.deepEqual(positionAt(moved, first), [10.1234568, 59]);
  assert.equal(moved.parts[0]![0]![1], plain.parts[0]![0]![1]);
  assert.deepEqual(positionAt(plain, first), [10, 59]);
});

test("a corner more stands halfway to the next, also past the last", () => {
  assert.deepEqual(positionAt(insertCorner(plain, first), { ...first, at: 1 }), [12, 59]);
  assert.deepEqual(positionAt(insertCorner(plain, { ...first, at: 3 }), { ...first, at: 4 }), [10, 61]);
});

test("a place has no corner after it, a way none after its end", () => {
  const way = outlineOf({ type: "LineString", coordinates: [[10, 59], [12, 59]] }, 20)!; // prettier-ignore
  assert.equal(insertCorner(way, { ...first, at: 1 }), way);
  assert.deepEqual(positionAt(insertCorner(way, first), { ...first, at: 1 }), [11, 59]);
});

test("a ring keeps three corners; a hole that would have two goes whole, the last part stays", () => {
  const triangle = removeCorner(hollow, { part: 0, ring: 1, at: 0 });
  assert.equal(triangle.parts[0]![1]!.length, 3);
  assert.equal(removeCorner(triangle, { part: 0, ring: 1, at: 0 }).parts[0]!.length, 1);
  const small = removeCorner(plain, first);
  assert.equal(removeCorner(small, first), small);
  assert.equal(removeRing(addPart(small, square(20, 59, 1)), { part: 0, ring: 0 }).parts.length, 1);
});

test("a hole turns with the clock and belongs to the part it lies in", () => {
  const two = addPart(plain, square(20, 59, 4));
  const drilled = addHole(two, square(21, 60, 1));
  assert.deepEqual(
    drilled.parts.map((rings) => rings.length),
    [1, 2],
  );
  assert.deepEqual(drilled.parts[1]![1], square(21, 60, 1).toReversed());
  assert.equal(addHole(plain, square(40, 60, 1)), plain);
});

test("a part drawn with the clock is turned against it", () => {
  assert.deepEqual(addPart(EMPTY, square(10, 59, 1).toReversed()).parts, [[square(10, 59, 1)]]);
});

test("all corners move alike, holes among them", () => {
  const moved = moveAll(hollow, 0.5, -0.25);
  const shifts = cornersOf(hollow).map((corner) => {
    const [before, after] = [positionAt(hollow, corner)!, positionAt(moved, corner)!];
    return [after[0] - before[0], after[1] - before[1]];
  });
  assert.ok(shifts.every(([lon, lat]) => lon === 0.5 && lat === -0.25));
});

test("a corner the map gives back a hair beside keeps the digits of the file", () => {
  const triangle = (first: Position, second: Position): Outline["parts"] => [[[first, second, [11, 60]]]];
  const fine: Outline = { ...EMPTY, parts: triangle([10.12345678901, 59], [11, 59]) };
  const fromMap = triangle([10.123456789, 59.0000000001], [11.5, 59]);
  assert.deepEqual(redrawn(fine, fromMap).parts, triangle([10.12345678901, 59], [11.5, 59]));
});

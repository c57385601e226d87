import assert from "node:assert/strict";
import { test } from "node:test";
import { crossings } from "./crossings.ts";
import { addHole, EMPTY, type Corners, type Outline } from "./outline.ts";

const of = (...rings: Corners[]): Outline => ({ ...EMPTY, parts: [rings] });
const square: Corners = [[0, 0], [4, 0], [4, 4], [0, 4]]; // prettier-ignore

test("a square crosses itself nowhere, a bow-tie in its middle", () => {
  assert.deepEqual(crossings(of(square)), []);
  assert.deepEqual(crossings(of([[0, 0], [4, 4], [4, 0], [0, 4]])), [[2, 2]]); // prettier-ignore
});

test("a corner on another side, and a spike, are told where they are", () => {
  assert.deepEqual(crossings(of([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]])), [[2, 0]]); // prettier-ignore
  const spike: Corners = [[0, 0], [4, 0], [8, 0], [4, 0], [2, 4]]; // prettier-ignore
  assert.deepEqual(crossings(of(spike)), [[4, 0], [8, 0]]); // prettier-ignore
});

test("a hole may touch its edge in a corner, and may not lie across or outside it", () => {
  const inner: Corners = [[1, 1], [1, 2], [2, 2], [2, 1]]; // prettier-ignore
  assert.deepEqual(crossings(addHole(of(square), inner)), []);
  assert.deepEqual(crossings(of(square, [[0, 2], [1, 3], [1, 1]])), []); // prettier-ignore
  const across = crossings(of(square, [[3, 1], [3, 2], [5, 2], [5, 1]])); // prettier-ignore
  assert.deepEqual(across, [[4, 1], [4, 2]].toReversed()); // prettier-ignore
  assert.deepEqual(crossings(of(square, [[5, 1], [5, 2], [6, 2]])), [[5, 1]]); // prettier-ignore
});

test("two parts that overlap are told, a place with its reach never crosses itself", () => {
  const shifted: Corners = square.map(([x, y]) => [x + 2, y + 2]);
  assert.equal(crossings({ ...EMPTY, isMulti: true, parts: [[square], [shifted]] })?.length, 2);
  assert.deepEqual(crossings({ ...EMPTY, radius_m: 50, parts: [[[[10, 59]]]] }), []);
});

test("an outline too large to be looked through while one draws is left to the server", () => {
  const round = Array.from({ length: 1501 }, (_, at) => [Math.cos(at / 239), Math.sin(at / 239)] as const);
  assert.equal(crossings(of(round)), null);
});

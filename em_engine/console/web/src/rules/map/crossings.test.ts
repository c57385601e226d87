import assert from "node:assert/strict";
import { test } from "node:test";
import { crossings } from "./crossings.ts";
import { addHole, EMPTY, type Corners, type Outline, type Position } from "./outline.ts";

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
  assert.equal(crossings(of(round(20_001))), null);
});

test("an outline of a municipality's size is looked through as the slow way would", () => {
  const corners = round(400).map(([x, y], at) =>
    at % 37 === 0 ? ([x * 0.5, y * 1.3] as const) : ([x, y] as const),
  );
  const slow = corners.flatMap((_, at) =>
    corners.slice(at + 2).flatMap((_, step) => {
      const other = at + 2 + step;
      const isNeighbour = at === 0 && other === corners.length - 1;
      const pair: Corners = [
        corners[at]!,
        corners[at + 1]!,
        corners[other]!,
        corners[(other + 1) % corners.length]!,
      ];
      return isNeighbour ? [] : crossOf(pair);
    }),
  );
  assert.ok(slow.length > 0);
  assert.equal(crossings(of(corners))?.length, slow.length);
  assert.deepEqual(crossings(of(round(20_000))), []);
});

const round = (count: number): Corners =>
  Array.from({ length: count }, (_, at) => {
    const angle = (2 * Math.PI * at) / count;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });

/** Whether two sides cross, by the side of one on which the ends of the other lie. */
function crossOf([a, b, c, d]: Corners): number[] {
  const turn = (p: Position, q: Position, r: Position): number =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return turn(a!, b!, c!) * turn(a!, b!, d!) < 0 && turn(c!, d!, a!) * turn(c!, d!, b!) < 0 ? [1] : [];
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { apart_m, area_m2, beside, circle, covered_m2, length_m, nearestCorner } from "./metres.ts";
import { EMPTY, type Corners, type Outline, type Position } from "./outline.ts";

const OSLO: Position = [10.75, 59.92];
const near = (told: number, right: number, within: number): void =>
  assert.ok(Math.abs(told - right) <= within, `${told} is not ${right}`);

/** Geodesics of WGS 84 as pyproj 3.7 tells them. */
const GEODESICS: readonly (readonly [Position, Position, number])[] = [
  [[10.75, 59.92], [10.76, 59.92], 559.3467],
  [[10.75, 59.92], [10.75, 59.93], 1114.1101],
  [[5.32, 60.39], [5.4, 60.35], 6272.676],
  [[25.78, 71.17], [25.8, 71.16], 1328.4146],
]; // prettier-ignore

for (const [here, there, right_m] of GEODESICS) {
  test(`${here} to ${there} is ${right_m} m, from south to north`, () =>
    near(apart_m(here, there), right_m, right_m * 1e-5));
}

test("a place 30 m east and 40 m north is 50 m away, anywhere in the country", () => {
  for (const lat of [57.9, 63.4, 71.2]) near(apart_m([10, lat], beside([10, lat], 30, 40)), 50, 0.001);
});

test("a plot of 100 by 200 metres has its area and its edge, a hole taken away", () => {
  const corner = (east: number, north: number): Position => beside(OSLO, east, north);
  const plot: Corners = [corner(0, 0), corner(100, 0), corner(100, 200), corner(0, 200)];
  const hole: Corners = [corner(10, 10), corner(10, 20), corner(20, 20), corner(20, 10)];
  near(area_m2(plot), 20_000, 1);
  near(length_m(plot, true), 600, 0.01);
  near(length_m(plot, false), 400, 0.01);
  near(covered_m2({ ...EMPTY, parts: [[plot, hole]] }), 19_900, 1);
});

test("a circle has its radius everywhere, and covers what a circle covers", () => {
  for (const place of circle(OSLO, 500)) near(apart_m(OSLO, place), 500, 0.1);
  near(covered_m2({ ...EMPTY, radius_m: 100, parts: [[[OSLO]]] }), 31_415.9, 0.1);
});

test("a corner snaps to the nearest within reach, never to itself, and to nothing from afar", () => {
  const other: Outline = { ...EMPTY, parts: [[[beside(OSLO, 8, 0), beside(OSLO, 0, 5), OSLO]]] };
  assert.deepEqual(nearestCorner(OSLO, [other], 10), beside(OSLO, 0, 5));
  assert.equal(nearestCorner(beside(OSLO, 500, 0), [other], 10), null);
});

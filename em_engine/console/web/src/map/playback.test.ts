import assert from "node:assert/strict";
import { test } from "node:test";
import type { Feature, Features } from "../model.ts";
import { asOf, spanOf } from "./playback.ts";

const at = (minute: number): string => `2026-11-22T20:0${minute}:00.000Z`;
const fix = (role: string, minute: number): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [10 + minute, 59] },
  properties: { role, fixed_at: at(minute) },
});
const told: Features = {
  type: "FeatureCollection",
  features: [
    { type: "Feature", geometry: { type: "Polygon", coordinates: [] }, properties: { role: "zone" } },
    { type: "Feature", geometry: { type: "LineString", coordinates: [] }, properties: { role: "trail" } },
    ...[3, 1, 2].map((minute) => fix("fix", minute)),
    ...[2, 4].map((minute) => fix("other-fix", minute)),
  ],
};
const rolesAt = (minute: number): unknown[] =>
  asOf(told, Date.parse(at(minute))).features.map((feature) => feature.properties?.["role"]);

test("only what was known by then is shown, and the other person once she was heard", () => {
  assert.deepEqual(rolesAt(0), ["zone"]);
  assert.deepEqual(rolesAt(1), ["zone", "fix"]);
  assert.deepEqual(rolesAt(2), ["zone", "fix", "fix", "other-fix", "trail", "pair"]);
});

test("the way runs in the order of time, whatever the order of arrival", () => {
  const trail = asOf(told, Date.parse(at(3))).features.find(
    (feature) => feature.properties?.["role"] === "trail",
  );
  assert.deepEqual(trail?.geometry.coordinates, [[11, 59], [12, 59], [13, 59]]); // prettier-ignore
});

test("now is everything as it was told, and the span reaches over both persons", () => {
  assert.equal(asOf(told, null), told);
  assert.deepEqual(spanOf(told), { from: Date.parse(at(1)), to: Date.parse(at(4)) });
  assert.equal(spanOf({ type: "FeatureCollection", features: [] }), null);
});

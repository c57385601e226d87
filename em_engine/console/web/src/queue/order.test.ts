import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "../model.ts";
import { EMPTY, arrange, matches, step } from "./order.ts";
import { rowsInView, scrollFor } from "./window.ts";

const alert = (id: string, more: Partial<Alert> = {}): Alert =>
  ({
    id,
    severity: "medium",
    state: "unacknowledged",
    breach: "open",
    raised_at: "2026-11-22T20:00:00.000Z",
    ...more,
  }) as Alert;

test("severity comes first, then the unseen, then the ongoing, then the longest waiting", () => {
  const queue = [
    alert("acknowledged", { severity: "high", state: "acknowledged" }),
    alert("late", { raised_at: "2026-11-22T20:05:00.000Z" }),
    alert("early"),
    alert("cleared", { breach: "cleared", raised_at: "2026-11-22T19:00:00.000Z" }),
    alert("critical", { severity: "critical", state: "acknowledged" }),
    alert("unseen", { severity: "high" }),
  ];
  const { order } = arrange(EMPTY, queue, false);
  assert.deepEqual(order, ["critical", "unseen", "acknowledged", "early", "late", "cleared"]);
});

test("while it is held no row moves, the ended keep their place, newcomers wait by urgency", () => {
  const before = arrange(EMPTY, [alert("a"), alert("b"), alert("c")], false);
  const now = [
    alert("c", { severity: "critical" }),
    alert("a"),
    alert("new"),
    alert("dire", { severity: "critical" }),
  ];
  const held = arrange(before, now, true);
  assert.deepEqual(held.order, ["a", "b", "c"]);
  assert.deepEqual(held.newcomers, ["dire", "new"]);
  assert.deepEqual(arrange(held, now, false).order, ["c", "dire", "a", "new"]);
});

test("a step stays within the rows and starts at an end where nothing is chosen", () => {
  assert.equal(step(["a", "b", "c"], "c", 1), "c");
  assert.equal(step(["a", "b", "c"], "b", -1), "a");
  assert.equal(step(["a", "b", "c"], null, 1), "a");
  assert.equal(step(["a", "b", "c"], "gone", -1), "c");
  assert.equal(step(["a", "b", "c"], null, Infinity), "c");
  assert.equal(step(["a", "b", "c"], null, -Infinity), "a");
  assert.equal(step([], null, 1), null);
});

test("every word of the filter must be told somewhere", () => {
  assert.ok(matches("W-17 Kari Nordmann contact.alert", "kari CONTACT"));
  assert.ok(!matches("W-17 Kari Nordmann", "kari w-18"));
  assert.ok(matches("anything", ""));
});

test("only the rows in view are drawn, and never past the ends", () => {
  assert.deepEqual(rowsInView(0, 700, 70, 500), { first: 0, end: 16 });
  assert.deepEqual(rowsInView(7000, 700, 70, 500), { first: 94, end: 116 });
  assert.deepEqual(rowsInView(7000, 700, 70, 20), { first: 20, end: 20 });
});

test("scrolling brings a row into view by the shortest way", () => {
  assert.equal(scrollFor(0, 140, 700, 70), 0);
  assert.equal(scrollFor(10, 0, 700, 70), 70);
  assert.equal(scrollFor(3, 0, 700, 70), 0);
});

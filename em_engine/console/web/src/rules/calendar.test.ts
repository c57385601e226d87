import assert from "node:assert/strict";
import { test } from "node:test";
import { daysAfter, itemOf, layOut, lineOf, monday, weekNumber } from "./calendar.ts";
import type { ConditionWeek, OrderWeek } from "./model.ts";

const NIGHT = { from: "2026-10-24T22:00:00+02:00", to: "2026-10-25T06:00:00+01:00", hours: 9 };
const CURFEW: ConditionWeek = {
  id: "nights",
  kind: "curfew",
  zone: "home",
  line: 5,
  always: false,
  binds: [NIGHT],
  planned: [NIGHT],
  away: [],
  phases: [],
  written: {
    weekly: ["mon-fri 21:00-06:00", "sat-sun 22:00-06:00"],
    schedule: null,
    calendar: null,
    holidays: { calendar: "NO", as: "sun" },
    leave: [],
  },
};
const WEEK: OrderWeek = {
  order: "O-1",
  time_zone: "Europe/Oslo",
  from: "2026-10-19",
  to: "2026-10-26",
  holidays: [{ date: "2026-10-21", name: "Oppdiktet helligdag" }],
  clock_changes: [{ at: "2026-10-25T03:00:00+02:00", minutes: -60 }],
  conditions: [CURFEW],
};

test("a night is two blocks, one on each of its days, by the clock on the wall", () => {
  const days = layOut(WEEK, "2026-10-19");
  const parts = days.flatMap(({ date, blocks }) =>
    blocks.filter(({ kind }) => kind === "binds").map(({ start, end }) => [date, start, end]),
  );
  assert.deepEqual(parts, [
    ["2026-10-24", 22 * 60, 1440],
    ["2026-10-25", 0, 6 * 60],
  ]);
  assert.equal(days[6]?.clockChange, -60);
  assert.equal(days[2]?.holiday, "Oppdiktet helligdag");
});

test("a window knows the line it was written in, on a public holiday that of the day it is held as", () => {
  const [saturday] = layOut(WEEK, "2026-10-19")[5]!.blocks;
  assert.equal(lineOf(CURFEW, saturday!, []), 1);
  const held = {
    ...saturday!,
    whole: { from: "2026-10-21T22:00:00+02:00", to: "2026-10-22T06:00:00+02:00" },
  };
  assert.equal(lineOf(CURFEW, held, ["2026-10-21"]), 1);
  assert.equal(lineOf(CURFEW, held, []), null, "on Wednesdays nothing begins at ten");
});

test("weeks begin on Monday and are numbered as in ISO 8601", () => {
  assert.equal(monday("2026-11-22"), "2026-11-16");
  assert.equal(monday("2026-11-23"), "2026-11-23");
  assert.equal(daysAfter("2026-12-31", 1), "2027-01-01");
  assert.deepEqual(["2026-01-01", "2026-11-22", "2027-01-01", "2027-01-04"].map(weekNumber), [1, 47, 53, 1]);
});

test("one written with several persons is one item of the file", () => {
  const one = (id: string, line: number): ConditionWeek => ({ ...CURFEW, id, line });
  const conditions = [one("keep-apart:P-3", 7), one("keep-apart:P-4", 7), one("nights", 8), one("alive", 9)];
  const week = { ...WEEK, conditions };
  assert.deepEqual(
    conditions.map((condition) => itemOf(week, condition)),
    [0, 0, 1, 2],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { dragged, partsOn, stepped, swept } from "./dragging.ts";
import { read, write } from "./weekly.ts";

const after = (line: string, ...by: [Parameters<typeof dragged>[1], number, number?]): string =>
  write(dragged(read(line)!, ...by), line);

test("a window is moved as a whole, and its night with it", () => {
  assert.equal(after("mon-fri 21:00-06:00", "whole", -60), "mon-fri 20:00-05:00");
  assert.equal(after("tue 12:00-14:00", "whole", 75), "tue 13:15-15:15");
  assert.equal(after("tue 12:00-14:00", "whole", 600), "tue 22:00-24:00");
  assert.equal(after("tue 12:00-14:00", "whole", 660), "tue 23:00-01:00");
});

test("it begins on its own day: at midnight it stops", () => {
  assert.equal(after("tue 01:00-03:00", "whole", -180), "tue 00:00-02:00");
  assert.equal(after("tue 22:00-23:00", "whole", 600), "tue 23:45-00:45");
});

test("one day's window goes to another day, a line of several days stays on them", () => {
  assert.equal(after("tue 12:00-14:00", "whole", 0, 2), "thu 12:00-14:00");
  assert.equal(after("sun 12:00-14:00", "whole", 0, 1), "mon 12:00-14:00");
  assert.equal(after("mon-fri 12:00-14:00", "whole", 0, 1), "mon-fri 12:00-14:00");
});

test("an edge is moved and never over the other", () => {
  assert.equal(after("daily 21:00-06:00", "end", 30), "daily 21:00-06:30");
  assert.equal(after("daily 21:00-06:00", "start", -30), "daily 20:30-06:00");
  assert.equal(after("tue 12:00-14:00", "end", -120), "tue 12:00-14:00");
});

test("what is swept is a window of that day, whichever way", () => {
  assert.equal(write(swept(2, 14 * 60, 12 * 60)!), "wed 12:00-14:00");
  assert.equal(write(swept(6, 1300, 1500)!), "sun 21:40-24:00");
  assert.equal(swept(2, 600, 605), null);
  assert.equal(stepped(607), 600);
});

test("a night covers the end of one day and the beginning of the next", () => {
  const night = read("sun 21:00-06:00")!;
  assert.deepEqual(partsOn(night, 6), [[1260, 1440]]);
  assert.deepEqual(partsOn(night, 0), [[0, 360]]);
  assert.deepEqual(partsOn(night, 1), []);
});

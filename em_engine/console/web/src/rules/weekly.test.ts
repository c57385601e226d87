import assert from "node:assert/strict";
import { test } from "node:test";
import { lasts, moved, read, write } from "./weekly.ts";

for (const [text, again] of [
  ["mon-fri 21:00-06:00", "mon-fri 21:00-06:00"],
  ["sat,sun 19:00-08:00", "sat-sun 19:00-08:00"],
  ["fri-mon 22:00-24:00", "mon,fri-sun 22:00-24:00"],
  ["mon-sun 00:00-24:00", "daily 00:00-24:00"],
  ["wed 12:00-13:30", "wed 12:00-13:30"],
] as const) {
  test(`${text} is read, and written as ${again}`, () => assert.equal(write(read(text)!), again));
}

for (const text of [
  "mon-fri",
  "man 21:00-06:00",
  "mon,mon 21:00-06:00",
  "mon 21:00-21:00",
  "mon 24:00-06:00",
]) {
  test(`${text} is no window`, () => assert.equal(read(text), null));
}

test("a night lasts over midnight", () => assert.equal(lasts(read("mon 21:00-06:00")!), 9 * 60));

test("days an author wrote his own way stay so", () => {
  assert.equal(
    write(moved(read("sat,sun 19:00-08:00")!, "end", 15), "sat,sun 19:00-08:00"),
    "sat,sun 19:00-08:15",
  );
});

test("an end moves over midnight, and no edge over the other", () => {
  const night = read("mon 23:45-06:00")!;
  assert.equal(moved(night, "start", 15), night, "it would begin on Tuesday");
  assert.equal(write(moved(night, "end", -6 * 60)), "mon 23:45-24:00");
  const short = read("mon 12:00-12:15")!;
  assert.equal(moved(short, "end", -15), short);
  assert.equal(write(moved(read("mon 20:00-23:45")!, "end", 15)), "mon 20:00-24:00");
  const whole = read("mon 00:00-24:00")!;
  assert.equal(write(moved(whole, "end", -15)), "mon 00:00-23:45");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { deedOf, type Hand, type Pressed } from "./compass.ts";

const key = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

const DEEDS: readonly (readonly [Pressed, Hand, object | null])[] = [
  [key("ArrowLeft"), "corner", { kind: "move", east_m: -1, north_m: 0 }],
  [key("ArrowUp", { shiftKey: true }), "corner", { kind: "move", east_m: 0, north_m: 10 }],
  [key("ArrowDown", { altKey: true }), "corner", { kind: "move", east_m: 0, north_m: -0.1 }],
  [key("ArrowLeft"), "free", null],
  [key("ArrowLeft"), "sketch", null],
  [key("n"), "free", { kind: "step", by: 1 }],
  [key("n"), "sketch", null],
  [key("Delete"), "corner", { kind: "remove" }],
  [key("Delete"), "free", null],
  [key(" "), "sketch", { kind: "place" }],
  [key("Backspace"), "sketch", { kind: "take-back" }],
  [key("Enter"), "sketch", { kind: "finish" }],
  [key("z", { ctrlKey: true }), "sketch", { kind: "undo" }],
  [key("Z", { metaKey: true, shiftKey: true }), "free", { kind: "again" }],
  [key("s", { ctrlKey: true }), "corner", { kind: "save" }],
  [key("s"), "corner", { kind: "snap" }],
  [key("l", { ctrlKey: true }), "corner", null],
];

for (const [pressed, hand, deed] of DEEDS) {
  const held = [pressed.ctrlKey && "Ctrl", pressed.shiftKey && "Shift", pressed.altKey && "Alt"].filter(
    Boolean,
  );
  test(`${[...held, pressed.key].join("+")} with ${hand} in hand`, () =>
    assert.deepEqual(deedOf(pressed, hand), deed));
}

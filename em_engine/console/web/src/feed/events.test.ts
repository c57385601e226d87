import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "./events.ts";

test("an event is told once it is whole, wherever the bytes were cut", () => {
  const whole =
    'id: 7\r\nevent: alert\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: a comment\n\nevent: beat\ndata: x\n\n';
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = new EventReader();
    const events = [...reader.take(whole.slice(0, cut)), ...reader.take(whole.slice(cut))];
    assert.deepEqual(events, [
      { id: "7", name: "alert", data: '{"a":\n1}' },
      { id: null, name: "beat", data: "x" },
    ]);
  }
});

/** Which key of the map does what: everything a pointer can do, and no key means two things. */
export type Deed =
  | { readonly kind: "move"; readonly east_m: number; readonly north_m: number }
  | { readonly kind: "step"; readonly by: 1 | -1 }
  | {
      readonly kind:
        | "insert"
        | "remove"
        | "snap"
        | "release"
        | "place"
        | "take-back"
        | "finish"
        | "undo"
        | "again"
        | "save";
    };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** What the hand is at: a corner is held, something is being drawn, or neither. */
export type Hand = "corner" | "sketch" | "free";

const ARROWS: Readonly<Record<string, readonly [east: number, north: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const AT_CORNER: Readonly<Record<string, Deed>> = {
  Insert: { kind: "insert" },
  i: { kind: "insert" },
  Delete: { kind: "remove" },
  Backspace: { kind: "remove" },
  s: { kind: "snap" },
  Escape: { kind: "release" },
};
const AT_SKETCH: Readonly<Record<string, Deed>> = {
  " ": { kind: "place" },
  Backspace: { kind: "take-back" },
  Enter: { kind: "finish" },
  Escape: { kind: "release" },
};
const STEPPING: Readonly<Record<string, Deed>> = {
  n: { kind: "step", by: 1 },
  p: { kind: "step", by: -1 },
};

/** What the key asks for; null leaves it to the map, which moves and zooms by arrows, + and -. */
export function deedOf(pressed: Pressed, hand: Hand): Deed | null {
  const { key, altKey, shiftKey } = pressed;
  if (pressed.ctrlKey || pressed.metaKey) return commandOf(key.toLowerCase(), shiftKey);
  if (hand === "sketch") return AT_SKETCH[key] ?? null;
  const arrow = ARROWS[key];
  if (hand === "corner" && arrow) {
    const step_m = altKey ? 0.1 : shiftKey ? 10 : 1;
    return { kind: "move", east_m: arrow[0] * step_m, north_m: arrow[1] * step_m };
  }
  return STEPPING[key] ?? (hand === "corner" ? (AT_CORNER[key] ?? null) : null);
}

function commandOf(key: string, isShifted: boolean): Deed | null {
  if (key === "z") return { kind: isShifted ? "again" : "undo" };
  if (key === "y") return { kind: "again" };
  return key === "s" ? { kind: "save" } : null;
}

/** A severity's shape: told apart without colour, as the colour is without the shape. */
import type { VNode } from "preact";
import type { Severity } from "../model.ts";

const OUTLINE: Readonly<Record<Severity, string>> = {
  critical: "M8 .8 15.2 8 8 15.2 .8 8Z",
  high: "M8 1.6 15 14.4H1Z",
  medium: "M2.4 2.4h11.2v11.2H2.4Z",
  low: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Z",
};

/** Filled while nobody has seen to it, an outline afterwards. */
export function Shape({ severity, seen = false }: { severity: Severity; seen?: boolean }): VNode {
  return (
    <svg class={`shape ${severity} ${seen ? "seen" : ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={OUTLINE[severity]} />
      {severity === "critical" && <path class="mark" d="M8 4.4v4.4M8 10.4v1.3" />}
    </svg>
  );
}

/** What the server would not do, and why, in place. */
import type { VNode } from "preact";
import type { Refused } from "../api.ts";
import { fill } from "../words/index.ts";
import type { Problem } from "./model.ts";
import { text, why } from "./words.ts";

const SHOWN_MAX = 5;

export function Refusal({ of }: { of: Refused }): VNode {
  const problems = (of.problem["problems"] as readonly Problem[] | undefined) ?? [];
  const reasons = (of.problem["reasons"] as readonly string[] | undefined) ?? [];
  const lines = [...problems.map(placed), ...reasons];
  return (
    <div class="notice refusal" role="alert">
      <p>{why(of)}</p>
      {lines.length > 0 && (
        <ul>
          {lines.slice(0, SHOWN_MAX).map((line) => (
            <li key={line}>{line}</li>
          ))}
          {lines.length > SHOWN_MAX && <li>{fill(text().more, lines.length - SHOWN_MAX)}</li>}
        </ul>
      )}
    </div>
  );
}

const placed = ({ file, line, message }: Problem): string => `${file}:${line}: ${message}`;

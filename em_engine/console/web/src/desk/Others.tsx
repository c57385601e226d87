/** Who else has the alert before them: so that two do not call the same person. */
import type { VNode } from "preact";
import { others } from "../queue/presence.ts";
import { fill, words } from "../words/index.ts";

/** In the alert's head, in words. */
export function OthersHere({ alert }: { alert: string }): VNode {
  const { presence } = words();
  const here = others.value.get(alert) ?? [];
  return (
    <span class="others" role="status">
      {here.map(({ person, writes }) => (
        <span key={person} class={writes ? "writes" : ""}>
          {fill(writes ? presence.writes : presence.looks, person)}
        </span>
      ))}
    </span>
  );
}

/** In the row, as a mark with their names. */
export function OthersMark({ alert }: { alert: string }): VNode | null {
  const { presence } = words();
  const here = others.value.get(alert) ?? [];
  if (here.length === 0) return null;
  const names = here.map(({ person }) => person).join(", ");
  const writes = here.some((one) => one.writes);
  return (
    <span class="chip others" title={fill(writes ? presence.writes : presence.looks, names)}>
      {writes ? "✎" : "◌"} {names}
    </span>
  );
}

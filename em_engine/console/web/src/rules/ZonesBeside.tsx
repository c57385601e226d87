/** The zones of both rulebooks, two maps side by side; fetched when a change touches a zone. */
import type { VNode } from "preact";
import type { BookName, Difference, Marks } from "./model.ts";
import { text } from "./words.ts";

interface Shown {
  readonly of: Difference;
  readonly old: BookName;
  readonly now: BookName;
  readonly marks: Marks | null;
}

export function ZonesBeside({ of }: Shown): VNode {
  return (
    <section aria-labelledby="zones-beside" class="zones-beside">
      <h2 id="zones-beside">{text().difference.zones}</h2>
      <p>{of.zones.map(({ name }) => name).join(", ")}</p>
    </section>
  );
}

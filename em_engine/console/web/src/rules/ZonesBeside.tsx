/** The zones of both rulebooks, two maps side by side; fetched when a change touches a zone. */
import type { VNode } from "preact";
import { usePart } from "./loaded.ts";
import type { BookName, Difference, Marks } from "./model.ts";
import { text } from "./words.ts";

interface Shown {
  readonly of: Difference;
  readonly old: BookName;
  readonly now: BookName;
  readonly marks: Marks | null;
}

const sourceOf = (book: BookName): { draft: string } | { revision: string } =>
  book.startsWith("d-") ? { draft: book } : { revision: book };

export function ZonesBeside({ old, now, marks }: Shown): VNode {
  const comparison = usePart(() => import("./map/ZoneComparison.tsx"));
  return (
    <section aria-labelledby="zones-beside" class="zones-beside">
      <h2 id="zones-beside">{text().difference.zones}</h2>
      {comparison === null && <p class="faint">{text().loading}</p>}
      {comparison === "missing" && <p class="notice refusal">{text().noMap}</p>}
      {comparison !== null && comparison !== "missing" && (
        <comparison.ZoneComparison
          before={sourceOf(old)}
          after={sourceOf(now)}
          {...(marks === null ? {} : { marks })}
        />
      )}
    </section>
  );
}

/** What the page waits for: of a large rulebook how far the server is with reading and checking it. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fill, language } from "../words/index.ts";
import * as api from "./api.ts";
import { text } from "./words.ts";

const ASK_MS = 700;
type Far = Awaited<ReturnType<typeof api.reading>>;

export function Waiting(): VNode {
  const [far, tell] = useState<Far | null>(null);
  useEffect(() => {
    // One answer after the other; the first look is left out where the book comes at once.
    let timer = setTimeout(ask, ASK_MS);
    let isWanted = true;
    function ask(): void {
      const next = (now: Far | null): void => {
        if (!isWanted) return;
        tell(now);
        timer = setTimeout(ask, ASK_MS);
      };
      api.reading().then(next, () => next(null));
    }
    return () => ((isWanted = false), clearTimeout(timer));
  }, []);
  if (far === null || far.done === null || far.of === null) return <p class="faint">{text().loading}</p>;
  const told = [far.done, far.of].map((count) => count.toLocaleString(language.value));
  return (
    <div class="progress">
      <p>{fill(text().reading, ...told)}</p>
      <progress aria-label={text().loading} max={far.of} value={far.done} />
    </div>
  );
}

/** The line that says that the screen is not to be trusted; it stands in the flow and covers nothing. */
import type { VNode } from "preact";
import { computed } from "@preact/signals";
import { SILENCE_MS } from "../feed/messages.ts";
import { beat, link, loaded } from "../queue/book.ts";
import { clockTime, now, shortInstant } from "../time.ts";
import { fill, words } from "../words/index.ts";

/** Nothing is heard. The page counts for itself too: the worker that should tell it may be what died. */
export const isLost = computed(() => {
  void now.value;
  const { phase, heardAt } = link.value;
  return phase === "lost" || (phase !== "signed-out" && heardAt > 0 && Date.now() - heardAt > SILENCE_MS);
});

export function Banner(): VNode | null {
  const { banner } = words();
  const broker = beat.value?.link;
  if (isLost.value) {
    const text = loaded.value ? fill(banner.lost, clockTime(link.value.heardAt)) : banner.never;
    return (
      <p class="banner lost" role="alert">
        {text} <small>{banner.again}</small>
      </p>
    );
  }
  if (broker && !broker.connected) {
    return (
      <p class="banner" role="alert">
        {fill(banner.broker, broker.since ? shortInstant(broker.since) : "–")}
      </p>
    );
  }
  return null;
}

/** The clock was set by hand: whoever sees this screen must not act on it. It never goes away. */
export function Staged(): VNode | null {
  const speed = beat.value?.staged_speed;
  if (speed == null) return null;
  return <p class="banner lost staged">{fill(words().banner.staged, String(speed))}</p>;
}

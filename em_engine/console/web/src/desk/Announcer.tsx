/** Says new critical alerts to those who listen, and counts the unseen in the tab's title and icon. */
import type { VNode } from "preact";
import { effect, signal } from "@preact/signals";
import { calls } from "../model.ts";
import { counts, onTold } from "../queue/book.ts";
import { fill, words } from "../words/index.ts";

const said = signal("");

onTold(({ alert }, isNew) => {
  if (!isNew || alert.severity !== "critical" || !calls(alert)) return;
  const { queue, type } = words();
  said.value = fill(queue.critical, alert.wearer_name || alert.wearer, type[alert.type] ?? alert.type);
});

effect(() => {
  const { critical, high, medium, low } = counts.value;
  const unseen = critical.unseen + high.unseen + medium.unseen + low.unseen;
  document.title = unseen > 0 ? `(${unseen}) ${words().product}` : words().product;
  const colour = critical.unseen > 0 ? "%23ff5c5c" : unseen > 0 ? "%23e8a33d" : "%237b8794";
  const path = `<path fill='${colour}' d='M8 0 16 8 8 16 0 8Z'/>`;
  const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${path}</svg>`;
  document.querySelector<HTMLLinkElement>("link[rel=icon]")!.href = `data:image/svg+xml,${icon}`;
});

export function Announcer(): VNode {
  return (
    <p class="unseen-by-eye" role="alert">
      {said.value}
    </p>
  );
}

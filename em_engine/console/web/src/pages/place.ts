/** Which page is shown, as the address says: a second window can stand on another. */
import { signal } from "@preact/signals";

export const PAGES = ["desk", "wall", "figures", "handover", "statistics"] as const;
export type PageName = (typeof PAGES)[number];

const asked = (): PageName => PAGES.find((name) => location.hash === `#/${name}`) ?? "desk";

export const page = signal<PageName>(asked());
addEventListener("hashchange", () => (page.value = asked()));

export function goTo(name: PageName): void {
  location.hash = name === "desk" ? "" : `/${name}`;
}

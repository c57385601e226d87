/** Which page is shown, as the address says: a second window can stand on another. */
import { signal } from "@preact/signals";

export const PAGES = ["desk", "wall", "figures", "handover", "statistics", "audit"] as const;
export type PageName = (typeof PAGES)[number];

const asked = (): PageName => PAGES.find((name) => location.hash === `#/${name}`) ?? "desk";

export const page = signal<PageName>(asked());
addEventListener("hashchange", () => (page.value = asked()));

/** Who may read the audit; the server holds to it, the page does not offer what it would refuse. */
const AUDITORS = ["auditor", "supervisor"];

/** The pages a person of these roles is offered. */
export const pagesOf = (roles: readonly string[]): readonly PageName[] =>
  PAGES.filter((name) => name !== "audit" || roles.some((role) => AUDITORS.includes(role)));

export function goTo(name: PageName): void {
  location.hash = name === "desk" ? "" : `/${name}`;
}

/** What of the workbench is shown, as the address says: a link to a place can be sent to a colleague. */
import { signal } from "@preact/signals";
import type { BookName } from "./model.ts";

export const TABS = ["orders", "week", "zones", "files"] as const;
export type Tab = (typeof TABS)[number];

export type Place =
  | { readonly page: "overview" }
  | { readonly page: "book"; readonly book: BookName; readonly tab: Tab; readonly item: string | null }
  | { readonly page: "difference"; readonly old: BookName; readonly now: BookName }
  | { readonly page: "why"; readonly book: BookName };

export const OVERVIEW: Place = { page: "overview" };

export function addressOf(place: Place): string {
  const parts = ((): readonly (string | null)[] => {
    switch (place.page) {
      case "overview":
        return [];
      case "book":
        return ["book", place.book, place.tab, place.item];
      case "difference":
        return ["difference", place.old, place.now];
      case "why":
        return ["why", place.book];
    }
  })();
  const told = parts.filter((part) => part !== null).map(encodeURIComponent);
  return `#/${told.join("/")}`;
}

/** The place an address names; what names none is the overview. */
export function placeAt(address: string): Place {
  const [page, first, second, third] = address.replace(/^#\//, "").split("/").map(decoded);
  if (page === "book" && first)
    return { page, book: first, tab: TABS.find((tab) => tab === second) ?? "orders", item: third ?? null };
  if (page === "difference" && first && second) return { page, old: first, now: second };
  if (page === "why" && first) return { page, book: first };
  return OVERVIEW;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export const place = signal<Place>(placeAt(location.hash));
/** Whether a place may not be left for another without a question: something there is not saved. */
export const keeps = signal<((next: Place) => boolean) | null>(null);
/** Where one wanted to go, while it is asked whether what is not saved may be lost. */
export const wanted = signal<Place | null>(null);

addEventListener("hashchange", () => {
  const next = placeAt(location.hash);
  if (!keeps.value?.(next)) return void (place.value = next);
  history.replaceState(null, "", addressOf(place.value));
  wanted.value = next;
});

export function goTo(next: Place): void {
  location.hash = addressOf(next);
}

/** What was written and not yet saved, kept while one looks elsewhere; and whether the map holds such. */
import { computed, signal } from "@preact/signals";

export interface Unsaved {
  readonly text: string;
  /** The version it was written over; null is a file that is new. */
  readonly version: string | null;
}

const texts = signal<ReadonlyMap<string, Unsaved>>(new Map());
/** The zone editor keeps its own changes; it only says that there are some. */
export const isMapDirty = signal(false);
export const isAnythingUnsaved = computed(() => texts.value.size > 0 || isMapDirty.value);

const keyOf = (draft: string, path: string): string => `${draft} ${path}`;

export const unsaved = (draft: string, path: string): Unsaved | null =>
  texts.value.get(keyOf(draft, path)) ?? null;

export function keep(draft: string, path: string, written: Unsaved): void {
  texts.value = new Map(texts.value).set(keyOf(draft, path), written);
}

export function forget(draft: string, path: string): void {
  const left = new Map(texts.value);
  left.delete(keyOf(draft, path));
  texts.value = left;
}

addEventListener("beforeunload", (event) => {
  if (isAnythingUnsaved.value) event.preventDefault();
});

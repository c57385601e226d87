/** What happened to the alert in hand, asked once for all who show it. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api.ts";
import type { Alert, Entry } from "../model.ts";
import { useFetched, type Fetched } from "./resource.ts";

const inHand = signal<{ readonly alert: string; readonly entries: readonly Entry[] } | null>(null);

/** The entries as last read; none where they have not been. */
export const entriesOf = (alert: string): readonly Entry[] =>
  inHand.value?.alert === alert ? inHand.value.entries : [];

export function useHistory(alert: Alert): Fetched<readonly Entry[]> {
  const fetched = useFetched(alert.id, alert.version, () => api.history(alert.id), 150);
  useEffect(() => {
    if (fetched.value) inHand.value = { alert: alert.id, entries: fetched.value };
  }, [alert.id, fetched.value]);
  return fetched;
}

/** What the protocol of the alert in hand asks for, and who else is there; kept while it holds. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api.ts";
import type { Alert, DeskOption, Outcome, Person, Protocol } from "../model.ts";
import { useFetched } from "./resource.ts";

const inHand = signal<{ readonly alert: string; readonly told: Protocol } | null>(null);
const general = signal<readonly Outcome[]>([]);
export const desks = signal<readonly DeskOption[]>([]);
export const people = signal<readonly Person[]>([]);

/** The protocol of that alert, where it has been read. */
export const protocolOf = (alert: string): Protocol | null =>
  inHand.value?.alert === alert ? inHand.value.told : null;

/** What the alert can come to: as its protocol says, or as the centre says of all. */
export const outcomesOf = (alert: string): readonly Outcome[] => protocolOf(alert)?.outcomes ?? general.value;

/** Read the protocol with every version of the alert: who did which step is part of it. */
export function useProtocol(alert: Alert): Protocol | null {
  const { value } = useFetched(alert.id, alert.version, () => api.protocol(alert.id), 150);
  useEffect(() => {
    if (value) inHand.value = { alert: alert.id, told: value };
  }, [alert.id, value]);
  return value;
}

/** A failure leaves it unknown until a question needs it, which asks again. */
export async function loadOutcomes(): Promise<void> {
  general.value = await api.outcomes().catch(() => general.value);
}

export async function loadDesks(): Promise<void> {
  desks.value = await api.desks().catch(() => desks.value);
}

export async function loadPeople(): Promise<void> {
  people.value = await api.people().catch(() => people.value);
}

/** Who is signed in beside oneself. */
export const present = computed(() => people.value.filter(({ signed_in }) => signed_in));

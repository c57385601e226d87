/** What makes noise, as the server counts it: alerts that come and go, alerts that have stood for a day. */
import { signal } from "@preact/signals";
import * as api from "../api.ts";
import type { Alert, Noise } from "../model.ts";
import { fill, words } from "../words/index.ts";

const EVERY_MS = 60_000;
const noise = signal<Noise>({ chattering: [], standing: [] });

/** Ask for it now and every minute, for as long as the desk stands. */
export function watchNoise(): () => void {
  const look = (): void => void api.noise().then((told) => (noise.value = told), keepWhatIsKnown);
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => clearInterval(timer);
}

const keepWhatIsKnown = (): void => undefined;

export function noiseOf(alert: Alert): string | null {
  const { flood } = words();
  const chatter = noise.value.chattering.find(({ alerts }) => alerts.includes(alert.id));
  if (chatter) return fill(flood.chattering, chatter.count);
  return noise.value.standing.includes(alert.id) ? flood.standing : null;
}

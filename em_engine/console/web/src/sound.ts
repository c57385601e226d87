/** The tone of an unacknowledged critical alert: it sounds from the stream's handler, not from drawing. */
import { computed, signal } from "@preact/signals";
import { calls, type Alert } from "./model.ts";
import { openAlerts, onTold, revision } from "./queue/book.ts";
import { now } from "./time.ts";

const REPEAT_MS = 4000;
const MUTE_MS = 60_000;

/** Whether the browser lets us sound; it may not before the operator has touched the page. */
export const allowed = signal(false);
const mutedUntil = signal(0);
/** Seconds of silence left, for nothing may stay muted for ever. */
export const mutedFor = computed(() => Math.max(0, Math.ceil((mutedUntil.value - now.value) / 1000)));

export const ringing = computed(() => {
  void revision.value;
  return openAlerts().some(isUnseenCritical);
});

const isUnseenCritical = (alert: Alert): boolean => alert.severity === "critical" && calls(alert);

let context: AudioContext | null = null;
let soundedAt = -Infinity;

/** Begin to watch: once, when an operator is at the desk. */
export function listen(): void {
  onTold(({ alert }, isNew) => isNew && isUnseenCritical(alert) && sound());
  setInterval(() => ringing.peek() && performance.now() - soundedAt >= REPEAT_MS - 100 && sound(), 500);
  for (const gesture of ["pointerdown", "keydown"])
    addEventListener(gesture, () => void arm(), { capture: true });
  void arm();
}

/** Ask the browser; a gesture of the operator is what makes it say yes. */
export async function arm(): Promise<void> {
  if (allowed.peek()) return;
  context ??= makeContext();
  if (!context) return;
  context.onstatechange = () => (allowed.value = context?.state === "running");
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  allowed.value = context.state === "running";
}

function makeContext(): AudioContext | null {
  try {
    return new AudioContext();
  } catch {
    return null; // a machine without a sound card: the control says so
  }
}

/**
 * Armed is muted for a minute, muted is armed; arming sounds once, so that the operator hears that it works.
 */
export async function toggle(): Promise<void> {
  if (allowed.peek() && mutedFor.peek() === 0) {
    mutedUntil.value = now.peek() + MUTE_MS;
    return;
  }
  mutedUntil.value = 0;
  await arm();
  sound();
}

/** Two rising notes, unlike any telephone. */
function sound(): void {
  soundedAt = performance.now();
  if (!context || !allowed.peek() || mutedFor.peek() > 0) return;
  note(context, 740, context.currentTime);
  note(context, 988, context.currentTime + 0.18);
}

function note(audio: AudioContext, hertz: number, at: number): void {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.type = "triangle";
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
  volume.gain.linearRampToValueAtTime(0, at + 0.16);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.17);
}

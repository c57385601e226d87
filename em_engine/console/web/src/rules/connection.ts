/** Whether the engine answers, and still knows who asks. Nothing typed depends on it: it waits here. */
import { batch, signal } from "@preact/signals";
import * as api from "../api.ts";

const ASK_AGAIN_MS = 1500;
const TOLD_MS = 6000;

export type Connection = "answers" | "lost" | "back";
export const connection = signal<Connection>("answers");
/** How often it came back: what could not be read meanwhile is read then. */
export const returns = signal(0);
/** The session has ended while somebody was at work. */
export const isSignedOut = signal(false);

/** Nothing came back, or what stands before the engine says that it is gone. */
export const isUnheard = ({ status }: { readonly status: number }): boolean =>
  status === 0 || status === 502 || status === 504;

api.listening.add((status) => {
  if (isUnheard({ status })) lost();
  else if (connection.peek() === "lost") found();
  if (status === 401) isSignedOut.value = true;
});

function lost(): void {
  if (connection.peek() === "lost") return;
  connection.value = "lost";
  setTimeout(askAgain, ASK_AGAIN_MS);
}

function found(): void {
  batch(() => {
    connection.value = "back";
    returns.value += 1;
  });
  setTimeout(() => connection.peek() === "back" && (connection.value = "answers"), TOLD_MS);
}

function askAgain(): void {
  void doubt().then(() => connection.peek() === "lost" && setTimeout(askAgain, ASK_AGAIN_MS));
}

/** Asks for no more than an answer: each tells that the engine is there, also a refusal. */
export const doubt = (): Promise<unknown> => api.session().catch(() => null);

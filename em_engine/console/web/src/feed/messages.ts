/** What the feed tells the pages it serves, and what they tell it. */
import type { Beat, Queue, Told } from "../model.ts";
import type { Present } from "../queue/presence.ts";

export type Phase = "connecting" | "live" | "lost" | "signed-out";

/** How the feed stands: `heardAt` is when the last event came, in this machine's milliseconds; 0 is never. */
export interface Link {
  readonly phase: Phase;
  readonly heardAt: number;
}

export type Message =
  | { readonly kind: "queue"; readonly queue: Queue; readonly link: Link }
  | { readonly kind: "told"; readonly told: Told; readonly link: Link }
  | { readonly kind: "beat"; readonly beat: Beat; readonly link: Link }
  | { readonly kind: "presence"; readonly present: readonly Present[]; readonly link: Link }
  | { readonly kind: "link"; readonly link: Link };

export type Wish = "signed-in" | "signed-out" | "leaving";

/** The stream beats every two seconds: so long a silence means that it is gone, whatever the socket says.
 *
 * The screen says so within six seconds of the last byte, clocks that tick once a second included.
 */
export const SILENCE_MS = 4500;

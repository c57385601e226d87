/** Something fetched for what is on the screen: while it is fetched anew the last answer stays. */
import { useEffect, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { now } from "../time.ts";
import { isLost } from "./Banner.tsx";

const AGAIN_MS = 5000;

export interface Fetched<T> {
  readonly value: T | null;
  readonly failure: Refused | null;
}

const NONE = { value: null, failure: null };

/** Fetch again whenever `version` changes, and until it succeeds; another `key` forgets the last answer at
 * once.
 */
export function useFetched<T>(
  key: string,
  version: unknown,
  fetchIt: () => Promise<T>,
  restMs = 0,
): Fetched<T> {
  const [kept, keep] = useState<Fetched<T> & { key: string }>({ ...NONE, key });
  const turn = mayPass(kept.failure) && !isLost.value ? Math.ceil(now.value / AGAIN_MS) : 0;
  useEffect(() => {
    let isWanted = true;
    const answer = (value: T): void => void (isWanted && keep({ value, failure: null, key }));
    const failed = (refusal: unknown): void => {
      const failure = refusal instanceof Refused ? refusal : new Refused(0, {});
      if (isWanted) keep((last) => ({ value: last.key === key ? last.value : null, failure, key }));
    };
    const rest = kept.key === key && kept.value !== null ? 0 : restMs;
    const timer = setTimeout(() => void fetchIt().then(answer, failed), rest);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key, version, turn]);
  return kept.key === key ? kept : NONE;
}

/** A server that did not answer, or could not, may do so later; one that said no will say it again. */
function mayPass(failure: Refused | null): boolean {
  return failure !== null && (failure.status === 0 || failure.status >= 500);
}

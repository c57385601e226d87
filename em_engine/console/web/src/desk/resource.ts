/** Something fetched for what is on the screen: while it is fetched anew the last answer stays. */
import { useEffect, useState } from "preact/hooks";
import { Refused } from "../api.ts";

export interface Fetched<T> {
  readonly value: T | null;
  readonly failure: Refused | null;
}

const NONE = { value: null, failure: null };

/** Fetch again whenever `version` changes; another `key` forgets the last answer at once. */
export function useFetched<T>(
  key: string,
  version: unknown,
  fetchIt: () => Promise<T>,
  restMs = 0,
): Fetched<T> {
  const [kept, keep] = useState<Fetched<T> & { key: string }>({ ...NONE, key });
  useEffect(() => {
    let isWanted = true;
    const answer = (fetched: Fetched<T>): void => void (isWanted && keep({ ...fetched, key }));
    const timer = setTimeout(
      () => {
        fetchIt().then(
          (value) => answer({ value, failure: null }),
          (failure: unknown) =>
            answer({ value: null, failure: failure instanceof Refused ? failure : new Refused(0, {}) }),
        );
      },
      kept.key === key && kept.value !== null ? 0 : restMs,
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key, version]);
  return kept.key === key ? kept : NONE;
}

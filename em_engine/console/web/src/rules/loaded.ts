/**
 * Something asked of the server for what is on the screen; while it is asked anew, the last answer stays.
 * What could not be had while the engine did not answer is asked once more when it does.
 */
import { useCallback, useEffect, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { doubt, isUnheard, returns } from "./connection.ts";

export interface Loaded<T> {
  readonly value: T | null;
  readonly failure: Refused | null;
  /** Ask once more: something was changed. */
  readonly again: () => void;
}

interface Kept<T> {
  readonly key: string;
  readonly value: T | null;
  readonly failure: Refused | null;
}

/** Another `key` forgets the last answer at once; an empty one asks for nothing. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [kept, keep] = useState<Kept<T>>({ key, value: null, failure: null });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((last) => last + 1), []);
  useEffect(() => {
    if (key === "") return undefined;
    let isWanted = true;
    const failed = (refusal: unknown): void => {
      const failure = asRefused(refusal);
      if (isWanted) keep((last) => ({ key, value: last.key === key ? last.value : null, failure }));
    };
    void load().then((value) => isWanted && keep({ key, value, failure: null }), failed);
    return () => void (isWanted = false);
  }, [key, turn]);
  useEffect(() => {
    if (kept.failure !== null && isUnheard(kept.failure)) again();
  }, [returns.value]);
  const { value, failure } = kept.key === key ? kept : { value: null, failure: null };
  return { value, failure, again };
}

/** A part of the page that is fetched when it is first wanted; one that did not come is asked for anew. */
export function usePart<T>(load: () => Promise<T>): T | "missing" | null {
  const [part, keep] = useState<{ readonly part: T | "missing" } | null>(null);
  useEffect(() => {
    if (part !== null && part.part !== "missing") return;
    void load().then(
      (found) => keep({ part: found }),
      () => (keep({ part: "missing" }), doubt()),
    );
  }, [returns.value]);
  return part && part.part;
}

export function asRefused(failure: unknown): Refused {
  if (failure instanceof Refused) return failure;
  throw failure;
}

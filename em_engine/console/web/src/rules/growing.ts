/** A long list that grows as its end comes into view: ten thousand rows at once stand still for seconds. */
import { useEffect, useRef, useState } from "preact/hooks";

const STEP = 60;
/** How far from view the end may be to be lengthened already. */
const AHEAD = "500px";

export interface Growing {
  /** How many rows are shown. */
  readonly count: number;
  /** Stands where the list is cut off. */
  readonly end: { current: HTMLElement | null };
}

/** Another `key` is another list: it begins short again. */
export function useGrowing(total: number, key: string): Growing {
  const [grown, grow] = useState({ key, count: STEP });
  const end = useRef<HTMLElement>(null);
  const count = Math.min(grown.key === key ? grown.count : STEP, total);
  useEffect(() => {
    if (end.current === null) return undefined;
    const seen = (found: IntersectionObserverEntry[]): void => {
      if (found.some(({ isIntersecting }) => isIntersecting)) grow({ key, count: count + STEP });
    };
    // Not every browser knows the second margin, that of lists which scroll by themselves.
    const margins = { rootMargin: AHEAD, scrollMargin: AHEAD };
    const watch = new IntersectionObserver(seen, margins);
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [count, total, key]);
  return { count, end };
}

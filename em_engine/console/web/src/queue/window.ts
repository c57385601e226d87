/** Which rows of a long list are drawn. Pure. */

export interface Window {
  readonly first: number;
  readonly end: number;
}

/** The rows in view, and a few on either side so that scrolling shows no gap. */
export function rowsInView(scrollTop: number, height: number, rowHeight: number, count: number): Window {
  const spare = 6;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  return {
    first: Math.min(first, count),
    end: Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare),
  };
}

/** Where to scroll so that row `index` is wholly in view, as little as that takes. */
export function scrollFor(index: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

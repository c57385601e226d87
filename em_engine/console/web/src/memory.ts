/** What a desk keeps between visits: language, theme, keys. Never anything about a person. */

export function remembered<T extends string>(name: string, allowed: readonly T[]): T | null {
  const kept = attempt(() => localStorage.getItem(`em.${name}`));
  return allowed.find((value) => value === kept) ?? null;
}

export function remember(name: string, value: string): void {
  attempt(() => localStorage.setItem(`em.${name}`, value));
}

// A browser may refuse storage altogether; the page then forgets, and works.
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}

/** What was done, so that it can be undone and done again. */
export interface Steps<T> {
  readonly before: readonly T[];
  readonly now: T;
  readonly after: readonly T[];
  /** What the last step did, where steps that do the same are one: a corner moved by ten presses of a key. */
  readonly doing: string | null;
}

/** So many steps can be gone back. */
const STEPS_MAX = 200;

export const begun = <T>(now: T): Steps<T> => ({ before: [], now, after: [], doing: null });

/** One step further; what had been undone cannot be done again. A step that changes nothing is none. */
export function did<T>(steps: Steps<T>, now: T, doing: string | null = null): Steps<T> {
  if (now === steps.now) return steps;
  const isSame = doing !== null && doing === steps.doing;
  const before = isSame ? steps.before : [...steps.before, steps.now].slice(-STEPS_MAX);
  return { before, now, after: [], doing };
}

export function undone<T>(steps: Steps<T>): Steps<T> {
  const now = steps.before.at(-1);
  if (now === undefined) return steps;
  return { before: steps.before.slice(0, -1), now, after: [steps.now, ...steps.after], doing: null };
}

export function doneAgain<T>(steps: Steps<T>): Steps<T> {
  const [now, ...after] = steps.after;
  if (now === undefined) return steps;
  return { before: [...steps.before, steps.now], now, after, doing: null };
}

/** The next step stands for itself, whatever it does. */
export const ended = <T>(steps: Steps<T>): Steps<T> => ({ ...steps, doing: null });

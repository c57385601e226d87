/** Work on thousands of things in slices: between them the page hears keys and draws. */
const SLICE_MS = 12;

/** Does it to each, and rests whenever a slice is over. */
export async function inSlices<T>(all: readonly T[], act: (one: T) => void): Promise<void> {
  let began = performance.now();
  for (const one of all) {
    act(one);
    if (performance.now() - began < SLICE_MS) continue;
    await rest();
    began = performance.now();
  }
}

/** Until the page has done what waits. */
export const rest = (): Promise<void> => new Promise((done) => setTimeout(done));

/** Zones into the draft's files and out of them, also where somebody else saves at the same time. */
import { batch } from "@preact/signals";
import { Refused } from "../../api.ts";
import { fill } from "../../words/index.ts";
import type { Bench } from "./bench.ts";
import * as draw from "./drawing.ts";
import type { Drawing, Zone } from "./drawing.ts";
import { geometryOf } from "./outline.ts";
import * as server from "./server.ts";
import { inSlices } from "./slices.ts";
import * as taken from "./steps.ts";
import { zoneWords } from "./words.ts";

/** Of many that come in at once, so many are named. */
const TOLD_MAX = 5;

/** What is known of a rulebook that is just opened, and what is made of its zones before they are shown. */
export interface Opening {
  readonly files: readonly server.ZoneFile[];
  readonly ready: (drawing: Drawing) => Promise<void>;
}

/** What is saved now, with what was drawn here since; zones both drew stay as drawn here, and are told. */
export async function load(bench: Bench, opening?: Opening): Promise<void> {
  const [told, files] = await Promise.all([
    server.zones(bench.source),
    opening?.files ?? server.files(bench.source),
  ]);
  const theirs: Zone[] = [];
  await inSlices(told, (one) => theirs.push(...draw.drawingOf([one])));
  await opening?.ready(theirs);
  const { drawing, torn } = draw.merged(bench.saved.peek(), bench.drawing.peek(), theirs);
  bench.versions.clear();
  files.forEach(({ path, version }) => bench.versions.set(path, version));
  told.forEach(({ file, version }) => bench.versions.set(file, version)); // as old as what is drawn
  batch(() => {
    bench.files.value = files.map(({ path }) => path);
    bench.uses.value = new Map(told.map(({ id, orders }) => [String(id), orders]));
    bench.saved.value = theirs;
    bench.steps.value = taken.begun(drawing); // a step back would take out what others have saved
    bench.isLoaded.value = true;
  });
  if (torn.length > 0) bench.notice.value = { text: fill(zoneWords().torn, torn.join(", ")) };
}

/** Save all that is not saved. Answers whether it is. */
export async function save(bench: Bench): Promise<boolean> {
  if (bench.isReadOnly || bench.isBusy.peek() || !bench.isDirty.peek()) return !bench.isDirty.peek();
  return busy(bench, async () => {
    const errors = await putAll(bench).catch(async (failure: unknown) => {
      if (!(failure instanceof Refused) || failure.status !== 412) throw failure;
      await load(bench); // somebody saved the same file meanwhile: their zones, and ours among them
      return putAll(bench);
    });
    const { saved, savedWithErrors } = zoneWords();
    bench.notice.value = { text: errors > 0 ? fill(savedWithErrors, errors) : saved };
  });
}

/** While it runs nothing else is begun; a refusal is told. Answers whether it was done. */
async function busy(bench: Bench, act: () => Promise<void>): Promise<boolean> {
  bench.isBusy.value = true;
  try {
    await act();
    bench.saves.value += 1;
    return true;
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    bench.notice.value = { text: zoneWords().notSaved, refused: failure };
    return false;
  } finally {
    bench.isBusy.value = false;
  }
}

/** One zone after the other; what is saved counts as saved even where the next is refused. */
async function putAll(bench: Bench): Promise<number> {
  const { gone, put } = bench.unsaved.peek();
  let errors = 0;
  for (const zone of gone) {
    const told = await server.dropZone(draftOf(bench), zone.id, bench.versions.get(zone.file) ?? "");
    errors = keep(bench, told, zone.file);
    bench.saved.value = draw.withoutZone(bench.saved.peek(), zone.id);
  }
  for (const zone of put) {
    errors = keep(bench, await putOne(bench, zone), zone.file);
    bench.saved.value = [...draw.withoutZone(bench.saved.peek(), zone.id), zone];
  }
  return errors;
}

function putOne(bench: Bench, zone: Zone, new_name?: string): Promise<server.Saved> {
  const { id, file, properties, outline } = zone;
  const body = { geometry: geometryOf(outline), properties, file, ...(new_name ? { new_name } : {}) };
  return server.putZone(draftOf(bench), id, body, bench.versions.get(file));
}

function keep(bench: Bench, { version, errors }: server.Saved, file: string): number {
  if (version === null) bench.versions.delete(file);
  else bench.versions.set(file, version);
  bench.files.value = [...new Set([...bench.files.peek(), file])];
  return errors;
}

function draftOf({ source }: Bench): string {
  if (!("draft" in source)) throw new Error("a revision is not written to");
  return source.draft;
}

/** Under another name, in the orders too: everything drawn is saved with it. */
export async function rename(bench: Bench, zone: Zone, name: string): Promise<boolean> {
  if (!(await save(bench))) return false;
  return busy(bench, async () => {
    await putOne(bench, zone, name);
    await load(bench);
    bench.choose(name);
  });
}

/** A file of others, as zones of the draft. */
export async function bringIn(bench: Bench, file: File, how: server.Importing): Promise<void> {
  const { zones } = await server.importFile(draftOf(bench), file, how, false);
  await load(bench);
  const names = zones.map(({ name }) => name);
  bench.choose(names[0] ?? null);
  bench.notice.value = { text: fill(zoneWords().imported, names.slice(0, TOLD_MAX).join(", ")) };
  bench.saves.value += 1;
}

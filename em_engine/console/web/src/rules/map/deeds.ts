/** What is done to a zone: by the page where it is plain, by the server where it takes true metres. */
import { Refused } from "../../api.ts";
import { fill } from "../../words/index.ts";
import type { Bench } from "./bench.ts";
import { deedOf, type Deed, type Hand, type Pressed } from "./compass.ts";
import * as draw from "./drawing.ts";
import type { Zone } from "./drawing.ts";
import type { Sketch } from "./hands.ts";
import { beside, nearestCorner } from "./metres.ts";
import * as outlines from "./outline.ts";
import { EMPTY, cornersOf, positionAt, type Corner, type Geometry, type Outline } from "./outline.ts";
import * as server from "./server.ts";
import type { Shape } from "./server.ts";
import { save } from "./saving.ts";
import { SKETCHED } from "./toolbox.ts";
import { degrees, length, zoneWords } from "./words.ts";

/** So far a corner moved by keys looks for another to stand on. */
const SNAP_M = 25;

/** What the hand is at, for the keys. */
export function handOf(bench: Bench): Hand {
  if (SKETCHED[bench.tool.value] !== null) return "sketch";
  return bench.corner.value && !bench.isReadOnly ? "corner" : "free";
}

/** Do what the key asks for; the map's own sketch is left to `sketching`. Answers whether it was ours. */
export function press(bench: Bench, pressed: Pressed, sketching: (deed: Deed) => void): boolean {
  const deed = deedOf(pressed, handOf(bench));
  if (!deed) return false;
  if (deed.kind === "undo") bench.undo();
  else if (deed.kind === "again") bench.again();
  else if (deed.kind === "save") void save(bench);
  else if (deed.kind === "step") step(bench, deed.by);
  else if (handOf(bench) === "sketch") sketching(deed);
  else atCorner(bench, deed);
  return true;
}

/** The next corner of the zone in hand, round and round. */
export function step(bench: Bench, by: 1 | -1): void {
  const { value: zone } = bench.zone;
  if (!zone) return;
  const all = cornersOf(zone.outline);
  const held = bench.corner.value;
  const at = held ? indexOf(all, held) + by : by > 0 ? 0 : -1;
  bench.take(all.at(at % all.length) ?? null);
}

export const indexOf = (all: readonly Corner[], { part, ring, at }: Corner): number =>
  all.findIndex((one) => one.part === part && one.ring === ring && one.at === at);

function atCorner(bench: Bench, deed: Deed): void {
  if (deed.kind === "move") moveCorner(bench, deed.east_m, deed.north_m);
  else if (deed.kind === "insert") insertCorner(bench);
  else if (deed.kind === "remove") removeCorner(bench);
  else if (deed.kind === "snap") snapCorner(bench);
  else if (deed.kind === "release") bench.take(null);
}

/** The zone and the corner in hand, where there are both. */
function held(bench: Bench): { zone: Zone; corner: Corner; place: outlines.Position } | null {
  const [zone, corner] = [bench.zone.value, bench.corner.value];
  const place = zone && corner ? positionAt(zone.outline, corner) : undefined;
  return zone && corner && place ? { zone, corner, place } : null;
}

export function moveCorner(bench: Bench, east_m: number, north_m: number): void {
  const at = held(bench);
  if (at) placeCorner(bench, beside(at.place, east_m, north_m));
}

/** Many small moves of one corner are one step to undo. */
export function placeCorner(bench: Bench, to: outlines.Position): void {
  const at = held(bench);
  if (!at) return;
  const { part, ring, at: index } = at.corner;
  const next = outlines.moveCorner(at.zone.outline, at.corner, to);
  bench.redraw(at.zone.id, next, `move ${at.zone.id} ${part} ${ring} ${index}`);
}

export function insertCorner(bench: Bench): void {
  const at = held(bench);
  if (!at) return;
  const next = outlines.insertCorner(at.zone.outline, at.corner);
  if (next === at.zone.outline) return;
  bench.redraw(at.zone.id, next);
  bench.take({ ...at.corner, at: at.corner.at + 1 });
}

export function removeCorner(bench: Bench): void {
  const at = held(bench);
  if (!at) return;
  bench.redraw(at.zone.id, outlines.removeCorner(at.zone.outline, at.corner));
}

/** Away with the hole or part of the corner in hand. */
export function removeRing(bench: Bench): void {
  const at = held(bench);
  if (at) bench.redraw(at.zone.id, outlines.removeRing(at.zone.outline, at.corner));
}

export function snapCorner(bench: Bench): void {
  const at = held(bench);
  if (!at) return;
  const others = bench.drawing.value.filter(({ id }) => id !== at.zone.id).map(({ outline }) => outline);
  const to = nearestCorner(at.place, others, SNAP_M);
  if (to) placeCorner(bench, to);
  else bench.notice.value = { text: fill(zoneWords().nothingToSnap, SNAP_M) };
}

/** What a finished sketch becomes, by the tool it was drawn with. */
export function take(bench: Bench, sketch: Sketch): void {
  const { corners } = sketch;
  const tool = bench.tool.value;
  const zone = bench.zone.value;
  if (tool === "measure") return void measure(bench, corners);
  if (bench.isReadOnly) return;
  if (tool === "area") return drawNew(bench, outlines.addPart(EMPTY, corners));
  if (tool === "circle")
    return drawNew(bench, reaching(corners.slice(0, 1), sketch.radius_m ?? bench.reach_m.value));
  if (tool === "corridor") return drawNew(bench, reaching(corners, bench.reach_m.value));
  if (!zone) return;
  bench.hold("edit");
  if (tool === "part") bench.redraw(zone.id, outlines.addPart(zone.outline, corners));
  if (tool === "hole") drill(bench, zone, corners);
  if (tool === "cut") void cut(bench, zone, ringGeometry(corners));
  if (tool === "split") void split(bench, zone, corners);
}

const reaching = (way: outlines.Corners, radius_m: number): Outline => ({
  ...EMPTY,
  parts: [[way.map(outlines.rounded)]],
  radius_m: Math.max(1, Math.round(radius_m)),
});

function drawNew(bench: Bench, outline: Outline): void {
  bench.add(outline, zoneWords().newZone);
  bench.hold("edit");
}

function drill(bench: Bench, zone: Zone, corners: outlines.Corners): void {
  const next = outlines.addHole(zone.outline, corners);
  if (next === zone.outline) bench.notice.value = { text: zoneWords().holeOutside };
  else bench.redraw(zone.id, next);
}

async function measure(bench: Bench, way: outlines.Corners): Promise<void> {
  bench.measure(way);
  const told = await server.measure(way).catch(() => null); // without it the page's own figure stands
  if (told && bench.measured.peek() === way) bench.measured_m.value = told.total_m;
}

const ringGeometry = (corners: outlines.Corners): Geometry =>
  outlines.geometryOf({ ...EMPTY, parts: [[corners]] });

/** Ask the server, and take what comes of it; a refusal is told. */
async function asked<T>(bench: Bench, asking: () => Promise<T>, use: (answer: T) => void): Promise<void> {
  bench.isBusy.value = true;
  try {
    use(await asking());
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    bench.notice.value = { text: zoneWords().refused, refused: failure };
  } finally {
    bench.isBusy.value = false;
  }
}

/** The zone as the server drew it; where nothing is left of it, it stays as it was. */
function becomes(bench: Bench, zone: Zone, { geometry }: Shape): void {
  const next = outlines.outlineOf(geometry, undefined);
  if (!next) bench.notice.value = { text: zoneWords().nothingLeft };
  else bench.redraw(zone.id, { ...next, isMulti: zone.outline.isMulti || next.isMulti });
}

async function cut(bench: Bench, zone: Zone, away: Geometry): Promise<void> {
  const cutting = async (): Promise<Shape> => server.cut(await server.area(zone.outline), away);
  await asked(bench, cutting, (shape) => becomes(bench, zone, shape));
}

/** The zone keeps the largest part; the others become zones of their own. */
async function split(bench: Bench, zone: Zone, line: outlines.Corners): Promise<void> {
  await asked(
    bench,
    () => server.split(outlines.geometryOf(zone.outline), line),
    (parts) => {
      const drawn = parts.toSorted((one, other) => other.figures.area_m2 - one.figures.area_m2);
      const [largest, ...others] = drawn.flatMap(({ geometry }) => outlines.outlineOf(geometry, null) ?? []);
      if (!largest || others.length === 0) return void (bench.notice.value = { text: zoneWords().notSplit });
      bench.whenGranted(zone.id, (id) => {
        bench.did(draw.withOutline(bench.drawing.value, id, largest));
        for (const other of others) bench.add(other, draw.titleOf(zone), zone);
        bench.choose(id);
      });
    },
  );
}

/** Wider by so many metres, or narrower. Of a place or way it is the reach that grows. */
export async function widen(bench: Bench, zone: Zone, by_m: number): Promise<void> {
  const { radius_m } = zone.outline;
  if (radius_m !== null && radius_m + by_m > 0)
    return bench.redraw(zone.id, { ...zone.outline, radius_m: radius_m + by_m });
  await asked(
    bench,
    () => server.buffer(zone.outline, by_m),
    (shape) => becomes(bench, zone, shape),
  );
}

export const simplify = (bench: Bench, zone: Zone, by_m: number): Promise<void> =>
  asked(
    bench,
    () => server.simplify(zone.outline, by_m),
    (shape) => becomes(bench, zone, shape),
  );

/** One zone of two: this one takes the other's ground in. */
export async function join(bench: Bench, zone: Zone, other: Zone): Promise<void> {
  const joining = async (): Promise<Shape> =>
    server.union([await server.area(zone.outline), await server.area(other.outline)]);
  await asked(bench, joining, (shape) => becomes(bench, zone, shape));
}

/** What a wearer can cross while help is on its way, as a zone of its own. */
export const ring = (bench: Bench, zone: Zone, minutes: number, speed_kmh: number): Promise<void> =>
  asked(
    bench,
    () => server.ring(zone.outline, minutes, speed_kmh),
    ({ geometry }) => {
      const outline = outlines.outlineOf(geometry, undefined);
      const title = fill(zoneWords().ringTitle, draw.titleOf(zone), minutes);
      if (outline) bench.add(outline, title, zone);
    },
  );

/** A zone of a place by name, taken in hand. */
export const placed = (bench: Bench, place: server.Place, use: (zone: Zone) => void): Promise<void> =>
  asked(
    bench,
    () => server.placeZone(place, bench.reach_m.value),
    ({ name, properties, geometry }) => {
      const outline = outlines.outlineOf(geometry, properties["radius_m"]);
      if (!outline) return;
      use(bench.add(outline, name, undefined, properties));
      const doubt_m = place.outline_accuracy_m;
      if (doubt_m > 0) bench.notice.value = { text: fill(zoneWords().placeDoubt, name, length(doubt_m)) };
    },
  );

export function repair(bench: Bench): void {
  const [zone, shape] = [bench.zone.value, bench.shape.value];
  if (zone && shape?.repaired) becomes(bench, zone, { ...shape, geometry: shape.repaired });
}

/** Let the server look at the outline in hand; an answer for one that is drawn over is let go. */
export async function check(bench: Bench, outline: Outline): Promise<void> {
  const shape = await server.check(outline).catch(() => null);
  if (shape && bench.zone.peek()?.outline === outline) bench.checked.value = { outline, shape };
}

/** Where the corner in hand is, for who hears the page. */
export function told(bench: Bench): string {
  const at = held(bench);
  if (!at) return "";
  const all = cornersOf(at.zone.outline);
  return fill(zoneWords().cornerAt, indexOf(all, at.corner) + 1, all.length, degrees(at.place));
}

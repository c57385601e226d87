/** All zones of a rulebook as they are drawn at the moment, and what of it has yet to be saved. */
import { geometryOf, outlineOf, type Geometry, type Outline } from "./outline.ts";

export interface Zone {
  readonly id: string;
  /** As the rulebook names it: `zones/schools.geojson`. */
  readonly file: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly outline: Outline;
}

export type Drawing = readonly Zone[];

/** A zone as the server tells it, with what of the rulebook hangs on it. */
export interface Told {
  readonly id: string | number;
  readonly geometry: Geometry | null;
  readonly properties: Readonly<Record<string, unknown>> | null;
  readonly file: string;
  readonly version: string;
  readonly orders: readonly Use[];
}

/** An order, and its conditions that name the zone. */
export interface Use {
  readonly order: string;
  readonly conditions: readonly string[];
}

/** What can be drawn of what was told; what is no zone's geometry stays in its file as it is. */
export const drawingOf = (told: readonly Told[]): Drawing =>
  told.flatMap(({ id, file, geometry, properties }) => {
    const outline = outlineOf(geometry, properties?.["radius_m"]);
    return outline ? [{ id: String(id), file, properties: properties ?? {}, outline }] : [];
  });

export const titleOf = ({ id, properties }: Pick<Zone, "id" | "properties">): string =>
  String(properties["name"] ?? properties["title"] ?? id);

export const zoneIn = (drawing: Drawing, id: string | null): Zone | undefined =>
  drawing.find((zone) => zone.id === id);

export const withOutline = (drawing: Drawing, id: string, outline: Outline): Drawing =>
  changed(drawing, id, (zone) => (zone.outline === outline ? zone : { ...zone, ...reaching(zone, outline) }));

/** The reach stands among the properties of the file. */
function reaching({ properties }: Zone, outline: Outline): Pick<Zone, "outline" | "properties"> {
  const { radius_m } = outline;
  if ((properties["radius_m"] ?? null) === radius_m) return { outline, properties };
  const { radius_m: _, ...others } = properties;
  return { outline, properties: radius_m === null ? others : { ...others, radius_m } };
}

export const withTitle = (drawing: Drawing, id: string, title: string): Drawing =>
  changed(drawing, id, (zone) =>
    titleOf(zone) === title ? zone : { ...zone, properties: { ...zone.properties, name: title } },
  );

/** The same zone under another id, in another file: before it is saved nothing hangs on either. */
export const withPlace = (drawing: Drawing, id: string, place: Pick<Zone, "id" | "file">): Drawing =>
  changed(drawing, id, (zone) => ({ ...zone, ...place }));

function changed(drawing: Drawing, id: string, change: (zone: Zone) => Zone): Drawing {
  const next = drawing.map((zone) => (zone.id === id ? change(zone) : zone));
  return next.every((zone, at) => zone === drawing[at]) ? drawing : next;
}

/** The zone under that title; `said` is what else its source says of it. */
export function withNew(
  drawing: Drawing,
  zone: Omit<Zone, "properties">,
  title: string,
  said: Zone["properties"] = {},
): Drawing {
  const { radius_m } = zone.outline;
  const own = radius_m === null ? { name: title } : { name: title, radius_m };
  return [...drawing, { ...zone, properties: { ...said, ...own } }];
}

export const withoutZone = (drawing: Drawing, id: string): Drawing =>
  drawing.filter((zone) => zone.id !== id);

/** The name, or with the first number that makes it one nobody has. */
export function freeName(drawing: Drawing, wanted: string): string {
  const taken = new Set(drawing.map(({ id }) => id));
  const counted = (count: number): string => (count === 1 ? wanted : `${wanted}-${count}`);
  let count = 1;
  while (taken.has(counted(count))) count += 1;
  return counted(count);
}

/** A name as rulebooks write it: small letters and hyphens, the letters of all languages kept. */
export const slug = (title: string): string =>
  title
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, "-")
    .replace(/^-+|-+$/g, "");

/** What saving has to do, in its order. */
export interface Unsaved {
  readonly gone: Drawing;
  readonly put: Drawing;
}

export function unsaved(saved: Drawing, now: Drawing): Unsaved {
  const [before, after] = [byId(saved), byId(now)];
  return {
    gone: saved.filter(({ id }) => !after.has(id)),
    put: now.filter((zone) => !isSame(zone, before.get(zone.id))),
  };
}

/** Asked with every stroke of the hand, and a rulebook has ten thousand homes. */
const byId = (drawing: Drawing): ReadonlyMap<string, Zone> => new Map(drawing.map((zone) => [zone.id, zone]));

/** Whether both would be written alike. */
export const isSame = (one: Zone | undefined, other: Zone | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && written(one) === written(other));

const written = ({ file, properties, outline }: Zone): string =>
  JSON.stringify([file, Object.entries(properties).toSorted(), geometryOf(outline)]);

/** What was drawn here since `saved`, upon what others have saved meanwhile; `torn` are drawn by both. */
export function merged(
  saved: Drawing,
  mine: Drawing,
  theirs: Drawing,
): { readonly drawing: Drawing; readonly torn: readonly string[] } {
  const { gone, put } = unsaved(saved, mine);
  const own = new Map<string, Zone | null>([
    ...gone.map(({ id }) => [id, null] as const),
    ...put.map((zone) => [zone.id, zone] as const),
  ]);
  const taken = theirs.flatMap((zone) => (own.has(zone.id) ? (own.get(zone.id) ?? []) : zone));
  const [stood, stands] = [byId(saved), byId(theirs)];
  const added = put.filter(({ id }) => !stands.has(id));
  const isTorn = (id: string): boolean => {
    const [before, other] = [stood.get(id), stands.get(id)];
    return !isSame(before, other) && !isSame(own.get(id) ?? undefined, other);
  };
  return { drawing: [...taken, ...added], torn: [...own.keys()].filter(isTorn) };
}

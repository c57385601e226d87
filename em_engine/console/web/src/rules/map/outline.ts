/**
 * A zone's outline as it is drawn: parts, their rings, their corners; or a place or way with its reach.
 * Nothing is changed in place: every step of the drawing can be gone back to.
 */

/** Longitude and latitude in degrees; what stands behind them, a height, is kept. */
export type Position = readonly [lon: number, lat: number, ...more: number[]];
/** Without the last position of GeoJSON, which says the first one again. */
export type Corners = readonly Position[];

export interface Outline {
  /** The first ring of a part is its edge, the others are holes. A place or way is one ring of one part. */
  readonly parts: readonly (readonly Corners[])[];
  /** How far the zone reaches around its place or way; null where it has an outline of its own. */
  readonly radius_m: number | null;
  /** Whether the file writes it as a MultiPolygon, even of one part. */
  readonly isMulti: boolean;
}

/** One corner of an outline. */
export interface Corner {
  readonly part: number;
  readonly ring: number;
  readonly at: number;
}

export interface Geometry {
  readonly type: string;
  readonly coordinates: unknown;
}

/** Of a degree: a centimetre on the ground, as `em rules import` writes. */
const DECIMALS = 7;

export const rounded = ([lon, lat]: Position): Position => [toGrid(lon), toGrid(lat)];
const toGrid = (degrees: number): number => Number(degrees.toFixed(DECIMALS));

export const EMPTY: Outline = { parts: [], radius_m: null, isMulti: false };

/** The outline of a geometry of the file; null where a zone cannot have such a one. */
export function outlineOf(geometry: Geometry | null, radius_m: unknown): Outline | null {
  const { type, coordinates } = geometry ?? { type: "", coordinates: null };
  try {
    const reach = typeof radius_m === "number" ? radius_m : 0;
    if (type === "Point") return { ...EMPTY, parts: [[[coordinates as Position]]], radius_m: reach };
    if (type === "LineString") return { ...EMPTY, parts: [[coordinates as Corners]], radius_m: reach };
    if (type === "Polygon") return { ...EMPTY, parts: [opened(coordinates as Corners[])] };
    if (type !== "MultiPolygon") return null;
    return { ...EMPTY, parts: (coordinates as Corners[][]).map(opened), isMulti: true };
  } catch {
    return null; // not even lists: the check of the file tells where
  }
}

const opened = (rings: readonly Corners[]): Corners[] => rings.map((ring) => ring.slice(0, -1));
const closed = (corners: Corners): Corners => [...corners, ...corners.slice(0, 1)];

/** The geometry as the file writes it. */
export function geometryOf({ parts, radius_m, isMulti }: Outline): Geometry {
  if (radius_m !== null) {
    const way = parts[0]?.[0] ?? [];
    return way.length === 1
      ? { type: "Point", coordinates: way[0] }
      : { type: "LineString", coordinates: way };
  }
  const drawn = parts.map((rings) => rings.map(closed));
  return drawn.length === 1 && !isMulti
    ? { type: "Polygon", coordinates: drawn[0] }
    : { type: "MultiPolygon", coordinates: drawn };
}

export const ringAt = (outline: Outline, { part, ring }: Omit<Corner, "at">): Corners | undefined =>
  outline.parts[part]?.[ring];

export const positionAt = (outline: Outline, corner: Corner): Position | undefined =>
  ringAt(outline, corner)?.[corner.at];

/** Every corner in the order of the file. */
export const cornersOf = (outline: Outline): Corner[] =>
  outline.parts.flatMap((rings, part) =>
    rings.flatMap((corners, ring) => corners.map((_, at) => ({ part, ring, at }))),
  );

/** How few corners a ring may have; fewer are no area, no way, no place. */
export const fewest = ({ radius_m }: Outline): number => (radius_m === null ? 3 : 1);

export const moveCorner = (outline: Outline, corner: Corner, to: Position): Outline =>
  withRing(outline, corner, (corners) => corners.with(corner.at, rounded(to)));

/** A corner more, between this one and the next: where asked, else halfway. */
export function insertCorner(outline: Outline, corner: Corner, to?: Position): Outline {
  const corners = ringAt(outline, corner) ?? [];
  const here = corners[corner.at];
  const next = corners[corner.at + 1] ?? (outline.radius_m === null ? corners[0] : undefined);
  const place = to ?? (here && next && halfway(here, next));
  if (!place) return outline;
  return withRing(outline, corner, (ring) => ring.toSpliced(corner.at + 1, 0, rounded(place)));
}

const halfway = (here: Position, there: Position): Position => [
  (here[0] + there[0]) / 2,
  (here[1] + there[1]) / 2,
];

/** Without the corner; a hole or a part that has too few left goes whole, and the last part stays. */
export function removeCorner(outline: Outline, corner: Corner): Outline {
  const corners = ringAt(outline, corner) ?? [];
  if (corners.length > fewest(outline))
    return withRing(outline, corner, (ring) => ring.toSpliced(corner.at, 1));
  return removeRing(outline, corner);
}

/** Without that hole, or without that part where the ring is its edge; what is the last stays. */
export function removeRing(outline: Outline, { part, ring }: Omit<Corner, "at">): Outline {
  if (ring > 0) return withPart(outline, part, (rings) => rings.toSpliced(ring, 1));
  return outline.parts.length > 1 ? { ...outline, parts: outline.parts.toSpliced(part, 1) } : outline;
}

/** Everything moved alike by so many degrees. */
export function moveAll(outline: Outline, lon: number, lat: number): Outline {
  const moved = (one: Position): Position => rounded([one[0] + lon, one[1] + lat]);
  return { ...outline, parts: outline.parts.map((rings) => rings.map((ring) => ring.map(moved))) };
}

/** A hole in the part that holds its first corner; the same outline where no part does. */
export function addHole(outline: Outline, hole: Corners): Outline {
  const part = outline.parts.findIndex(([edge]) => edge && hole[0] && isInside(hole[0], edge));
  if (part < 0 || hole.length < 3) return outline;
  return withPart(outline, part, (rings) => [...rings, turned(hole.map(rounded), "clockwise")]);
}

export function addPart(outline: Outline, edge: Corners): Outline {
  const part = [turned(edge.map(rounded), "counter-clockwise")];
  return { ...outline, parts: [...outline.parts, part] };
}

/** The outline as drawn by hand on the map; a corner that stands where one stood keeps its digits. */
export function redrawn(before: Outline, parts: Outline["parts"]): Outline {
  const digits = (one: Position): string => rounded(one).join(" ");
  const known = new Map(before.parts.flat(2).map((one) => [digits(one), one]));
  const kept = (one: Position): Position => known.get(digits(one)) ?? rounded(one);
  return { ...before, parts: parts.map((rings) => rings.map((ring) => ring.map(kept))) };
}

function withPart(
  outline: Outline,
  part: number,
  change: (rings: readonly Corners[]) => readonly Corners[],
): Outline {
  const rings = outline.parts[part];
  return rings ? { ...outline, parts: outline.parts.with(part, change(rings)) } : outline;
}

const withRing = (
  outline: Outline,
  { part, ring }: Omit<Corner, "at">,
  change: (corners: Corners) => Corners,
): Outline =>
  withPart(outline, part, (rings) => (rings[ring] ? rings.with(ring, change(rings[ring])) : rings));

/** Edges of parts turn against the clock, holes with it (RFC 7946, section 3.1.6). */
export function turned(corners: Corners, way: "clockwise" | "counter-clockwise"): Corners {
  const isClockwise = signedArea(corners) < 0;
  return isClockwise === (way === "clockwise") ? corners : corners.toReversed();
}

/** In square degrees; below 0 where the ring turns with the clock. */
const signedArea = (corners: Corners): number =>
  corners.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % corners.length]!;
    return sum + x * nextY - nextX * y;
  }, 0) / 2;

/** Whether the position lies in the ring, whatever its holes. */
export function isInside([x, y]: Position, corners: Corners): boolean {
  let isIn = false;
  corners.forEach(([ax, ay], at) => {
    const [bx, by] = corners[(at + 1) % corners.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  });
  return isIn;
}

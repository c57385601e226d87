/** Metres near a place: what is shown while the hand still draws. What counts is asked of the server. */
import { cornersOf, type Corners, type Outline, type Position } from "./outline.ts";

const SEMI_MAJOR_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_14;
const RADIANS = Math.PI / 180;

/** Metres of a degree east and of a degree north on the ellipsoid (WGS 84) at this latitude. */
export function metresADegree(lat: number): readonly [east: number, north: number] {
  const sin = Math.sin(lat * RADIANS);
  const curve = 1 - ECCENTRICITY_SQUARED * sin * sin;
  const normal = SEMI_MAJOR_M / Math.sqrt(curve);
  const meridian = (normal * (1 - ECCENTRICITY_SQUARED)) / curve;
  return [RADIANS * normal * Math.cos(lat * RADIANS), RADIANS * meridian];
}

/** The place so many metres east and north of this one. */
export function beside([lon, lat]: Position, east_m: number, north_m: number): Position {
  const [east, north] = metresADegree(lat);
  return [lon + east_m / east, lat + north_m / north];
}

/** How far apart the two are: right to a millimetre in a hundred metres, to metres across a county. */
export function apart_m(here: Position, there: Position): number {
  const [east, north] = metresADegree((here[1] + there[1]) / 2);
  return Math.hypot((there[0] - here[0]) * east, (there[1] - here[1]) * north);
}

/** The length of a way, or of a ring with its closing side. */
export function length_m(corners: Corners, isClosed: boolean): number {
  const ends = isClosed ? [...corners.slice(1), ...corners.slice(0, 1)] : corners.slice(1);
  return ends.reduce((sum, end, at) => sum + apart_m(corners[at]!, end), 0);
}

/** Of a ring; never below 0. */
export function area_m2(corners: Corners): number {
  const [first] = corners;
  if (!first) return 0;
  const middle = corners.reduce((sum, [, lat]) => sum + lat, 0) / corners.length;
  const [east, north] = metresADegree(middle);
  const flat = corners.map(([lon, lat]) => [(lon - first[0]) * east, (lat - first[1]) * north] as const);
  const twice = flat.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = flat[(at + 1) % flat.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** What a zone covers: its parts without their holes, or what lies within reach of its place or way. */
export function covered_m2({ parts, radius_m }: Outline): number {
  const way = parts[0]?.[0] ?? [];
  if (radius_m !== null) return Math.PI * radius_m ** 2 + 2 * radius_m * length_m(way, false);
  return parts.reduce((sum, [edge = [], ...holes]) => {
    return sum + area_m2(edge) - holes.reduce((hollow, hole) => hollow + area_m2(hole), 0);
  }, 0);
}

/** The circle of this radius as corners: for the eye. */
export function circle(middle: Position, radius_m: number): Corners {
  return Array.from({ length: 72 }, (_, at) => {
    const angle = (at * Math.PI) / 36;
    return beside(middle, radius_m * Math.cos(angle), radius_m * Math.sin(angle));
  });
}

/** The nearest corner of these outlines within so many metres: what a corner moved by keys snaps to. */
export function nearestCorner(
  here: Position,
  outlines: readonly Outline[],
  within_m: number,
): Position | null {
  let [nearest, least_m]: [Position | null, number] = [null, within_m];
  for (const outline of outlines) {
    for (const { part, ring, at } of cornersOf(outline)) {
      const there = outline.parts[part]![ring]![at]!;
      const away_m = apart_m(here, there);
      if (away_m > 0 && away_m <= least_m) [nearest, least_m] = [there, away_m];
    }
  }
  return nearest;
}

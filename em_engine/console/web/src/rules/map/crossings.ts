/** Where an outline crosses or touches itself, told while it is drawn. The server has the last word. */
import { isInside, type Corners, type Outline, type Position } from "./outline.ts";

/** So many sides are looked through while the hand draws; a larger outline waits for the server. */
const SIDES_MAX = 20_000;

interface Side {
  readonly from: Position;
  readonly to: Position;
  readonly ring: number;
  readonly at: number;
  readonly count: number;
}

/** The places where two sides meet that should not, or where a hole lies outside; null where too large. */
export function crossings({ parts, radius_m }: Outline): readonly Position[] | null {
  if (radius_m !== null) return [];
  const rings = parts.flat();
  const sides = rings.flatMap(sidesOf);
  if (sides.length > SIDES_MAX) return null;
  const found = neighbours(sides).flatMap(([one, other]) => meeting(one, other));
  return distinct(found.length > 0 ? found : strayHoles(parts));
}

/** The pairs of sides whose boxes overlap, each pair in the order of the outline. From west to east, a side
 * is held against those that begin before it ends.
 */
function neighbours(sides: readonly Side[]): (readonly [Side, Side])[] {
  const order = new Map(sides.map((side, at) => [side, at]));
  const fromWest = sides.toSorted((one, other) => westOf(one) - westOf(other));
  const pairs: (readonly [Side, Side])[] = [];
  fromWest.forEach((side, first) => {
    for (let at = first + 1; at < fromWest.length && westOf(fromWest[at]!) <= eastOf(side); at += 1) {
      const other = fromWest[at]!;
      if (!overlap(side, other)) continue;
      pairs.push(order.get(side)! < order.get(other)! ? [side, other] : [other, side]);
    }
  });
  return pairs;
}

const westOf = ({ from, to }: Side): number => Math.min(from[0], to[0]);
const eastOf = ({ from, to }: Side): number => Math.max(from[0], to[0]);

/** Whether the two sides reach the same latitudes. */
const overlap = (one: Side, other: Side): boolean =>
  Math.max(one.from[1], one.to[1]) >= Math.min(other.from[1], other.to[1]) &&
  Math.max(other.from[1], other.to[1]) >= Math.min(one.from[1], one.to[1]);

function sidesOf(corners: Corners, ring: number): Side[] {
  const count = corners.length;
  return corners.map((from, at) => ({ from, to: corners[(at + 1) % count]!, ring, at, count }));
}

/** Neighbours share a corner, and nothing else may be shared; rings may touch in single corners. */
function meeting(one: Side, other: Side): Position[] {
  const isSame = one.ring === other.ring;
  const follows = isSame && (other.at === one.at + 1 || (one.at === 0 && other.at === one.count - 1));
  if (follows) return foldsBack(one, other);
  const place = crossing(one, other);
  return place ? [place] : isSame ? touching(one, other) : [];
}

/** The side of the line through a and b on which c lies: above 0, below 0, or on it. */
const turn = (a: Position, b: Position, c: Position): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function crossing(one: Side, other: Side): Position | null {
  const [from, to] = [turn(other.from, other.to, one.from), turn(other.from, other.to, one.to)];
  const isAcross = turn(one.from, one.to, other.from) * turn(one.from, one.to, other.to) < 0;
  if (from * to >= 0 || !isAcross) return null;
  const share = from / (from - to);
  const along = (axis: 0 | 1): number => one.from[axis] + share * (one.to[axis] - one.from[axis]);
  return [along(0), along(1)];
}

/** A corner of one side that lies on the other: a ring may not touch itself. */
function touching(one: Side, other: Side): Position[] {
  const isOn = (place: Position, side: Side): boolean =>
    turn(side.from, side.to, place) === 0 && isBetween(place, side);
  return [
    ...[other.from, other.to].filter((place) => isOn(place, one)),
    ...[one.from, one.to].filter((place) => isOn(place, other)),
  ];
}

const isBetween = (place: Position, { from, to }: Side): boolean =>
  [0, 1].every(
    (axis) =>
      place[axis]! >= Math.min(from[axis]!, to[axis]!) && place[axis]! <= Math.max(from[axis]!, to[axis]!),
  );

/** A side that runs back along the one before it: a spike without width. */
function foldsBack(one: Side, other: Side): Position[] {
  const [shared, far, end] =
    other.at === one.at + 1 ? [one.to, one.from, other.to] : [one.from, one.to, other.from];
  if (turn(far, shared, end) !== 0) return [];
  const isBack =
    (far[0] - shared[0]) * (end[0] - shared[0]) + (far[1] - shared[1]) * (end[1] - shared[1]) > 0;
  return isBack ? [shared] : [];
}

/** A corner of each hole that lies outside its part's edge. */
const strayHoles = (parts: Outline["parts"]): Position[] =>
  parts.flatMap(([edge = [], ...holes]) =>
    holes.flatMap((hole) =>
      hole.filter((corner) => !isInside(corner, edge) && !isOnEdge(corner, edge)).slice(0, 1),
    ),
  );

const isOnEdge = (place: Position, edge: Corners): boolean =>
  sidesOf(edge, 0).some((side) => turn(side.from, side.to, place) === 0 && isBetween(place, side));

function distinct(places: readonly Position[]): Position[] {
  return [...new Map(places.map((place) => [`${place[0]} ${place[1]}`, place])).values()];
}

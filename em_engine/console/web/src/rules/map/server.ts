/** What the zone editor asks of the server: zones and their files, and geometry in true metres. */
import { ask, send, sendFile } from "../../api.ts";
import type { Coded, Worded } from "../words.ts";
import type { Told } from "./drawing.ts";
import { geometryOf, type Geometry, type Outline, type Position } from "./outline.ts";

/** A draft, which can be changed, or a revision, which cannot. */
export type Source = { readonly draft: string } | { readonly revision: string };

export const bookOf = (source: Source): string => ("draft" in source ? source.draft : source.revision);

const at = (...parts: readonly string[]): string =>
  `/api/rules/${parts.map((part) => encodeURIComponent(part)).join("/")}`;

export const zones = async (source: Source): Promise<readonly Told[]> =>
  (await ask<{ features: readonly Told[] }>(`${at("books", bookOf(source), "zones")}?outlines=false`))
    .features;

export interface Saved {
  readonly path: string;
  /** Of the file; null where it is gone. */
  readonly version: string | null;
  readonly errors: number;
  readonly warnings: number;
}

/** The file as it was seen; where there was none, there must still be none. */
const seen = (version: string | undefined): Record<string, string> =>
  version === undefined ? { "If-None-Match": "*" } : { "If-Match": `"${version}"` };

export interface Put {
  readonly geometry: Geometry;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly new_name?: string;
}

export const putZone = (draft: string, id: string, zone: Put, version?: string): Promise<Saved> =>
  send(at("drafts", draft, "zones", id), zone, seen(version), "PUT");

export const dropZone = (draft: string, id: string, version: string): Promise<Saved> =>
  send(at("drafts", draft, "zones", id), undefined, seen(version), "DELETE");

export interface Figures {
  readonly area_m2: number;
  readonly perimeter_m: number;
  readonly length_m?: number;
}

export interface Flaw extends Worded {
  readonly code: string;
  readonly at: Position | null;
}

/** A geometry as the server measured it, and how it would be repaired. */
export interface Shape {
  readonly geometry: Geometry | null;
  readonly figures: Figures;
  readonly is_valid: boolean;
  readonly problems: readonly Flaw[];
  readonly repaired: Geometry | null;
  readonly reach_m?: number;
}

const geometry = <T>(what: string, body: object): Promise<T> => send(at("geometry", what), body);

/** An outline in the words of the server: its geometry and, of a place or way, how far it reaches. */
export const spoken = (outline: Outline): { geometry: Geometry; radius_m?: number } => ({
  geometry: geometryOf(outline),
  ...(outline.radius_m === null ? {} : { radius_m: outline.radius_m }),
});

export const check = (outline: Outline): Promise<Shape> => geometry("check", spoken(outline));
export const buffer = (outline: Outline, by_m: number): Promise<Shape> =>
  geometry("buffer", { ...spoken(outline), by_m });
export const simplify = (outline: Outline, by_m: number): Promise<Shape> =>
  geometry("simplify", { geometry: geometryOf(outline), by_m });
export const cut = (zone: Geometry, away: Geometry): Promise<Shape> =>
  geometry("cut", { geometry: zone, away });
export const union = (geometries: readonly Geometry[]): Promise<Shape> => geometry("union", { geometries });
export const split = async (zone: Geometry, line: readonly Position[]): Promise<readonly Shape[]> =>
  (
    await geometry<{ parts: readonly Shape[] }>("split", {
      geometry: zone,
      line: { type: "LineString", coordinates: line },
    })
  ).parts;
export const ring = (outline: Outline, minutes: number, speed_kmh: number): Promise<Shape> =>
  geometry("ring", { ...spoken(outline), minutes, speed_kmh });
export const measure = (line: readonly Position[]): Promise<{ legs_m: readonly number[]; total_m: number }> =>
  geometry("measure", { line });

/** The area an outline covers: a place or way with its reach drawn as the engine takes it. */
export async function area(outline: Outline): Promise<Geometry> {
  const { geometry: told, radius_m } = spoken(outline);
  if (radius_m === undefined) return told;
  const isPlace = told.type === "Point";
  const shape = await geometry<Shape>(
    isPlace ? "circle" : "corridor",
    isPlace ? { centre: told.coordinates, radius_m } : { line: told, radius_m },
  );
  return shape.geometry!;
}

/** A place by name: an area with its number, or an address. */
export interface Place {
  readonly level: "municipality" | "county" | "country" | "address";
  readonly number: string;
  readonly name: string;
  readonly outline_accuracy_m: number;
}

export interface PlaceZone {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: Geometry;
}

export interface Places {
  readonly places: readonly Place[];
  readonly has_addresses: boolean;
}

const asked = (query: Record<string, string>): string => new URLSearchParams(query).toString();

export const places = (q: string): Promise<Places> => ask(`${at("places")}?${asked({ q })}`);

/** The zone of a place; of an address the circle of that radius. */
export const placeZone = ({ level, number, name }: Place, radius_m: number): Promise<PlaceZone> =>
  level === "address"
    ? ask(`${at("places", "address")}?${asked({ q: name, radius_m: String(radius_m) })}`)
    : ask(`${at("places", "area")}?${asked({ level, number })}`);

export interface Imported {
  readonly path: string;
  readonly is_saved: boolean;
  readonly zones: readonly {
    readonly name: string;
    readonly corners: number;
    readonly notices: readonly string[];
    readonly notice_codes?: readonly (Coded | null)[];
  }[];
}

/** How a file of others becomes zones; what is left out is found out by the server. */
export interface Importing {
  readonly name?: string;
  readonly name_field?: string;
  readonly prefix?: string;
  readonly radius_m?: string;
  readonly layer?: string;
  readonly crs?: string;
  readonly encoding?: string;
}

export function importFile(draft: string, file: File, how: Importing, isTrial: boolean): Promise<Imported> {
  const asked = Object.entries(how).filter(([, value]) => value !== "" && value !== undefined);
  const query = new URLSearchParams({ ...Object.fromEntries(asked), filename: file.name });
  query.set("dry_run", String(isTrial));
  return sendFile(`${at("drafts", draft, "import")}?${query.toString()}`, file, "application/octet-stream");
}

/** What changed of the zones between two books, as covered areas. */
export interface ZoneDifference {
  readonly name: string;
  readonly how: "added" | "removed" | "changed";
  readonly before: Geometry | null;
  readonly after: Geometry | null;
  readonly won: Geometry | null;
  readonly lost: Geometry | null;
  readonly orders: readonly string[];
}

export async function differences(before: Source, after: Source): Promise<readonly ZoneDifference[]> {
  const query = new URLSearchParams({ old: bookOf(before), new: bookOf(after) });
  return (await ask<{ zones: readonly ZoneDifference[] }>(`/api/rules/diff?${query.toString()}`)).zones;
}

export interface ZoneFile {
  readonly path: string;
  readonly version: string;
}

/** Of a rulebook's files those that hold zones. */
export const zoneFiles = (files: readonly ZoneFile[]): readonly ZoneFile[] =>
  files.filter(({ path }) => path.startsWith("zones/"));

export const files = async (source: Source): Promise<readonly ZoneFile[]> =>
  zoneFiles((await ask<{ files: readonly ZoneFile[] }>(at("books", bookOf(source)))).files);

/** The case as it was at an earlier moment: the fixes there were, the way so far, who was how near. Pure. */
import type { Feature, Features, Position } from "../model.ts";

/** From the first to the last fix that is told, in milliseconds; null without any. */
export function spanOf({ features }: Features): { readonly from: number; readonly to: number } | null {
  const times = features.map(fixedAt).filter((at) => at !== null);
  return times.length === 0 ? null : { from: Math.min(...times), to: Math.max(...times) };
}

/** What was known by then; null is now. */
export function asOf(told: Features, moment: number | null): Features {
  if (moment === null) return told;
  const kept = told.features.filter((feature) => (fixedAt(feature) ?? -Infinity) <= moment);
  const still = kept.filter((feature) => !["trail", "pair"].includes(roleOf(feature)));
  const [wearer, other] = ["fix", "other-fix"].map((role) => inTime(still, role));
  return { ...told, features: [...still, ...way(wearer!), ...between(wearer!, other!)] };
}

const roleOf = (feature: Feature): string => String(feature.properties?.["role"]);

function fixedAt(feature: Feature): number | null {
  const at = feature.properties?.["fixed_at"];
  return typeof at === "string" ? Date.parse(at) : null;
}

function inTime(features: readonly Feature[], role: string): Feature[] {
  const own = features.filter((feature) => roleOf(feature) === role);
  return own.toSorted((a, b) => fixedAt(a)! - fixedAt(b)!);
}

const placeOf = (feature: Feature): Position => feature.geometry.coordinates as Position;

function line(role: string, coordinates: readonly Position[]): Feature {
  return { type: "Feature", geometry: { type: "LineString", coordinates }, properties: { role } };
}

function way(fixes: readonly Feature[]): Feature[] {
  return fixes.length < 2 ? [] : [line("trail", fixes.map(placeOf))];
}

function between(fixes: readonly Feature[], others: readonly Feature[]): Feature[] {
  const [here, there] = [fixes.at(-1), others.at(-1)];
  return here && there ? [line("pair", [placeOf(here), placeOf(there)])] : [];
}

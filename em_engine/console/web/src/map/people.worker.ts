/** Reads where everybody is, away from the page: ten thousand places as text would hold it up for long. */
import type { Crowd, Feature, Position } from "../model.ts";
import type { Answer } from "./people.ts";

const isWearer = ({ properties }: Feature): boolean => properties?.["role"] === "wearer";

async function read(most: number): Promise<Answer> {
  const reply = await fetch("/api/positions", { credentials: "same-origin", cache: "no-store" });
  const told = (await reply.json().catch(() => ({}))) as { readonly features?: readonly Feature[] };
  if (!reply.ok) return { status: reply.status, problem: told as Readonly<Record<string, unknown>> };
  const features = told.features ?? [];
  const wearers = features.filter(isWearer);
  if (wearers.length <= most) return { features, crowd: null };
  return { features: features.filter((one) => !isWearer(one)), crowd: columns(wearers) };
}

const EARTH_M = 6_378_137;
const RADIAN = Math.PI / 180;

function columns(wearers: readonly Feature[]): Crowd {
  const places = wearers.map(({ geometry }) => geometry.coordinates as Position);
  const [lon, lat] = [Float64Array.from(places, ([lon]) => lon), Float64Array.from(places, ([, lat]) => lat)];
  return {
    lon,
    lat,
    // Web Mercator: spherical, whatever the earth is.
    x: lon.map((degrees) => EARTH_M * RADIAN * degrees),
    y: lat.map((degrees) => EARTH_M * Math.log(Math.tan(Math.PI / 4 + (RADIAN * degrees) / 2))),
    fixedAt: Float64Array.from(wearers, ({ properties }) => Date.parse(String(properties?.["fixed_at"]))),
    persons: wearers.map(({ properties }) => String(properties?.["person"] ?? "")),
  };
}

onmessage = ({ data }: MessageEvent<{ readonly number: number; readonly most: number }>): void => {
  void read(data.most)
    .catch((): Answer => ({ status: 0, problem: {} }))
    .then((answer) => postMessage({ number: data.number, answer }));
};

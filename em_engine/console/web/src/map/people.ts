/** Where everybody is, as the map needs it: few people as they were told, very many as columns. */
import { Refused } from "../api.ts";
import type { Crowd, Feature } from "../model.ts";

declare const PEOPLE_WORKER: string;

/** Those who are told one by one, and the crowd where there is one. */
export interface People {
  readonly features: readonly Feature[];
  readonly crowd: Crowd | null;
}

export type Answer =
  People | { readonly status: number; readonly problem: Readonly<Record<string, unknown>> };

/** So many wearers are told one by one. */
const MOST = 1000;
const waiting = new Map<number, (answer: Answer) => void>();
let worker: Worker | null = null;
let asked = 0;

/** Ask the server. Raises Refused. */
export async function people(): Promise<People> {
  worker ??= hired();
  asked += 1;
  const number = asked;
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(number, resolve);
    worker!.postMessage({ number, most: MOST });
  });
  if ("status" in answer) throw new Refused(answer.status, answer.problem);
  return answer;
}

function hired(): Worker {
  const made = new Worker(PEOPLE_WORKER, { type: "module" });
  made.onmessage = ({ data }: MessageEvent<{ readonly number: number; readonly answer: Answer }>) => {
    waiting.get(data.number)?.(data.answer);
    waiting.delete(data.number);
  };
  made.onerror = () => {
    for (const answer of waiting.values()) answer({ status: 0, problem: {} });
    waiting.clear();
  };
  return made;
}

/** One of the crowd, as those are told who stand alone. */
export function featureOf({ lon, lat, fixedAt, persons }: Crowd, row: number): Feature {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [lon[row]!, lat[row]!] },
    properties: {
      role: "position",
      person: persons[row]!,
      fixed_at: new Date(fixedAt[row]!).toISOString(),
    },
  };
}

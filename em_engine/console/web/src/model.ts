/** The nouns of the HTTP interface, as the server tells them. */

export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const LANGUAGES = ["nb", "nn", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
/** One text in every language of the page. */
export type Parallel = Readonly<Record<Language, string>>;

export interface Alert {
  readonly id: string;
  readonly type: string;
  readonly severity: Severity;
  readonly case: string;
  readonly order: string;
  readonly condition: string;
  readonly wearer: string;
  readonly wearer_name: string | null;
  readonly device: string | null;
  readonly programme: string | null;
  /** Of the order: what its windows are written in. */
  readonly time_zone: string;
  readonly opened_at: string;
  readonly detected_at: string;
  /** Since when it waits: detected, or raised again after it was acknowledged. */
  readonly raised_at: string;
  readonly cleared_at: string | null;
  readonly confidence: number;
  readonly late: boolean;
  readonly repeats: number;
  readonly state: "unacknowledged" | "acknowledged" | "closed";
  readonly breach: "open" | "cleared";
  readonly latched: boolean;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  readonly outcome: string | null;
  readonly note: string | null;
  readonly comments: number;
  readonly version: number;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly rulebook: string;
  readonly changed_at: string;
  readonly reason: Parallel;
}

/** The queue at one number of the history. */
export interface Queue {
  readonly history: number;
  readonly at: string;
  readonly alerts: readonly Alert[];
}

/** One numbered change, as the stream tells it. */
export interface Told {
  readonly number: number;
  readonly what: string;
  readonly by: string;
  readonly alert: Alert;
}

/** The server's sign of life, every two seconds. */
export interface Beat {
  readonly at: string;
  readonly history: number;
  readonly link: { readonly connected: boolean; readonly since: string | null };
  readonly last_report_at: string | null;
  readonly devices: { readonly heard: number; readonly expected: number };
  readonly quarantined: number;
  readonly holes: number;
}

export interface Entry {
  readonly number: number;
  readonly at: string;
  readonly what: string;
  readonly by: string;
  readonly note?: string | null;
  readonly outcome?: string | null;
}

/** The engine's own name in the history; what people do stands under theirs. */
const ENGINE = "engine";
export const personIn = (by: string): string | null => (by === ENGINE ? null : by);

export interface Outcome extends Parallel {
  readonly id: string;
}

export interface Session {
  readonly name: string;
  readonly roles: readonly string[];
  readonly csrf: string;
}

export type Position = readonly [lon: number, lat: number];

export interface Feature {
  readonly type: "Feature";
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: Readonly<Record<string, unknown>> | null;
}

export interface Features {
  readonly type: "FeatureCollection";
  readonly features: readonly Feature[];
  readonly bbox?: readonly number[] | null;
}

export const NOTHING: Features = { type: "FeatureCollection", features: [] };

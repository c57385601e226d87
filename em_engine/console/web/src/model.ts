/** The nouns of the HTTP interface, as the server tells them. */

export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const LANGUAGES = ["nb", "nn", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
/** One text in every language of the page. */
export type Parallel = Readonly<Record<Language, string>>;

export type State = "unacknowledged" | "acknowledged" | "claimed" | "shelved" | "closed";

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
  readonly state: State;
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
  /** The desk that works it. */
  readonly desk: string;
  readonly claimed_at: string | null;
  readonly claimed_by: string | null;
  readonly shelved_by: string | null;
  readonly shelved_until: string | null;
  readonly shelved_reason: string | null;
  /** How often it was told further, and to whom last. */
  readonly level: number;
  readonly escalated_to: string | null;
  /** Open alerts that make this one doubtful: it stays visible, and does not call. */
  readonly inhibited_by: readonly { readonly alert: string; readonly type: string }[];
  /** Whether its protocol wants a reason with the acknowledgement. */
  readonly asks_reason: boolean;
  readonly seen_reason: string | null;
  readonly steps: number;
  readonly steps_done: number;
  readonly due: Due;
}

/** The server's deadlines. */
export interface Due {
  readonly acknowledge: string | null;
  readonly close: string | null;
  readonly escalate: { readonly at: string; readonly to: string; readonly level: number } | null;
  /** When an owner who is silent loses it. */
  readonly lapse: string | null;
}

export const isUnseen = (alert: Alert): boolean => alert.state === "unacknowledged";
/** Whether it waits for somebody, and calls. */
export const calls = (alert: Alert): boolean => isUnseen(alert) && alert.inhibited_by.length === 0;
/** A tag, a battery, a radio: what says nothing of where anybody is. */
export const isTechnical = (alert: Alert): boolean =>
  alert.type.startsWith("device.") && (alert.severity === "medium" || alert.severity === "low");

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
  readonly flood?: Flood;
  /** How fast a clock set by hand runs: nothing on the screen is true then. */
  readonly staged_speed?: number | null;
  readonly proof?: Proof | null;
}

/** When the synthetic wearer last went the whole road, and until when he must have done so again. */
export interface Proof {
  readonly at: string | null;
  readonly due: string;
  readonly failing_since: string | null;
}

/** More alerts than people can take: `count` of them within `span_s`. */
export interface Flood {
  readonly active: boolean;
  readonly count: number;
  readonly span_s: number;
}

/** What makes noise: alerts that come and go, and those that have stood for a day. */
export interface Noise {
  readonly chattering: readonly { readonly count: number; readonly alerts: readonly string[] }[];
  readonly standing: readonly string[];
}

export interface Entry {
  readonly number: number;
  readonly at: string;
  readonly what: string;
  readonly by: string;
  readonly note?: string | null;
  readonly outcome?: string | null;
}

/** Names in the history that are no person's; what people do stands under theirs. */
const MACHINES = ["engine", "protocol"];
export const personIn = (by: string): string | null => (MACHINES.includes(by) ? null : by);

/** Something to choose, told in every language. */
export interface Option extends Parallel {
  readonly id: string;
}

export interface Outcome extends Option {
  readonly note_required?: boolean;
}

export interface Step extends Parallel {
  readonly index: number;
  readonly done_at: string | null;
  readonly done_by: string | null;
}

/** What the protocol of a type asks for. */
export interface Protocol {
  readonly steps: readonly Step[];
  /** 0 where alerts of the type may not be shelved. */
  readonly shelve_max_s: number;
  readonly shelve_reasons: readonly Option[];
  /** Of which an acknowledgement gives one; none where none is asked. */
  readonly seen_reasons: readonly Option[];
  readonly escalation: readonly { readonly after_s: number; readonly to: string }[];
  readonly outcomes: readonly Outcome[];
  readonly commands: readonly string[];
}

export interface DeskOption extends Option {
  readonly mine: boolean;
}

export interface Person {
  readonly name: string;
  readonly desks: readonly string[] | null;
  readonly signed_in: boolean;
}

export interface Session {
  readonly name: string;
  readonly roles: readonly string[];
  readonly csrf: string;
  readonly desks?: readonly string[] | null;
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
  /** Very many wearers, where they are not among the features. */
  readonly crowd?: Crowd | null;
  readonly bbox?: readonly number[] | null;
}

/** People as columns; each row is one of `persons`. */
export interface Crowd {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Metres of the map's own plane. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly fixedAt: Float64Array;
  readonly persons: readonly string[];
}

export const NOTHING: Features = { type: "FeatureCollection", features: [] };

/** The nouns of the workbench's interface, as the server tells them. */
import type { Features } from "../model.ts";
import type { Coded, Worded } from "./words.ts";

/** `in-force`, a revision, or a draft's id. */
export type BookName = string;
export type RevisionState = "proposed" | "rejected" | "planned" | "in-force" | "past";

export interface Deed {
  readonly by: string;
  readonly at: string;
  readonly why: string;
}

export interface Revision {
  readonly revision: string;
  readonly state: RevisionState;
  readonly proposed: Deed;
  readonly decided: Deed | null;
  readonly effective_from: string | null;
}

export interface Draft {
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly made_by: string;
  readonly made_at: string;
  readonly changed_by: string;
  readonly changed_at: string;
  readonly errors: number;
  readonly warnings: number;
  /** What is in force is no longer what the draft was made from. */
  readonly is_stale: boolean;
}

export interface Overview {
  readonly me: string;
  /** read, write, approve, try. */
  readonly may: readonly string[];
  readonly in_force: string;
  /** False where the engine runs on a plain folder: then nothing can be proposed. */
  readonly follows_releases: boolean;
  readonly now: string;
  readonly revisions: readonly Revision[];
  readonly drafts: readonly Draft[];
}

export interface LogEntry {
  readonly number: number;
  readonly at: string;
  readonly deed: "proposed" | "approved" | "rejected";
  readonly revision: string;
  readonly who: string;
  readonly why: string;
  readonly effective_from: string | null;
}

export interface Problem extends Worded {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning";
  readonly code: string;
  /** The line with a caret under the place. */
  readonly excerpt: readonly string[];
}

export interface FileEntry {
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly errors: number;
  readonly warnings: number;
}

export interface OrderEntry {
  readonly id: string;
  readonly title: string | null;
  readonly programme: string;
  readonly file: string;
  readonly line: number;
  readonly time_zone: string;
  readonly valid: { readonly from: string | null; readonly to: string | null };
  readonly wearer: { readonly id: string; readonly name: string | null };
  readonly protected: readonly { readonly id: string; readonly name: string | null }[];
  readonly conditions: readonly {
    readonly id: string;
    readonly kind: string;
    readonly zone: string | null;
    readonly line: number;
  }[];
}

export interface Book {
  readonly book: BookName;
  readonly kind: "draft" | "revision" | "in-force";
  /** Null where there are errors. */
  readonly revision: string | null;
  readonly draft: Draft | null;
  readonly files: readonly FileEntry[];
  readonly orders: readonly OrderEntry[];
  readonly zones: readonly {
    readonly name: string;
    readonly title: string | null;
    readonly file: string;
    readonly line: number;
    readonly orders: readonly { readonly order: string }[];
  }[];
  readonly schedules: readonly { readonly name: string }[];
  readonly problems: readonly Problem[];
}

export interface FileText {
  readonly path: string;
  readonly text: string;
  readonly version: string;
  readonly problems: readonly Problem[];
}

export interface Saved {
  readonly path: string;
  readonly version: string | null;
  readonly errors: number;
  readonly warnings: number;
  readonly problems: readonly Problem[];
}

/** Civil times of the order, with the offset they had; null is open-ended. */
export interface Stretch {
  readonly from: string | null;
  readonly to: string | null;
  readonly hours?: number | null;
}

export interface Away extends Stretch {
  readonly reason: string | null;
  readonly authorised_by: string | null;
  readonly granted: "leave" | "allow" | "except";
}

export interface ConditionWeek {
  readonly id: string;
  readonly kind: string;
  readonly zone: string | null;
  readonly line: number;
  readonly always: boolean;
  readonly binds: readonly Stretch[];
  readonly planned: readonly Stretch[];
  readonly away: readonly Away[];
  readonly phases: readonly { readonly from: string; readonly to: string | null; readonly title: string }[];
  readonly written: {
    readonly weekly: readonly string[];
    readonly schedule: string | null;
    readonly calendar: string | null;
    readonly holidays: { readonly calendar: string; readonly as: string } | null;
    readonly leave: readonly object[];
  } | null;
}

/** One that holds at times of its own, as they are written. */
export interface TimedWeek extends ConditionWeek {
  readonly written: NonNullable<ConditionWeek["written"]>;
}

export const isTimed = (one: ConditionWeek): one is TimedWeek => !one.always && one.written !== null;

export interface OrderWeek {
  readonly order: string;
  readonly time_zone: string;
  readonly from: string;
  readonly to: string;
  readonly holidays: readonly { readonly date: string; readonly name: string }[];
  readonly clock_changes: readonly { readonly at: string; readonly minutes: number }[];
  readonly conditions: readonly ConditionWeek[];
}

export interface Alteration {
  readonly about: string;
  readonly name: string;
  readonly how: "added" | "removed" | "changed";
  readonly orders: readonly string[];
  readonly text: string;
}

export interface Difference {
  readonly old: string;
  readonly new: string;
  readonly differences: readonly Alteration[];
  readonly zones: readonly { readonly name: string; readonly how: string }[];
  readonly files: readonly { readonly path: string; readonly how: string; readonly diff: string }[];
}

/** What the engine itself holds, days that are made up, or files that were handed in. */
export type History =
  | { readonly simulated: { readonly days: number; readonly seed: number } }
  | { readonly recorded: { readonly since?: string; readonly until?: string } }
  | { readonly uploads: readonly string[]; readonly truth?: string; readonly device?: string };

export type TrialAsked =
  | { readonly kind: "diff"; readonly old: BookName; readonly new: BookName; readonly history: History }
  | {
      readonly kind: "why";
      readonly book: BookName;
      readonly wearer: string;
      readonly at: string;
      readonly history: History;
    };

export interface Progress {
  readonly part: string;
  readonly done: number;
  readonly total: number;
  readonly share: number | null; // of the whole, once it is judged
  readonly left_s: number | null;
}

export interface Trial {
  readonly id: string;
  readonly kind: "diff" | "backtest" | "why";
  readonly asked_by: string;
  readonly asked_at: string;
  readonly of: Readonly<Record<string, unknown>>;
  readonly state: "waiting" | "running" | "done" | "failed" | "cancelled";
  readonly progress: Progress | null;
  readonly reasons: readonly string[];
  readonly reason_codes?: readonly (Coded | null)[];
}

export interface Figures {
  readonly alerts: number;
  readonly brief: number;
  readonly device_days: number;
  readonly per_device_day: number;
  readonly nuisance?: number | null;
  readonly nuisance_per_device_day?: number | null;
  readonly missed?: number | null;
}

export interface TrialAlert {
  readonly alert: string;
  readonly type: string;
  readonly severity: string;
  readonly order: string;
  readonly condition: string;
  readonly wearer: string;
  readonly opened_at: string;
  readonly cleared_at: string | null;
  readonly repeats: number;
  readonly brief: boolean;
}

export type Fate = "appears" | "disappears" | "moves";

export interface FatedAlert {
  readonly fate: Fate;
  readonly before: TrialAlert | null;
  readonly after: TrialAlert | null;
  readonly at: readonly [number, number] | null;
}

export interface DiffResult {
  readonly old: string;
  readonly new: string;
  readonly history: {
    readonly files: number;
    readonly reports: number;
    readonly devices: number;
    readonly from: string | null;
    readonly to: string | null;
    readonly notices: readonly string[];
    readonly notice_codes?: readonly (Coded | null)[];
  };
  readonly before: Figures;
  readonly after: Figures;
  readonly orders: Readonly<Record<string, OrderCounts>>;
  readonly alerts: readonly FatedAlert[];
}

export interface OrderCounts {
  readonly before: number;
  readonly after: number;
  readonly appears: number;
  readonly disappears: number;
  readonly moves: number;
}

export interface WhyCondition {
  readonly condition: string;
  readonly kind: string;
  readonly zone: string | null;
  readonly binds: boolean;
  readonly in_window: boolean;
  readonly start: string | null;
  readonly end: string | null;
  readonly fixes: readonly {
    readonly device: string;
    readonly at: string;
    readonly source: string;
    readonly radius_m: number;
    readonly depth_m: number | null;
  }[];
  readonly slots: readonly {
    readonly type: string;
    readonly phase: "clear" | "suspected" | "open" | "returning";
    readonly since: string | null;
    readonly share: number;
    readonly needed: number;
  }[];
  readonly said: readonly { readonly type: string; readonly change: string; readonly detected_at: string }[];
}

export interface WhyResult {
  readonly wearer: string;
  readonly at: string;
  readonly time_zone: string;
  readonly revision: string;
  readonly conditions: readonly WhyCondition[];
}

export type Marks = Features;

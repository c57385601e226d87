/** What the pages beside the desk ask of the server. */
import { ask, send } from "../api.ts";
import type { Alert } from "../model.ts";

export interface Figures {
  readonly operators: number;
  readonly alerts: number;
  readonly per_operator_10min: number;
  readonly acknowledge_s: { readonly p50: number | null; readonly p95: number | null };
  readonly flood_share: number;
  readonly top: readonly Source[];
  readonly by_hour: readonly { readonly at: string; readonly alerts: number }[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly nuisance_share: number | null;
}

export interface Source {
  readonly case: string;
  readonly wearer: string;
  readonly condition: string;
  readonly type: string;
  readonly count: number;
}

/** One number of one month; what it is of stands in `measure`, empty texts do not narrow. */
export interface Figure {
  readonly month: string;
  readonly programme: string;
  readonly measure: string;
  readonly type: string;
  readonly outcome: string;
  readonly value: number;
}

export interface Report {
  readonly since: string;
  readonly until: string;
  readonly open: readonly Alert[];
  readonly shelved: readonly Alert[];
  readonly escalated: readonly string[];
  readonly closed: readonly Ended[];
  readonly happened: Readonly<Record<string, number>>;
  readonly holders: readonly { readonly name: string; readonly alerts: readonly string[] }[];
  readonly id?: number;
  readonly note?: string;
  readonly to?: string | null;
  readonly signed?: readonly Signature[];
}

/** An alert that was closed in the shift. */
export interface Ended {
  readonly alert: string;
  readonly at: string;
  readonly by: string;
  readonly outcome: string;
  readonly note: string | null;
}

export interface Signature {
  readonly by: string;
  readonly at: string;
  readonly as: string;
  readonly note: string | null;
}

export interface Head {
  readonly id: number;
  readonly until: string;
  readonly signed: readonly Signature[];
}

export const figures = (hours: number): Promise<Figures> => ask(`/api/kpi?hours=${hours}`);

export function statisticsPath(kind: "" | ".csv", from: string, to: string, programme: string): string {
  const asked = new URLSearchParams({ from, to, ...(programme ? { programme } : {}) });
  return `/api/statistics${kind}?${asked.toString()}`;
}

export const statistics = async (path: string): Promise<readonly Figure[]> =>
  (await ask<{ figures: readonly Figure[] }>(path)).figures;

export const draft = (since: string): Promise<Report> =>
  ask(`/api/handovers/draft?since=${encodeURIComponent(since)}`);
export const handovers = async (): Promise<readonly Head[]> =>
  (await ask<{ handovers: readonly Head[] }>("/api/handovers")).handovers;
export const handover = (id: number): Promise<Report> => ask(`/api/handovers/${id}`);
export const write = (since: string, note: string, to: string | null): Promise<Report> =>
  send("/api/handovers", { since, note, ...(to === null ? {} : { to }) });
export const sign = (id: number, note: string): Promise<Report> =>
  send(`/api/handovers/${id}/sign`, note === "" ? {} : { note });

/** One thing someone did at the console. */
export interface AuditEntry {
  readonly number: number;
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly subject: string;
  readonly why: string;
  readonly address: string;
  readonly hash: string;
}

/** What is left empty does not narrow. */
export interface AuditAsked {
  readonly who: string;
  readonly about: string;
  readonly since: string;
  readonly until: string;
}

export function auditPath(form: "" | ".csv", asked: AuditAsked): string {
  const narrowing = Object.entries(asked).filter(([, value]) => value !== "");
  return `/api/audit/search${form}?${new URLSearchParams(narrowing).toString()}`;
}

/** Entries asked for, newest first, older than the one of that number. */
export const auditSearch = (
  asked: AuditAsked,
  before?: number,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }> =>
  ask(auditPath("", asked) + (before === undefined ? "" : `&before=${before}`));

export const auditChain = (): Promise<{
  readonly at: string;
  readonly number: number;
  readonly hash: string;
  readonly broken: { readonly number: number; readonly reason: string } | null;
}> => ask("/api/audit/chain");

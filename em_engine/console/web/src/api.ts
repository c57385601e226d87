/** The page's way to the server: every request, and what a refusal says. */
import type { Alert, Entry, Features, Outcome, Session } from "./model.ts";

/** A refusal as RFC 9457 tells it; status 0 means that nothing came back at all. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Readonly<Record<string, unknown>>,
  ) {
    super(String(problem["detail"] ?? problem["title"] ?? status));
  }

  /** The alert as it now is, where another operator was first. */
  get current(): Alert | null {
    return (this.problem["current"] as Alert | undefined) ?? null;
  }
}

let csrf = "";

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const reply = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options }).catch(() => {
    throw new Refused(0, {});
  });
  const body: unknown = reply.status === 204 ? null : await reply.json().catch(() => null);
  if (!reply.ok) throw new Refused(reply.status, (body as Record<string, unknown> | null) ?? {});
  return body as T;
}

function send<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  return ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, ...headers },
    body: JSON.stringify(body),
  });
}

function remembered(session: Session): Session {
  csrf = session.csrf;
  return session;
}

export const session = async (): Promise<Session> => remembered(await ask<Session>("/api/session"));

export const logIn = async (name: string, password: string): Promise<Session> =>
  remembered(await send<Session>("/api/session", { name, password }));

export const logOut = (): Promise<unknown> =>
  ask("/api/session", { method: "DELETE", headers: { "X-CSRF-Token": csrf } });

export const history = async (id: string): Promise<readonly Entry[]> =>
  (await ask<{ entries: readonly Entry[] }>(`/api/alerts/${encodeURIComponent(id)}/history`)).entries;

/**
 * Where it happened. Every call is a logged look at a person's position: ask only for what is on the screen.
 */
export const map = (id: string, why: string): Promise<Features> =>
  ask(`/api/alerts/${encodeURIComponent(id)}/map`, { headers: { "X-Reason": why } });

export const outcomes = (): Promise<readonly Outcome[]> => ask("/api/outcomes");
export const places = (): Promise<Features> => ask("/api/places");
export const positions = (): Promise<Features> => ask("/api/positions");
export const quarantine = (): Promise<unknown> => ask("/api/quarantine");
export const holes = (): Promise<unknown> => ask("/api/holes");

export type Action =
  | { readonly kind: "acknowledge" }
  | { readonly kind: "comment"; readonly note: string }
  | { readonly kind: "close"; readonly outcome: string; readonly note: string };

/** Do it to this alert in this version: whoever saw an older one is told who was first. */
export function act(alert: Alert, action: Action): Promise<Alert> {
  const { kind, ...body } = action;
  const headers = { "If-Match": `"${alert.version}"` };
  return send(`/api/alerts/${encodeURIComponent(alert.id)}/${kind}`, body, headers);
}

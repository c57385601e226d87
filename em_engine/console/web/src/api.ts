/** The page's way to the server: every request, and what a refusal says. */
import type {
  Alert,
  DeskOption,
  Entry,
  Features,
  Noise,
  Outcome,
  Person,
  Protocol,
  Session,
} from "./model.ts";

/** A refusal as RFC 9457 tells it; status 0 means that nothing came back at all. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Readonly<Record<string, unknown>>,
  ) {
    super(String(problem["detail"] ?? problem["title"] ?? status));
  }

  /** Who has the alert, where that is why. */
  get heldBy(): string | null {
    return (this.problem["held_by"] as string | null | undefined) ?? null;
  }

  /** The alert as it now is, where another operator was first. */
  get current(): Alert | null {
    return (this.problem["current"] as Alert | undefined) ?? null;
  }
}

let csrf = "";
/** Who wants to know of every answer its status; 0 where nothing came back. */
export const listening = new Set<(status: number) => void>();
const tell = (status: number): void => listening.forEach((hear) => hear(status));

export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const reply = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options }).catch(() => {
    tell(0);
    throw new Refused(0, {});
  });
  tell(reply.status);
  const body: unknown = reply.status === 204 ? null : await reply.json().catch(() => null);
  if (!reply.ok) throw new Refused(reply.status, (body as Record<string, unknown> | null) ?? {});
  return body as T;
}

export function send<T>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  method: "POST" | "PUT" | "PATCH" | "DELETE" = "POST",
): Promise<T> {
  return ask<T>(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, ...headers },
    body: JSON.stringify(body),
  });
}

/** A file as it is. */
export function sendFile<T>(path: string, file: Blob, type: string): Promise<T> {
  return ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": type, "X-CSRF-Token": csrf },
    body: file,
  });
}

function remembered(session: Session): Session {
  csrf = session.csrf;
  return session;
}

export const session = async (): Promise<Session> => remembered(await ask<Session>("/api/session"));

export const logIn = async (name: string, password: string): Promise<Session> =>
  remembered(await send<Session>("/api/session", { name, password }));

/** Out of the door; and by the identity provider's, where one came in by it and it has one. */
export async function logOut(): Promise<void> {
  const options = { method: "DELETE", headers: { "X-CSRF-Token": csrf } };
  const out = await ask<{ readonly next: string } | null>("/api/session", options);
  if (out) location.replace(out.next);
}

/** How people may sign in here. */
export interface WaysIn {
  readonly password: boolean;
  readonly provider: string | null;
}

export const waysIn = (): Promise<WaysIn> => ask("/api/session/ways-in");

type Keys = Readonly<Record<string, string>>;
export const keys = async (): Promise<Keys> => (await ask<{ keys: Keys }>("/api/keys")).keys;
export const keepKeys = async (chosen: Keys): Promise<Keys> =>
  (await send<{ keys: Keys }>("/api/keys", { keys: chosen }, {}, "PUT")).keys;

/** What this screen has before it. */
export const present = (said: {
  readonly screen: string;
  readonly alert: string | null;
  readonly writes: boolean;
}): Promise<unknown> => send("/api/presence", said);

export interface MapSource {
  readonly url: string | null;
  readonly attribution: string;
  readonly zoom_max: number;
}

export const mapSource = (): Promise<MapSource> => ask("/api/map-source");

export const history = async (id: string): Promise<readonly Entry[]> =>
  (await ask<{ entries: readonly Entry[] }>(`/api/alerts/${encodeURIComponent(id)}/history`)).entries;

/**
 * Where it happened. Every call is a logged look at a person's position: ask only for what is on the screen.
 */
export const map = (id: string, why: string): Promise<Features> =>
  ask(`/api/alerts/${encodeURIComponent(id)}/map`, { headers: { "X-Reason": why } });

export const alert = (id: string): Promise<Alert> => ask(`/api/alerts/${encodeURIComponent(id)}`);
export const protocol = (id: string): Promise<Protocol> =>
  ask(`/api/alerts/${encodeURIComponent(id)}/protocol`);
/** Wearers, and alerts open or closed, by any word of theirs. */
export interface Found {
  readonly wearers: readonly { readonly id: string; readonly name: string; readonly order: string }[];
  readonly alerts: readonly Alert[];
}

export const search = (wanted: string): Promise<Found> => ask(`/api/search?q=${encodeURIComponent(wanted)}`);
export const desks = (): Promise<readonly DeskOption[]> => ask("/api/desks");
export const people = (): Promise<readonly Person[]> => ask("/api/people");
export const noise = (): Promise<Noise> => ask("/api/noise");
export const outcomes = (): Promise<readonly Outcome[]> => ask("/api/outcomes");
export const places = (): Promise<Features> => ask("/api/places");
/** A filter kept under a name, for one person. */
export interface SavedFilter {
  readonly name: string;
  readonly query: Readonly<Record<string, unknown>>;
}

export const filters = async (): Promise<readonly SavedFilter[]> =>
  (await ask<{ filters: readonly SavedFilter[] }>("/api/filters")).filters;
export const keepFilter = (name: string, query: SavedFilter["query"]): Promise<unknown> =>
  send(`/api/filters/${encodeURIComponent(name)}`, { query }, {}, "PUT");
export const dropFilter = (name: string): Promise<unknown> =>
  send(`/api/filters/${encodeURIComponent(name)}`, undefined, {}, "DELETE");
export const quarantine = (): Promise<unknown> => ask("/api/quarantine");
export const holes = (): Promise<unknown> => ask("/api/holes");

export type Action =
  | { readonly kind: "acknowledge"; readonly reason?: string; readonly note?: string }
  | { readonly kind: "claim"; readonly take_over: boolean; readonly note?: string }
  | { readonly kind: "release"; readonly note?: string }
  | { readonly kind: "shelve"; readonly until: string; readonly reason: string; readonly note?: string }
  | { readonly kind: "unshelve" }
  | { readonly kind: "escalate"; readonly to: string; readonly note: string }
  | { readonly kind: "hand-over"; readonly desk: string; readonly note?: string }
  | { readonly kind: "step"; readonly index: number; readonly done: boolean }
  | ({ readonly kind: "command" } & TagCommand)
  | { readonly kind: "comment"; readonly note: string }
  | { readonly kind: "close"; readonly outcome: string; readonly note?: string };

/** What a tag can be told to do. */
export interface TagCommand {
  readonly command: string;
  readonly text?: string;
  readonly fix_every_s?: number;
  readonly for_s?: number;
}

/** Do it to this alert in this version: whoever saw an older one is told who was first. */
export function act(alert: Alert, action: Action): Promise<Alert> {
  const headers = { "If-Match": `"${alert.version}"` };
  const [path, body] = sentAs(action);
  return send(`/api/alerts/${encodeURIComponent(alert.id)}/${path}`, body, headers);
}

function sentAs(action: Action): readonly [path: string, body: object] {
  if (action.kind === "step") return [`steps/${action.index}`, { done: action.done }];
  const { kind, ...body } = action;
  return [kind, body];
}

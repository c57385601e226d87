/** The workbench's way to the server. */
import { ask, send, sendFile } from "../api.ts";
import type {
  Book,
  BookName,
  DiffResult,
  Difference,
  Draft,
  FileText,
  LogEntry,
  OrderWeek,
  Overview,
  Revision,
  Saved,
  Trial,
  TrialAsked,
  WhyResult,
} from "./model.ts";

const ROOT = "/api/rules";
const word = encodeURIComponent;

export const overview = (): Promise<Overview> => ask(ROOT);
export const log = async (): Promise<readonly LogEntry[]> =>
  (await ask<{ entries: readonly LogEntry[] }>(`${ROOT}/log`)).entries;

export const makeDraft = (name: string, from: BookName): Promise<Draft> =>
  send(`${ROOT}/drafts`, { name, from });
export const takeArchive = (name: string, file: Blob): Promise<Draft> =>
  sendFile(`${ROOT}/drafts/archive?name=${word(name)}`, file, "application/zip");
export const renameDraft = (draft: string, name: string): Promise<Draft> =>
  send(`${ROOT}/drafts/${word(draft)}`, { name }, {}, "PATCH");
export const dropDraft = (draft: string): Promise<unknown> =>
  send(`${ROOT}/drafts/${word(draft)}`, undefined, {}, "DELETE");

export const propose = (draft: string, why: string): Promise<Revision> =>
  send(`${ROOT}/drafts/${word(draft)}/propose`, { why });
export const proposeAgain = (revision: string, why: string): Promise<Revision> =>
  send(`${ROOT}/revisions/${word(revision)}/propose`, { why });
export const approve = (revision: string, why: string, from: string | null): Promise<Revision> =>
  send(`${ROOT}/revisions/${word(revision)}/approve`, { why, ...(from ? { effective_from: from } : {}) });
export const reject = (revision: string, why: string): Promise<Revision> =>
  send(`${ROOT}/revisions/${word(revision)}/reject`, { why });

export const book = (name: BookName): Promise<Book> => ask(`${ROOT}/books/${word(name)}`);
/** How far the server is with reading a rulebook; nulls where it reads none. */
export const reading = (): Promise<{ readonly done: number | null; readonly of: number | null }> =>
  ask(`${ROOT}/reading`);
export const file = (name: BookName, path: string): Promise<FileText> =>
  ask(`${ROOT}/books/${word(name)}/file?path=${word(path)}`);
export const archivePath = (name: BookName): string => `${ROOT}/books/${word(name)}/archive`;
export const schema = (name: string): Promise<object> => ask(`${ROOT}/schemas/${word(name)}`);
export const weeks = (name: BookName, order: string, from: string, count: number): Promise<OrderWeek> =>
  ask(`${ROOT}/books/${word(name)}/windows?order=${word(order)}&from=${from}&weeks=${count}`);

/** The version a write was decided on; null where the file is to be new. */
const sawn = (version: string | null): Record<string, string> =>
  version === null ? { "If-None-Match": "*" } : { "If-Match": `"${version}"` };
const filePath = (draft: string, path: string): string =>
  `${ROOT}/drafts/${word(draft)}/file?path=${word(path)}`;

export const save = (draft: string, path: string, text: string, version: string | null): Promise<Saved> =>
  send(filePath(draft, path), { text }, sawn(version), "PUT");
export const remove = (draft: string, path: string, version: string): Promise<Saved> =>
  send(filePath(draft, path), undefined, sawn(version), "DELETE");
/** One value of a YAML file: its comments and the order of its keys stay as they are. */
export const setValue = (
  draft: string,
  path: string,
  version: string,
  change: { readonly at: readonly (string | number)[]; readonly value?: unknown; readonly remove?: true },
): Promise<Saved> => send(`${ROOT}/drafts/${word(draft)}/value?path=${word(path)}`, change, sawn(version));

export const difference = (old: BookName, now: BookName): Promise<Difference> =>
  ask(`${ROOT}/diff?old=${word(old)}&new=${word(now)}`);

export const upload = async (given: File): Promise<string> =>
  (
    await sendFile<{ id: string }>(
      `${ROOT}/histories?filename=${word(given.name)}`,
      given,
      "application/octet-stream",
    )
  ).id;
export const tryOut = (asked: TrialAsked): Promise<Trial> => send(`${ROOT}/trials`, asked);
export const trials = async (): Promise<readonly Trial[]> =>
  (await ask<{ trials: readonly Trial[] }>(`${ROOT}/trials`)).trials;
export const trial = (id: string): Promise<Trial> => ask(`${ROOT}/trials/${word(id)}`);
export const cancel = (id: string): Promise<unknown> =>
  send(`${ROOT}/trials/${word(id)}`, undefined, {}, "DELETE");
export const diffResult = (id: string): Promise<DiffResult> => ask(`${ROOT}/trials/${word(id)}/result`);
export const whyResult = (id: string): Promise<WhyResult> => ask(`${ROOT}/trials/${word(id)}/result`);

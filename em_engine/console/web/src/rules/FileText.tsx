/** One file as text: written, saved over the version it was read as, checked with every save. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { instant } from "../time.ts";
import { fill, language } from "../words/index.ts";
import * as api from "./api.ts";
import type { InHand } from "./BookPage.tsx";
import { asRefused, useLoaded, usePart } from "./loaded.ts";
import type { Book, FileEntry, FileText as Told, Problem } from "./model.ts";
import { Refusal } from "./Refusal.tsx";
import type { Asked, TextEditor } from "./text/editor.ts";
import type { Schema } from "./text/help.ts";
import { forget, keep, unsaved } from "./unsaved.ts";
import { text } from "./words.ts";

interface Shown extends InHand {
  readonly file: FileEntry;
  readonly remove: () => void;
}

export function FileText(shown: Shown): VNode {
  const { book, file } = shown;
  const read = useLoaded(`${book.book} ${file.path}`, () => api.file(book.book, file.path));
  const [turn, setTurn] = useState(0);
  if (read.failure) return <Refusal of={read.failure} />;
  if (read.value === null) return <p class="faint">{text().loading}</p>;
  const readAgain = (): void => (read.again(), setTurn(turn + 1));
  return <Opened key={`${turn} ${read.value.version}`} {...shown} told={read.value} readAgain={readAgain} />;
}

interface Open extends Shown {
  readonly told: Told;
  readonly readAgain: () => void;
}

function Opened(open: Open): VNode {
  const { book, file, canWrite, told, changed, readAgain, remove } = open;
  const draft = book.book;
  const [refusal, refuse] = useState<Refused | null>(null);
  const [saved, setSaved] = useState<{ version: string; problems: readonly Problem[] }>(told);
  const written = unsaved(draft, file.path);
  const save = async (over?: string): Promise<void> => {
    const now = unsaved(draft, file.path);
    if (now === null) return;
    const done = await api.save(draft, file.path, now.text, over ?? now.version).catch(asRefused);
    if (done instanceof Refused)
      return (await isKept(draft, file.path, now.text)) ? (discard(), changed()) : refuse(done);
    refuse(null);
    forgetWhatWasSaved(draft, file.path, now.text, done.version!);
    setSaved({ version: done.version!, problems: done.problems.filter((one) => one.file === file.path) });
    changed();
  };
  const write = (typed: string): void =>
    keep(draft, file.path, { text: typed, version: written?.version ?? saved.version });
  const discard = (): void => (forget(draft, file.path), refuse(null), readAgain());
  return (
    <section class="file-text" aria-label={file.path}>
      <header class="ways">
        <h2>{file.path}</h2>
        <span role="status" class="chip">
          {written ? text().files.unsaved : canWrite ? text().files.saved : text().files.readOnly}
        </span>
        {canWrite && (
          <>
            <button type="button" class="primary" disabled={written === null} onClick={() => void save()}>
              {text().files.save} <kbd>Ctrl S</kbd>
            </button>
            <button type="button" disabled={written === null} onClick={discard}>
              {text().files.discard}
            </button>
            <button type="button" class="quiet" onClick={remove}>
              {text().files.remove}
            </button>
          </>
        )}
      </header>
      {refusal && <Conflict of={refusal} theirs={discard} mine={(version) => void save(version)} />}
      <Writing {...open} problems={saved.problems} write={write} save={() => void save()} />
      {canWrite && <p class="faint text-keys">{text().files.keys}</p>}
    </section>
  );
}

/** Whether the file says this already: the answer to a save is lost where a connection is. */
const isKept = async (draft: string, path: string, sent: string): Promise<boolean> =>
  api.file(draft, path).then(
    ({ text: kept }) => kept === sent && unsaved(draft, path)?.text === sent,
    () => false,
  );

/** Who typed on while it was saved keeps what was typed, now over the new version. */
function forgetWhatWasSaved(draft: string, path: string, sent: string, version: string): void {
  const now = unsaved(draft, path);
  if (now === null || now.text === sent) forget(draft, path);
  else keep(draft, path, { text: now.text, version });
}

interface Conflicting {
  readonly of: Refused;
  readonly theirs: () => void;
  readonly mine: (version: string) => void;
}

/** Somebody else saved the file meanwhile: nothing is lost until it is decided whose is kept. */
function Conflict({ of, theirs, mine }: Conflicting): VNode {
  const { files } = text();
  if (of.status !== 412) return <Refusal of={of} />;
  const { version, changed_by, changed_at } = of.problem as Record<string, string | undefined>;
  return (
    <div class="notice refusal" role="alert">
      <p>{fill(files.conflict, changed_by ?? "…", changed_at ? instant(changed_at) : "…")}</p>
      <p class="ways">
        <button type="button" onClick={theirs}>
          {files.theirs}
        </button>
        {version && (
          <button type="button" onClick={() => mine(version)}>
            {files.mine}
          </button>
        )}
      </p>
    </div>
  );
}

interface Written extends Open {
  readonly problems: readonly Problem[];
  readonly write: (text: string) => void;
  readonly save: () => void;
}

/** The editor itself, fetched when the first file is opened. */
function Writing({ book, file, canWrite, told, problems, write, save }: Written): VNode {
  const host = useRef<HTMLDivElement>(null);
  const part = usePart(() => import("./text/editor.ts"));
  const [editor, setEditor] = useState<TextEditor | null>(null);
  const acts = useRef({ write, save });
  acts.current = { write, save };
  const schema = useLoaded<object>(schemaOf(file.path), () => api.schema(schemaOf(file.path)));
  const help = useRef<Asked["help"]>(() => null);
  help.current = () => schema.value && { schema: schema.value as Schema, names: namesIn(book) };
  useEffect(() => {
    if (part === null || part === "missing") return undefined;
    const opened = part.openEditor(host.current!, {
      label: file.path,
      text: unsaved(book.book, file.path)?.text ?? told.text,
      canWrite,
      isYaml: !file.path.endsWith(".ics"),
      words: text().editor,
      help: () => help.current(),
      changed: (typed) => acts.current.write(typed),
      save: () => acts.current.save(),
    });
    setEditor(opened);
    return () => opened.close();
  }, [language.value, part]);
  useEffect(() => editor?.setProblems(problems), [editor, problems]);
  return <div class="editor" ref={host} data-ready={editor !== null} />;
}

/** Which schema a file is held against; empty where there is none. */
function schemaOf(path: string): string {
  if (path.startsWith("orders/")) return "order";
  if (path.startsWith("schedules/") && path.endsWith(".yaml")) return "schedule";
  return path === "protocols.yaml" || path === "programme.yaml" ? path.replace(".yaml", "") : "";
}

function namesIn(book: Book): Readonly<Record<string, readonly string[]>> {
  return {
    zone: book.zones.map(({ name }) => name),
    schedule: book.schedules.map(({ name }) => name),
    with: [...new Set(book.orders.flatMap((one) => one.protected.map(({ id }) => id)))],
  };
}

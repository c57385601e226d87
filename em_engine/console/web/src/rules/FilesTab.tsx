/** The files of a rulebook: which are wrong, and the one in hand as text. */
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import type { InHand } from "./BookPage.tsx";
import { Dialog, written } from "./Dialog.tsx";
import { FileText } from "./FileText.tsx";
import type { Book, FileEntry, Problem } from "./model.ts";
import { addressOf, goTo } from "./place.ts";
import { hint, message, text } from "./words.ts";
import { unsaved } from "./unsaved.ts";

/** A browser that is given thousands of files at once shows none of them for seconds. */
const SHOWN_MAX = 200;
const FEW = 20;
const ORDER = new Intl.Collator();

type Asking = "new" | "remove" | null;

export function FilesTab(inHand: InHand): VNode {
  const { book, item, canWrite, changed } = inHand;
  const [asking, ask] = useState<Asking>(null);
  const [wanted, want] = useState("");
  const chosen = book.files.find(({ path }) => path === item) ?? null;
  const found = useMemo(() => inOrder(book.files, wanted), [book.files, wanted]);
  const shown = found.slice(0, SHOWN_MAX);
  const listed = chosen && !shown.includes(chosen) ? [chosen, ...shown] : shown;
  return (
    <div class="tab files">
      <nav class="file-list" aria-label={text().files.title}>
        {canWrite && (
          <p class="ways">
            <button type="button" onClick={() => ask("new")}>
              {text().files.make}
            </button>
          </p>
        )}
        {book.files.length > FEW && (
          <input
            type="search"
            aria-label={text().files.find}
            placeholder={text().files.find}
            value={wanted}
            onInput={(event) => want(event.currentTarget.value)}
          />
        )}
        <ul>
          {listed.map((file) => (
            <FileLink key={file.path} book={book} file={file} isChosen={file === chosen} />
          ))}
        </ul>
        {found.length > shown.length && <p class="faint">{fill(text().more, found.length - shown.length)}</p>}
      </nav>
      <div class="file-pane">
        {chosen ? (
          <FileText key={chosen.path} {...inHand} file={chosen} remove={() => ask("remove")} />
        ) : (
          <Problems book={book} />
        )}
      </div>
      {asking === "new" && <NewFile book={book} close={() => ask(null)} changed={changed} />}
      {asking === "remove" && chosen && (
        <RemoveFile book={book} file={chosen} close={() => ask(null)} changed={changed} />
      )}
    </div>
  );
}

/** What is wrong first: that is what one came for. */
const inOrder = (files: readonly FileEntry[], wanted: string): readonly FileEntry[] =>
  files
    .filter(({ path }) => path.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()))
    .toSorted(
      (one, other) => Math.sign(other.errors) - Math.sign(one.errors) || ORDER.compare(one.path, other.path),
    );

function FileLink({ book, file, isChosen }: { book: Book; file: FileEntry; isChosen: boolean }): VNode {
  const { files, check } = text();
  const isUnsaved = unsaved(book.book, file.path) !== null;
  return (
    <li>
      <a
        href={addressOf({ page: "book", book: book.book, tab: "files", item: file.path })}
        aria-current={isChosen ? "true" : undefined}
      >
        <span class="path">{file.path}</span>
        {isUnsaved && <span class="chip unsaved">{files.unsaved}</span>}
        {file.errors > 0 && (
          <span class="chip errors">{fill(file.errors === 1 ? check.error : check.errors, file.errors)}</span>
        )}
        {file.errors === 0 && file.warnings > 0 && (
          <span class="chip warnings">
            {fill(file.warnings === 1 ? check.warning : check.warnings, file.warnings)}
          </span>
        )}
      </a>
    </li>
  );
}

/** Everything that is wrong with the rulebook, each with the line it stands in. */
function Problems({ book }: { book: Book }): VNode {
  const { files } = text();
  return (
    <section class="problems" aria-labelledby="problems">
      <h2 id="problems">{files.problems}</h2>
      {book.problems.length === 0 && <p class="faint">{files.noProblems}</p>}
      <ul>
        {book.problems.slice(0, SHOWN_MAX).map((problem) => (
          <li
            key={`${problem.file}:${problem.line}:${problem.column} ${problem.code}`}
            class={problem.severity}
          >
            <ProblemLines book={book} problem={problem} />
          </li>
        ))}
      </ul>
      {book.problems.length > SHOWN_MAX && (
        <p class="faint">{fill(text().more, book.problems.length - SHOWN_MAX)}</p>
      )}
    </section>
  );
}

function ProblemLines({ book, problem }: { book: Book; problem: Problem }): VNode {
  return (
    <>
      <a href={addressOf({ page: "book", book: book.book, tab: "files", item: problem.file })}>
        {problem.file}:{problem.line}:{problem.column}
      </a>{" "}
      <b>{text().check[problem.severity === "error" ? "isError" : "isWarning"]}</b> {message(problem)}{" "}
      {problem.hint !== "" && <em>{hint(problem)}</em>}
      <pre>{problem.excerpt.join("\n")}</pre>
    </>
  );
}

interface Making {
  readonly book: Book;
  readonly close: () => void;
  readonly changed: () => void;
}

function NewFile({ book, close, changed }: Making): VNode {
  const { files } = text();
  const act = async (form: FormData): Promise<void> => {
    const path = written(form, "path");
    await api.save(book.book, path, firstText(path), null);
    changed();
    goTo({ page: "book", book: book.book, tab: "files", item: path });
  };
  return (
    <Dialog title={files.make} does={files.makes} act={act} close={close}>
      <label class="field">
        {files.path}
        <input name="path" required autofocus spellcheck={false} placeholder="schedules/school-hours.yaml" />
        <small>{files.pathHint}</small>
      </label>
    </Dialog>
  );
}

const firstText = (path: string): string =>
  path.endsWith(".geojson") ? '{"type": "FeatureCollection", "features": []}\n' : "";

function RemoveFile({ book, file, close, changed }: Making & { file: FileEntry }): VNode {
  const { files } = text();
  const act = async (): Promise<void> => {
    await api.remove(book.book, file.path, file.version);
    changed();
    goTo({ page: "book", book: book.book, tab: "files", item: null });
  };
  return (
    <Dialog title={files.remove} does={files.remove} isGrave act={act} close={close}>
      <p class="about">{fill(files.removeAbout, file.path)}</p>
    </Dialog>
  );
}

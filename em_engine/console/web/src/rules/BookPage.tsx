/** One rulebook in hand: a draft to be changed, or a revision to be read. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { Decision } from "./Decision.tsx";
import { Dialog, written } from "./Dialog.tsx";
import { Checked } from "./DraftTable.tsx";
import { FilesTab } from "./FilesTab.tsx";
import { useLoaded } from "./loaded.ts";
import type { Book, BookName } from "./model.ts";
import { OrdersTab } from "./OrdersTab.tsx";
import { OVERVIEW, TABS, addressOf, goTo, keeps, wanted, type Tab } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { isAnythingUnsaved, isMapDirty } from "./unsaved.ts";
import { WeekTab } from "./WeekTab.tsx";
import { text } from "./words.ts";
import { Waiting } from "./Waiting.tsx";
import type { Rights } from "./Workbench.tsx";
import { ZonesTab } from "./ZonesTab.tsx";

interface Shown {
  readonly book: BookName;
  readonly tab: Tab;
  readonly item: string | null;
  readonly rights: Rights;
}

/** What every tab is given: the book as it was last read, and how it is read anew. */
export interface InHand {
  readonly book: Book;
  readonly item: string | null;
  readonly canWrite: boolean;
  readonly changed: () => void;
}

export function BookPage({ book, tab, item, rights }: Shown): VNode {
  const { value, failure, again } = useLoaded(book, () => api.book(book));
  useKeeping(book);
  if (value === null)
    return (
      <main class="sheet-page" aria-busy={failure === null}>
        <h1>{text().title}</h1>
        {failure ? <Refusal of={failure} /> : <Waiting />}
      </main>
    );
  const canWrite = rights.mayWrite && value.kind === "draft";
  return (
    <main class="book">
      <Head book={value} rights={rights} refresh={again} />
      <Tabs book={value} tab={tab} />
      <Leaving />
      <Tabbed tab={tab} book={value} item={item} canWrite={canWrite} changed={again} />
    </main>
  );
}

/** The map stays where it is while it holds what is not saved: one may look at a file meanwhile. */
function Tabbed({ tab, ...inHand }: InHand & { tab: Tab }): VNode {
  return (
    <>
      {tab === "orders" && <OrdersTab {...inHand} />}
      {tab === "week" && <WeekTab {...inHand} />}
      {tab === "files" && <FilesTab {...inHand} />}
      {(tab === "zones" || isMapDirty.value) && (
        <div class="kept" hidden={tab !== "zones"}>
          <ZonesTab {...inHand} item={tab === "zones" ? inHand.item : null} />
        </div>
      )}
    </>
  );
}

/** Asks before the rulebook is left with a zone that is not saved. */
function useKeeping(book: BookName): void {
  useEffect(() => {
    keeps.value = (next) => isMapDirty.value && !(next.page === "book" && next.book === book);
    return () => void (keeps.value = null);
  }, [book]);
}

function Leaving(): VNode | null {
  const next = wanted.value;
  const { leaving } = text();
  if (next === null) return null;
  const leave = async (): Promise<void> => {
    isMapDirty.value = false;
    goTo(next);
  };
  return (
    <Dialog title={leaving.title} does={leaving.does} isGrave act={leave} close={() => (wanted.value = null)}>
      <p class="about">{leaving.about}</p>
    </Dialog>
  );
}

function Tabs({ book, tab }: { book: Book; tab: Tab }): VNode {
  const { tabs } = text();
  const counts = {
    orders: book.orders.length,
    zones: book.zones.length,
    files: book.files.length,
    week: null,
  };
  return (
    <nav class="tabs" aria-label={tabs.label}>
      {TABS.map((one) => (
        <a
          key={one}
          href={addressOf({ page: "book", book: book.book, tab: one, item: null })}
          aria-current={one === tab ? "page" : undefined}
        >
          {tabs[one]} {counts[one] !== null && <small>{counts[one]}</small>}
        </a>
      ))}
    </nav>
  );
}

function Head({ book, rights, refresh }: { book: Book; rights: Rights; refresh: () => void }): VNode {
  const { book: words, whyNot, drafts } = text();
  const [asking, ask] = useState<"propose" | "rename" | "copy" | null>(null);
  const errors = book.files.reduce((sum, one) => sum + one.errors, 0);
  const warnings = book.files.reduce((sum, one) => sum + one.warnings, 0);
  return (
    <header class="book-head">
      <h1>{book.draft?.name ?? <code>{book.kind === "in-force" ? words.inForce : book.book}</code>}</h1>
      <span class="chip">{words[book.kind]}</span>
      <a
        class="to-problems"
        title={words.toProblems}
        href={addressOf({ page: "book", book: book.book, tab: "files", item: null })}
      >
        <Checked errors={errors} warnings={warnings} />
      </a>
      {book.draft?.is_stale && <span class="chip stale">{drafts.stale}</span>}
      <span class="ways">
        {book.kind !== "in-force" && (
          <a href={addressOf({ page: "difference", old: "in-force", now: book.book })}>{words.compare}</a>
        )}
        <a href={addressOf({ page: "why", book: book.book })}>{whyNot.title}</a>
        <a href={api.archivePath(book.book)} download>
          {words.archive}
        </a>
        {book.kind === "draft" && rights.mayWrite && (
          <button type="button" onClick={() => ask("rename")}>
            {words.rename}
          </button>
        )}
        {book.kind !== "draft" && rights.mayWrite && (
          <button type="button" onClick={() => ask("copy")}>
            {words.copy}
          </button>
        )}
        {book.kind === "draft" && rights.mayWrite && (
          <button
            type="button"
            class="primary"
            disabled={errors > 0 || isAnythingUnsaved.value}
            title={errors > 0 ? words.notWithErrors : isAnythingUnsaved.value ? words.saveFirst : ""}
            onClick={() => ask("propose")}
          >
            {words.propose}
          </button>
        )}
      </span>
      {asking === "propose" && (
        <Decision
          of={{ what: "propose", revision: book.draft!.name, draft: book.book }}
          close={() => ask(null)}
          done={() => goTo(OVERVIEW)}
        />
      )}
      {asking === "rename" && <Named book={book} close={() => ask(null)} done={refresh} />}
      {asking === "copy" && <Named book={book} close={() => ask(null)} done={refresh} />}
    </header>
  );
}

/** A new name for a draft, or a draft made of a revision. */
function Named({ book, close, done }: { book: Book; close: () => void; done: () => void }): VNode {
  const { book: words, drafts } = text();
  const { draft } = book;
  const act = async (form: FormData): Promise<void> => {
    const name = written(form, "name");
    if (draft) return api.renameDraft(draft.id, name).then(done);
    const made = await api.makeDraft(name, book.book);
    goTo({ page: "book", book: made.id, tab: "orders", item: null });
  };
  return (
    <Dialog
      title={draft ? words.rename : words.copy}
      does={draft ? words.renames : drafts.makes}
      act={act}
      close={close}
    >
      {!draft && <p class="about">{fill(words.copyAbout, book.book)}</p>}
      <label class="field">
        {drafts.name}
        <input name="name" required autofocus maxLength={100} defaultValue={draft?.name ?? ""} />
      </label>
    </Dialog>
  );
}

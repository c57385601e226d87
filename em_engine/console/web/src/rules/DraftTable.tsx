/** The drafts: made of what is in force, of another draft's files, or of an archive. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { instant } from "../time.ts";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { Dialog, written } from "./Dialog.tsx";
import type { Draft, Overview } from "./model.ts";
import { addressOf, goTo } from "./place.ts";
import { text } from "./words.ts";
import type { Rights } from "./Workbench.tsx";

interface Shown {
  readonly overview: Overview;
  readonly rights: Rights;
  readonly refresh: () => void;
}

type Asking = { readonly what: "new" | "archive" } | { readonly what: "drop"; readonly draft: Draft };

const opened = (draft: string): void => goTo({ page: "book", book: draft, tab: "orders", item: null });

export function DraftTable({ overview, rights, refresh }: Shown): VNode {
  const { drafts } = text();
  const [asking, ask] = useState<Asking | null>(null);
  return (
    <section aria-labelledby="drafts">
      <h2 id="drafts">{drafts.title}</h2>
      {rights.mayWrite && (
        <p class="ways">
          <button type="button" class="primary" onClick={() => ask({ what: "new" })}>
            {drafts.make}
          </button>
          <button type="button" onClick={() => ask({ what: "archive" })}>
            {drafts.takeArchive}
          </button>
        </p>
      )}
      {overview.drafts.length === 0 && <p class="faint">{drafts.none}</p>}
      {overview.drafts.length > 0 && (
        <Table drafts={overview.drafts} rights={rights} drop={(draft) => ask({ what: "drop", draft })} />
      )}
      {asking?.what === "new" && <MakeDraft close={() => ask(null)} />}
      {asking?.what === "archive" && <TakeArchive close={() => ask(null)} />}
      {asking?.what === "drop" && (
        <Dialog
          title={drafts.drop}
          does={drafts.drop}
          isGrave
          act={() => api.dropDraft(asking.draft.id).then(refresh)}
          close={() => ask(null)}
        >
          <p class="about">{fill(drafts.dropAbout, asking.draft.name)}</p>
        </Dialog>
      )}
    </section>
  );
}

interface Listed {
  readonly drafts: readonly Draft[];
  readonly rights: Rights;
  readonly drop: (draft: Draft) => void;
}

function Table({ drafts: listed, rights, drop }: Listed): VNode {
  const { drafts } = text();
  return (
    <table class="told">
      <thead>
        <tr>
          <th scope="col">{drafts.name}</th>
          <th scope="col">{drafts.state}</th>
          <th scope="col">{drafts.changed}</th>
          <th scope="col">{drafts.from}</th>
          {rights.mayWrite && <th scope="col">{drafts.does}</th>}
        </tr>
      </thead>
      <tbody>
        {listed.map((one) => (
          <tr key={one.id}>
            <td>
              <a href={addressOf({ page: "book", book: one.id, tab: "orders", item: null })}>{one.name}</a>
            </td>
            <td>
              <Checked errors={one.errors} warnings={one.warnings} />
              {one.is_stale && <span class="chip stale">{drafts.stale}</span>}
            </td>
            <td>
              {one.changed_by}, {instant(one.changed_at)}
            </td>
            <td>
              <code>{one.from}</code>
            </td>
            {rights.mayWrite && (
              <td>
                <button
                  type="button"
                  class="quiet"
                  aria-label={fill(drafts.dropNamed, one.name)}
                  onClick={() => drop(one)}
                >
                  {drafts.drop}
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How a check came out, in words: no colour has to be seen. */
export function Checked({ errors, warnings }: { errors: number; warnings: number }): VNode {
  const { check } = text();
  return (
    <span class="checked">
      {errors > 0 && (
        <span class="chip errors">{fill(errors === 1 ? check.error : check.errors, errors)}</span>
      )}
      {warnings > 0 && (
        <span class="chip warnings">{fill(warnings === 1 ? check.warning : check.warnings, warnings)}</span>
      )}
      {errors + warnings === 0 && <span class="chip sound">{check.sound}</span>}
    </span>
  );
}

function MakeDraft({ close }: { close: () => void }): VNode {
  const { drafts } = text();
  const act = async (form: FormData): Promise<void> =>
    opened((await api.makeDraft(written(form, "name"), "in-force")).id);
  return (
    <Dialog title={drafts.make} does={drafts.makes} act={act} close={close}>
      <p class="about">{drafts.makeAbout}</p>
      <label class="field">
        {drafts.name}
        <input name="name" required autofocus maxLength={100} />
      </label>
    </Dialog>
  );
}

function TakeArchive({ close }: { close: () => void }): VNode {
  const { drafts } = text();
  const act = async (form: FormData): Promise<void> =>
    opened((await api.takeArchive(written(form, "name"), form.get("file") as File)).id);
  return (
    <Dialog title={drafts.takeArchive} does={drafts.makes} act={act} close={close}>
      <p class="about">{drafts.archiveAbout}</p>
      <label class="field">
        {drafts.name}
        <input name="name" required autofocus maxLength={100} />
      </label>
      <label class="field">
        {drafts.archive}
        <input type="file" name="file" accept=".zip,application/zip" required />
      </label>
    </Dialog>
  );
}

/** The deeds that stand in the log: propose, approve from a time on, reject, go back. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { Dialog, Why, written } from "./Dialog.tsx";
import { text } from "./words.ts";

export interface Deciding {
  readonly what: "propose" | "again" | "approve" | "reject";
  /** Of a draft its name: it becomes a revision by this. */
  readonly revision: string;
  readonly draft?: string;
}

interface Asked {
  readonly of: Deciding;
  readonly close: () => void;
  readonly done: () => void;
}

export function Decision({ of, close, done }: Asked): VNode {
  const words = text().decision[of.what];
  const act = async (form: FormData): Promise<void> => {
    await carryOut(of, written(form, "why"), written(form, "from"));
    done();
  };
  return (
    <Dialog title={words.title} does={words.does} act={act} close={close}>
      <p class="about">{fill(words.about, of.revision)}</p>
      <Why />
      {of.what === "approve" && <FromWhen />}
    </Dialog>
  );
}

function carryOut({ what, revision, draft }: Deciding, why: string, from: string): Promise<unknown> {
  switch (what) {
    case "propose":
      return api.propose(draft ?? revision, why);
    case "again":
      return api.proposeAgain(revision, why);
    case "approve":
      return api.approve(revision, why, from === "" ? null : new Date(from).toISOString());
    case "reject":
      return api.reject(revision, why);
  }
}

/** At once unless a time is given: a change at midnight is approved by day. */
function FromWhen(): VNode {
  const { decision } = text();
  const [isLater, setLater] = useState(false);
  return (
    <fieldset>
      <legend>{decision.fromWhen}</legend>
      {[false, true].map((later) => (
        <label key={String(later)} class="choice">
          <input type="radio" name="when" checked={isLater === later} onChange={() => setLater(later)} />{" "}
          {later ? decision.later : decision.atOnce}
        </label>
      ))}
      {isLater && (
        <label class="field">
          {decision.from}
          <input type="datetime-local" name="from" required />
          <small>{fill(decision.clock, Intl.DateTimeFormat().resolvedOptions().timeZone)}</small>
        </label>
      )}
    </fieldset>
  );
}

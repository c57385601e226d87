/** On which past something is tried: what the engine holds, days that are made up, or files of one's own. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { written } from "./Dialog.tsx";
import type { History } from "./model.ts";
import { text } from "./words.ts";

const SOURCES = ["recorded", "simulated", "uploads"] as const;
type Source = (typeof SOURCES)[number];

/** What the form asks for, its files sent first. */
export async function historyIn(form: FormData): Promise<History> {
  switch (written(form, "source") as Source) {
    case "recorded":
      return { recorded: sinceIn(form) };
    case "simulated":
      return { simulated: { days: Number(written(form, "days")), seed: Number(written(form, "seed")) } };
    case "uploads":
      return uploaded(form);
  }
}

function sinceIn(form: FormData): { since?: string } {
  const since = written(form, "since");
  return since === "" ? {} : { since: new Date(since).toISOString() };
}

/** A file called TRUTH.json says what really happened: with it nuisance is counted instead of guessed at. */
async function uploaded(form: FormData): Promise<History> {
  const given = form.getAll("files").filter((one): one is File => one instanceof File && one.size > 0);
  const sent = await Promise.all(given.map(async (one) => [one.name, await api.upload(one)] as const));
  const truth = sent.find(([name]) => /^truth.*\.json$/i.test(name))?.[1];
  const uploads = sent.map(([, id]) => id).filter((id) => id !== truth);
  const device = written(form, "device");
  return { uploads, ...(truth ? { truth } : {}), ...(device === "" ? {} : { device }) };
}

export function HistoryChoice(): VNode {
  const { history, decision } = text();
  const [source, choose] = useState<Source>("recorded");
  return (
    <fieldset class="history">
      <legend>{history.title}</legend>
      {SOURCES.map((one) => (
        <label key={one} class="choice">
          <input
            type="radio"
            name="source"
            value={one}
            checked={one === source}
            onChange={() => choose(one)}
          />{" "}
          {history[one]}
        </label>
      ))}
      {source === "recorded" && (
        <label class="field">
          {history.since}
          <input type="datetime-local" name="since" />
          <small>{fill(decision.clock, Intl.DateTimeFormat().resolvedOptions().timeZone)}</small>
        </label>
      )}
      {source === "simulated" && (
        <>
          <label class="field">
            {history.days}
            <input type="number" name="days" min={1} max={14} defaultValue="3" required />
            <small>{history.daysHint}</small>
          </label>
          <label class="field">
            {history.seed}
            <input type="number" name="seed" min={0} defaultValue="1" required />
          </label>
        </>
      )}
      {source === "uploads" && (
        <>
          <label class="field">
            {history.files}
            <input type="file" name="files" multiple required />
            <small>{history.filesHint}</small>
          </label>
          <label class="field">
            {history.device}
            <input name="device" spellcheck={false} />
            <small>{history.deviceHint}</small>
          </label>
        </>
      )}
    </fieldset>
  );
}

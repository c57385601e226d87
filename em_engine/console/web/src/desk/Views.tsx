/** Which part of the queue is looked at: all, one's own, the shelf; one desk's; and filters kept by name. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api.ts";
import { SEVERITIES } from "../model.ts";
import {
  SCOPES,
  inScope,
  loaded,
  onlyDesk,
  onlySeverity,
  revision,
  scope,
  together,
  wanted,
} from "../queue/book.ts";
import { fill, language, words } from "../words/index.ts";
import { showing } from "./Bar.tsx";
import { desks } from "./protocol.ts";

export function Views(): VNode {
  void revision.value;
  const { views, related } = words();
  return (
    <div class="views">
      <div class="scopes" role="group" aria-label={views.label}>
        {SCOPES.map((own) => (
          <button
            key={own}
            type="button"
            class="quiet"
            aria-pressed={scope.value === own}
            onClick={() => (scope.value = own)}
          >
            {views[own]} <b>{loaded.value ? inScope(own).length : "…"}</b>
          </button>
        ))}
      </div>
      <button
        type="button"
        class="quiet"
        aria-pressed={together.value}
        title={related.together}
        aria-label={related.together}
        onClick={() => (together.value = !together.value)}
      >
        ▤
      </button>
      {desks.value.length > 1 && <Desks />}
      <SavedFilters />
    </div>
  );
}

function Desks(): VNode {
  const { views } = words();
  return (
    <select
      aria-label={views.desk}
      value={onlyDesk.value ?? ""}
      onChange={(event) => (onlyDesk.value = event.currentTarget.value || null)}
    >
      <option value="">{views.everyDesk}</option>
      {desks.value.map((desk) => (
        <option key={desk.id} value={desk.id}>
          {desk[language.value]}
        </option>
      ))}
    </select>
  );
}

const saved = signal<readonly api.SavedFilter[]>([]);

const read = async (): Promise<void> => {
  saved.value = await api.filters().catch(() => saved.value);
};

/** The filters one has kept: choose one, keep what is set under a name, or delete one. */
function SavedFilters(): VNode {
  const { views } = words();
  useEffect(() => void read(), []);
  const choose = (asked: string): void => {
    if (asked === "save") showing.value = "saveFilter";
    else if (asked.startsWith("drop ")) void api.dropFilter(asked.slice(5)).then(read, read);
    else apply(saved.value.find(({ name }) => `use ${name}` === asked)?.query ?? {});
  };
  return (
    <select
      class="saved"
      aria-label={views.saved}
      value=""
      onChange={(event) => {
        choose(event.currentTarget.value);
        event.currentTarget.value = "";
      }}
    >
      <option value="">{views.choose}</option>
      {saved.value.map(({ name }) => (
        <option key={name} value={`use ${name}`}>
          {name}
        </option>
      ))}
      <option value="save">{views.save}</option>
      {saved.value.map(({ name }) => (
        <option key={name} value={`drop ${name}`}>
          {fill(views.remove, name)}
        </option>
      ))}
    </select>
  );
}

/** What is set now, under that name. */
export async function saveFilter(name: string): Promise<void> {
  const query = {
    text: wanted.peek(),
    severity: onlySeverity.peek(),
    desk: onlyDesk.peek(),
    scope: scope.peek(),
  };
  await api.keepFilter(name, query);
  await read();
}

function apply(query: api.SavedFilter["query"]): void {
  wanted.value = typeof query["text"] === "string" ? query["text"] : "";
  onlySeverity.value = SEVERITIES.find((severity) => severity === query["severity"]) ?? null;
  onlyDesk.value = typeof query["desk"] === "string" ? query["desk"] : null;
  scope.value = SCOPES.find((own) => own === query["scope"]) ?? "all";
}

/** The door. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { logIn, Refused } from "../api.ts";
import { LANGUAGES, type Session } from "../model.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";

export function LogIn({ enter }: { enter: (session: Session) => void }): VNode {
  const { logIn: text, product } = words();
  const [refusal, refuse] = useState<Refused | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    await logIn(String(form.get("name")), String(form.get("password"))).then(enter, refuse);
    setBusy(false);
  };
  return (
    <main class="door">
      <form onSubmit={submit} aria-labelledby="door-title">
        <h1 id="door-title">
          <span class="emblem" aria-hidden="true">
            ◆
          </span>{" "}
          {product}
        </h1>
        <label class="field">
          {text.name}
          <input name="name" autocomplete="username" required autofocus spellcheck={false} />
        </label>
        <label class="field">
          {text.password}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {refusal && (
          <p class="notice refusal" role="alert">
            {explain(refusal)}
          </p>
        )}
        <button type="submit" class="primary" disabled={isBusy}>
          {text.submit}
        </button>
        <Languages />
      </form>
    </main>
  );
}

function Languages(): VNode {
  return (
    <div class="languages" role="group" aria-label={words().bar.language}>
      {LANGUAGES.map((own) => (
        <button
          key={own}
          type="button"
          class="quiet"
          lang={own}
          aria-pressed={own === language.value}
          onClick={() => (language.value = own)}
        >
          {DICTIONARY[own].language}
        </button>
      ))}
    </div>
  );
}

function explain(refusal: Refused): string {
  const { logIn: text } = words();
  if (refusal.status === 0) return text.unreachable;
  if (refusal.status === 401 || refusal.status === 403) return text.wrong;
  return refusal.status === 429 ? text.slow : fill(text.failed, refusal.message);
}

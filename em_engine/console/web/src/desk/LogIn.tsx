/** The door. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { logIn, waysIn, Refused, type WaysIn } from "../api.ts";
import { LANGUAGES, type Session } from "../model.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";

const PASSWORD_ALONE: WaysIn = { password: true, provider: null };

export function LogIn({ enter }: { enter: (session: Session) => void }): VNode {
  const { logIn: text, product } = words();
  const [refusal, refuse] = useState<Refused | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [ways, learnWays] = useState<WaysIn>(PASSWORD_ALONE);
  useEffect(() => void waysIn().then(learnWays, () => null), []);
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
        {ways.provider !== null && (
          <a class="button primary" href="/api/session/provider">
            {fill(text.provider, ways.provider)}
          </a>
        )}
        <SentBack />
        {ways.password && (
          <>
            <label class="field">
              {text.name}
              <input name="name" autocomplete="username" required autofocus spellcheck={false} />
            </label>
            <label class="field">
              {text.password}
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
          </>
        )}
        {refusal && (
          <p class="notice refusal" role="alert">
            {explain(refusal)}
          </p>
        )}
        {ways.password && (
          <button type="submit" class="primary" disabled={isBusy}>
            {text.submit}
          </button>
        )}
        <Languages />
      </form>
    </main>
  );
}

/** Why the person was sent back by the identity provider, or by us; the address says so. */
function SentBack(): VNode | null {
  const { sentBack } = words();
  const code = /^#\/refused\/([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return null;
  return (
    <p class="notice refusal" role="alert">
      {sentBack[code] ?? sentBack["refused"]}
    </p>
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

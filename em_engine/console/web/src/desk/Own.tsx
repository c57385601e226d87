/** What every page's bar has for who reads it: language and light; who it is, and the way out. */
import type { VNode } from "preact";
import { LANGUAGES, type Language, type Session } from "../model.ts";
import { THEMES, theme, type Theme } from "../preferences.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";
import { Select } from "./Select.tsx";

export function Appearance(): VNode {
  const { bar } = words();
  return (
    <>
      <Select
        label={bar.language}
        options={LANGUAGES}
        chosen={language.value}
        name={(own: Language) => DICTIONARY[own].language}
        choose={(own) => (language.value = own)}
      />
      <Select
        label={bar.theme}
        options={THEMES}
        chosen={theme.value}
        name={(own: Theme) => bar[own]}
        choose={(own) => (theme.value = own)}
      />
    </>
  );
}

export function SignedIn({ session, leave }: { session: Session; leave: () => void }): VNode {
  const { bar } = words();
  return (
    <>
      <span class="me" title={fill(bar.me, session.name)}>
        {session.name}
      </span>
      <button type="button" class="quiet" onClick={leave}>
        {bar.logOut}
      </button>
    </>
  );
}

/** The workbench: a bar, and the place the address names. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";

import { LANGUAGES, type Language, type Session } from "../model.ts";
import { THEMES, theme, type Theme } from "../preferences.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";
import { BookPage } from "./BookPage.tsx";
import { DifferencePage } from "./DifferencePage.tsx";
import { OverviewPage } from "./OverviewPage.tsx";
import { OVERVIEW, addressOf, place } from "./place.ts";
import { Select } from "./Select.tsx";
import { WhyPage } from "./WhyPage.tsx";
import { text } from "./words.ts";

/** What a person may do here, by the server's own words for it. */
export interface Rights {
  readonly name: string;
  readonly mayWrite: boolean;
  readonly mayApprove: boolean;
  readonly mayTry: boolean;
}

function rightsOf({ name, permissions = [] }: Session): Rights {
  return {
    name,
    mayWrite: permissions.includes("write rulebooks"),
    mayApprove: permissions.includes("approve rulebooks"),
    mayTry: permissions.includes("try rulebooks"),
  };
}

export function Workbench({ session, leave }: { session: Session; leave: () => void }): VNode {
  useEffect(() => void (document.title = `${text().title} · EM`), [language.value]);
  const mayRead = session.permissions?.includes("read rulebooks") ?? false;
  return (
    <div class="page workbench">
      <Bar session={session} leave={leave} />
      {mayRead ? <Shown rights={rightsOf(session)} /> : <NotYours />}
    </div>
  );
}

function Shown({ rights }: { rights: Rights }): VNode {
  const at = place.value;
  switch (at.page) {
    case "overview":
      return <OverviewPage rights={rights} />;
    case "book":
      return <BookPage key={at.book} book={at.book} tab={at.tab} item={at.item} rights={rights} />;
    case "difference":
      return <DifferencePage key={`${at.old} ${at.now}`} old={at.old} now={at.now} rights={rights} />;
    case "why":
      return <WhyPage key={at.book} book={at.book} rights={rights} />;
  }
}

function NotYours(): VNode {
  return (
    <main class="sheet-page">
      <h1>{text().title}</h1>
      <p>{text().notYours}</p>
    </main>
  );
}

function Bar({ session, leave }: { session: Session; leave: () => void }): VNode {
  const { bar } = words();
  const at = place.value;
  return (
    <header class="bar">
      <a class="home" href={addressOf(OVERVIEW)} aria-current={at.page === "overview" ? "page" : undefined}>
        <span class="emblem" aria-hidden="true">
          ◆
        </span>{" "}
        {text().title}
      </a>
      {session.permissions?.includes("read alerts") && <a href="/">{text().toDesk}</a>}
      <div class="desk">
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
        <span class="me" title={fill(bar.me, session.name)}>
          {session.name}
        </span>
        <button type="button" class="quiet" onClick={leave}>
          {bar.logOut}
        </button>
      </div>
    </header>
  );
}

/** The workbench: a bar, and the place the address names. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";

import type { Refused } from "../api.ts";
import { Appearance, SignedIn } from "../desk/Own.tsx";
import type { Session } from "../model.ts";
import { language } from "../words/index.ts";
import * as api from "./api.ts";
import { BookPage } from "./BookPage.tsx";
import { connection } from "./connection.ts";
import { DifferencePage } from "./DifferencePage.tsx";
import { useLoaded } from "./loaded.ts";
import type { Overview } from "./model.ts";
import { OverviewPage } from "./OverviewPage.tsx";
import { OVERVIEW, addressOf, place } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { Waiting } from "./Waiting.tsx";
import { WhyPage } from "./WhyPage.tsx";
import { text } from "./words.ts";

/** What a person may do here, by the server's own words for it. */
export interface Rights {
  readonly name: string;
  readonly mayWrite: boolean;
  readonly mayApprove: boolean;
  readonly mayTry: boolean;
}

function rightsOf({ me, may }: Overview): Rights {
  return {
    name: me,
    mayWrite: may.includes("write"),
    mayApprove: may.includes("approve"),
    mayTry: may.includes("try"),
  };
}

export function Workbench({ session, leave }: { session: Session; leave: () => void }): VNode {
  useEffect(() => void (document.title = `${text().title} · EM`), [language.value]);
  const { value, failure, again } = useLoaded("overview", api.overview);
  return (
    <div class="page workbench">
      <Bar session={session} leave={leave} />
      <Connected />
      {value ? <Shown overview={value} refresh={again} /> : <NotYet failure={failure} />}
    </div>
  );
}

/** Says that nobody answers, for as long as nobody does. The place of it stays, so that it is read out. */
function Connected(): VNode {
  const { lost, back } = text().connection;
  return (
    <div role="status">
      {connection.value === "lost" && <p class="banner lost">{lost}</p>}
      {connection.value === "back" && <p class="banner">{back}</p>}
    </div>
  );
}

function Shown({ overview, refresh }: { overview: Overview; refresh: () => void }): VNode {
  const at = place.value;
  const rights = rightsOf(overview);
  useEffect(refresh, [at.page]);
  switch (at.page) {
    case "overview":
      return <OverviewPage overview={overview} refresh={refresh} rights={rights} />;
    case "book":
      return <BookPage key={at.book} book={at.book} tab={at.tab} item={at.item} rights={rights} />;
    case "difference":
      return (
        <DifferencePage
          key={`${at.old} ${at.now}`}
          old={at.old}
          now={at.now}
          overview={overview}
          rights={rights}
        />
      );
    case "why":
      return <WhyPage key={at.book} book={at.book} rights={rights} />;
  }
}

/** Before the rulebook has been read, or where it may not be. */
function NotYet({ failure }: { failure: Refused | null }): VNode {
  return (
    <main class="sheet-page" aria-busy={failure === null}>
      <h1>{text().title}</h1>
      {failure === null && <Waiting />}
      {failure?.status === 403 && <p>{text().notYours}</p>}
      {failure && failure.status !== 403 && <Refusal of={failure} />}
    </main>
  );
}

function Bar({ session, leave }: { session: Session; leave: () => void }): VNode {
  const at = place.value;
  return (
    <header class="bar">
      <a class="home" href={addressOf(OVERVIEW)} aria-current={at.page === "overview" ? "page" : undefined}>
        <span class="emblem" aria-hidden="true">
          ◆
        </span>{" "}
        {text().title}
      </a>
      <a href="/">{text().toDesk}</a>
      <div class="desk">
        <Appearance />
        <SignedIn session={session} leave={leave} />
      </div>
    </header>
  );
}

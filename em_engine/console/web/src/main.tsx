/** The page begins here: a session, then the desk. */
import { render, type VNode } from "preact";
import { signal } from "@preact/signals";
import * as api from "./api.ts";
import { loadKeys } from "./desk/commands.ts";
import { Desk } from "./desk/Desk.tsx";
import { loadDesks, loadOutcomes } from "./desk/protocol.ts";
import { LogIn } from "./desk/LogIn.tsx";
import { follow, type FeedClient } from "./feed/client.ts";
import type { Session } from "./model.ts";
import { forget, me, myRoles, take } from "./queue/book.ts";
import { present } from "./queue/presence.ts";
import { listen } from "./sound.ts";
import "./preferences.ts";

type Door = Session | "closed" | "unknown";

/** Who has only these has no alerts to see: their page is another. */
const AUTHORS: ReadonlySet<string> = new Set(["author", "approver"]);

const door = signal<Door>("unknown");
let feed: FeedClient | null = null;

function enter(session: Session): void {
  if (session.roles.length > 0 && session.roles.every((role) => AUTHORS.has(role)))
    return location.replace("/rules/");
  door.value = session;
  me.value = session.name;
  myRoles.value = session.roles;
  void loadOutcomes();
  void loadDesks();
  void loadKeys();
  if (feed) return feed.wish("signed-in");
  listen();
  feed = follow((message) => {
    take(message);
    if (message.kind === "presence") present.value = message.present;
    // Signed out elsewhere, or by the clock; a page that has just signed in asks for a new try instead.
    if (message.kind === "link" && message.link.phase === "signed-out") void checkSession();
  });
  feed.wish("signed-in");
}

async function checkSession(): Promise<void> {
  const session = await api.session().catch((failure: unknown) => failure as api.Refused);
  if (!(session instanceof Error)) return feed?.wish("signed-in");
  if (session.status === 0) return;
  forget();
  door.value = "closed";
}

async function leave(): Promise<void> {
  await api.logOut().catch(() => null);
  feed?.wish("signed-out");
  forget();
  door.value = "closed";
}

function Page(): VNode | null {
  const open = door.value;
  if (open === "unknown") return null;
  return open === "closed" ? <LogIn enter={enter} /> : <Desk session={open} leave={() => void leave()} />;
}

render(<Page />, document.getElementById("page")!);
await api.session().then(enter, () => (door.value = "closed"));

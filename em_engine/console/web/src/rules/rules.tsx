/** The authors' page begins here: a session, then the workbench. */
import { render, type VNode } from "preact";
import { signal } from "@preact/signals";
import * as api from "../api.ts";
import { LogIn } from "../desk/LogIn.tsx";
import type { Session } from "../model.ts";
import "../preferences.ts";
import { Workbench } from "./Workbench.tsx";

const door = signal<Session | "closed" | "unknown">("unknown");

async function leave(): Promise<void> {
  await api.logOut().catch(() => null);
  door.value = "closed";
}

/** A log-in tells who, not yet what they may. */
function enter(): Promise<void> {
  return api.session().then(
    (session) => void (door.value = session),
    () => void (door.value = "closed"),
  );
}

function Page(): VNode | null {
  const open = door.value;
  if (open === "unknown") return null;
  if (open === "closed") return <LogIn enter={() => void enter()} />;
  return <Workbench session={open} leave={() => void leave()} />;
}

render(<Page />, document.getElementById("page")!);
await enter();

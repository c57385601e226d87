/** The authors' page begins here: a session, then the workbench. */
import { render, type VNode } from "preact";
import { useRef } from "preact/hooks";
import { batch, signal } from "@preact/signals";
import * as api from "../api.ts";
import { LogIn } from "../desk/LogIn.tsx";
import type { Session } from "../model.ts";
import "../preferences.ts";
import { isSignedOut, returns } from "./connection.ts";
import { useOpen } from "./Dialog.tsx";
import { Workbench } from "./Workbench.tsx";
import { text } from "./words.ts";

const door = signal<Session | "closed" | "unknown">("unknown");

async function leave(): Promise<void> {
  await api.logOut().catch(() => null);
  door.value = "closed";
}

/** A log-in tells who, not yet what they may. */
function enter(): Promise<unknown> {
  return api.session().then(
    (session) => batch(() => ((isSignedOut.value = false), (door.value = session))),
    () => void (door.value = "closed"),
  );
}

/** Whoever comes back finds everything as it was; somebody else does not get to see it. */
async function comeBack(to: Session): Promise<void> {
  const session = await api.session().catch(() => null);
  if (session === null) return;
  if (session.name !== to.name) return location.reload();
  isSignedOut.value = false;
  returns.value += 1;
}

function Page(): VNode | null {
  const open = door.value;
  if (open === "unknown") return null;
  if (open === "closed") return <LogIn enter={() => void enter()} />;
  return (
    <>
      <Workbench session={open} leave={() => void leave()} />
      {isSignedOut.value && <Reopened enter={() => void comeBack(open)} />}
    </>
  );
}

/** The door over the work: a session ended, and nothing that was typed with it. */
function Reopened({ enter: again }: { enter: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useOpen(dialog);
  return (
    <dialog ref={dialog} class="reopened" onClose={() => isSignedOut.peek() && dialog.current?.showModal()}>
      <p class="notice refusal">{text().connection.signedOut}</p>
      <LogIn enter={again} />
    </dialog>
  );
}

render(<Page />, document.getElementById("page")!);
await enter();

/** More alerts than people can take: a banner, and a way to acknowledge the technical ones by type. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { isTechnical, isUnseen, type Alert } from "../model.ts";
import { perform } from "../queue/actions.ts";
import { activeAlerts, beat, revision } from "../queue/book.ts";
import { fill, words } from "../words/index.ts";
import { showing } from "./Bar.tsx";
import { useModal } from "./Modal.tsx";

export function FloodBanner(): VNode | null {
  const { flood } = words();
  const told = beat.value?.flood;
  if (!told?.active) return null;
  return (
    <div class="banner flood" role="alert">
      <span>{fill(flood.banner, told.count, Math.round(told.span_s / 60))}</span>
      <button type="button" onClick={() => (showing.value = "flood")}>
        {flood.acknowledgeAll}
      </button>
    </div>
  );
}

/** What asks for a reason of its own is not acknowledged with others. */
const mayBeTogether = (alert: Alert): boolean => isTechnical(alert) && isUnseen(alert) && !alert.asks_reason;

/** The unseen technical alerts of each type. */
function byType(): ReadonlyMap<string, readonly Alert[]> {
  const types = new Map<string, Alert[]>();
  for (const alert of activeAlerts().filter(mayBeTogether))
    types.set(alert.type, [...(types.get(alert.type) ?? []), alert]);
  return types;
}

export function FloodDialog(): VNode {
  void revision.value;
  const { flood, bar } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  useModal(dialog);
  const types = byType();
  return (
    <dialog ref={dialog} aria-labelledby="flood-title" onClose={() => (showing.value = null)}>
      <h2 id="flood-title">{flood.title}</h2>
      <p class="about">{flood.explain}</p>
      {types.size === 0 && <p class="faint">{flood.none}</p>}
      <ul class="by-type">
        {[...types].map(([type, alerts]) => (
          <OneType key={type} type={type} alerts={alerts} />
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => dialog.current?.close()}>
          {bar.dismiss}
        </button>
      </div>
    </dialog>
  );
}

function OneType({ type, alerts }: { type: string; alerts: readonly Alert[] }): VNode {
  const { flood, action, type: names } = words();
  const [progress, report] = useState<string | null>(null);
  const acknowledge = async (): Promise<void> => {
    let done = 0;
    // One after the other, each for the version that is on the screen: who comes second is refused.
    for (const alert of alerts) {
      done += Number(await perform(alert, { kind: "acknowledge" }));
      report(fill(flood.sent, done, alerts.length));
    }
  };
  return (
    <li>
      <span>{names[type] ?? type}</span>
      <span class="faint">{progress ?? fill(flood.count, alerts.length)}</span>
      <button type="button" onClick={() => void acknowledge()}>
        {action.acknowledge}
      </button>
    </li>
  );
}
